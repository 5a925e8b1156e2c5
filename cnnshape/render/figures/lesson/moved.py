"""What a layer makes of a small pattern, and of the pattern moved by some pixels: computed, not assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.render.figures.lesson.subject import Subject, whole
from cnnshape.runtime.drawn import computed
from cnnshape.symbolic import effective_kernel

__all__ = ["OBJECT", "Map", "Moved", "moved", "pattern", "weights_of"]

Map = tuple[tuple[float, ...], ...]
"""Rows of numbers; a line is one row."""

OBJECT: Map = ((2, 1, 0), (0, 3, 1), (1, 0, 0))


@dataclass(frozen=True, slots=True)
class Moved:
    """A pattern at a place, and the map that the layer makes of it.

    Parameters
    ----------
    by : how many columns the pattern was moved to the right
    x, y : the pattern and the map
    along : how many columns the map has moved against the one of the pattern that was not moved; None if it is another
        map
    """

    by: int
    x: Map
    y: Map
    along: int | None


def moved(about: Subject, shifts: Sequence[int]) -> tuple[Moved, ...]:
    """Return what a layer makes of the pattern in its first place, and moved by each of some numbers of columns."""
    layer, weights = _alone(about)
    most = max([*shifts, 0])
    out: list[Moved] = []
    for by in (0, *shifts):
        x = pattern(about, by, most)
        y = _run(layer, weights, x, flat=len(about.windows) == 1)
        out.append(Moved(by, x, y, _along(out[0].y, y) if out else 0))
    return tuple(out)


def pattern(about: Subject, by: int, most: int) -> Map:
    """Return the pattern, moved by some columns, on a map so large that no window on it meets the border.

    Parameters
    ----------
    about : the layer
    by : how far it is moved
    most : how far it will be moved
    """
    extents = [whole(effective_kernel(window)) for window in about.windows.values()]
    strides = [window.stride for window in about.windows.values()]
    flat = len(extents) == 1
    shown = (OBJECT[0][:2] + OBJECT[1][1:],) if flat else OBJECT
    high = 1 if flat else _room(extents[0], strides[0])
    wide = _room(extents[-1], strides[-1]) + most + (1 if flat else 0)
    top, left = (0 if flat else _start(extents[0], strides[0])), _start(extents[-1], strides[-1]) + by
    rows = [[0.0] * wide for _ in range(high)]
    for (i, line), j in product(enumerate(shown), range(len(shown[0]))):
        rows[top + i][left + j] = line[j]
    return tuple(map(tuple, rows))


def _start(extent: int, stride: int) -> int:
    """Return where the pattern begins: beyond the reach of a window that meets the border."""
    return -(-max(extent - 1, 1) // stride) * stride


def _room(extent: int, stride: int) -> int:
    return _start(extent, stride) + 3 + max(extent - 1, 1) + (stride - 1)


def weights_of(extent: Sequence[int]) -> Any:
    """Return a kernel for a figure: ones and zeros in turn, the middle of 3x3 a one."""

    def entry(taps: tuple[int, ...]) -> Any:
        if len(taps) == len(extent):
            return (sum(taps) + 1) % 2
        return [entry((*taps, i)) for i in range(extent[len(taps)])]

    return [[entry(())]]


def _alone(about: Subject) -> tuple[Layer, dict[str, Any]]:
    """Return the layer with one channel, and its weights."""
    layer = about.layer
    if isinstance(layer, Conv | ConvTranspose):
        one = replace(layer, out_channels=1, groups=1, bias=False, in_channels=None)
        return one, {"weight": weights_of([whole(window.kernel) for window in about.windows.values()])}
    return layer, {}


def _run(layer: Layer, weights: dict[str, Any], x: Map, *, flat: bool) -> Map:
    y = computed(layer, [x[0] if flat else x], weights)[0]
    return (tuple(y),) if flat else tuple(map(tuple, y))


def _along(before: Map, after: Map) -> int | None:
    """Return by how many columns one map has to be moved to become the other; what comes in at its edge is 0."""
    wide = len(before[0])
    for by in sorted(range(1 - wide, wide), key=lambda by: (abs(by), -by)):
        if all(
            after[i][j] == (before[i][j - by] if 0 <= j - by < wide else 0)
            for i in range(len(before))
            for j in range(wide)
        ):
            return by
    return None
