"""ONNX models as pieces of a file: long tensors are made when their turn comes, so that one at a time is in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnshape.formats.onnx.values import onnx_package

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["LARGEST", "LONG", "Later", "Pieces", "Stream"]

LONG = 4096
"""Bytes of a tensor that are written with the structure."""
LARGEST = 2**31 - 2**20
"""Bytes of tensors that a file holds beside the structure: protobuf counts with 31 bits."""
_RAW_DATA, _INITIALIZER, _GRAPH = b"\x4a", b"\x2a", b"\x3a"
"""Fields of onnx.proto that hold bytes, with their kind: TensorProto 9, GraphProto 5, ModelProto 7."""

Pieces: TypeAlias = "Iterator[bytes | memoryview]"


@dataclass(frozen=True, slots=True)
class Later:
    """A tensor whose numbers are made when they are written.

    Parameters
    ----------
    bytes : how many these are
    make : returns them
    """

    bytes: int
    make: Callable[[], Array]

    def raw(self) -> memoryview:
        import numpy as np

        array = np.ascontiguousarray(self.make())
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return little.reshape(-1).view(np.uint8).data


@dataclass(frozen=True, slots=True)
class Stream:
    """A model that is written piece by piece.

    Parameters
    ----------
    model : ModelProto whose long tensors hold no numbers
    later : name of a long tensor -> its numbers
    """

    model: Any
    later: dict[str, Later]

    @property
    def apart(self) -> bool:
        """Whether the long tensors are more than one file holds, and stand in a file beside."""
        return sum(each.bytes for each in self.later.values()) > LARGEST

    def beside(self) -> Pieces:
        """Yield the file that stands beside the model."""
        return (each.raw() for each in self.later.values())

    def pieces(self, location: str = "") -> Pieces:
        """Yield the file of the model.

        Parameters
        ----------
        location : name of the file with the long tensors; "": they are inside
        """
        around, graph = onnx_package().ModelProto(), onnx_package().GraphProto()
        around.CopyFrom(self.model)
        graph.CopyFrom(around.graph)
        around.ClearField("graph")
        tensors = self.model.graph.initializer
        graph.ClearField("initializer")
        heads, offset = [], 0
        for tensor in tensors:
            later = self.later.get(tensor.name)
            if later and location:
                head = self._beside(tensor, offset, location)
                offset += later.bytes
            else:
                head = tensor.SerializeToString(deterministic=True)
                head += _RAW_DATA + _number(later.bytes) if later else b""
            inside = 0 if location or later is None else later.bytes
            heads.append((_INITIALIZER + _number(len(head) + inside) + head, later if inside else None))
        structure = graph.SerializeToString(deterministic=True)
        length = len(structure) + sum(len(head) + (later.bytes if later else 0) for head, later in heads)
        yield around.SerializeToString(deterministic=True)
        yield _GRAPH + _number(length)
        yield structure
        for head, later in heads:
            yield head
            if later is not None:
                yield later.raw()

    def _beside(self, tensor: Any, offset: int, location: str) -> bytes:
        stated = onnx_package().TensorProto()
        stated.CopyFrom(tensor)
        stated.data_location = stated.EXTERNAL
        length = self.later[tensor.name].bytes
        for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
            stated.external_data.add(key=key, value=value)
        made: bytes = stated.SerializeToString(deterministic=True)
        return made


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
