"""Lines as they are drawn: corners rounded, heads whose tips lie at the ends while the line stops inside of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil, floor, hypot
from typing import Literal, TypeAlias

from cnnshape.render.scene import Circle, Curve, Hatch, Label, Line, Mark, Point, Polygon, Rect, leaves

__all__ = ["HATCH", "Head", "Segment", "bounds", "drawn", "flattened", "hatched"]

Segment: TypeAlias = tuple[Literal["M", "L", "C"], tuple[Point, ...]]
"""``M`` moves to one point, ``L`` leads straight to one, ``C`` by two control points to a third."""
Head: TypeAlias = tuple[Point, Point, Point]

HATCH = 4.0
"""Side of the square tile that a hatch repeats, points."""

_LENGTH, _PER_WIDTH = 3.2, 1.6  # of a head: points, and as many widths of its line
_HALF = 0.38  # half of its width, of its length
_INSIDE = 0.7  # how far behind the tip the line stops, of the length: a butt end shows neither beside nor behind
_QUARTER = 0.5523  # control points of a Bezier curve that is a quarter of a circle, nearly


def drawn(mark: Line | Curve) -> tuple[tuple[Segment, ...], tuple[Head, ...]]:
    """Return the way of a line, shortened at its heads, and the heads, tip first.

    Examples
    --------
    >>> drawn(Line(((0, 0), (10, 0), (10, 10)), radius=2))[0]
    (('M', ((0, 0),)), ('L', ((8.0, 0.0),)), ('C', ((9.1046, 0.0), (10.0, 0.8954), (10.0, 2.0))), ('L', ((10, 10),)))
    >>> drawn(Line(((0, 0), (10, 0)), arrow="end"))[1]
    (((10, 0), (5.84, 1.5808), (5.84, -1.5808)),)
    """
    points: Sequence[Point] = mark.points
    trim = _trimmed if isinstance(mark, Line) else _trimmed_curve
    heads = []
    for end in ("end", "start"):
        if mark.arrow not in (end, "both"):
            continue
        if end == "start":
            points = points[::-1]
        length = _LENGTH + _PER_WIDTH * mark.style.width
        tail = trim(points, length)[-1]
        tip = points[-1]
        if tail != tip:
            heads.append(_head(tip, tail))
            points = trim(points, _INSIDE * min(length, _far(tip, tail)))
        if end == "start":
            points = points[::-1]
    if isinstance(mark, Curve):
        legs = [("C", tuple(points[i : i + 3])) for i in range(1, len(points) - 2, 3)]
        return (("M", (points[0],)), *legs), tuple(heads)  # type: ignore[arg-type]
    return _rounded(_distinct(points), mark.radius), tuple(heads)


def _far(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _between(a: Point, b: Point, part: float) -> Point:
    return (round(a[0] + (b[0] - a[0]) * part, 4), round(a[1] + (b[1] - a[1]) * part, 4))


def _distinct(points: Iterable[Point]) -> list[Point]:
    """Leave out points that repeat the one before."""
    out: list[Point] = []
    for point in points:
        if not out or point != out[-1]:
            out.append(point)
    return out


def _head(tip: Point, tail: Point) -> Head:
    """Return the triangle from a tip to the middle of its base."""
    (x, y), (bx, by) = tip, tail
    across = ((y - by) * _HALF, (bx - x) * _HALF)
    return (
        tip,
        (round(bx - across[0], 4), round(by - across[1], 4)),
        (round(bx + across[0], 4), round(by + across[1], 4)),
    )


def _trimmed(points: Sequence[Point], by: float) -> list[Point]:
    """Return a polyline without the last `by` points of its length, at most without its last leg but a tenth of it."""
    way = _distinct(points)
    if len(way) < 2:
        return way
    leg = _far(way[-2], way[-1])
    return [*way[:-1], _between(way[-1], way[-2], min(by / leg, 0.9))]


def _trimmed_curve(points: Sequence[Point], by: float) -> list[Point]:
    """Return a curve without its end, as far as it lies within `by` of the tip; 3n + 1 points."""
    if len(points) < 4:
        return list(points)
    a, b, c, tip = points[-4:]
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if _far(_cut(a, b, c, tip, middle)[-1], tip) > by:
            low = middle
        else:
            high = middle
    return [*points[:-3], *_cut(a, b, c, tip, max(low, 0.1))[1:]]


def _cut(a: Point, b: Point, c: Point, d: Point, part: float) -> tuple[Point, Point, Point, Point]:
    """Return the first part of a cubic curve, by de Casteljau's way."""
    ab, bc, cd = _between(a, b, part), _between(b, c, part), _between(c, d, part)
    abc, bcd = _between(ab, bc, part), _between(bc, cd, part)
    return a, ab, abc, _between(abc, bcd, part)


