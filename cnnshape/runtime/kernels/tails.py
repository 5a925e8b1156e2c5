"""What finishes a part of an output while it is in the cache: a bias, other maps that are added, activations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.activations import SCRATCH, finish
from cnnshape.runtime.kernels.calls import Calls, Tail
from cnnshape.runtime.kernels.views import CHUNK, channelwise, parts

__all__ = ["scratch_items", "tail_of"]


def scratch_items(out_shape: tuple[int, ...]) -> int:
    """Return how many elements a tail needs beside a map (N, P, Q, K)."""
    row = prod(out_shape[2:])
    return SCRATCH * min(max(CHUNK, row), prod(out_shape))


def tail_of(bias: Array | None, after: Sequence[Any], scratch: Array, *, scaled: bool = False) -> Tail | None:
    """Return the tail that adds a bias (K,), then each map (N, P, Q, K) of `after`, and applies each layer of it.

    Parts have all channels; where they are scaled, they and the bias are times the factor of the first layer.
    """
    if bias is None and not after:
        return None

    shift = None if bias is None else channelwise(np.add, bias)

    def tail(view: Array, place: tuple[slice, ...]) -> Calls:
        images, rows, columns, channels = place
        for n, r in parts(view.shape, slice(0, view.shape[1])):
            part = view[n, r]
            at = (_inside(images, n), _inside(rows, r), columns, channels)
            if shift is not None:
                yield shift(part, part)
            for i, each in enumerate(after):
                if isinstance(each, np.ndarray):
                    yield partial(np.add, part, each[at], out=part)
                else:
                    yield from finish(each, part, scratch, scaled=scaled and i == 0)

    return tail


def _inside(outer: slice, inner: slice) -> slice:
    return slice(outer.start + inner.start, outer.start + inner.stop)
