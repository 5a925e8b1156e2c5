"""Views of channels-last maps: which parts a kernel works on at a time, and how they look as matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Call

__all__ = ["CHUNK", "channelwise", "matrix", "merged", "parts", "regular"]

CHUNK = 1 << 18
"""Elements that are finished while they are in the cache; fewer make calls so short that threads wait on each other."""
_LINE = 2048
"""Shorter channels are repeated along a row, so that inner loops are about that long."""


def regular(shape: tuple[int, ...], strides: tuple[int, ...], item: int) -> bool:
    """Say whether a map (N, H, W, C) has contiguous channels and evenly spaced pixels.

    Examples
    --------
    >>> regular((2, 4, 4, 8), (512, 128, 32, 4), 4), regular((2, 4, 4, 8), (512, 16, 4, 64), 4)
    (True, False)
    """
    n, h, w, c = shape
    pixel = strides[2] if w > 1 else strides[1] if h > 1 else strides[0] if n > 1 else c * item
    return (
        (c == 1 or strides[3] == item)
        and pixel >= c * item
        and pixel % item == 0
        and (h == 1 or strides[1] == w * pixel)
        and (n == 1 or strides[0] == h * w * pixel)
    )


def parts(shape: tuple[int, ...], rows: slice, most: int = CHUNK) -> Iterator[tuple[slice, slice]]:
    """Yield (images, rows) that cover `rows` of all images of (N, P, Q, K), each of `most` elements at most, or of one row.

    Several images come together if all their rows are asked for; otherwise each part is of one image.

    Examples
    --------
    >>> list(parts((2, 4, 8, 8), slice(0, 4), 128))
    [(slice(0, 1, None), slice(0, 2, None)), (slice(0, 1, None), slice(2, 4, None)), (slice(1, 2, None), slice(0, 2, None)), (slice(1, 2, None), slice(2, 4, None))]
    """  # noqa: E501  # a result is one line
    images, height = shape[0], shape[1]
    count = rows.stop - rows.start
    row = prod(shape[2:])
    if count == height and height * row <= most:
        together = max(1, most // (height * row))
        for first in range(0, images, together):
            yield slice(first, min(first + together, images)), rows
        return
    lines = min(-(-count // -(-count * row // most)), max(1, most // row)) if row else count
    for image in range(images):
        for first in range(rows.start, rows.stop, lines):
            yield slice(image, image + 1), slice(first, min(first + lines, rows.stop))


def matrix(x: Array) -> Array:
    """Return the pixels of whole rows of a regular map (n, r, W, C) as a matrix (n*r*W, C), without a copy."""
    n, r, w, c = x.shape
    pixel = x.strides[2] if w > 1 else x.strides[1] if r > 1 else x.strides[0] if n > 1 else c * x.itemsize
    return np.lib.stride_tricks.as_strided(x, (n * r * w, c), (pixel, x.itemsize))


def merged(x: Array) -> Array | None:
    """Return rows as lines (n*r, W*C) if pixels lie side by side, and rows evenly; else None."""
    n, r, w, c = x.shape
    item = x.itemsize
    row = x.strides[1] if r > 1 else x.strides[0] if n > 1 else w * c * item
    if (w > 1 and x.strides[2] != c * item) or (n > 1 and r > 1 and x.strides[0] != r * row):
        return None
    return np.lib.stride_tricks.as_strided(x, (n * r, w * c), (row, item))


def channelwise(function: Any, values: Array) -> Callable[[Array, Array], Call]:
    """Return what makes calls of a function of two on maps (n, r, W, K) and a value (K,) for each channel.

    What is returned takes the map that is read and that which is written; they may be the same.
    """
    repeated: dict[int, Array] = {}

    def call(source: Array, into: Array) -> Call:
        width, channels = into.shape[2:]
        if width > 1 and channels < _LINE:
            read, written = merged(source), merged(into)
            if read is not None and written is not None:
                if width not in repeated:
                    repeated[width] = np.tile(values, width)
                return partial(function, read, repeated[width], out=written)
        return partial(function, source, values, out=into)

    return call
