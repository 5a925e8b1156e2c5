"""Reductions of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.activation.smooth import Sqrt
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Row, Use, refuse
from cnnshape.layers.foreign_torch import At, Called, calls, table
from cnnshape.layers.merge.spec import Divide, Maximum, Minimum, Multiply, Subtract
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
from cnnshape.symbolic import product

__all__ = ["TABLE"]


def _over(layer: Any) -> Row:
    return calls("x dim=None keepdim=False", lambda c: layer(c.dim, keepdim=c.keepdim), layer)


def _running(layer: Any) -> Row:
    """Read a running sum or product, of numbers that are cast first; whole numbers and booleans count in int64."""

    def read(c: Called) -> Made:
        given = c.op.spec(c.at).dtype
        wanted = c.dtype or (given if given.startswith(("float", "bfloat")) else "int64")
        return Use(layer(c.dim), (c.at if wanted == given else Use(Cast(wanted), (c.at,)),))

    return calls("x dim dtype=None", read, layer)


def _extremum(layer: Any, place: Any, join: Any) -> Row:
    """Read torch.max: of all, of an axis with the positions, or of two tensors."""

    def read(c: Called) -> Layer | Made:
        if isinstance(c.dim, At):
            return Use(join(), (c.at, c.dim.position))
        if c.dim is None:
            return layer()  # type: ignore[no-any-return]  # a layer class
        return Use(layer(c.dim, keepdim=c.keepdim), (c.at,)), Use(place(c.dim, keepdim=c.keepdim), (c.at,))

    return calls("x dim=None keepdim=False", read, layer)


def _variance(root: bool) -> Row:
    def read(c: Called) -> Made:
        axes = range(c.rank) if c.dim is None else c.dim if isinstance(c.dim, tuple) else (c.dim,)
        axes = tuple(c.op.axis(axis, c.rank) for axis in axes)
        apart = Use(Subtract(), (c.at, Use(ReduceMean(axes, keepdim=True), (c.at,))))
        square = Use(Multiply(), (apart, apart))
        less = c.correction if c.unbiased else 0
        if not less:
            mean = square.then(ReduceMean(axes, keepdim=c.keepdim))
        else:
            count = product(c.op.shape(c.at)[axis] for axis in axes)
            if not isinstance(count, int):
                refuse("the unbiased variance over an axis of a free size")
            mean = Use(Divide(), (square.then(ReduceSum(axes, keepdim=c.keepdim)), Fixed(count - less)))
        return mean.then(Sqrt()) if root else mean

    return calls("x dim=None unbiased=True keepdim=False correction=1", read, ReduceMean)


def _norm(c: Called) -> Layer:
    kinds: dict[Any, Any] = {1: ReduceL1, 2: ReduceL2, "fro": ReduceL2, None: ReduceL2}
    if c.p not in kinds:
        refuse(f"p = {c.p}")
    layer: Layer = kinds[c.p](c.dim, keepdim=c.keepdim)
    return layer


def _weight_norm(c: Called) -> Made:
    axes = tuple(axis for axis in range(c.rank) if axis != c.dim % c.rank)
    length = Use(ReduceL2(axes, keepdim=True), (c.at,))
    return Use(Multiply(), (c.at, Use(Divide(), (c.g.position, length))))


TABLE = table(
    {
        "weight_norm": calls("x g dim=0", _weight_norm, ReduceL2),
        "mean": _over(ReduceMean),
        "sum": _over(ReduceSum),
        "prod": _over(ReduceProd),
        "amax": _over(ReduceMax),
        "amin": _over(ReduceMin),
        "logsumexp": _over(LogSumExp),
        "argmax": _over(ArgMax),
        "argmin": _over(ArgMin),
        "max": _extremum(ReduceMax, ArgMax, Maximum),
        "min": _extremum(ReduceMin, ArgMin, Minimum),
        "var": _variance(root=False),
        "std": _variance(root=True),
        "norm": calls("x p='fro' dim=None keepdim=False", _norm, ReduceL2),
        "cumsum": _running(CumSum),
        "cumprod": _running(CumProd),
    },
)
