"""Pools on arrays: what the windows hold is combined tap by tap, each tap a view of the padded map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cnnshape.errors import ShapeError
from cnnshape.layers.arrays import Array, Arrays, Weights, bins, integer, padded, real, space, views
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool, MinPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalLPPool, GlobalMaxPool
from cnnshape.layers.pool.windowed import Pool, pool_windows
from cnnshape.symbolic import Window, padding_of

__all__ = [
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "avg_pool",
    "global_avg_pool",
    "global_lp_pool",
    "global_max_pool",
    "lp_pool",
    "max_pool",
    "max_unpool",
    "min_pool",
]


def max_pool(layer: MaxPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y, *places) = inputs, outputs
    if places:
        _place_largest(layer, x, y, places[0])
        if layer.counted == "tensor":
            places[0] += _offsets(x)
    else:
        _extreme(np.maximum, layer, x, y, _least(x.dtype))


def min_pool(layer: MinPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    _extreme(np.minimum, layer, inputs[0], outputs[0], _most(inputs[0].dtype))


def avg_pool(layer: AvgPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    total = _sum(view for _, view in _taps(layer, real(x), y, 0))
    y[...] = total / _divisor(layer, x, y).astype(total.dtype)


def lp_pool(layer: LPPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    with np.errstate(all="ignore"):  # a large power is infinite, a small one is 0
        total = _sum(_power(view, layer.norm_type) for _, view in _taps(layer, real(x), y, 0))
        y[...] = _root(total, layer.norm_type)


def global_avg_pool(layer: GlobalAvgPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    outputs[0][...] = real(x).mean(_space_axes(x), keepdims=layer.keepdim)


def global_max_pool(layer: GlobalMaxPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    outputs[0][...] = x.max(_space_axes(x), keepdims=layer.keepdim)


def global_lp_pool(layer: GlobalLPPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    with np.errstate(all="ignore"):
        total = _power(real(x), layer.norm_type).sum(_space_axes(x), keepdims=layer.keepdim)
        outputs[0][...] = _root(total, layer.norm_type)


def adaptive_avg_pool(_layer: AdaptiveAvgPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    for place, held in bins(real(x), y.shape[2:]):
        y[place] = held.mean(_bin_axes(held))


def adaptive_max_pool(_layer: AdaptiveMaxPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y, *places) = inputs, outputs
    if not places:
        for place, held in bins(x, y.shape[2:]):
            y[place] = held.max(_bin_axes(held))
        return
    numbered = np.arange(prod(x.shape[2:])).reshape(1, 1, *x.shape[2:])
    pairs = zip(bins(x, y.shape[2:]), bins(numbered, y.shape[2:]), strict=True)
    for (place, held), (_place, numbers) in pairs:
        values, indices = _flat_bins(held), _flat_bins(numbers)
        largest = _largest(values)[..., np.newaxis]
        y[place] = np.take_along_axis(values, largest, -1)[..., 0]
        places[0][place] = np.take_along_axis(np.broadcast_to(indices, values.shape), largest, -1)[..., 0]


def max_unpool(layer: MaxUnpool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, indices, *_like), (y,) = inputs, outputs
    size, maps = prod(y.shape[2:]), y.shape[0] * y.shape[1]
    through = layer.counted == "tensor"
    if indices.size and not 0 <= indices.min() <= indices.max() < size * (maps if through else 1):
        raise _outside(indices, size * (maps if through else 1))
    canvas = np.zeros(maps * size, x.dtype)
    offsets = 0 if through else _offsets(y)
    # One axis, so that the last of several values for one position remains, as in PyTorch.
    canvas[(indices + offsets).reshape(-1)] = x.reshape(-1)
    y[...] = canvas.reshape(y.shape)


def _offsets(x: Array) -> Array:
    """Return how many positions of a tensor stand in front of each of its maps."""
    maps, rank = x.shape[:2], x.ndim - 2
    return np.arange(prod(maps)).reshape(*maps, *(1,) * rank) * prod(x.shape[2:])


def _taps(layer: Pool, x: Array, y: Array, outside: float) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Yield each tap of the windows, and what all windows hold there; `outside` is what the padding holds."""
    windows, out = pool_windows(layer, x.ndim - 2), y.shape[2:]
    view = views(padded(x, windows, out, outside), windows, out)
    for tap in product(*map(range, view.shape[x.ndim :])):
        yield tap, view[space(*(slice(None),) * (x.ndim - 2), *tap)]


def _sum(terms: Iterator[Array]) -> Array:
    """Return the sum of arrays of one shape."""
    total = next(terms).copy()
    for term in terms:
        total += term
    return total


def _extreme(best: np.ufunc, layer: Pool, x: Array, y: Array, outside: float) -> None:
    """Fill `y` with the largest or the smallest of each window."""
    taps = _taps(layer, x, y, outside)
    _, y[...] = next(taps)
    for _, view in taps:
        best(y, view, out=y)


