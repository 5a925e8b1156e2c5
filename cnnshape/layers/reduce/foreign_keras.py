"""Reductions in graphs of Keras."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.layers.foreign import Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.spec import ReduceL2, ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum

__all__ = ["TABLE"]

_JOINS = {
    "Mean": ReduceMean,
    "Sum": ReduceSum,
    "Prod": ReduceProd,
    "Max": ReduceMax,
    "Amax": ReduceMax,
    "Min": ReduceMin,
    "Amin": ReduceMin,
}


def _reduced(layer: Any, op: Operator) -> Made:
    axis = op.attribute("axis")
    axes = tuple(range(op.rank())) if axis is None else axis
    return Use(layer(axes, keepdim=bool(op.attribute("keepdims"))), (0,))


def _norm(op: Operator) -> Made:
    if op.attribute("ord") not in (None, 2, "euclidean") or op.attribute("axis") is None:
        refuse("another norm than the length along an axis")
    return _reduced(ReduceL2, op)


def _where(layer: type[ArgMax] | type[ArgMin], op: Operator) -> Made:
    if op.attribute("axis") is None:
        refuse("the place in the whole tensor")
    return Use(layer(op.attribute("axis"), keepdim=bool(op.attribute("keepdims"))))


TABLE: Table = keyed(
    "keras",
    {
        **{f"ops.{name}": reads(layer, partial(_reduced, layer)) for name, layer in _JOINS.items()},
        "ops.Norm": reads(ReduceL2, _norm),
        "ops.Argmax": reads(ArgMax, partial(_where, ArgMax)),
        "ops.Argmin": reads(ArgMin, partial(_where, ArgMin)),
    },
)
