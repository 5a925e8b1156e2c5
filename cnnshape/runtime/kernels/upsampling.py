"""Larger maps: by copies, or by a product with the weights of each axis.

Interpolation weighs rows, then columns; each output reads a few neighbors, so that a block of the weights of an axis is
a small matrix, and the map is multiplied with it. What is infinite in the map makes the whole block NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.layers.resample.kernel import upsample
from cnnshape.layers.resample.spec import Upsample
from cnnshape.runtime.kernels.calls import Calls, Tail

__all__ = ["interpolate", "interpolate_workspace", "interpolation_weights", "repeat"]

_BLOCK = 1 << 16
"""Elements of the output at a time, unless a row has more."""
_HEIGHT = 16
"""Rows of weights at a time at most."""
_PRODUCT = 2048
"""Elements of one product of columns, about: smaller ones are mostly calls, larger ones mostly zeros."""

Pair = tuple[int, int]


def repeat(x: Array, out: Array, factors: Pair, rows: slice, tail: Tail | None) -> Calls:
    """Yield the calls that repeat each pixel of (N, H, W, C) in (N, H*factor, W*factor, C).

    Parameters
    ----------
    factors : of rows and of columns
    rows : of the output
    tail : what finishes a part
    """
    down, across = factors
    width, channels = out.shape[2:]
    step = max(1, _BLOCK // (down * width * channels)) * down
    # Blocks end where a row of the input does, so that both shares of a row are cut the same way.
    edges = [rows.start, *range(rows.start // step * step + step, rows.stop, step), rows.stop]
    for n in range(x.shape[0]):
        for start, stop in pairwise(edges):
            for first, last in _whole(start, stop, down):
                count = -(-last // down) - first // down
                source = x[n, first // down :][:count, :, None]
                wide = out[n, first:last].reshape(count, -1, width // across, across, channels)
                yield partial(np.copyto, wide[:, 0], source)
                if wide.shape[1] > 1:
                    yield partial(np.copyto, wide[:, 1:], wide[:, :1])
            if tail is not None and stop > start:
                place = (slice(n, n + 1), slice(start, stop), slice(0, width), slice(0, channels))
                yield from tail(out[place], place)


def _whole(start: int, stop: int, factor: int) -> Iterator[Pair]:
    """Yield parts of a range that are all copies of several rows, or some copies of one row."""
    low, high = min(-(-start // factor) * factor, stop), stop // factor * factor
    for first, last in ((start, low), (low, max(low, high)), (max(low, high), stop)):
        if last > first:
            yield first, last


def interpolation_weights(layer: Upsample, size: Pair, out: Pair, dtype: str) -> tuple[Array, Array]:
    """Return the weights (P, H) of rows and (Q, W) of columns by which a layer interpolates (N, C, H, W) linearly.

    They are what the layer makes of unit vectors, in double precision.
    """
    down, across = np.empty((out[0], size[0])), np.empty((out[1], size[1]))
    upsample(layer, (np.eye(size[0])[None, :, :, None],), {}, (down.T[None, :, :, None],))
    upsample(layer, (np.eye(size[1])[None, :, None, :],), {}, (across.T[None, :, None, :],))
    return down.astype(dtype), across.astype(dtype)


def interpolate_workspace(x_shape: tuple[int, ...], out_shape: tuple[int, ...], rows: slice) -> int:
    """Return how many elements of workspace `interpolate` needs for some rows."""
    return _most(x_shape, out_shape, rows) * x_shape[2] * x_shape[3]


def interpolate(
    x: Array, out: Array, down: Array, across: Array, rows: slice, workspace: Array, tail: Tail | None
) -> Calls:
    """Yield the calls that weigh rows and columns.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, P, Q, C)
    down, across : weights (P, H) of rows and (Q, W) of columns
    rows : of the output
    workspace : see `interpolate_workspace`
    tail : what finishes a part
    """
    width, channels = x.shape[2:]
    columns = out.shape[2]
    step = _step(x.shape, out.shape, rows)
    line = width * channels
    dense = x.strides[2] == channels * x.itemsize or width == 1
    most = min(32, max(8, _PRODUCT // channels))
    side = -(-columns // -(-columns // most))
    bands = [(slice(at, at + side), _band(across[at : at + side])) for at in range(0, columns, side)]
    for n in range(x.shape[0]):
        for start in range(rows.start, rows.stop, step):
            r = slice(start, min(start + step, rows.stop))
            band = _band(down[r])
            source, middle = x[n, band], workspace[: (r.stop - r.start) * line].reshape(-1, width, channels)
            if dense:
                yield partial(np.matmul, down[r, band], source.reshape(-1, line), out=middle.reshape(-1, line))
            else:
                yield partial(np.matmul, down[r, band], source.swapaxes(0, 1), out=middle.swapaxes(0, 1))
            for part, near in bands:
                yield partial(np.matmul, across[part, near], middle[:, near], out=out[n, r, part])
            if tail is not None:
                place = (slice(n, n + 1), r, slice(0, columns), slice(0, channels))
                yield from tail(out[place], place)


def _step(x_shape: tuple[int, ...], out_shape: tuple[int, ...], rows: slice) -> int:
    """Return how many rows are computed at a time."""
    count: int = max(rows.stop - rows.start, 1)
    return -(-count // -(-count // _most(x_shape, out_shape, rows)))


def _most(x_shape: tuple[int, ...], out_shape: tuple[int, ...], rows: slice) -> int:
    """Return how many rows are computed at a time at most, here and in any part of these rows."""
    line = max(x_shape[2], out_shape[2]) * x_shape[3]
    count: int = rows.stop - rows.start
    return min(max(count, 1), _HEIGHT, max(4, _BLOCK // line))


def _band(weights: Array) -> slice:
    """Return the columns of a matrix that hold more than zeros."""
    found = np.flatnonzero(weights.any(0))
    return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, 1)
