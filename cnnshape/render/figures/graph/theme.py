"""Sizes of letters, boxes and gaps of a graph, by the place where it will stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnshape.render.figures.options import Direction, DrawOptions, Preset
from cnnshape.render.layout import Gaps

__all__ = ["Theme", "theme_of"]


@dataclass(frozen=True, slots=True)
class Theme:
    """All in points.

    Parameters
    ----------
    op, text : letters of operators, and of all else
    scale : of boxes and gaps, which are given for a paper
    widest : of a box
    tall : a drawing that is higher is folded into columns (wider, if it leads to the right)
    width : of the picture; None for what it takes
    ratio : width by height of the page, None for any
    direction : where it leads
    dark : True if it also has colors for dark pages
    """

    op: float
    text: float
    scale: float
    widest: float
    tall: float
    width: float | None
    ratio: float | None
    direction: Direction
    dark: bool

    @property
    def sizes(self) -> tuple[Theme, ...]:
        """The theme, and for a page of given height smaller ones to try."""
        return (self, *(self._times(factor) for factor in _SMALLER)) if self.ratio else (self,)

    def _times(self, factor: float) -> Theme:
        shrunk = {name: round(getattr(self, name) * factor, 2) for name in ("op", "text", "scale", "widest")}
        return replace(self, **shrunk)

    @property
    def gaps(self) -> Gaps:
        s = self.scale
        return Gaps(13 * s, 12 * s, 8 * s, 5 * s, 7 * s, 16 * s, 24 * s)


_SMALLER = (0.86, 0.72)
_THEMES: dict[Preset, Theme] = {
    "paper": Theme(7.0, 6.2, 1.0, 132.0, 620.0, None, None, "down", False),
    "slides": Theme(14.0, 12.0, 1.9, 250.0, 470.0, 960.0, 16 / 9, "down", False),
    "readme": Theme(9.0, 8.0, 1.28, 170.0, 1100.0, 660.0, None, "down", True),
}


def theme_of(options: DrawOptions) -> Theme:
    """Return the theme of a preset, with the width and direction that are asked for."""
    base = _THEMES[options.preset]
    return replace(base, width=options.points or base.width, direction=options.direction or base.direction)
