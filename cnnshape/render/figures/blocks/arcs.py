"""Shortcuts: small arcs over residual slices, arcs over several blocks, and the arrows of a U."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.figures.blocks.geometry import Box, Solid
from cnnshape.render.scene import Curve, Line, Point, Style

__all__ = [
    "STEP",
    "bridge",
    "copy_arrow",
    "curve_box",
    "far_roof",
    "line_boxes",
    "near_roof",
    "overhead",
    "residual_arcs",
    "step_arrow",
    "straight_arrow",
]

_LEAST_ARC = 3.2
_COPY, STEP = 0.16, 0.14
"""How far the copies of a U leave above the axis, and the steps below it, of the height."""
_ASIDE = 0.2


def residual_arcs(solid: Solid, slices: Sequence[bool], line: float) -> list[Curve]:
    """Return an arc over every slice whose input is added to its result; one over all where slices are thin."""
    if not any(slices):
        return []
    width = solid.size.thickness / len(slices)
    if width >= _LEAST_ARC:
        spans = [(k * width, (k + 1) * width) for k, flag in enumerate(slices) if flag]
    else:
        first, last = slices.index(True), len(slices) - slices[::-1].index(True)
        spans = [(first * width, last * width)]
    dx, dy = solid.size.lean
    start, y = solid.front.left + dx / 2, solid.roof
    style = Style("", "line", 1.4 * line)
    arcs = []
    for left, right in spans:
        inset = min(0.08 * (right - left), 1.2)
        rise = dy / 2 + min(max(0.45 * (right - left), 4 * line), 14 * line)
        a, b = start + left + inset, start + right - inset
        arcs.append(Curve(((a, y), (a, y - 1.33 * rise), (b, y - 1.33 * rise), (b, y)), style))
    return arcs


def curve_box(curve: Curve) -> Box:
    """Return the box around an arc of `residual_arcs`."""
    (left, bottom), (_, control), _, (right, _) = curve.points
    return Box(left, bottom + 0.75 * (control - bottom), right, bottom)


def straight_arrow(a: Solid, b: Solid, line: float) -> Line | None:
    """Return the arrow from the side of a block to the next; None where there is no room for it."""
    start, end = a.x + a.size.thickness, b.front.left
    if end - start < 14 * line or end - a.box.right < 3 * line:
        return None
    return Line(((start, a.y), (end, b.y)), Style("", "line", 1.5 * line), arrow="end")


def copy_arrow(a: Solid, b: Solid, line: float) -> Line:
    """Return the dashed arrow of a copy across a U."""
    style = Style("", "line", 1.5 * line, (5 * line, 4 * line))
    y = a.y - _COPY * min(a.size.height, b.size.height)
    return Line(((a.box.right + 2 * line, y), (b.front.left, y)), style, arrow="end")


def step_arrow(a: Solid, b: Solid, line: float) -> Line:
    """Return the arrow from one level of a U to the next."""
    style = Style("", "line", 1.5 * line)
    way: tuple[Point, ...]
    if b.y > a.y:
        x, y = _top(b) - _ASIDE * b.size.thickness, a.y + STEP * a.size.height
        way = ((a.box.right + line, y), (x, y), (x, b.roof))
    else:
        x, y = _top(a) + _ASIDE * a.size.thickness, b.y + STEP * b.size.height
        way = ((x, a.roof), (x, y), (b.front.left, y))
    return Line(way, style, 6 * line, "end")


def overhead(a: Solid, b: Solid, lane: float, dashed: bool, line: float, shifts: Point) -> Line:
    """Return the arrow from the top of a block over others to the top of another, at a height."""
    style = Style("", "line", 1.5 * line, (5 * line, 4 * line) if dashed else ())
    (start, low), (end, floor) = far_roof(a), far_roof(b)
    start, end = start + shifts[0], end + shifts[1]
    return Line(((start, low), (start, lane), (end, lane), (end, floor)), style, 8 * line, "end")


def bridge(a: Solid, b: Solid, down: float, line: float) -> Line:
    """Return the arrow from the side of the last block of a row to one of the row below, `down` points lower."""
    x, roof = far_roof(b)
    way = ((a.box.right + line, a.y), (x, a.y), (x, roof + down))
    return Line(way, Style("", "line", 1.5 * line), 8 * line, "end")


def far_roof(solid: Solid) -> Point:
    """Return a point of the back of the top face."""
    dx, dy = solid.size.lean
    return _top(solid) + dx / 4, solid.front.top - 0.75 * dy


def near_roof(solid: Solid) -> Point:
    """Return a point of the front of the top face."""
    dx, dy = solid.size.lean
    return _top(solid) - dx / 4, solid.front.top - dy / 4


def line_boxes(line: Line) -> list[Box]:
    """Return the boxes around the level and upright parts of a line, with its head."""
    half = 2.2 * line.style.width
    return [
        Box(min(x0, x1) - half, min(y0, y1) - half, max(x0, x1) + half, max(y0, y1) + half)
        for (x0, y0), (x1, y1) in zip(line.points, line.points[1:], strict=False)
    ]


def _top(solid: Solid) -> float:
    """Return the middle of the top face along the page."""
    return solid.front.left + (solid.size.thickness + solid.size.lean[0]) / 2
