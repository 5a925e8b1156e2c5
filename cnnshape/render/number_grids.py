"""Small grids of numbers, beside one another where the line has room."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

__all__ = ["beside", "number", "whole"]

_ROWS, _COLUMNS = 11, 11
"""Of more, the first and the last are shown."""
_GAP = "  "


def number(value: float, digits: int = 6) -> str:
    """Return a number with at most that many digits; whole numbers up to 15 digits in full.

    Examples
    --------
    >>> number(3.0), number(-0.0), number(1 / 3), number(1 / 3, 3), number(123456789)
    ('3', '0', '0.333333', '0.333', '123456789')
    """
    if isfinite(value) and value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.{digits}g}"


def whole(grids: Sequence[list[list[str]]], width: int) -> bool:
    """Say whether every grid fits a line, as far as its columns are ever shown."""
    return all(_columns(grid, width) == min(len(grid[0]), _COLUMNS) for grid in grids)


def beside(titles: Sequence[str], grids: Sequence[list[list[str]]], signs: Sequence[str], width: int) -> list[str]:
    r"""Return grids of cells beside one another with a sign between two, or below one another if they are too wide.

    Examples
    --------
    >>> print(*beside(("a", "b"), ([["1", "2"], ["3", "4"]], [["-1", "0"], ["0", "5"]]), ("*",), 40), sep="\n")
    a          b
    1  2       -1   0
    3  4   *    0   5
    """
    columns = min(_columns(grid, width) for grid in grids)
    blocks = [_lines(grid, columns) for grid in grids]
    widths = [max(len(title), len(block[0])) for title, block in zip(titles, blocks, strict=True)]
    if sum(widths) + 7 * len(signs) > width:
        heads = [f"{sign}{title}" for sign, title in zip(("", *(f"{sign} " for sign in signs)), titles, strict=True)]
        return [line for head, block in zip(heads, blocks, strict=True) for line in ([head] if head else []) + block]
    middle = len(blocks[0]) // 2 if len(blocks[0]) > 1 else 0
    out = [_joined(titles, widths, [" "] * len(signs))] if any(titles) else []
    for i, cells in enumerate(zip(*blocks, strict=True)):
        out.append(_joined(cells, widths, signs if i == middle else [" "] * len(signs)))
    return out


def _joined(cells: Sequence[str], widths: Sequence[int], signs: Sequence[str]) -> str:
    line = cells[0].ljust(widths[0])
    for sign, cell, width in zip(signs, cells[1:], widths[1:], strict=True):
        line += f"   {sign}   {cell.ljust(width)}"
    return line.rstrip() if not line.isspace() else ""


def _columns(grid: list[list[str]], width: int) -> int:
    """Return how many columns have room."""
    cell = max(len(word) for line in grid for word in line)
    return min(len(grid[0]), _COLUMNS, max(3, (width + len(_GAP)) // (cell + len(_GAP))))


def _lines(grid: list[list[str]], columns: int) -> list[str]:
    """Return the rows of a grid, all of one length, its middle left out if it is too large."""
    kept = _ends(len(grid[0]), columns)
    rows = [[line[j] if j is not None else ".." for j in kept] for line in grid]
    short = [rows[i] if i is not None else [".."] * len(kept) for i in _ends(len(rows), _ROWS)]
    cell = max(len(word) for line in short for word in line)
    return [_GAP.join(word.rjust(cell) for word in line) for line in short]


def _ends(count: int, most: int) -> list[int | None]:
    if count <= most:
        return list(range(count))
    half = (most - 1) // 2
    return [*range(half), None, *range(count - half, count)]
