"""ONNX files without their weights: long tensors stay where they are, and only their places are read."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.formats.onnx.values import no_model

__all__ = ["SHORT", "light"]

SHORT = 4096
"""Bytes of a tensor that are read with the structure."""
_MOST_STRUCTURE = 2**31 - 1
"""Protobuf's own bound, for what is left without the weights."""
# Field numbers of onnx.proto.
_MODEL_GRAPH, _GRAPH_INITIALIZER, _TENSOR_RAW, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 7, 5, 9, 13, 14
_EXTERNAL = 1
_VARINT, _WIDE, _BYTES, _NARROW = 0, 1, 2, 5


def light(data: memoryview) -> bytes:
    """Return a ModelProto in which every long initializer says where in the file its bytes are, and holds none.

    Such a tensor is marked as one whose data stand elsewhere, with an offset and a length and no name of a file.

    Raises
    ------
    ReadError
        CS129, bytes that are no protobuf message, or too many of them beside the weights.
    """
    pieces = list(_model(data))
    if sum(map(len, pieces)) > _MOST_STRUCTURE:
        raise no_model("its structure is longer than 2 GiB", "")
    return b"".join(pieces)


def _model(data: memoryview) -> Iterator[bytes | memoryview]:
    for field, start, body, end in _fields(data, 0, len(data)):
        if field == _MODEL_GRAPH and body is not None:
            yield from _nested(field, list(_graph(data, body, end)))
        else:
            yield data[start:end]


def _graph(data: memoryview, begin: int, stop: int) -> Iterator[bytes | memoryview]:
    kept = begin
    for field, start, body, end in _fields(data, begin, stop):
        if field == _GRAPH_INITIALIZER and body is not None and end - body > SHORT:
            yield data[kept:start]
            yield from _nested(field, list(_tensor(data, body, end)))
            kept = end
    yield data[kept:stop]


def _tensor(data: memoryview, begin: int, stop: int) -> Iterator[bytes | memoryview]:
    for field, start, body, end in _fields(data, begin, stop):
        if field == _TENSOR_RAW and body is not None and end - body > SHORT:
            for key, value in (("offset", body), ("length", end - body)):
                yield from _nested(_TENSOR_EXTERNAL, [_text(1, key), _text(2, str(value))])
            yield _key(_TENSOR_LOCATION, _VARINT) + _number(_EXTERNAL)
        else:
            yield data[start:end]


def _fields(data: memoryview, at: int, stop: int) -> Iterator[tuple[int, int, int | None, int]]:
    """Yield of each field its number, where it starts, where its bytes start if it holds any, and where it ends."""
    while at < stop:
        start, key, body = at, data[at], None
        at += 1
        if key > 127:
            key, at = _varint(data, start, stop)
        kind = key & 7
        if kind == _BYTES:
            length, body = _varint(data, at, stop)
            at = body + length
        elif kind == _VARINT:
            _, at = _varint(data, at, stop)
        elif kind in (_WIDE, _NARROW):
            at += 8 if kind == _WIDE else 4
        else:
            raise _broken()
        if at > stop:
            raise _broken()
        yield key >> 3, start, body, at


def _varint(data: memoryview, at: int, stop: int) -> tuple[int, int]:
    value = shift = 0
    while at < stop and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise _broken()


def _broken() -> Exception:
    return no_model("its bytes are no protobuf message", "")


def _nested(field: int, pieces: list[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    yield _key(field, _BYTES) + _number(sum(map(len, pieces)))
    yield from pieces


def _text(field: int, text: str) -> bytes:
    return _key(field, _BYTES) + _number(len(text)) + text.encode()


def _key(field: int, kind: int) -> bytes:
    return _number(field << 3 | kind)


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
