"""Norms as operators of other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Numbers,
    Owned,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    owned,
    reshaped,
    written,
)
from cnnshape.layers.norm.response import GRN, L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.symbolic import product

__all__ = ["TABLE"]

_FINEST = {"float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}
"""The distance from 1 to the next number."""


def _each(case: Case, value: float, shape: Sequence[int]) -> Numbers:
    """Return a number repeated."""
    count = 1
    for size in shape:
        count *= size
    return Numbers((value,) * count, tuple(shape), case.dtype)


def _affine(layer: Any, case: Case) -> tuple[Source, Source]:
    """Return factor and summand of each channel; those of a layer without any change nothing."""
    if layer.affine:
        return owned("weight"), owned("bias")
    channels = (case.size(1),)
    return _each(case, 1, channels), _each(case, 0, channels)


def _normalized(case: Case, axes: Sequence[int], eps: float) -> Emit:
    """Return the input less its mean, over its deviation, both taken over some axes."""
    over = numbers(axes)
    apart = op("Sub", 0, op("ReduceMean", 0, over, keepdims=1))
    variance = op("Mul", apart, apart).then("ReduceMean", over, keepdims=1)
    return apart.then("Div", variance.then("Add", case.number(eps)).then("Sqrt"))


def _batch_norm(layer: BatchNorm, case: Case) -> Written:
    return _with_statistics(layer, case) if layer.track_running_stats else _of_the_map(layer, case, (0, *case.space))


def _with_statistics(layer: BatchNorm | InstanceNorm, case: Case) -> Written:
    stored = (*_affine(layer, case), owned("running_mean"), owned("running_var"))
    # ONNX's momentum is the share of the old statistics.
    momentum = None if layer.momentum is None else 1 - layer.momentum
    return op("BatchNormalization", 0, *stored, epsilon=layer.eps, momentum=momentum)


def _of_the_map(layer: BatchNorm | InstanceNorm, case: Case, axes: Sequence[int]) -> Written:
    made = _normalized(case, axes, layer.eps)
    if not layer.affine:
        return made
    return _scaled(case, made, 1, "weight", "bias")


def _scaled(case: Case, made: Emit, axis: int, factor: str, summand: str) -> Emit:
    """Return what an affine map of each entry of an axis gives."""
    shape = (case.size(axis), *(1,) * (case.rank() - 1 - axis))
    return made.then("Mul", Owned((factor,), (), shape)).then("Add", Owned((summand,), (), shape))


def _instance_norm(layer: InstanceNorm, case: Case) -> Written:
    if layer.track_running_stats:
        return _with_statistics(layer, case)
    return op("InstanceNormalization", 0, *_affine(layer, case), epsilon=layer.eps)


def _group_norm(layer: GroupNorm, case: Case) -> Written:
    (groups,) = ints((layer.num_groups,))
    return op("GroupNormalization", 0, *_affine(layer, case), epsilon=layer.eps, num_groups=groups)


def _last(layer: LayerNorm | RMSNorm, case: Case) -> int:
    """Return the first of the axes that are normalized."""
    given = layer.normalized_shape
    return case.rank() - (len(given) if isinstance(given, tuple) else 1)


def _layer_norm(layer: LayerNorm, case: Case) -> Written:
    axis = _last(layer, case)
    scale = owned("weight") if layer.elementwise_affine else _each(case, 1, ints(case.shape()[axis:]))
    bias = (owned("bias"),) if layer.elementwise_affine and layer.bias else ()
    return op("LayerNormalization", 0, scale, *bias, axis=axis, epsilon=layer.eps)


def _rms_norm(layer: RMSNorm, case: Case) -> Written:
    over = numbers(range(_last(layer, case), case.rank()))
    eps = _FINEST[case.real] if layer.eps is None else layer.eps
    square = op("Mul", 0, 0).then("ReduceMean", over, keepdims=1)
    made = op("Div", 0, square.then("Add", case.number(eps)).then("Sqrt"))
    return made.then("Mul", owned("weight")) if layer.elementwise_affine else made


def _response(layer: LocalResponseNorm, case: Case) -> Written:
    (size,) = ints((layer.size,))
    if size % 2 and case.rank() == 4:
        return op("LRN", 0, size=size, alpha=layer.alpha, beta=layer.beta, bias=layer.k)
    # ONNX Runtime's has 4 axes, and of an even number of neighbors the odd one behind: here it is before. The mean of
    # squares is taken of windows along the channels, as if they were space.
    flat = (case.shape()[0], 1, case.shape()[1], product(case.shape()[2:]))
    squares = reshaped(case, op("Mul", 0, 0), case.shape(), flat)
    window = {"kernel_shape": (size, 1), "pads": (size // 2, 0, (size - 1) // 2, 0), "count_include_pad": 1}
    mean = reshaped(case, squares.then("AveragePool", **window), flat, case.shape())
    base = mean.then("Mul", case.number(layer.alpha)).then("Add", case.number(layer.k))
    return op("Div", 0, base.then("Pow", case.number(layer.beta)))


def _l2_norm(layer: L2Norm, case: Case) -> Written:
    length = op("ReduceL2", 0, numbers((case.axis(layer.dim),)), keepdims=1)
    return op("Div", 0, length.then("Max", case.number(layer.eps)))


def _grn(layer: GRN, case: Case) -> Written:
    axis = case.axis(layer.dim)
    length = op("ReduceL2", 0, numbers(each for each in range(1, case.rank()) if each != axis), keepdims=1)
    usual = length.then("ReduceMean", numbers((axis,)), keepdims=1).then("Add", case.number(layer.eps))
    made = op("Mul", 0, length.then("Div", usual))
    return _scaled(case, made, axis, "gamma", "beta").then("Add", 0)


TABLE: WriterTable = written(
    "onnx",
    {
        BatchNorm: _batch_norm,
        InstanceNorm: _instance_norm,
        GroupNorm: _group_norm,
        LayerNorm: _layer_norm,
        RMSNorm: _rms_norm,
        LocalResponseNorm: _response,
        L2Norm: _l2_norm,
        GRN: _grn,
    },
)
