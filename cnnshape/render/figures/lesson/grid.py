"""The cells of a map with its padding, cut where it is too long for a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnshape.render.figures.lesson.ink import DARK, HAIR
from cnnshape.render.figures.lesson.slide import Slide, Strip
from cnnshape.render.palette import ROLES
from cnnshape.render.scene import Circle, Line, Mark, Rect, Style

__all__ = ["PADDING", "border", "dots", "ground", "mesh", "over", "runs", "shrunk"]

PADDING = Style(ROLES["other"][0], "", 0)
_MAP = Style("#FFFFFF", "", 0)
_FINEST = 2.5
"""Cells that are smaller have no lines between them."""


def over(x: Strip, y: Strip, columns: tuple[int, int], rows: tuple[int, int], style: Style) -> Rect:
    """Return a rectangle over cells: from and to, both included."""
    left, top = x.at(columns[0]), y.at(rows[0])
    return Rect(left, top, x.at(columns[1]) + x.cell - left, y.at(rows[1]) + y.cell - top, style)


def ground(x: Strip, y: Strip, columns: Slide, rows: Slide) -> Iterator[Mark]:
    """Yield the cells: white in the map, gray in the padding, nothing beyond."""
    for (left, right), look in ((_padded(columns), PADDING), ((0, columns.size - 1), _MAP)):
        top, bottom = _padded(rows) if look is PADDING else (0, rows.size - 1)
        for across in _cut(x.stretches, left, right):
            for down in _cut(y.stretches, top, bottom):
                yield over(x, y, across, down, look)


def _padded(slide: Slide) -> tuple[int, int]:
    return -max(slide.before, 0), slide.size - 1 + max(slide.after, 0)


def mesh(x: Strip, y: Strip) -> Iterator[Mark]:
    """Yield the lines between cells; where they would be too fine, a frame."""
    for columns in x.stretches:
        for rows in y.stretches:
            if x.cell < _FINEST:
                yield over(x, y, columns, rows, HAIR)
                continue
            frame = over(x, y, columns, rows, HAIR)
            right, bottom = frame.x + frame.width, frame.y + frame.height
            for i in range(columns[1] - columns[0] + 2):
                yield Line(((frame.x + i * x.cell, frame.y), (frame.x + i * x.cell, bottom)), HAIR)
            for i in range(rows[1] - rows[0] + 2):
                yield Line(((frame.x, frame.y + i * y.cell), (right, frame.y + i * y.cell)), HAIR)


def border(x: Strip, y: Strip, columns: int, rows: int) -> Iterator[Mark]:
    """Yield the outline of a map of so many columns and rows, open where it is cut."""
    style = Style("", DARK, 0.9)
    for left, right in _cut(x.stretches, 0, columns - 1):
        for row, end in ((0, 0.0), (rows - 1, y.cell)):
            if y.has(row):
                yield Line(((x.at(left), y.at(row) + end), (x.at(right) + x.cell, y.at(row) + end)), style)
    for top, bottom in _cut(y.stretches, 0, rows - 1):
        for column, end in ((0, 0.0), (columns - 1, x.cell)):
            if x.has(column):
                yield Line(((x.at(column) + end, y.at(top)), (x.at(column) + end, y.at(bottom) + y.cell)), style)


def _cut(stretches: Sequence[tuple[int, int]], low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of stretches that lie between two positions."""
    for first, last in stretches:
        start, end = max(first, low), min(last, high)
        if start <= end:
            yield start, end


def runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of positions without a hole.

    Examples
    --------
    >>> list(runs((0, 1, 2, 5)))
    [(0, 2), (5, 5)]
    """
    start = before = positions[0]
    for position in positions[1:]:
        if position != before + 1:
            yield start, before
            start = position
        before = position
    yield start, before


def dots(x: Strip, y: Strip) -> Iterator[Mark]:
    """Yield three dots where positions are left out."""
    style = Style("line", "", 0)
    for left, right in x.gaps:
        for top, bottom in y.runs():
            for i in (-1, 0, 1):
                yield Circle((left + right) / 2 + i * (right - left) / 4, (top + bottom) / 2, 0.7, style)
    for top, bottom in y.gaps:
        for left, right in x.runs():
            for i in (-1, 0, 1):
                yield Circle((left + right) / 2, (top + bottom) / 2 + i * (bottom - top) / 4, 0.7, style)


def shrunk(rect: Rect, by: float) -> Rect:
    """Return a rectangle that is smaller on every side."""
    return replace(rect, x=rect.x + by, y=rect.y + by, width=rect.width - 2 * by, height=rect.height - 2 * by)
