"""The ends of a network as operators of other systems; inputs, constants and parameters are no operators."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import dtype_out
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Numbers,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    shape_of,
    simply,
    written,
)
from cnnshape.layers.io.sources import Arange, Full, SizeTensor
from cnnshape.layers.io.spec import Output
from cnnshape.symbolic import Dim, Size

__all__ = ["TABLE"]


def _full(layer: Full, case: Case) -> Written:
    return op("Expand", Numbers((layer.value,), (), layer.dtype), shape_of(case, case.outputs[0].shape))


def _arange(layer: Arange, case: Case) -> Written:
    start, limit = _scalar(case, layer.start), _scalar(case, layer.limit)
    return _typed(op("Range", start, limit, Numbers((layer.step,), (), "int64")), layer.dtype, case)


def _size_tensor(layer: SizeTensor, case: Case) -> Written:
    values = op("Identity", shape_of(case, layer.values))
    shape = ints(case.outputs[0].shape)
    return _typed(op("Reshape", values, numbers(shape)) if layer.shape is not None else values, layer.dtype, case)


def _scalar(case: Case, size: Size) -> Source:
    if not isinstance(size, Dim):
        return Numbers((size,), (), "int64")
    return op("Squeeze", shape_of(case, (size,)), numbers([0]))


def _typed(made: Emit, dtype: str, case: Case) -> Emit:
    return made if dtype == "int64" else made.then("Cast", to=dtype_out(case, dtype))


TABLE: WriterTable = written(
    "onnx", {Output: simply("Identity"), Full: _full, Arange: _arange, SizeTensor: _size_tensor}
)
