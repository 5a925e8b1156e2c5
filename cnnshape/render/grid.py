"""Cells in columns, fitted to the width of a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Grid", "GridColumn", "cut", "display_width", "fitted", "plain", "wrapped"]

_GAP = 2
_SHORTEST_NAME = 8


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column: its title, its cells, how they stand, and its turn to go where there is no room (0: it stays)."""

    title: str
    cells: tuple[str, ...]
    align: Literal["left", "right"] = "left"
    goes: int = 0

    @property
    def width(self) -> int:
        return max(map(display_width, (self.title, *self.cells)))


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns beside one another; the first one holds names, which may be cut."""

    columns: tuple[GridColumn, ...]

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns) + _GAP * (len(self.columns) - 1)

    def lines(self) -> tuple[str, ...]:
        """Return the titles and the rows, without blanks at the ends."""
        padded = [
            [_padded(text, column.width, column.align) for text in (column.title, *column.cells)]
            for column in self.columns
        ]
        return tuple((" " * _GAP).join(row).rstrip() for row in zip(*padded, strict=True))


def fitted(grid: Grid, width: int | None, dots: str = "..") -> Grid:
    """Return the grid with columns left out and names cut in the middle until its lines fit; no number is cut.

    Names are cut to a third of the line at most before any column that stays (`goes` 0) or counts is touched.
    """
    if width is None:
        return grid
    grid = _without_empty(grid)
    order = sorted({column.goes for column in grid.columns if column.goes})
    for turn in (0, *order):
        grid = Grid(tuple(column for column in grid.columns if not turn or column.goes != turn))
        if grid.width <= width:
            return grid
        names = grid.columns[0]
        room = width - (grid.width - names.width)
        if room >= max(_SHORTEST_NAME, min(names.width, width // 4)):
            return Grid((_cut_names(names, room, dots), *grid.columns[1:]))
    names = grid.columns[0]
    return Grid((_cut_names(names, max(width - (grid.width - names.width), 3), dots), *grid.columns[1:]))


def _without_empty(grid: Grid) -> Grid:
    return Grid(tuple(column for column in grid.columns if any(column.cells) or not column.goes))


def _cut_names(names: GridColumn, room: int, dots: str) -> GridColumn:
    return replace(names, title=cut(names.title, room, dots), cells=tuple(cut(cell, room, dots) for cell in names.cells))


def cut(text: str, width: int, dots: str = "..") -> str:
    """Return `text`, with its middle left out where it is longer than `width`.

    Examples
    --------
    >>> cut("features.denseblock4.denselayer16.conv2", 20)
    'features...r16.conv2'
    """
    if display_width(text) <= width:
        return text
    if width <= display_width(dots) + 1:
        return _head(text, width)
    left = (width - len(dots)) // 2
    head = _head(text, left)
    tail = _head(text[::-1], width - len(dots) - display_width(head))[::-1]
    return head + dots + tail


def _head(text: str, width: int) -> str:
    used = 0
    for i, letter in enumerate(text):
        used += display_width(letter)
        if used > width:
            return text[:i]
    return text


def display_width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _padded(text: str, width: int, align: str) -> str:
    blanks = " " * (width - display_width(text))
    return text + blanks if align == "left" else blanks + text


def plain(text: str, unicode: bool) -> str:
    """Return a text that can be shown anywhere: no control characters, and ASCII alone if that is all there is."""
    if text.isprintable() and (unicode or text.isascii()):
        return text
    shown = "".join(c if c.isprintable() or c == "\\n" else c.encode("unicode_escape").decode() for c in text)
    return shown if unicode else shown.encode("ascii", "backslashreplace").decode()


def wrapped(words: Sequence[str], width: int | None, between: str = "   ", indent: str = "") -> list[str]:
    """Return items on as few lines as they take; an item that is longer than a line is broken at its blanks."""
    if width is None:
        return [between.join(words)]
    out: list[str] = []
    line = ""
    for item in words:
        longer = line + between + item if line else item
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            out.append(line)
        line = item
        while display_width(line) > width:
            at = line.rfind(" ", len(indent) + 1, width + 1)
            at = at if at > len(indent) else width
            out.append(line[:at].rstrip())
            line = indent + line[at:].lstrip()
    return [*out, line] if line else out
