"""Reductions in other systems."""

from __future__ import annotations

from functools import partial

from cnnshape.layers.activation.smooth import Log
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Operator, Row, Table, Use, keyed, reads, refuse
from cnnshape.layers.merge.spec import Multiply, Subtract
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.running import CumProd, CumSum
from cnnshape.layers.reduce.spec import (
    LogSumExp,
    ReduceL1,
    ReduceL2,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
)
from cnnshape.layers.reshape.copies import Cast
from cnnshape.layers.reshape.positions import Slice

__all__ = ["TABLE"]

_WIDENED = (ReduceSum, ReduceProd)
"""Sums and products of whole numbers are int64 here, and keep their type in ONNX."""
_ITSELF = (ReduceSum, ReduceProd, ReduceMean, ReduceMax, ReduceMin)
"""Of nothing but one element, these are that element."""


def _reduced(layer: type[Layer], op: Operator, squared: bool = False, logarithm: bool = False) -> Made:
    axes, keep = op.listed("axes", 1), bool(op.attribute("keepdims", 1))
    if not axes and op.attribute("noop_with_empty_axes", 0):
        if layer not in _ITSELF or squared or logarithm:
            refuse("no axes at all (noop_with_empty_axes)")
        return 0
    start: int | Use = Use(Multiply(), (0, 0)) if squared else 0
    made = Use(layer(tuple(axes) if axes else None, keepdim=keep), (start,))
    dtype = op.spec().dtype
    if layer in _WIDENED and "float" not in dtype and dtype != "int64":
        made = made.then(Cast(dtype))
    return made.then(Log()) if logarithm else made


def _row(layer: type[Layer], squared: bool = False, logarithm: bool = False) -> Row:
    return reads(layer, partial(_reduced, layer, squared=squared, logarithm=logarithm))


def _where(layer: type[ArgMax] | type[ArgMin], op: Operator) -> Made:
    axis = op.axis(op.attribute("axis", 0))
    found = layer(axis, keepdim=bool(op.attribute("keepdims", 1)))
    if not op.attribute("select_last_index", 0):
        return Use(found)
    # The last of equal values is the first one from behind.
    last = op.shape()[axis] - 1
    if not isinstance(last, int):
        refuse("the last of equal values (select_last_index = 1) along an axis of free size")
    return Use(Subtract(), (Fixed(last, "int64"), Use(Slice(dim=axis, step=-1)).then(found)))


def _running(layer: type[CumSum] | type[CumProd], op: Operator) -> Made:
    flags = {name: bool(op.attribute(name, 0)) for name in ("exclusive", "reverse")}
    made, dtype = Use(layer(op.axis(int(op.numbers(1)[0])), **flags)), op.spec().dtype
    return made if "float" in dtype or dtype == "int64" else made.then(Cast(dtype))


TABLE: Table = keyed(
    "onnx",
    {
        "ReduceMean": _row(ReduceMean),
        "ReduceSum": _row(ReduceSum),
        "ReduceMax": _row(ReduceMax),
        "ReduceMin": _row(ReduceMin),
        "ReduceProd": _row(ReduceProd),
        "ReduceL1": _row(ReduceL1),
        "ReduceL2": _row(ReduceL2),
        "ReduceLogSumExp": _row(LogSumExp),
        "ReduceLogSum": _row(ReduceSum, logarithm=True),
        "ReduceSumSquare": _row(ReduceSum, squared=True),
        "CumSum": reads(CumSum, partial(_running, CumSum)),
        "CumProd": reads(CumProd, partial(_running, CumProd)),
        "ArgMax": reads(ArgMax, partial(_where, ArgMax)),
        "ArgMin": reads(ArgMin, partial(_where, ArgMin)),
    },
)
