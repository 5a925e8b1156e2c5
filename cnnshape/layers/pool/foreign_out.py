"""Pools as operators of other systems."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_bins import bin_edges, bin_means, even_bins
from cnnshape.layers.foreign_onnx import pads_out, taken, window_out
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    reshaped,
    shape_of,
    written,
)
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool, MinPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalLPPool, GlobalMaxPool
from cnnshape.layers.pool.windowed import Pool, pool_windows
from cnnshape.symbolic import Size, effective_kernel, maximum, padding_of, product

__all__ = ["TABLE"]


def _window(layer: Pool, case: Case) -> dict[str, Any]:
    given = window_out(case, pool_windows(layer, case.rank() - 2))
    return given | ({"ceil_mode": 1} if layer.ceil_mode else {})


def _max_pool(layer: MaxPool, case: Case) -> Written:
    if not layer.return_indices:
        return op("MaxPool", 0, **_window(layer, case))
    given = _window(layer, case) | ({"storage_order": 1} if layer.storage_order != "row" else {})
    if layer.counted == "tensor":
        made = op("MaxPool", 0, outputs=2, **given)
        return made[0], made[1]
    return _with_indices(case, given)


def _with_indices(case: Case, given: dict[str, Any]) -> Written:
    made = op("MaxPool", 0, outputs=2, **given)
    # ONNX counts through the whole tensor, the layer within one map.
    count = shape_of(case, (product(case.shape()[2:]),))
    return made[0], op("Mod", made[1], count)


def _min_pool(layer: MinPool, case: Case) -> Written:
    return op("Neg", 0).then("MaxPool", **_window(layer, case)).then("Neg")


def _avg_pool(layer: AvgPool, case: Case) -> Written:
    given = _window(layer, case)
    if layer.divisor_override is None:
        return op("AveragePool", 0, count_include_pad=int(layer.count_include_pad), **given)
    # The sum is the mean of windows that all hold the same number of pixels: the padding is made before.
    windows = pool_windows(layer, case.rank() - 2)
    sides: list[tuple[Size, Size]] = [(0, 0), (0, 0)]
    for size, after, w in zip(case.shape()[2:], case.outputs[0].shape[2:], windows, strict=True):
        first, last = padding_of(size, w)
        reached = (after - 1) * w.stride + effective_kernel(w) - size - first
        sides.append((first, maximum(reached, 0) if layer.ceil_mode else last))
    bare = {name: given[name] for name in ("kernel_shape", "strides", "dilations")}
    mean = op("Pad", 0, pads_out(sides)).then("AveragePool", **bare)
    return mean.then("Mul", case.number(prod(given["kernel_shape"]) / layer.divisor_override))


def _lp_pool(layer: LPPool, case: Case) -> Written:
    given, p = _window(layer, case), layer.norm_type
    if p >= 1 and p == int(p):
        return op("LpPool", 0, p=int(p), **given)
    powers = op("Abs", 0).then("Pow", case.number(p))
    return powers.then("LpPool", p=1, **given).then("Pow", case.number(1 / p))


def _adaptive_max(layer: AdaptiveMaxPool, case: Case) -> Written:
    after = case.outputs[0].shape[2:]
    if all(size == 1 for size in after) and not layer.return_indices:
        return op("GlobalMaxPool", 0)
    before, bins = ints(case.shape()[2:]), ints(after)
    even = even_bins(before, bins)
    if layer.return_indices:
        if even is None:
            refuse("the indices of bins of unequal size")
        return _with_indices(case, even)
    if even is not None:
        return op("MaxPool", 0, **even)
    made: Source = 0
    for axis, (size, count) in enumerate(zip(before, bins, strict=True), start=2):
        if size != count:
            parts = [taken(made, axis, start, end) for start, end in bin_edges(size, count)]
            largest = [part.then("ReduceMax", numbers((axis,)), keepdims=1) for part in parts]
            made = op("Concat", *largest, axis=axis)
    assert isinstance(made, Emit)  # as above
    return made


def _max_unpool(layer: MaxUnpool, case: Case) -> Written:
    batch, channels, *space = case.outputs[0].shape
    # ONNX's MaxUnpool has no size that is free, nor positions within one map.
    through = layer.counted == "tensor"
    maps: tuple[Size, ...] = (batch * channels * product(space),) if through else (batch, channels, product(space))
    flat = numbers((-1,) if through else (0, 0, -1))
    canvas = op("Expand", case.number(0), shape_of(case, maps))
    indices = op("Reshape", 1, flat).then("Cast", to=_INT64)
    filled = canvas.then("ScatterElements", indices, op("Reshape", 0, flat), axis=len(maps) - 1)
    return reshaped(case, filled, maps, case.outputs[0].shape)


_INT64 = 7
"""TensorProto.INT64"""


def _global(whole: str, reduction: str) -> Any:
    def write(layer: Any, case: Case) -> Written:
        if layer.keepdim:
            return op(whole, 0)
        return op(reduction, 0, numbers(case.space), keepdims=0)

    return write


def _global_lp(layer: GlobalLPPool, case: Case) -> Written:
    p, keep = layer.norm_type, int(layer.keepdim)
    if p in (1, 2):
        return op(f"ReduceL{int(p)}", 0, numbers(case.space), keepdims=keep)
    total = op("Abs", 0).then("Pow", case.number(p)).then("ReduceSum", numbers(case.space), keepdims=keep)
    return total.then("Pow", case.number(1 / p))


TABLE: WriterTable = written(
    "onnx",
    {
        MaxPool: _max_pool,
        MinPool: _min_pool,
        AvgPool: _avg_pool,
        LPPool: _lp_pool,
        AdaptiveAvgPool: lambda _, case: bin_means(case),
        AdaptiveMaxPool: _adaptive_max,
        GlobalAvgPool: _global("GlobalAveragePool", "ReduceMean"),
        GlobalMaxPool: _global("GlobalMaxPool", "ReduceMax"),
        GlobalLPPool: _global_lp,
        MaxUnpool: _max_unpool,
    },
)
