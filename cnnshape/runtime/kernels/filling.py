"""What a part of an input goes through on its way to the product that reads it: it is made once, in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Calls, Fill
from cnnshape.runtime.kernels.views import CHUNK, channelwise

__all__ = ["limited", "scaled", "summed", "summed_items"]

Pair = tuple[int, int]


def scaled(x: Array, factor: Array) -> Fill:
    """Return what multiplies a map (N, H, W, C) with a factor (N, 1, 1, C)."""

    def fill(n: slice, r: slice, into: Array) -> Calls:
        yield partial(np.multiply, x[n, r], factor[n], out=into)

    return fill


def limited(x: Array, low: Array, high: Array) -> Fill:
    """Return what keeps a map (N, H, W, C) between limits (C,) for each channel; infinite ones cost nothing."""
    found: list[tuple[Any, Array]] = []
    if not np.isneginf(low).all():
        found.append((np.maximum, low))
    if not np.isposinf(high).all():
        found.append((np.minimum, high))
    limits = [channelwise(function, values) for function, values in found]

    def fill(n: slice, r: slice, into: Array) -> Calls:
        source = x[n, r]
        for limit in limits:
            yield limit(source, into)
            source = into
        if not limits:
            yield partial(np.copyto, into, source)

    return fill


def summed_items(x_shape: Sequence[int], kernel: Pair, stride: Pair) -> int:
    """Return how many elements `summed` needs."""
    row = x_shape[2] * x_shape[3]
    lines = _lines(row, kernel, stride)
    return (_reach(lines, kernel, stride) + lines) * row


def summed(x: Array, fill: Fill | None, kernel: Pair, stride: Pair, workspace: Array) -> Fill:
    """Return what sums the windows of a map; none reaches over an edge.

    Parameters
    ----------
    x : (N, H, W, C)
    fill : what makes images and rows of the map that is summed, of this shape; None: x itself
    kernel, stride : of rows and of columns
    workspace : see `summed_items`
    """
    width, channels = x.shape[2:]
    row = width * channels
    lines = _lines(row, kernel, stride)

    def into_sums(n: slice, r: slice, into: Array) -> Calls:
        count, columns = r.stop - r.start, into.shape[2]
        shape = (1, _reach(count, kernel, stride), width, channels)
        reached = slice(r.start * stride[0], r.start * stride[0] + shape[1])
        tall = workspace[prod(shape) :][: count * row].reshape(1, count, width, channels)
        if fill is None:
            map_ = x[n, reached]
        else:
            map_ = workspace[: prod(shape)].reshape(shape)
            yield from fill(n, reached, map_)
        down = (count - 1) * stride[0] + 1
        yield from _sum([map_[:, tap : tap + down : stride[0]] for tap in range(kernel[0])], tall)
        across = (columns - 1) * stride[1] + 1
        yield from _sum([tall[:, :, tap : tap + across : stride[1]] for tap in range(kernel[1])], into)

    def pieces(n: slice, r: slice, into: Array) -> Calls:
        for image in range(n.start, n.stop):
            for start in range(r.start, r.stop, lines):
                some = slice(start, min(start + lines, r.stop))
                at = image - n.start, slice(some.start - r.start, some.stop - r.start)
                yield from into_sums(slice(image, image + 1), some, into[at][None])

    return pieces


def _lines(row: int, kernel: Pair, stride: Pair) -> int:
    """Return how many rows of sums are made at a time."""
    return max(1, (CHUNK // row - kernel[0]) // (stride[0] + 1))


def _reach(lines: int, kernel: Pair, stride: Pair) -> int:
    return (lines - 1) * stride[0] + kernel[0]


def _sum(parts: Sequence[Array], out: Array) -> Calls:
    first, *others = parts
    if not others:
        yield partial(np.copyto, out, first)
    for other in others:
        yield partial(np.add, first, other, out=out)
        first = out
