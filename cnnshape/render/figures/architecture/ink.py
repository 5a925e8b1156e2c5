"""Sizes of letters and gaps, and the tints of the types of blocks."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.render.palette import Palette
from cnnshape.render.scene import Style

__all__ = ["BLACK", "FAULT", "GRAY", "LINE", "Ink", "letter", "tint"]

BLACK, GRAY, LINE, FAULT = "#000000", "#4D4D4D", "#404040", "#B00020"
"""Colors of what stands on a tint, which stays as it is on a dark page."""

_TINTS = ("#EAF3FB", "#FDF3E1", "#EAF6EC", "#F5ECF7", "#FCEBEA", "#E8F6F6", "#F7F6E4", "#F0F0F0")
_DEEP = ("#C9E1F5", "#FADDA8", "#C8E8CE", "#E3CBEA", "#F6C9C5", "#C2E6E6", "#E8E5B0", "#D9D9D9")


@dataclass(frozen=True, slots=True)
class Ink:
    """Sizes in points, all proportional to `scale`, which is 1 in a paper.

    Parameters
    ----------
    scale : of everything
    palette : "color", or "print" for grays
    """

    scale: float = 1.0
    palette: Palette = "color"

    @property
    def operator(self) -> float:
        """Letters of operators."""
        return 7.0 * self.scale

    @property
    def shape(self) -> float:
        """Letters of shapes and of what stands beside an operator."""
        return 6.3 * self.scale

    @property
    def letter(self) -> float:
        """Letters that name a type."""
        return 9.0 * self.scale

    @property
    def leading(self) -> float:
        """From line to line."""
        return 7.8 * self.scale

    def pt(self, value: float) -> float:
        """Return a length in points."""
        return value * self.scale


def letter(number: int) -> str:
    """Return the name of a type: A to Z, then A2 to Z2.

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'A2')
    """
    return chr(65 + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


def tint(number: int, ink: Ink, deep: bool = False) -> Style:
    """Return how the frame of a type is painted, or the card that stands for it."""
    colors = _DEEP if deep else _TINTS
    fill = "#FFFFFF" if ink.palette == "print" else colors[number % len(colors)]
    return Style(fill, LINE, ink.pt(0.6), dash=(ink.pt(2.4), ink.pt(1.6)))
