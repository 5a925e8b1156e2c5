"""What the looks of a figure stand for, side by side in lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.render.figures.lesson.ink import SMALL, cross, words
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Line, Mark, Rect, Style

__all__ = ["Item", "legend"]

_SWATCH, _LINE, _BETWEEN = 8.0, 11.0, 12.0


@dataclass(frozen=True, slots=True)
class Item:
    """A look and its name.

    Parameters
    ----------
    name : str
    look : of the swatch; None for a cross
    line : whether it is a line and not an area
    """

    name: str
    look: Style | None
    line: bool = False


def legend(items: Sequence[Item], x: float, y: float, width: float) -> tuple[list[Mark], float]:
    """Return the marks of a legend whose first line is at `y`, and where it ends."""
    out: list[Mark] = []
    left = x
    for item in items:
        needed = _SWATCH + 4 + text_width(item.name, SMALL)
        if left > x and left + needed > x + width:
            left, y = x, y + _LINE
        if item.look is None:
            out += cross(left, y, _SWATCH)
        elif item.line:
            out.append(Line(((left, y + _SWATCH / 2), (left + _SWATCH, y + _SWATCH / 2)), item.look))
        else:
            out.append(Rect(left, y, _SWATCH, _SWATCH, item.look))
        out.append(words(left + _SWATCH + 4, y + _SWATCH - 1.7, item.name, SMALL))
        left += needed + _BETWEEN
    return out, y + _LINE
