"""Pools as operators of other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_onnx import window_out
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
    written,
)
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool
from cnnshape.layers.pool.spec import AvgPool, MaxPool, MinPool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalMaxPool
from cnnshape.layers.pool.windowed import Pool, pool_windows
from cnnshape.symbolic import product

__all__ = ["TABLE"]


def _window(layer: Pool, case: Case) -> dict[str, Any]:
    given = window_out(case, pool_windows(layer, case.rank() - 2))
    return given | ({"ceil_mode": 1} if layer.ceil_mode else {})


def _max_pool(layer: MaxPool, case: Case) -> Written:
    if not layer.return_indices:
        return op("MaxPool", 0, **_window(layer, case))
    made = op("MaxPool", 0, outputs=2, **_window(layer, case))
    # ONNX counts through the whole tensor, the layer within one map.
    count = shape_of(case, (product(case.shape()[2:]),))
    return made[0], op("Mod", made[1], count)


def _min_pool(layer: MinPool, case: Case) -> Written:
    return op("Neg", 0).then("MaxPool", **_window(layer, case)).then("Neg")


def _avg_pool(layer: AvgPool, case: Case) -> Written:
    if layer.divisor_override is not None:
        refuse("not written yet")
    return op("AveragePool", 0, count_include_pad=int(layer.count_include_pad), **_window(layer, case))


def _adaptive_avg(_: AdaptiveAvgPool, case: Case) -> Written:
    after = case.outputs[0].shape[2:]
    if all(size == 1 for size in after):
        return op("GlobalAveragePool", 0)
    before, bins = ints(case.shape()[2:]), ints(after)
    if all(size % count == 0 for size, count in zip(before, bins, strict=True)):
        kernel = tuple(size // count for size, count in zip(before, bins, strict=True))
        return op("AveragePool", 0, kernel_shape=kernel, strides=kernel)
    made: Source = 0
    for axis, (size, count) in enumerate(zip(before, bins, strict=True), start=2):
        if size != count:
            made = _mixed(case, made, axis, _shares(size, count))
    assert isinstance(made, Emit)  # an axis whose size is no multiple differs
    return made


def _edges(size: int, count: int) -> list[tuple[int, int]]:
    """Return where the bins of an axis begin and end."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _shares(size: int, count: int) -> Numbers:
    """Return the matrix that has the mean of each bin of an axis."""
    edges = _edges(size, count)
    values = tuple(1 / (end - start) if start <= at < end else 0.0 for at in range(size) for start, end in edges)
    return Numbers(values, (size, count), "float32")


def _mixed(case: Case, made: Source, axis: int, matrix: Numbers) -> Emit:
    """Return sums along an axis, weighed by the columns of a matrix."""
    rank = case.rank()
    if axis == rank - 1:
        return op("MatMul", made, matrix)
    order = (*(each for each in range(rank) if each != axis), axis)
    back = tuple(order.index(each) for each in range(rank))
    return op("Transpose", made, perm=order).then("MatMul", matrix).then("Transpose", perm=back)


def _global(whole: str, reduction: str) -> Any:
    def write(layer: Any, case: Case) -> Written:
        if layer.keepdim:
            return op(whole, 0)
        return op(reduction, 0, numbers(case.space), keepdims=0)

    return write


TABLE: WriterTable = written(
    "onnx",
    {
        MaxPool: _max_pool,
        MinPool: _min_pool,
        AvgPool: _avg_pool,
        AdaptiveAvgPool: _adaptive_avg,
        GlobalAvgPool: _global("GlobalAveragePool", "ReduceMean"),
        GlobalMaxPool: _global("GlobalMaxPool", "ReduceMax"),
    },
)
