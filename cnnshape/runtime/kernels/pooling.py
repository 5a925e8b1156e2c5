"""Pools: the rows of a window are combined first, in runs of a whole row, then its columns.

With a stride of 2 the columns of all windows are combined as if the stride were 1 and every other result is kept: runs
of a whole row are faster than twice fewer runs of one pixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Calls, Tail

__all__ = ["average_pool", "global_average", "max_pool", "workspace_items"]

_BLOCK = 1 << 16
"""Elements of combined rows at a time, unless a row has more."""

Pair = tuple[int, int]


def workspace_items(
    x_shape: tuple[int, ...],
    out_shape: tuple[int, ...],
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    rows: slice,
) -> int:
    """Return how many elements of workspace `max_pool` and `average_pool` need for some rows."""
    del padding
    window = _Window(kernel[1], stride[1], dilation[1])
    return 2 * _most(x_shape, out_shape, window, rows) * window.reach(out_shape[2]) * x_shape[3]


def max_pool(
    x: Array,
    out: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    rows: slice,
    workspace: Array,
    tail: Tail | None,
) -> Calls:
    """Yield the calls that take the largest value of each window.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, P, Q, C)
    kernel, stride, dilation : of rows and of columns
    padding : rows above and columns left of the map that hold nothing; those below and right follow from the output
    rows : of the output
    workspace : see `workspace_items`
    tail : what finishes a part
    """
    windows = _windows(kernel, stride, dilation)
    for n, r in _blocks(x, out, windows[1], rows):
        yield from _pooled(np.maximum, -np.inf, x[n], out[n, r], windows, padding, r, workspace)
        yield from _finished(out, n, r, tail)


def average_pool(
    x: Array,
    out: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    after: Pair,
    dilation: Pair,
    count_include_pad: bool,
    divisor: float | None,
    rows: slice,
    workspace: Array,
    tail: Tail | None,
) -> Calls:
    """Yield the calls that take the mean of each window.

    Parameters
    ----------
    x, out, kernel, stride, dilation, rows, workspace, tail : as for `max_pool`
    padding, after : rows of zeros above and below the map, columns of zeros left and right of it; what windows reach
        beyond is never counted
    count_include_pad : whether these zeros count
    divisor : what sums are divided by instead of the number of pixels that count
    """
    windows = _windows(kernel, stride, dilation)
    counts = [
        window.counts(size, count, before, *((before, behind) if count_include_pad else (0, 0)))
        for window, size, count, before, behind in zip(
            windows, x.shape[1:3], out.shape[1:3], padding, after, strict=True
        )
    ]
    if divisor is not None:
        counts = [[divisor] * out.shape[1], [1] * out.shape[2]]
    for n, r in _blocks(x, out, windows[1], rows):
        yield from _pooled(np.add, 0, x[n], out[n, r], windows, padding, r, workspace)
        yield from _divided(out[n, r], counts[0][r], counts[1])
        yield from _finished(out, n, r, tail)


def global_average(x: Array, out: Array, tail: Tail | None, *, wide: bool = False) -> Calls:
    """Yield the calls that take the mean of each channel of (N, H, W, C) into (N, 1, 1, C).

    It is a matrix product; or, if `wide`, a sum in double precision, which takes about five times as long.
    """
    images, height, width, channels = x.shape
    pixels = np.lib.stride_tricks.as_strided(
        x, (images, height * width, channels), (x.strides[0], x.strides[2] if width > 1 else x.strides[1], x.strides[3])
    )
    if wide:
        sums = np.empty((images, channels))
        yield partial(np.add.reduce, pixels, axis=1, dtype=np.float64, out=sums)
        yield partial(np.divide, sums, float(height * width), out=out[:, 0, 0], casting="same_kind")
    else:
        yield partial(np.matmul, _equal_shares(height * width, x.dtype), pixels, out=out[:, 0])
    if tail is not None:
        yield from tail(out, (slice(0, images), slice(0, 1), slice(0, 1), slice(0, channels)))


@cache
def _equal_shares(count: int, dtype: np.dtype[Any]) -> Array:
    shares = np.full((1, count), 1 / max(count, 1), dtype)
    shares.flags.writeable = False
    return shares


@dataclass(frozen=True, slots=True)
class _Window:
    """The window of one axis."""

    kernel: int
    stride: int
    dilation: int

    def reach(self, count: int) -> int:
        """Return how many positions `count` windows reach over."""
        return (count - 1) * self.stride + (self.kernel - 1) * self.dilation + 1

    def inside(self, position: int, size: int, before: int, after: int = 0) -> tuple[int, ...]:
        """Return the taps of a window that lie less than `before` in front of the map and `after` behind it."""
        taps = range(self.kernel)
        return tuple(tap for tap in taps if -before <= position + tap * self.dilation < size + after)

    def counts(self, size: int, count: int, padding: int, before: int, after: int) -> list[float]:
        """Return how many taps of each window count, 1 if none does."""
        starts = (i * self.stride - padding for i in range(count))
        return [len(self.inside(start, size, before, after)) or 1 for start in starts]


def _windows(kernel: Pair, stride: Pair, dilation: Pair) -> list[_Window]:
    return [_Window(*each) for each in zip(kernel, stride, dilation, strict=True)]


def _step(x_shape: tuple[int, ...], out_shape: tuple[int, ...], across: _Window, rows: slice) -> int:
    """Return how many rows are computed at a time."""
    count: int = max(rows.stop - rows.start, 1)
    return -(-count // -(-count // _most(x_shape, out_shape, across, rows)))


def _most(x_shape: tuple[int, ...], out_shape: tuple[int, ...], across: _Window, rows: slice) -> int:
    """Return how many rows are computed at a time at most, here and in any part of these rows."""
    count: int = rows.stop - rows.start
    return min(max(count, 1), max(1, _BLOCK // (across.reach(out_shape[2]) * x_shape[3])))


def _blocks(x: Array, out: Array, across: _Window, rows: slice) -> Iterator[tuple[int, slice]]:
    step = _step(x.shape, out.shape, across, rows)
    for n in range(x.shape[0]):
        for start in range(rows.start, rows.stop, step):
            yield n, slice(start, min(start + step, rows.stop))


def _finished(out: Array, n: int, rows: slice, tail: Tail | None) -> Calls:
    if tail is not None:
        place = (slice(n, n + 1), rows, slice(0, out.shape[2]), slice(0, out.shape[3]))
        yield from tail(out[place], place)


def _pooled(
    combine: np.ufunc,
    nothing: float,
    x: Array,
    out: Array,
    windows: Sequence[_Window],
    padding: Pair,
    rows: slice,
    workspace: Array,
) -> Calls:
    """Yield the calls that fill some rows of an image's output with what the windows hold, combined."""
    (down, across), (top, left) = windows, padding
    count, columns, channels = out.shape
    reach = across.reach(columns)
    stop = min(left + x.shape[1], reach)
    bordered = left > 0 or stop < reach
    starts = [row * down.stride - top for row in range(rows.start, rows.stop)]
    if down.kernel == 1 and not bordered and starts[0] >= 0 and starts[-1] < x.shape[0]:
        tall = x[starts[0] : starts[-1] + 1 : down.stride]
    else:
        items = count * reach * channels
        tall = workspace[:items].reshape(count, reach, channels)
        workspace = workspace[items:]
        for edge in (tall[:, : min(left, reach)], tall[:, max(stop, 0) :]):
            if edge.size:
                yield partial(edge.fill, nothing)
        if stop > left:
            yield from _rows_combined(combine, nothing, x[:, : stop - left], tall[:, left:stop], down, starts)
    yield from _columns_combined(combine, tall, out, across, workspace)


