"""Pools in Keras."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, prod
from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, MaxPool, MinPool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalMaxPool
from cnnshape.layers.pool.windowed import Pool, pool_windows
from cnnshape.layers.source_keras import Call, KerasCase, Made, Placed, WayTable, channels_last, layer, one, op, unless
from cnnshape.layers.source_sides import filled, is_same, sides_of, zeros
from cnnshape.symbolic import Size, Window, effective_kernel, maximum

__all__ = ["TABLE"]


def _windows(given: Pool, case: KerasCase) -> tuple[Window, ...]:
    windows = pool_windows(given, case.rank() - 2)
    if any(w.dilation != 1 for w in windows):
        refuse("Keras's pools have no dilation")
    return windows


def _beyond(case: KerasCase, windows: tuple[Window, ...]) -> list[tuple[Size, Size]]:
    """Return how far the last windows of ceil mode reach beyond the padding."""
    more: list[tuple[Size, Size]] = []
    for size, after, w in zip(case.shape()[2:], case.outputs[0].shape[2:], windows, strict=True):
        if w.mode != "ceil":
            more.append((0, 0))
        elif w.before + w.stride - 1 < w.kernel:  # no window starts behind the map: the most that one reaches beyond
            more.append((0, w.stride - 1))
        else:
            reached = (after - 1) * w.stride + effective_kernel(w) - size - w.before - w.after
            more.append((0, maximum(reached, 0)))
    return more


def _pool(
    name: str, case: KerasCase, windows: tuple[Window, ...], x: Any, padding: str = "valid", suffix: str = ""
) -> Call:
    kernel, strides = one(ints(w.kernel for w in windows)), one([w.stride for w in windows])
    return layer(
        f"{name}Pooling{case.rank() - 2}D",
        x,
        bare={"pool_size": kernel},
        strides=unless(strides, kernel),
        padding=unless(padding, "valid"),
        suffix=suffix,
    )


def _max(given: MaxPool, case: KerasCase) -> Made:
    if given.return_indices:
        refuse("Keras's pools give no indices")
    return _extreme(given, case, 0, case.nonnegative)


def _extreme(given: Pool, case: KerasCase, x: Any, nonnegative: bool) -> Call:
    windows = _windows(given, case)
    if is_same(windows) or all(w.mode == "same_upper" for w in windows):
        return _pool("Max", case, windows, x, "same")
    if "float" not in case.dtype:
        refuse(f"numbers of type {case.dtype}")
    sides = [(a + c, b + d) for (a, b), (c, d) in zip(sides_of(case, windows), _beyond(case, windows), strict=True)]
    return _pool("Max", case, windows, filled(case, x, sides, 0 if nonnegative else -inf))


def _min(given: MinPool, case: KerasCase) -> Made:
    return op("negative", _extreme(given, case, op("negative", 0), False))


def _average(given: AvgPool, case: KerasCase) -> Made:
    windows = _windows(given, case)
    same = is_same(windows) or all(w.mode == "same_upper" for w in windows)
    if same and not given.count_include_pad and given.divisor_override is None:
        return _pool("Average", case, windows, 0, "same")
    sides, beyond = sides_of(case, windows), _beyond(case, windows)
    whole = [(a + c, b + d) for (a, b), (c, d) in zip(sides, beyond, strict=True)]
    mean = _pool("Average", case, windows, zeros(0, whole))
    if given.divisor_override is not None:
        return op("multiply", mean, x2=prod(ints(w.kernel for w in windows)) / given.divisor_override)
    padding, more = (any(s != 0 for pair in each for s in pair) for each in (sides, beyond))
    if not more and (given.count_include_pad or not padding):
        return mean
    # The share of each window that counts: pixels of the map, and of its padding if that is included.
    if given.count_include_pad:
        ones = filled(case, op("ones_like", 0), sides, 1.0)
        counted = zeros(ones, beyond, "count_pad")
    else:
        counted = zeros(op("ones_like", 0), whole, "count_pad")
    return op("divide", mean, _pool("Average", case, windows, counted, suffix="count"))


def _whole(name: str) -> Callable[[Any, KerasCase], Made]:
    def write(given: Any, case: KerasCase) -> Made:
        keep = getattr(given, "keepdim", True) and not case.once
        made = layer(f"Global{name}Pooling{case.rank() - 2}D", keepdims=unless(keep, False))
        return made if keep else Placed(made, (0, 1))

    return write


def _adaptive(name: str) -> Callable[[Any, KerasCase], Made]:
    def write(given: AdaptiveAvgPool | AdaptiveMaxPool, case: KerasCase) -> Made:
        if getattr(given, "return_indices", False):
            refuse("Keras's pools give no indices")
        after = case.outputs[0].shape[2:]
        if all(size == 1 for size in after):
            return _whole(name)(given, case)
        return layer(f"Adaptive{name}Pooling{case.rank() - 2}D", bare={"output_size": one(ints(after))})

    return write


TABLE: WayTable = {
    MaxPool: channels_last(_max),
    MinPool: channels_last(_min),
    AvgPool: channels_last(_average),
    GlobalAvgPool: channels_last(_whole("Average")),
    GlobalMaxPool: channels_last(_whole("Max")),
    AdaptiveAvgPool: channels_last(_adaptive("Average")),
    AdaptiveMaxPool: channels_last(_adaptive("Max")),
}
