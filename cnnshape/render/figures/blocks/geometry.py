"""Boxes in oblique projection: H is height, W is depth, the channels are thickness; sizes become lengths by a scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, log2, radians, sin, sqrt

from cnnshape.render.figures.blocks.sizes import Extent
from cnnshape.render.scene import Point

__all__ = ["SCALES", "Box", "Lengths", "Proportions", "Solid", "overlaps"]

_ANGLE = radians(38)
_FACTOR = 0.42
_LEAN_X, _LEAN_Y = _FACTOR * cos(_ANGLE), _FACTOR * sin(_ANGLE)
_MOST_SLICES = 9
_LEAST = 1.6
_THIN = 0.16
_BAR_SHARE = 0.85
_BAR_DEPTH = 7.0

SCALES: dict[str, Callable[[int], float]] = {"log": lambda n: log2(1 + n), "sqrt": sqrt, "linear": float}


@dataclass(frozen=True, slots=True)
class Box:
    """What a label or a block takes of the page."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, gap: float = 0.0) -> bool:
        """Tell whether two boxes are less than `gap` apart both ways."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )


@dataclass(frozen=True, slots=True)
class Lengths:
    """How large a block is drawn, in points.

    Parameters
    ----------
    thickness : along the page
    height : up
    depth : of the side, before it is turned and shortened; 0 for what has no width
    """

    thickness: float
    height: float
    depth: float

    @property
    def lean(self) -> Point:
        """How far the back lies to the right of the front, and above it."""
        return self.depth * _LEAN_X, self.depth * _LEAN_Y


@dataclass(frozen=True, slots=True)
class Proportions:
    """From sizes to lengths.

    Parameters
    ----------
    scale : a word of `SCALES`
    space, channels, features : the largest size of a map's axis, of its channels, and of a vector in the figure
    height, thickness : of a block with these, points
    """

    scale: str
    space: int
    channels: int
    features: int
    height: float
    thickness: float

    def lengths(self, extent: Extent, slices: int = 1, thin: bool = False) -> Lengths:
        """Return the lengths of a block.

        Parameters
        ----------
        extent : its size
        slices : how many units it stands for; it is thicker by the square root of their number
        thin : True if it is a step between others, whose channels it keeps
        """
        of = SCALES[self.scale]
        if not extent.space:
            height = _BAR_SHARE * self.height * of(extent.channels) / of(self.features)
            return Lengths(max(2.4, 0.05 * self.height) * sqrt(slices), max(_LEAST, height), _BAR_DEPTH)
        repeated = sqrt(min(slices, _MOST_SLICES))
        thickness = max(_LEAST, self.thickness * of(extent.channels) / of(self.channels)) * repeated
        if thin:
            thickness = max(_LEAST, _THIN * self.thickness)
        high = extent.space[-2] if len(extent.space) > 1 else extent.space[-1]
        height = max(_LEAST, self.height * of(high) / of(self.space))
        if len(extent.space) == 1:
            return Lengths(thickness, height, 0.0)
        return Lengths(thickness, height, max(_LEAST, self.height * of(extent.space[-1]) / of(self.space)))


@dataclass(frozen=True, slots=True)
class Solid:
    """A block in its place.

    Parameters
    ----------
    x : the left end of its axis, which runs along the page through the middle of its depth
    y : of the axis
    size : its lengths
    """

    x: float
    y: float
    size: Lengths

    @property
    def front(self) -> Box:
        """Its front face."""
        dx, dy = self.size.lean
        left, middle = self.x - dx / 2, self.y + dy / 2
        return Box(left, middle - self.size.height / 2, left + self.size.thickness, middle + self.size.height / 2)

    @property
    def box(self) -> Box:
        """What it takes of the page."""
        dx, dy = self.size.lean
        front = self.front
        return Box(front.left, front.top - dy, front.right + dx, front.bottom)

    @property
    def outline(self) -> tuple[Point, ...]:
        """The corners of what it covers, in order."""
        f, (dx, dy) = self.front, self.size.lean
        if not dx:
            return (f.left, f.top), (f.right, f.top), (f.right, f.bottom), (f.left, f.bottom)
        return (
            (f.left, f.top),
            (f.left + dx, f.top - dy),
            (f.right + dx, f.top - dy),
            (f.right + dx, f.bottom - dy),
            (f.right, f.bottom),
            (f.left, f.bottom),
        )

    @property
    def roof(self) -> float:
        """The height of the line through the middle of its top face."""
        return self.front.top - self.size.lean[1] / 2

    def moved(self, dx: float, dy: float = 0.0) -> Solid:
        """Return it at another place."""
        return Solid(self.x + dx, self.y + dy, self.size)


def overlaps(corners: tuple[Point, ...], box: Box, gap: float = 0.0) -> bool:
    """Tell whether a block's outline comes nearer than `gap` to a box."""
    left, top, right, bottom = box.left - gap, box.top - gap, box.right + gap, box.bottom + gap
    # The first corner is as far left as any, the second as high, the third as far right, the last as low.
    if corners[0][0] >= right or corners[2][0] <= left:
        return False
    if corners[1][1] >= bottom or corners[-1][1] <= top:
        return False
    square = ((left, top), (right, top), (right, bottom), (left, bottom))
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        nx, ny = y1 - y0, x0 - x1
        # Corners go around clockwise: what lies on the other side of an edge lies outside.
        if min((x - x0) * nx + (y - y0) * ny for x, y in square) >= -1e-9:
            return False
    return True