def _rounded(points: Sequence[Point], radius: float) -> tuple[Segment, ...]:
    """Return a polyline whose corners are arcs, no longer than half a leg."""
    out: list[Segment] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        legs = _far(before, corner), _far(corner, after)
        size = min(radius, legs[0] / 2, legs[1] / 2)
        if size <= 0 or _straight(before, corner, after):
            out.append(("L", (corner,)))
            continue
        a, b = _between(corner, before, size / legs[0]), _between(corner, after, size / legs[1])
        out += [("L", (a,)), ("C", (_between(a, corner, _QUARTER), _between(b, corner, _QUARTER), b))]
    if len(points) > 1:
        out.append(("L", (points[-1],)))
    return tuple(out)


def _straight(a: Point, b: Point, c: Point) -> bool:
    return abs((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) < 1e-9


def flattened(points: Sequence[Point], pieces: int = 4) -> tuple[Point, ...]:
    """Return points on the Bezier curves of a `Curve`: the ends of each and between them `pieces` - 1.

    Examples
    --------
    >>> flattened(((0, 0), (0, 4), (8, 4), (8, 0)), 2)
    ((0, 0), (4.0, 3.0), (8, 0))
    """
    out = [points[0]]
    for i in range(0, len(points) - 3, 3):
        a, b, c, d = points[i : i + 4]
        out += [_cut(a, b, c, d, k / pieces)[-1] for k in range(1, pieces)]
        out.append(d)
    return tuple(out)


def bounds(marks: Sequence[Mark]) -> tuple[float, float, float, float] | None:
    """Return the least box around areas and lines: left, top, right, bottom; labels do not count; None without any."""
    xs: list[float] = []
    ys: list[float] = []
    for mark in leaves(marks):
        match mark:
            case Rect(x, y, width, height):
                xs += [x, x + width]
                ys += [y, y + height]
            case Circle(x, y, radius):
                xs += [x - radius, x + radius]
                ys += [y - radius, y + radius]
            case Polygon(points) | Line(points) | Curve(points):
                xs += [x for x, _ in points]
                ys += [y for _, y in points]
            case Label():
                pass
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def hatched(hatch: Hatch, left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    """Yield the strokes of a hatch over a box; those of all boxes lie on one grid.

    Examples
    --------
    >>> list(hatched("level", 0, 0, 9, 7))
    [((0, 2.0), (9, 2.0)), ((0, 6.0), (9, 6.0))]
    """
    box = left, top, right, bottom
    for strokes in _STROKES[hatch]:
        yield from strokes(*box)


def _rising(left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    for at in _grid(left + top, right + bottom, 0):
        yield (at - top, top), (at - bottom, bottom)


def _falling(left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    for at in _grid(left - bottom, right - top, 0):
        yield (at + top, top), (at + bottom, bottom)


def _level(left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    for at in _grid(top, bottom, HATCH / 2):
        yield (left, at), (right, at)


def _upright(left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    for at in _grid(left, right, HATCH / 2):
        yield (at, top), (at, bottom)


def _dots(left: float, top: float, right: float, bottom: float) -> Iterator[tuple[Point, Point]]:
    for shift in (HATCH / 4, HATCH * 3 / 4):
        for y in _grid(top, bottom, shift):
            for x in _grid(left, right, shift):
                yield (x - 0.5, y), (x + 0.5, y)


_Strokes: TypeAlias = Callable[[float, float, float, float], Iterator[tuple[Point, Point]]]
_STROKES: dict[Hatch, tuple[_Strokes, ...]] = {
    "": (),
    "rising": (_rising,),
    "falling": (_falling,),
    "crossed": (_rising, _falling),
    "level": (_level,),
    "upright": (_upright,),
    "dots": (_dots,),
}


def _grid(start: float, end: float, shift: float) -> Iterator[float]:
    """Yield the numbers of a range that lie `shift` above multiples of the hatch's tile."""
    for i in range(ceil((start - shift) / HATCH), floor((end - shift) / HATCH) + 1):
        yield i * HATCH + shift
