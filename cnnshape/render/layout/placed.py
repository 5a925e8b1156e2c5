"""What a layout is told and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cnnshape.render.scene import Point

__all__ = ["Along", "Gaps", "Placed", "Spaces"]

Along: TypeAlias = Literal["down", "right"]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Distances, points.

    Parameters
    ----------
    layer : between two layers, at least; more where many lines cross over
    beside : between two boxes of a layer
    lane : between a box and a line that passes it
    track : between two lines side by side
    head : the straight end of a line, for its arrow head
    column : between two columns, beside the lines that lead over
    part : between parts that nothing connects
    """

    layer: float = 16.0
    beside: float = 14.0
    lane: float = 8.0
    track: float = 5.0
    head: float = 8.0
    column: float = 14.0
    part: float = 24.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything stands; all coordinates are multiples of 0.1 points, y downward.

    Parameters
    ----------
    corners : upper left corner of each box
    routes : for each link its corners, from the border of its source to the border of its target
    width, height : of the whole, from (0, 0)
    crossings : how often two routes cross
    """

    corners: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float
    crossings: int


@dataclass(frozen=True, slots=True)
class Spaces:
    """`Gaps` in tenths of a point: inside of the layout all coordinates are whole numbers."""

    layer: int
    beside: int
    lane: int
    track: int
    head: int
    column: int
    part: int

    @classmethod
    def of(cls, gaps: Gaps) -> Spaces:
        """Return the gaps in tenths, none below one."""
        return cls(*(max(1, round(10 * getattr(gaps, name))) for name in cls.__slots__))

    def over(self, lines: int) -> int:
        """Return how much room some lines take above a column, or below it."""
        return max(self.layer // 2, self.head) + (lines - 1) * self.track
