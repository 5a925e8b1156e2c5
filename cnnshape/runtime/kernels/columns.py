"""Convolutions with any window: the pixels under it are copied side by side and multiplied with the filters."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Call, Calls, Tail
from cnnshape.runtime.kernels.tiles import product
from cnnshape.runtime.kernels.views import matrix, parts

__all__ = ["Slide", "bordered", "columns", "pack", "workspace_items"]

_MOST = 1 << 18
"""Elements that are copied side by side at a time."""
_ROWS = 128
"""Pixels of a product at least, where there are as many."""


@dataclass(frozen=True, slots=True)
class Slide:
    """How a window slides over a map: one number for the rows, one for the columns.

    Parameters
    ----------
    kernel, stride, dilation : of each axis
    before : rows above the map and columns left of it that hold zeros; those below and right follow from the output
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)

    def reach(self, axis: int, count: int) -> int:
        """Return how many positions `count` windows reach over."""
        return (count - 1) * self.stride[axis] + (self.kernel[axis] - 1) * self.dilation[axis] + 1


def pack(weight: Array) -> Array:
    """Return filters (K, C, kh, kw) as a matrix (kh*kw*C, K), a view."""
    return weight.transpose(2, 3, 1, 0).reshape(-1, weight.shape[0])


def workspace_items(x_shape: tuple[int, ...], out_shape: tuple[int, ...], slide: Slide) -> int:
    """Return how many elements `columns` needs: pixels side by side, and a part of the map with its border."""
    most = 0
    # The first image shows all sizes of parts; there may be a million.
    for n, r in islice(_blocks(x_shape, out_shape, slide, slice(0, out_shape[1])), out_shape[1]):
        images, rows = n.stop - n.start, r.stop - r.start
        taps = prod(slide.kernel) * x_shape[3]
        most = max(most, images * (rows * out_shape[2] * taps + prod(_border_shape(x_shape, out_shape, slide, rows))))
    return most


def columns(
    x: Array, out: Array, weight: Array, slide: Slide, rows: slice, workspace: Array, tail: Tail | None
) -> Calls:
    """Yield the calls of a convolution.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, P, Q, K)
    weight : (kh*kw*C, K), or blocked by `tiles.block`
    slide : the window
    rows : of the output
    workspace : see `workspace_items`
    tail : what finishes a part
    """
    (kh, kw), (sh, sw), (dh, dw) = slide.kernel, slide.stride, slide.dilation
    width, channels = out.shape[2], x.shape[3]
    for n, r in _blocks(x.shape, out.shape, slide, rows):
        part = out[n, r]
        images, count = part.shape[:2]
        items = images * count * width * kh * kw * channels
        side = workspace[:items].reshape(images, count, width, kh, kw, channels)
        source = yield from bordered(x[n], slide, r, out.shape[2], workspace[items:])
        a, b, c, d = source.strides
        taps = np.lib.stride_tricks.as_strided(source, side.shape, (a, sh * b, sw * c, dh * b, dw * c, d))
        yield partial(np.copyto, side, taps)
        yield from product(side.reshape(-1, kh * kw * channels), weight, matrix(part))
        if tail is not None:
            yield from tail(part, (n, r, slice(0, width), slice(0, out.shape[3])))


def bordered(x: Array, slide: Slide, rows: slice, width: int, workspace: Array) -> Generator[Call, None, Array]:
    """Yield the calls that copy what the windows of some rows see with zeros around it; return that part of the map.

    Nothing is copied where no window reaches over an edge.
    """
    images, height, length, channels = x.shape
    first = rows.start * slide.stride[0] - slide.before[0]
    down, across = slide.reach(0, rows.stop - rows.start), slide.reach(1, width)
    top, left = min(max(0, -first), down), min(slide.before[1], across)
    below = min(max(0, first + down - height), down - top)
    right = min(max(0, across - left - length), across - left)
    start = max(first, 0)
    taken = x[:, start : start + down - top - below, : across - left - right]
    if not (top or left or below or right):
        return taken
    whole = workspace[: images * down * across * channels].reshape(images, down, across, channels)
    for edge in (
        whole[:, :top],
        whole[:, down - below :],
        whole[:, top : down - below, :left],
        whole[:, top : down - below, across - right :],
    ):
        if edge.size:
            yield partial(edge.fill, 0)
    yield partial(np.copyto, whole[:, top : down - below, left : across - right], taken)
    return whole


def _border_shape(
    x_shape: tuple[int, ...], out_shape: tuple[int, ...], slide: Slide, rows: int
) -> tuple[int, int, int]:
    return slide.reach(0, rows), slide.reach(1, out_shape[2]), x_shape[3]


def _blocks(
    x_shape: tuple[int, ...], out_shape: tuple[int, ...], slide: Slide, rows: slice
) -> Iterator[tuple[slice, slice]]:
    """Yield parts of the output whose pixels, side by side, are about so many elements, or so many rows."""
    taps = prod(slide.kernel) * x_shape[3]
    return parts((*out_shape[:3], taps), rows, max(_MOST, _ROWS * taps))