def _place_largest(layer: MaxPool, x: Array, y: Array, places: Array) -> None:
    """Fill `y` with the largest of each window, `places` with its position in the map; the first of equal ones."""
    y[...] = least = _least(x.dtype)
    starts, windows = _starts(layer, x, y), pool_windows(layer, x.ndim - 2)
    # A window whose values are all the least one keeps its first position in the map.
    steps = [integer(window.dilation) for window in windows]
    inside = [start + np.maximum(-(start // step), 0) * step for start, step in zip(starts, steps, strict=True)]
    places[...] = _numbered(inside, x.shape[2:], layer.storage_order)
    for tap, view in _taps(layer, x, y, least):
        better = (view > y) | (view != view)  # only NaN differs from itself
        shifted = [start + at * step for start, at, step in zip(starts, tap, steps, strict=True)]
        np.copyto(y, view, where=better)
        np.copyto(places, _numbered(shifted, x.shape[2:], layer.storage_order), where=better)


def _starts(layer: Pool, x: Array, y: Array) -> list[Array]:
    """Return where on each space axis of the map the windows begin; negative in the padding before."""
    found = []
    for size, window, count in zip(x.shape[2:], pool_windows(layer, x.ndim - 2), y.shape[2:], strict=True):
        found.append(np.arange(count) * window.stride - integer(padding_of(size, window)[0]))
    return found


def _numbered(positions: Sequence[Array], sizes: Sequence[int], order: str) -> Array:
    """Return the numbers, in a map of `sizes`, of all combinations of positions on its axes."""
    numbers: Any = 0
    axes = list(zip(sizes, np.ix_(*positions), strict=True))
    for size, at in axes if order == "row" else reversed(axes):
        numbers = numbers * size + at
    return numbers


def _divisor(layer: AvgPool, x: Array, y: Array) -> Array:
    """Return what the sum of each window is divided by: a number, or one for each position."""
    if layer.divisor_override is not None:
        return np.array(layer.divisor_override)
    windows = pool_windows(layer, x.ndim - 2)
    counts = [
        _held(size, window, start, layer.count_include_pad)
        for size, window, start in zip(x.shape[2:], windows, _starts(layer, x, y), strict=True)
    ]
    return np.maximum(reduce(np.multiply.outer, counts), 1)  # a window that holds nothing has the sum 0


def _held(size: int, window: Window, starts: Array, padding: bool) -> Array:
    """Return how many taps of each window count on one axis: those in the map, and in its padding if that counts."""
    before, after = (integer(side) if padding else 0 for side in padding_of(size, window))
    taps = starts[:, np.newaxis] + np.arange(integer(window.kernel)) * integer(window.dilation)
    return ((taps >= -before) & (taps < size + after)).sum(1)


def _power(x: Array, p: float) -> Array:
    if p == 1:
        return np.abs(x)
    return x * x if p == 2 else np.abs(x) ** p


def _root(x: Array, p: float) -> Array:
    if p == 1:
        return x
    return np.sqrt(x) if p == 2 else x ** (1 / p)


def _space_axes(x: Array) -> tuple[int, ...]:
    return tuple(range(2, x.ndim))


def _bin_axes(held: Array) -> tuple[int, ...]:
    """Return the axes of what `bins` yields that are inside a bin."""
    return (*range(2, held.ndim - 2), -1)


def _flat_bins(held: Array) -> Array:
    """Return the values of each bin side by side, in the order of the map: (N, C, bins, values)."""
    moved = np.moveaxis(held, -2, 2)
    return moved.reshape(*moved.shape[:3], -1)


def _largest(values: Array) -> Array:
    """Return where on the last axis the first of the largest values is; the last NaN if there is one, as PyTorch."""
    found = values.argmax(-1)
    if values.dtype.kind == "f" and (unknown := np.isnan(values)).any():
        last = values.shape[-1] - 1 - unknown[..., ::-1].argmax(-1)
        found = np.where(unknown.any(-1), last, found)
    return found


def _least(dtype: np.dtype[Any]) -> float:
    """Return what no value of a type is below."""
    if dtype.kind == "b":
        return False
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf


def _most(dtype: np.dtype[Any]) -> float:
    """Return what no value of a type is above."""
    if dtype.kind == "b":
        return True
    return int(np.iinfo(dtype).max) if dtype.kind in "iu" else np.inf


def _outside(indices: Array, size: int) -> ShapeError:
    worst = int(indices.min() if indices.min() < 0 else indices.max())
    return ShapeError(
        f"the second input holds the index {worst}, a map of the output has {size} positions",
        code="CS213",
        got=worst,
        needed=size,
        rule="0 <= index < positions of one channel's map",
        fix="the indices of the MaxPool(return_indices=True) that this layer undoes, and the size of its input",
    )
