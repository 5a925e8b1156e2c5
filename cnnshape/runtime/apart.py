"""Arrays that come and go between others that stay."""

from __future__ import annotations

import contextlib
import mmap
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array

__all__ = ["apart", "bytes_of"]

_LARGE = 1 << 20
"""Bytes from which an array has memory of its own."""


def apart(shape: tuple[int, ...], dtype: np.dtype[np.generic] | str) -> Array:
    """Return an array in memory of its own, which the machine has back with it; its numbers are any.

    Among others it would leave a hole behind: a process that reads weights and keeps them in another form would take
    more memory than it has arrays.
    """
    kind = np.dtype(dtype)
    length = prod(shape) * kind.itemsize
    if length < _LARGE:
        return np.empty(shape, kind)
    flags = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    memory = mmap.mmap(-1, length, **flags)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, kind).reshape(shape)


def bytes_of(values: Array) -> memoryview:
    """Return the bytes of a contiguous array, to read into."""
    return values.reshape(-1).view(np.uint8).data
