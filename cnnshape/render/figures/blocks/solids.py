"""A block as marks: three faces, white lines between its slices, the parts of a concatenation in their colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnshape.render.figures.blocks.geometry import Solid
from cnnshape.render.palette import Palette, Role, look
from cnnshape.render.scene import Line as Stroke
from cnnshape.render.scene import Mark, Point, Polygon, Rect, Style

__all__ = ["solid_marks"]

_EDGE = "#404040"
_LEAST_SLICE = 1.5


def solid_marks(
    solid: Solid,
    shares: Sequence[tuple[Role, float]],
    slices: int,
    palette: Palette,
    line: float,
    state: str = "",
) -> list[Mark]:
    """Return the faces of a block.

    Parameters
    ----------
    solid : the block
    shares : roles with their part of the thickness, from left to right
    slices : how many there are
    palette : of the faces
    line : width of the edges, points
    state : "fault" if it does not fit, "unknown" behind one that does not
    """
    front, (dx, dy) = solid.front, solid.size.lean
    marks: list[Mark] = []
    whole = sum(share for _, share in shares)
    left = front.left
    for role, share in shares:
        right = left + share / whole * solid.size.thickness
        face = _paint(role, palette, line, state)
        marks.append(Rect(left, front.top, right - left, solid.size.height, face))
        if dx:
            marks.append(_sheared(left, right, front.top, dx, dy, replace(face, fill=_lit(face.fill), hatch="")))
        left = right
    if dx:
        side = replace(_paint(shares[-1][0], palette, line, state), hatch="")
        corners = ((front.right, front.top), (front.right + dx, front.top - dy))
        far = ((front.right + dx, front.bottom - dy), (front.right, front.bottom))
        marks.append(Polygon((*corners, *far), replace(side, fill=_shaded(side.fill))))
    shown = min(slices, int(solid.size.thickness / _LEAST_SLICE))
    cut = Style("", "#FFFFFF", min(1.8 * line, 0.25 * solid.size.thickness / max(1, shown)))
    for k in range(1, shown):
        x = front.left + solid.size.thickness * k / shown
        way: tuple[Point, ...] = ((x, front.bottom - line / 2), (x, front.top))
        marks.append(Stroke((*way, (x + dx, front.top - dy + line / 2)) if dx else way, cut))
    return marks


def _sheared(left: float, right: float, top: float, dx: float, dy: float, style: Style) -> Polygon:
    return Polygon(((left, top), (left + dx, top - dy), (right + dx, top - dy), (right, top)), style)


def _paint(role: Role, palette: Palette, line: float, state: str) -> Style:
    face = look(role, palette, line)
    if state == "unknown":
        return Style("#FFFFFF", "#8C8C8C", line, (2.0, 1.5))
    if state == "fault":
        return replace(face, stroke="fault", width=2.5 * line, dash=(3.0, 1.5))
    return replace(face, stroke=_EDGE)


def _lit(color: str) -> str:
    return _mixed(color, 255, 0.5)


def _shaded(color: str) -> str:
    return _mixed(color, 0, 0.1)


def _mixed(color: str, other: int, share: float) -> str:
    """Return a color with a share of white (255) or black (0)."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (other - part) * share):02X}" for part in parts)
