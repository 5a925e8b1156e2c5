"""A picture before it is written: a list of marks in points (1/72 inch), y downward; every writer reads the same list.

A color is ``#RRGGBB`` or a name of `palette.NAMED`, which a dark page may show otherwise; ``""`` paints nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Circle", "Curve", "Group", "Label", "Line", "Mark", "Point", "Polygon", "Rect", "Scene", "Style", "leaves"]

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]
Hatch: TypeAlias = Literal["", "rising", "falling", "crossed", "level", "upright", "dots"]


@dataclass(frozen=True, slots=True)
class Style:
    """How an area or a line looks.

    Parameters
    ----------
    fill : color inside
    stroke : color of the line
    width : of the line, points
    dash : lengths of strokes and gaps, points; empty for an unbroken line
    hatch : lines over the fill, in a color between it and the stroke, for print without colors
    """

    fill: str = ""
    stroke: str = "line"
    width: float = 0.6
    dash: tuple[float, ...] = ()
    hatch: Hatch = ""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner; `radius` rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    style: Style = Style()
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle by its center."""

    x: float
    y: float
    radius: float
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon."""

    points: tuple[Point, ...]
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline.

    Parameters
    ----------
    points : two or more
    radius : how far its corners are rounded
    arrow : at which ends a head points
    ends : ids of the groups that it leads from and to, where it is an edge
    """

    points: tuple[Point, ...]
    style: Style = Style()
    radius: float = 0.0
    arrow: Literal["", "end", "start", "both"] = ""
    ends: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Cubic Bezier curves joined end to end: 3n + 1 points, the rest as in `Line`."""

    points: tuple[Point, ...]
    style: Style = Style()
    arrow: Literal["", "end", "start", "both"] = ""
    ends: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text.

    Parameters
    ----------
    x, y : where it starts, has its middle or ends, on the baseline
    text : shown as it stands, whatever it contains
    size : points
    anchor : what of the text stands at x
    bold : bool
    color : "ink" on the page; black on a box, whose color does not change on a dark page
    angle : degrees, clockwise, around (x, y)
    """

    x: float
    y: float
    text: str
    size: float = 8.0
    anchor: Anchor = "middle"
    bold: bool = False
    color: str = "ink"
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Marks that belong together: the box of a layer with its labels, an edge with its head.

    Parameters
    ----------
    id : str, unique in the scene; letters, digits, ``-`` and ``_``
    title : what a reader is told who points at it, "" for nothing
    marks : from the lowest to the uppermost
    node : True if it stands for a node that edges lead to
    """

    id: str
    title: str
    marks: tuple[Mark, ...]
    node: bool = False


Mark: TypeAlias = Rect | Circle | Polygon | Line | Curve | Label | Group


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture.

    Parameters
    ----------
    width, height : points
    marks : from the lowest to the uppermost
    title : its name, for those who do not see it
    desc : what it shows, and by what scale
    dark : True if it also has colors for dark pages
    notes : what is told to the one who asked for it, such as that more had to be folded
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str = ""
    desc: str = ""
    dark: bool = False
    notes: tuple[str, ...] = ()


def leaves(marks: Sequence[Mark]) -> Iterator[Rect | Circle | Polygon | Line | Curve | Label]:
    """Yield all marks, those inside of groups in their places."""
    for mark in marks:
        if isinstance(mark, Group):
            yield from leaves(mark.marks)
        else:
            yield mark
