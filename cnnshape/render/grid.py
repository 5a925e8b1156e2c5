"""Cells in columns, fitted to the width of a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Grid", "GridColumn", "cut", "display_width", "fitted", "plain", "wrapped"]

_GAP = 2
_LEAST_NAME = 8


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

    def padded(self) -> tuple[str, ...]:
        """Return the title and the cells, all of one width."""
        width = self.width
        blanks = [(text, " " * (width - display_width(text))) for text in (self.title, *self.cells)]
        return tuple(text + blank if self.align == "left" else blank + text for text, blank in blanks)


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns beside one another; the first one holds names, which may be cut."""

    columns: tuple[GridColumn, ...]

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns) + _GAP * (len(self.columns) - 1)

    def lines(self) -> tuple[str, ...]:
        """Return the titles and the rows, without blanks at their ends."""
        return tuple(
            (" " * _GAP).join(row).rstrip() for row in zip(*(column.padded() for column in self.columns), strict=True)
        )

    def without(self, turn: int) -> Grid:
        """Return the grid without the columns whose turn it is to go."""
        return Grid(tuple(column for column in self.columns if column.goes != turn))

    def with_names_of(self, width: int, dots: str) -> Grid:
        """Return the grid with its names cut to a width."""
        names = self.columns[0]
        cells = tuple(cut(cell, width, dots) for cell in names.cells)
        return Grid((replace(names, title=cut(names.title, width, dots), cells=cells), *self.columns[1:]))


def fitted(grid: Grid, width: int | None, dots: str = "..", optional: int = 4) -> Grid:
    """Return the grid with columns left out and names cut in the middle until its lines fit; no number is cut.

    Columns whose turn is up to `optional` leave first. Then names are cut, down to a quarter of the line; then the
    other columns leave.
    """
    kept = tuple(column for i, column in enumerate(grid.columns) if any(column.cells) or not i)
    grid = Grid(kept or grid.columns[:1])
    if width is None or grid.width <= width:
        return grid
    turns = sorted({column.goes for column in grid.columns[1:] if column.goes})
    for turn in (*turns, 0):
        least = _LEAST_NAME if turn == 0 else max(_LEAST_NAME, width // 4)
        if turn == 0 or turn > optional:
            room = width - grid.width + grid.columns[0].width
            if room >= min(least, grid.columns[0].width) or turn == 0:
                return grid.with_names_of(max(room, 3), dots)
        grid = grid.without(turn)
        if grid.width <= width:
            return grid
    return grid


def cut(text: str, width: int, dots: str = "..") -> str:
    """Return `text`, with its middle left out where it is longer than `width`.

    Examples
    --------
    >>> cut("features.denseblock4.denselayer16.conv2", 20)
    'features...r16.conv2'
    """
    if display_width(text) <= width:
        return text
    if width <= len(dots) + 1:
        return _head(text, width)
    head = _head(text, (width - len(dots)) // 2)
    return head + dots + _head(text[::-1], width - len(dots) - display_width(head))[::-1]


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
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def plain(text: str, unicode: bool) -> str:
    r"""Return a text that can be shown anywhere: no control characters, and ASCII alone if that is all there is.

    Examples
    --------
    >>> print(plain("conv\x1b[31m", unicode=True), plain("größe", unicode=False))
    conv\x1b[31m gr\xf6\xdfe
    """
    if text.isprintable() and (unicode or text.isascii()):
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if unicode else shown.encode("ascii", "backslashreplace").decode()


def wrapped(items: Sequence[str], width: int, *, between: str = "   ", indent: str = "  ") -> list[str]:
    """Return items on as few lines as they take; one that is longer than a line is broken at its blanks.

    Examples
    --------
    >>> wrapped(["one", "two", "three and four"], 10)
    ['one   two', 'three and', '  four']
    """
    out: list[str] = []
    line = ""
    for item in items:
        longer = line + between + item if line else item
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            out.append(line)
        line = item
        while display_width(line) > width:
            head = _head(line, width + 1)
            at = head.rfind(" ", len(indent) + 1)
            at = at if at > 0 else len(_head(line, width))
            out.append(line[:at].rstrip())
            line = indent + line[at:].lstrip()
    return [*out, line] if line else out
