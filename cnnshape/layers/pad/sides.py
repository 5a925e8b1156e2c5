"""What is added to or cut from the ends of axes: axis -> (before, after)."""

from __future__ import annotations

from typing import TypeAlias

from cnnshape.layers.base import Windows
from cnnshape.layers.fields import Margins
from cnnshape.symbolic import Size, Window, text

__all__ = ["Sides", "negative", "shifted", "sides_text"]

Sides: TypeAlias = dict[int, tuple[Size, Size]]


def shifted(sides: Sides, *, exact: bool, reads: tuple[int, ...] | None = None) -> Windows:
    """Return the windows of one position that begin `before` the map; negative sides begin inside it."""
    axes = {axis: Window(before=before, after=after) for axis, (before, after) in sides.items()}
    return Windows(axes, exact=exact, reads=reads)


def negative(sides: Sides) -> Sides:
    """Return what cutting `sides` adds."""
    return {axis: (-before, -after) for axis, (before, after) in sides.items()}


def sides_text(sides: Margins) -> str:
    """Return ``1x(0,2)`` for a picture."""
    entries = sides if isinstance(sides, tuple) else (sides,)
    return "x".join(f"({text(e[0])},{text(e[1])})" if isinstance(e, tuple) else text(e) for e in entries)
