"""The numbers of ONNX models: initializers, constants, attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.errors import ExtraMissing, ReadError
from cnnshape.formats.reading.records import Known
from cnnshape.layers.foreign_onnx import ONNX_DTYPES

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = [
    "FOLDED",
    "Folder",
    "check_texts",
    "folded",
    "initializer",
    "mapped",
    "no_model",
    "onnx_package",
    "plain_attribute",
]

_EXTERNAL = 1
"""TensorProto.EXTERNAL."""
FOLDED = ("Constant",)
"""Operators that the reader takes for known numbers by itself."""


@cache
def onnx_package() -> Any:
    """Return the package onnx.

    Raises
    ------
    ExtraMissing
        CS010, it is not installed.
    """
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ExtraMissing(
            "reading ONNX needs the package onnx",
            rule="it comes with the extra onnx",
            fix="pip install 'cnnshape[onnx]'",
        ) from None
    return onnx


class Folder:
    """The folder of a model, in whose files numbers may stand; each is looked for once.

    Parameters
    ----------
    model : the model's file
    """

    def __init__(self, model: Path) -> None:
        self.model = model
        self._there: dict[str, bool] = {}

    def holds(self, tensor: Any) -> bool:
        """Say whether there is a file to read; of a place that is not allowed its reader tells."""
        name = _location(tensor)
        if name not in self._there:
            try:
                self._there[name] = self.place(tensor).is_file()
            except ReadError:
                self._there[name] = True
        return self._there[name]

    def place(self, tensor: Any) -> Path:
        """Return the file in which the numbers of a TensorProto stand: the model's own, or another of its folder.

        Raises
        ------
        ReadError
            CS129, a place outside of the folder.
        """
        name = _location(tensor)
        if not name:
            return self.model
        file, folder = (self.model.parent / name).resolve(), self.model.parent.resolve()
        if Path(name).is_absolute() or not file.is_relative_to(folder):
            why = f"the numbers of {tensor.name!r} are said to stand outside of its folder, in {name[:200]!r}"
            raise no_model(why, str(self.model))
        return file


def _location(tensor: Any) -> str:
    for each in tensor.external_data:
        if each.key == "location":
            check_texts([each.value])
            return str(each.value)
    return ""


def initializer(tensor: Any, folder: Folder | None = None) -> Known:
    """Return a TensorProto, whose numbers are loaded when they are asked for.

    Parameters
    ----------
    tensor : TensorProto
    folder : where its numbers may stand; None: they are there only if they are inside
    """
    dtype = ONNX_DTYPES.get(tensor.data_type, f"type {tensor.data_type}")
    apart = tensor.data_location == _EXTERNAL
    there = not apart or (folder is not None and folder.holds(tensor))
    return Known(tuple(tensor.dims[:]), dtype, partial(_array, tensor, folder), there=there)


def _array(tensor: Any, folder: Folder | None) -> Array:
    """Return the numbers of a TensorProto."""
    import numpy as np

    if tensor.data_location == _EXTERNAL:
        if folder is None:
            raise no_model(f"the numbers of {tensor.name!r} lie in another file", "")
        return mapped(tensor, folder, onnx_package().helper.tensor_dtype_to_np_dtype(tensor.data_type))
    raw, dims, plain = tensor.raw_data, tuple(tensor.dims), _PLAIN.get(tensor.data_type)
    if plain is not None and min(dims, default=1) >= 0 and raw and prod(dims) * int(plain[2:]) == len(raw):
        return np.frombuffer(raw, plain).reshape(dims)
    # Dims that promise more than the file holds would take memory.
    held = len(raw) * 8 or max(map(len, (tensor.float_data, tensor.int32_data, tensor.int64_data)))
    held = max(held, len(tensor.double_data), len(tensor.uint64_data))
    if min(dims, default=1) < 0 or prod(dims) > max(2 * held, 1):
        raise no_model(f"the tensor {tensor.name!r} does not hold as many numbers as its shape {dims}", "")
    try:
        array: Array = onnx_package().numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        raise no_model(f"the tensor {tensor.name!r} cannot be read", "") from None
    return array


_PLAIN: Mapping[int, str] = {1: "<f4", 6: "<i4", 7: "<i8", 11: "<f8"}
"""TensorProto.DataType -> how its numbers stand in the bytes, for those that are usual."""


def folded(operator: str, node: Any, path: str) -> Known | None:
    """Return what a node of one output gives if it is one of FOLDED, else None."""
    return _constant(node, path) if operator in FOLDED else None


def _constant(node: Any, path: str) -> Known:
    """Return the value of a Constant node."""
    import numpy as np

    for each in node.attribute:
        if each.name == "value":
            return initializer(each.t)
        if each.name in ("value_int", "value_ints"):
            return Known.of(np.array(plain_attribute(each), np.int64))
        if each.name in ("value_float", "value_floats"):
            return Known.of(np.array(plain_attribute(each), np.float32))
    raise no_model(f"the Constant {path!r} holds no numbers", "")


def mapped(tensor: Any, folder: Folder, dtype: np.dtype[Any]) -> Array:
    """Return the numbers of a TensorProto that stand in a file, read from the disk where they are looked at."""
    import numpy as np

    file = folder.place(tensor)
    said = {each.key: each.value for each in tensor.external_data}
    try:
        whole = file.stat().st_size
        offset = int(said.get("offset") or 0)
        length = int(said.get("length") or whole - offset)
    except (OSError, ValueError):
        offset = length = whole = -1
    count = prod(tensor.dims)
    if offset < 0 or min(tensor.dims, default=1) < 0 or length != count * dtype.itemsize or offset + length > whole:
        why = f"the tensor {tensor.name!r} does not hold as many numbers as its shape {(*tensor.dims,)}"
        raise no_model(why, str(folder.model))
    if count == 0:
        return np.empty(tuple(tensor.dims), dtype)
    return np.memmap(file, dtype, "r", offset, tuple(tensor.dims))


def plain_attribute(each: Any) -> Any:
    """Return an attribute as numbers and texts, a tensor as Known; None for what no row of a table reads: a graph."""
    read = _ATTRIBUTES.get(each.type)
    return None if read is None else read(each)


@lru_cache(4096)
def _shortest(number: float) -> float:
    """Return the shortest decimal that a float32 is: 1e-05 for what it stores as 9.999999747e-06."""
    import numpy as np

    return float(str(np.float32(number)))


_ATTRIBUTES: Mapping[int, Callable[[Any], Any]] = {
    1: lambda each: _shortest(each.f),
    2: lambda each: each.i,
    3: lambda each: each.s.decode("utf-8", "replace"),
    4: lambda each: initializer(each.t),
    6: lambda each: tuple(map(_shortest, each.floats[:])),
    7: lambda each: tuple(each.ints[:]),
    8: lambda each: tuple([text.decode("utf-8", "replace") for text in each.strings]),
}
"""AttributeProto.AttributeType -> what reads it."""


def check_texts(names: Iterable[Any]) -> None:
    """Refuse names that are no text: protobuf gives bytes for them.

    Raises
    ------
    ReadError
        CS129.
    """
    try:
        "".join(names)
    except TypeError:
        raise no_model("a name in it is no text in UTF-8", "") from None


def no_model(why: str, place: str) -> ReadError:
    """Return the error for a model that breaks the rules."""
    return ReadError(
        f"this is no ONNX model that can be read: {why}",
        code="CS129",
        place=place,
        rule="a model is what onnx.checker.check_model accepts",
        fix="write the file again: it is broken, cut off, or of another kind",
    )
