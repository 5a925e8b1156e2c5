"""The numbers of ONNX models: initializers, constants, attributes."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from cnnshape.errors import DesignError, ExtraMissing, ReadError
from cnnshape.formats.records import Known
from cnnshape.layers.foreign_onnx import ONNX_DTYPES

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["FOLDED", "folded", "initializer", "no_model", "onnx_package", "plain_attribute"]

FOLDED = ("Constant",)
"""Operators that the reader takes for known numbers by itself."""


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


def initializer(tensor: Any) -> Known:
    """Return a TensorProto, whose numbers are loaded when they are asked for."""
    dtype = ONNX_DTYPES.get(tensor.data_type, f"type {tensor.data_type}")
    return Known(tuple(tensor.dims), dtype, partial(_array, tensor))


def _array(tensor: Any) -> Array:
    """Return the numbers of a TensorProto."""
    if tensor.data_location == onnx_package().TensorProto.EXTERNAL:
        raise DesignError(
            f"the numbers of {tensor.name!r} lie in another file",
            code="CS129",
            rule="numbers are read from the model's own file",
            fix="onnx.save_model(model, path, save_as_external_data=False)",
        )
    # Dims that promise more than the file holds would take memory.
    held = len(tensor.raw_data) * 8 or max(map(len, (tensor.float_data, tensor.int32_data, tensor.int64_data)))
    held = max(held, len(tensor.double_data), len(tensor.uint64_data))
    if any(size < 0 for size in tensor.dims) or prod(tensor.dims) > max(2 * held, 1):
        raise no_model(f"the tensor {tensor.name!r} does not hold as many numbers as its shape {(*tensor.dims,)}", "")
    try:
        array: Array = onnx_package().numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        raise no_model(f"the tensor {tensor.name!r} cannot be read", "") from None
    return array


def folded(operator: str, node: Any, path: str) -> Known | None:
    """Return what a node gives if it is one of FOLDED, else None."""
    if operator not in FOLDED or len(node.output) != 1:
        return None
    return _constant(node, path)


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


def plain_attribute(each: Any) -> Any:
    """Return an attribute as numbers and texts, a tensor as Known; None for what no row of a table reads: a graph."""
    kinds = onnx_package().AttributeProto
    if each.type == kinds.FLOAT:
        return _shortest(each.f)
    if each.type == kinds.FLOATS:
        return tuple(map(_shortest, each.floats))
    if each.type == kinds.INT:
        return int(each.i)
    if each.type == kinds.INTS:
        return tuple(map(int, each.ints))
    if each.type == kinds.STRING:
        return each.s.decode("utf-8", "replace")
    if each.type == kinds.STRINGS:
        return tuple(text.decode("utf-8", "replace") for text in each.strings)
    if each.type == kinds.TENSOR:
        return initializer(each.t)
    return None


def _shortest(number: float) -> float:
    """Return the shortest decimal that a float32 is: 1e-05 for what it stores as 9.999999747e-06."""
    import numpy as np

    return float(str(np.float32(number)))


def no_model(why: str, place: str) -> ReadError:
    """Return the error for a model that breaks the rules."""
    return ReadError(
        f"this is no ONNX model that can be read: {why}",
        code="CS129",
        place=place,
        rule="a model is what onnx.checker.check_model accepts",
    )