def _rows_combined(
    combine: np.ufunc, nothing: float, x: Array, out: Array, window: _Window, starts: Sequence[int]
) -> Calls:
    """Yield the calls that combine rows; windows of which the same taps are in the map together."""
    at = 0
    for taps, members in groupby(starts, lambda start: window.inside(start, x.shape[0], 0)):
        found = list(members)
        into = out[at : at + len(found)]
        at += len(found)
        if not taps:
            yield partial(into.fill, nothing)
            continue
        first = [found[0] + tap * window.dilation for tap in taps]
        length = found[-1] - found[0] + 1
        yield from _combined(combine, [x[row : row + length : window.stride] for row in first], into)


def _columns_combined(combine: np.ufunc, tall: Array, out: Array, window: _Window, workspace: Array) -> Calls:
    """Yield the calls that combine columns."""
    columns = out.shape[1]
    step = 1 if window.stride == 2 else window.stride
    length = (columns - 1) * window.stride + 1
    parts = [tall[:, tap * window.dilation :][:, :length:step] for tap in range(window.kernel)]
    if step == window.stride or window.kernel == 1:
        yield from _combined(combine, [part[:, :: window.stride // step] for part in parts], out)
        return
    every = workspace[: parts[0].size].reshape(parts[0].shape)
    yield from _combined(combine, parts, every)
    yield partial(np.copyto, out, every[:, :: window.stride])


def _combined(combine: np.ufunc, parts: Sequence[Array], out: Array) -> Calls:
    """Yield the calls that combine arrays of one shape."""
    first, *others = parts
    if not others:
        yield partial(np.copyto, out, first)
        return
    second, *others = others
    yield partial(combine, first, second, out=out)
    for other in others:
        yield partial(combine, out, other, out=out)


def _divided(part: Array, down: Sequence[float], across: Sequence[float]) -> Calls:
    """Yield the calls that divide some rows (R, Q, C) by a number for each row times one for each column."""
    for high, rows in _runs(down):
        for wide, columns in _runs(across):
            if high * wide != 1:
                view = part[rows, columns]
                yield partial(np.multiply, view, np.array(1 / (high * wide), part.dtype), view)


def _runs(values: Sequence[float]) -> Iterator[tuple[float, slice]]:
    """Yield equal neighbors, and where they are."""
    at = 0
    for value, members in groupby(values):
        count = len(list(members))
        yield value, slice(at, at + count)
        at += count
