"""Depthwise convolutions: sums of products over long runs of pixels and channels, whose weights are repeated.

In a channels-last map a run of q pixels of C channels, moved by one tap of the window, is contiguous: the sum over taps
is one `numpy.einsum` whose inner loop multiplies and adds q*C neighbors. With a stride, every s-th column is copied
beside its like first, one plane for each remainder of the columns that taps begin at.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from math import gcd, prod

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Call, Calls, Tail

__all__ = ["depthwise", "pack", "packed_shape", "workspace_items"]

_RUN, _WEIGHTS = 4096, 40960
"""Elements of a run at most, and of its weights, unless a pixel has more: what stays in the caches between two rows."""
_BLOCK = 1 << 16
"""Elements of the output that are computed at a time, unless a row has more."""

Pair = tuple[int, int]


def packed_shape(channels: int, kernel: Pair, width: int) -> tuple[int, int, int]:
    """Return the shape of packed weights for an output of so many columns.

    Examples
    --------
    >>> packed_shape(960, (3, 3), 7)
    (3, 3, 3840)
    """
    return (*kernel, _run(channels, kernel, width) * channels)


def pack(weight: Array, width: int) -> Array:
    """Return weights (C, 1, kh, kw) side by side for each pixel of a run, (kh, kw, q*C)."""
    channels, _, kh, kw = weight.shape
    packed = np.empty(packed_shape(channels, (kh, kw), width), weight.dtype)
    packed.reshape(kh, kw, -1, channels)[...] = weight[:, 0].transpose(1, 2, 0)[:, :, None]
    return packed


def workspace_items(
    x_shape: tuple[int, ...],
    out_shape: tuple[int, ...],
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    rows: slice,
) -> int:
    """Return how many elements of workspace `depthwise` needs for some rows."""
    sizes = _Sizes(x_shape, out_shape, kernel, stride, padding, dilation)
    return sizes.items(sizes.most(rows))


def depthwise(
    x: Array,
    out: Array,
    packed: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    rows: slice,
    workspace: Array,
    tail: Tail | None,
) -> Calls:
    """Yield the calls of a convolution of each channel with its own filter.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, P, Q, C)
    packed : see `pack`
    kernel, stride, dilation : of rows and of columns
    padding : rows of zeros above and columns of zeros left of the map; those below and right follow from the output
    rows : of the output
    workspace : see `workspace_items`
    tail : what finishes a part
    """
    sizes = _Sizes(x.shape, out.shape, kernel, stride, padding, dilation)
    step = sizes.step(rows)
    buffers = _Buffers(sizes, step, x, workspace)
    yield from buffers.clear()
    columns, channels = out.shape[2:]
    for n in range(x.shape[0]):
        for start in range(rows.start, rows.stop, step):
            r = slice(start, min(start + step, rows.stop))
            planes = yield from buffers.fill(n, r)
            part = out[n, r]
            dense = part.strides[1] == channels * part.itemsize
            target = part if dense else buffers.spare(0, part.shape)
            for number, (plane, taps) in enumerate(zip(planes, sizes.planes, strict=True)):
                sums = buffers.spare(1, part.shape) if number else target
                yield from _sums(plane, packed[:, taps.first :: taps.step], sums, stride[0], dilation[0], taps.shift)
                if number:
                    yield partial(np.add, target, sums, target)
            if not dense:
                yield partial(np.copyto, part, target)
            if tail is not None:
                yield from tail(out[n : n + 1, r], (slice(n, n + 1), r, slice(0, columns), slice(0, channels)))


def _sums(plane: Array, weight: Array, out: Array, stride: int, dilation: int, shift: int) -> Calls:
    """Yield the calls that fill some rows (R, Q, C) with sums over the taps that begin in a plane of columns.

    A row of the plane begins `stride` rows below the one before, a tap `dilation` rows and `shift` columns beyond.
    """
    rows, columns, channels = out.shape
    kh, kw, run = weight.shape
    (row, pixel, _), item = plane.strides, plane.itemsize
    q = run // channels
    windows = np.lib.stride_tricks.as_strided
    tall, wide = dilation * row, shift * pixel
    whole = columns // q
    if whole:
        across = windows(plane, (rows, whole, kh, kw, run), (stride * row, q * pixel, tall, wide, item))
        into = windows(out, (rows, whole, run), (out.strides[0], q * out.strides[1], item))
        yield partial(np.einsum, "pbijn,ijn->pbn", across, weight, out=into)
    if rest := (columns - whole * q) * channels:
        across = windows(plane[:, whole * q :], (rows, kh, kw, rest), (stride * row, tall, wide, item))
        into = windows(out[:, whole * q :], (rows, rest), (out.strides[0], item))
        yield partial(np.einsum, "pijn,ijn->pn", across, weight[..., :rest], out=into)


def _run(channels: int, kernel: Pair, width: int) -> int:
    """Return how many pixels a run has, such that all are about equally long."""
    most = max(1, min(width, min(_RUN, _WEIGHTS // prod(kernel)) // channels))
    return -(-width // -(-width // most))


@dataclass(frozen=True, slots=True)
class _Taps:
    """The columns of the window that begin in one plane: tap first + a*step reads the plane from a*shift on."""

    first: int
    step: int
    shift: int
    columns: int
    """of the plane"""


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What follows from sizes alone."""

    x: tuple[int, ...]
    out: tuple[int, ...]
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    @property
    def planes(self) -> list[_Taps]:
        """Plane f holds the columns f*dilation + m*stride of the padded map."""
        k, s, d = self.kernel[1], self.stride[1], self.dilation[1]
        step, shift = s // gcd(s, d), d // gcd(s, d)
        return [
            _Taps(first, step, shift, self.out[2] + (k - 1 - first) // step * shift) for first in range(min(step, k))
        ]

    def step(self, rows: slice) -> int:
        """Return how many rows are computed at a time."""
        count: int = max(rows.stop - rows.start, 1)
        return -(-count // -(-count // self.most(rows)))

    def most(self, rows: slice) -> int:
        """Return how many rows are computed at a time at most, here and in any part of these rows."""
        count: int = rows.stop - rows.start
        return min(max(count, 1), max(1, _BLOCK // (self.out[2] * self.out[3])))

    def down(self, rows: int) -> int:
        """Return how many rows of the padded map so many rows of the output reach over."""
        return (rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0] + 1

    def items(self, step: int) -> int:
        columns = sum(plane.columns for plane in self.planes)
        return (self.down(step) * columns + 2 * step * self.out[2]) * self.out[3]


@dataclass(frozen=True, slots=True)
class _Buffers:
    """The planes and two spare parts of the output, in the workspace."""

    sizes: _Sizes
    step: int
    x: Array
    workspace: Array

    def planes(self) -> Iterator[tuple[Array, slice, Array]]:
        """Yield each plane, which of its columns are in the map, and those columns of the map."""
        at, down = 0, self.sizes.down(self.step)
        width, channels = self.x.shape[2:]
        left, stride = self.sizes.padding[1], self.sizes.stride[1]
        for taps in self.sizes.planes:
            items = down * taps.columns * channels
            plane = self.workspace[at : at + items].reshape(down, taps.columns, channels)
            at += items
            begin = taps.first * self.sizes.dilation[1] - left
            start = min(-(min(begin, 0) // stride), taps.columns)
            stop = max(start, min(taps.columns, -((begin - width) // stride)))
            source = self.x[:, :, begin + start * stride :: stride][:, :, : stop - start]
            yield plane, slice(start, stop), source

    def clear(self) -> Calls:
        """Yield the calls that put zeros left and right of the map; copies of rows leave them."""
        for plane, inside, _ in self.planes():
            for edge in (plane[:, : inside.start], plane[:, inside.stop :]):
                if edge.size:
                    yield partial(edge.fill, 0)

    def fill(self, n: int, rows: slice) -> Generator[Call, None, list[Array]]:
        """Yield the calls that copy what some rows of an image see; return the planes."""
        down, height = self.sizes.down(rows.stop - rows.start), self.x.shape[1]
        first = rows.start * self.sizes.stride[0] - self.sizes.padding[0]
        top, below = min(max(0, -first), down), min(max(0, first + down - height), down)
        found = []
        for plane, inside, source in self.planes():
            if inside == slice(0, plane.shape[1]) and not top and not below and self._dense(source):
                found.append(source[n, first : first + down])
                continue
            found.append(plane)
            middle = slice(top, max(top, down - below))
            for edge in (plane[:top], plane[middle.stop : down]):
                if edge.size:
                    yield partial(edge[:, inside].fill, 0)
            if inside.stop > inside.start and middle.stop > middle.start:
                taken = source[n, first + top : first + middle.stop]
                yield partial(np.copyto, plane[middle, inside], taken)
        return found

    def spare(self, number: int, shape: tuple[int, ...]) -> Array:
        """Return one of two parts as large as the output's."""
        whole = self.step * self.sizes.out[2] * self.sizes.out[3]
        end = self.sizes.items(self.step) - number * whole
        rows, columns, channels = shape
        return self.workspace[end - whole : end][: rows * columns * channels].reshape(shape)

    def _dense(self, source: Array) -> bool:
        """Say whether neighbors among the columns are neighbors in memory."""
        return bool(source.strides[2] == source.shape[3] * source.itemsize)
