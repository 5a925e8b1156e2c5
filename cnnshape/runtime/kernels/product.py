"""Convolutions whose window is one pixel, and linear layers: a matrix product with the pixels as rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Calls, Fill, Tail
from cnnshape.runtime.kernels.tiles import product as _product
from cnnshape.runtime.kernels.views import CHUNK, matrix, parts

__all__ = ["block_items", "filled_items", "filled_product", "product", "to_blocks", "workspace_items"]

_ROWS = 128
"""Rows of a product at least, where there are as many."""


def workspace_items(x_shape: tuple[int, ...], out_shape: tuple[int, ...], stride: tuple[int, int]) -> int:
    """Return how many elements `product` needs beside its arrays: a strided part of the input, side by side."""
    return 0 if stride == (1, 1) else filled_items(x_shape[3], out_shape)


def product(
    x: Array,
    out: Array,
    weight: Array,
    stride: tuple[int, int],
    rows: slice,
    workspace: Array,
    tail: Tail | None,
) -> Calls:
    """Yield the calls that multiply the pixels of a map with a matrix.

    Parameters
    ----------
    x : (N, H, W, C); row i*s of it belongs to row i of the output
    out : (N, P, Q, K)
    weight : (C, K), or blocked by `tiles.blocked`
    stride : pixels from one output row and column to the next
    rows : of the output
    workspace : see `workspace_items`
    tail : what finishes a part
    """
    (down, across), width = stride, out.shape[2]

    def chosen(n: slice, r: slice, into: Array) -> Calls:
        lines = slice(r.start * down, (r.stop - 1) * down + 1, down)
        yield partial(np.copyto, into, x[n, lines, : (width - 1) * across + 1 : across])

    if stride != (1, 1):
        yield from filled_product(chosen, x.shape[3], out, weight, rows, workspace, tail)
        return
    for n, r in parts(out.shape, rows, _most(out.shape[3])):
        yield from _product(matrix(x[n, r]), weight, matrix(out[n, r]))
        if tail is not None:
            yield from tail(out[n, r], (n, r, slice(0, width), slice(0, out.shape[3])))


def filled_items(channels: int, out_shape: tuple[int, ...]) -> int:
    """Return how many elements `filled_product` needs: a part of an input with so many channels."""
    pieces = _pieces(channels, out_shape, slice(0, out_shape[1]))
    return max((_size(piece) for piece in pieces), default=0) * out_shape[2] * channels


def filled_product(
    fill: Fill, channels: int, out: Array, weight: Array, rows: slice, workspace: Array, tail: Tail | None
) -> Calls:
    """Yield the calls that multiply pixels that are made part by part with a matrix.

    Parameters
    ----------
    fill : what makes the pixels of some images and rows of the output
    channels : C, of a pixel that is made
    out, weight, rows, tail : as of `product`
    workspace : see `filled_items`
    """
    width, filters = out.shape[2:]
    for n, r in _pieces(channels, out.shape, rows):
        part = out[n, r]
        shape = (*part.shape[:3], channels)
        made = workspace[: prod(shape)].reshape(shape)
        yield from fill(n, r, made)
        yield from _product(matrix(made), weight, matrix(part))
        if tail is not None:
            yield from tail(part, (n, r, slice(0, width), slice(0, filters)))


def _pieces(channels: int, out_shape: tuple[int, ...], rows: slice) -> Iterator[tuple[slice, slice]]:
    """Yield the parts of an output that are made at a time, if pixels of its input have so many channels."""
    widest = max(channels, out_shape[3])
    return parts((*out_shape[:3], widest), rows, _most(widest))


def _most(channels: int) -> int:
    """Return how many elements are made at a time: long columns of a product are worth a larger part."""
    return max(CHUNK, _ROWS * channels)


def _size(part: tuple[slice, slice]) -> int:
    images, rows = part
    return int((images.stop - images.start) * (rows.stop - rows.start))


def block_items(x_shape: tuple[int, ...], out_shape: tuple[int, ...]) -> int:
    """Return how many elements `to_blocks` needs: the blocks of some pixels, side by side."""
    made = _made(x_shape, out_shape)
    return max(map(_size, islice(parts(made, slice(0, made[1])), made[1]))) * made[2] * made[3]


def to_blocks(x: Array, out: Array, weight: Array, rows: slice, workspace: Array, tail: Tail | None) -> Calls:
    """Yield the calls that multiply every pixel with a matrix, and lay what it gives as a block of pixels.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, a*H, b*W, K)
    weight : (C, a*b*K), or blocked by `tiles.block`
    rows : of the output, whole blocks
    workspace : see `block_items`
    tail : what finishes a part
    """
    down, across = out.shape[1] // x.shape[1], out.shape[2] // x.shape[2]
    width, channels = x.shape[2], out.shape[3]
    made = _made(x.shape, out.shape)
    for n, r in parts(made, slice(rows.start // down, rows.stop // down)):
        taken = x[n, r]
        images, count = taken.shape[:2]
        side = workspace[: images * count * width * made[3]]
        yield from _product(matrix(taken), weight, side.reshape(-1, made[3]))
        lines = slice(r.start * down, r.stop * down)
        part = out[n, lines]
        a, b, c, d = part.strides
        blocks = np.lib.stride_tricks.as_strided(
            part, (images, count, down, width, across, channels), (a, down * b, b, across * c, c, d)
        )
        laid = side.reshape(images, count, width, down, across, channels).swapaxes(2, 3)
        yield partial(np.copyto, blocks, laid)
        if tail is not None:
            yield from tail(part, (n, lines, slice(0, out.shape[2]), slice(0, channels)))


def _made(x_shape: tuple[int, ...], out_shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    n, h, w, _ = x_shape
    return n, h, w, out_shape[1] // h * (out_shape[2] // w) * out_shape[3]
