"""Matrix products in one piece, or in small tiles where the machine is faster with them."""

from __future__ import annotations

from functools import cache, partial
from time import perf_counter

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Calls

__all__ = ["WIDTH", "block", "blocked_shape", "faster", "product"]

WIDTH = 32
"""Columns of a tile."""
_WORK = 1_000_000
"""Multiply-adds of a tile: OpenBLAS multiplies no larger ones without packing."""


def blocked_shape(inner: int, columns: int, tiled: bool) -> tuple[int, ...]:
    """Return the shape that a matrix (inner, columns) of weights is kept in."""
    if tiled and columns % WIDTH == 0:
        return (columns // WIDTH, inner, WIDTH)
    return (inner, columns)


def block(weight: Array, tiled: bool) -> Array:
    """Return a matrix (C, K), of any strides, as it is kept: contiguous, or in blocks (K/32, C, 32)."""
    inner, columns = weight.shape
    if len(blocked_shape(inner, columns, tiled)) == 2:
        return np.ascontiguousarray(weight)
    return np.ascontiguousarray(weight.reshape(inner, -1, WIDTH).transpose(1, 0, 2))


def product(a: Array, weight: Array, out: Array) -> Calls:
    """Yield the calls that multiply (M, C) with kept weights into (M, K)."""
    if weight.ndim == 2:
        yield partial(np.matmul, a, weight, out=out)
        return
    blocks, inner, width = weight.shape
    rows, whole = min(max(1, _WORK // (inner * width)), a.shape[0]), 0
    if rows:
        whole = a.shape[0] // rows * rows
        yield partial(
            np.matmul,
            _rows(a[:whole], rows)[:, None],
            weight[None],
            out=_rows(out[:whole], rows).reshape(-1, rows, blocks, width).transpose(0, 2, 1, 3),
        )
    if whole < a.shape[0]:
        rest = out[whole:].reshape(-1, blocks, width).transpose(1, 0, 2)
        yield partial(np.matmul, a[None, whole:], weight, out=rest)


def _rows(a: Array, rows: int) -> Array:
    return np.lib.stride_tricks.as_strided(a, (a.shape[0] // rows, rows, a.shape[1]), (rows * a.strides[0], *a.strides))


@cache
def faster() -> bool:
    """Say whether small tiles are faster on this machine: one product, both ways in turns, about 10 ms.

    Notes
    -----
    OpenBLAS multiplies small matrices without copying them first. With AVX-512 that is 1.1 to 1.2 times as fast as one
    large product, with AVX2 it takes 1.2 to 1.6 times as long; the two are far apart.
    """
    a, weight = np.ones((_PIXELS, _CHANNELS), np.float32), np.ones((_CHANNELS, _CHANNELS), np.float32)
    out = np.empty_like(a)
    times = [_INFINITY, _INFINITY]
    for _ in range(_ROUNDS):
        for which, tiled in enumerate((False, True)):
            calls = list(product(a, block(weight, tiled), out))
            start = perf_counter()
            for call in calls:
                call()
            times[which] = min(times[which], perf_counter() - start)
    return times[1] < times[0]


_PIXELS, _CHANNELS, _ROUNDS, _INFINITY = 976, 128, 8, float("inf")
