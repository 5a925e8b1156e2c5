"""The grids of one value side by side: the window of the input, the kernel, the products; one row for each channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from cnnshape.analysis.one_value import Channel, ConvValue, PoolValue, Reach, Term
from cnnshape.render.figures.lesson.grid import PADDING, dots, mesh, over
from cnnshape.render.figures.lesson.ink import BLACK, BODY, MARGIN, SMALL, area, minus, natural, tints, words
from cnnshape.render.figures.lesson.options import WIDEST, Options
from cnnshape.render.figures.lesson.slide import Strip
from cnnshape.render.figures.lesson.worked import Worked
from cnnshape.render.metrics import text_width
from cnnshape.render.number_grids import number
from cnnshape.render.scene import Label, Mark, Style

__all__ = ["ROWS", "Part", "Sheet", "parts_of", "sheet_of"]

ROWS, _HIGH_KERNEL = 3, 5
"""Channels, or slices of a volume, that are drawn one by one; of kernels with more rows than that one less."""
_MOST = 7
"""Taps of an axis that are drawn; of more, the first and the last."""
_LEAST, _SIGN = 14.5, 18.0
_LABEL = 12.0
_HEADS = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """One row of grids: a channel, or one slice of it, with its name."""

    name: str
    terms: tuple[Term, ...]


def parts_of(value: ConvValue | PoolValue) -> list[Part]:
    """Return the rows of grids that a value is made of."""
    channels = value.channels if isinstance(value, ConvValue) else (value.channel,)
    out: list[Part] = []
    for channel in channels:
        name = f"channel {channel.index}" if len(channels) > 1 else ""
        out += _slices(channel, value.reaches, name)
    return out


def _slices(channel: Channel, reaches: Sequence[Reach], name: str) -> Iterator[Part]:
    if len(reaches) < 3:
        yield Part(name, channel.terms)
        return
    size = prod(len(reach.taps) for reach in reaches[1:])
    for i, position in enumerate(reaches[0].positions):
        words = f"slice {minus(position)}"
        yield Part(f"{name}, {words}" if name else words, channel.terms[i * size : (i + 1) * size])


def _taps(reaches: Sequence[Reach]) -> tuple[Reach, Reach]:
    line = Reach((0,), (0,), 1)
    return (line, reaches[0]) if len(reaches) == 1 else (reaches[-2], reaches[-1])


_NAMES = ("input", "kernel", "products")
_CUTS: tuple[tuple[int, int], ...] = ((4, 2), (3, 1), (2, 1), (1, 1))
"""How many taps of a long axis are shown at its beginning and at its end."""
_FEW = 2
"""Digits behind the point, where more have no room."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How the grids are laid out.

    Parameters
    ----------
    found : the value
    columns, rows : stretches of taps that are drawn
    cell : width and height of a cell
    digits : of a number
    width : of the figure
    shown : the rows of grids that are drawn
    """

    found: Worked
    columns: tuple[tuple[int, int], ...]
    rows: tuple[tuple[int, int], ...]
    cell: tuple[float, float]
    digits: int
    width: float
    shown: tuple[Part, ...]

    @property
    def grids(self) -> int:
        return _count(self.found)

    @property
    def left(self) -> float:
        """Where the first grid and its numbers begin."""
        drawn = self.grids * Strip(0, self.cell[0], self.columns).length + _frame(self.grids)
        return (self.width - drawn) / 2 + MARGIN

    def marks(self, part: Part, y: float, options: Options) -> tuple[list[Mark], float]:
        """Return a row of grids below `y`, and where it ends."""
        value, first = self.found.value, part is self.shown[0]
        down, across = _taps(value.reaches)
        top = y + _HEADS + (8 if part.name and first else 0)
        rows = Strip(top, self.cell[1], self.rows)
        out: list[Mark] = [words(MARGIN, y + 9, part.name, BODY, bold=True)] if part.name else []
        step = Strip(0, self.cell[0], self.columns).length + _SIGN + _LABEL
        for which in range(self.grids):
            x = Strip(self.left + _LABEL + which * step, self.cell[0], self.columns)
            out += [*self._cells(part, which, x, rows, options), *mesh(x, rows), *dots(x, rows)]
            out += self._largest(part, x, rows)
            if which == 0:
                out += _numbers(x, rows, down.positions, across.positions, flat=len(value.reaches) == 1)
            if which == 1 and isinstance(value, ConvValue) and value.transposed:
                out += _numbers(x, rows, down.taps, across.taps, flat=len(value.reaches) == 1)
            if first:
                name = _NAMES[which] if self.grids > 1 else "window of the input"
                out.append(words((x.start + x.end) / 2, top - 11, name, SMALL, "middle"))
            if which:
                middle = (rows.start + rows.end) / 2 + 4
                out.append(words(x.start - (_SIGN + _LABEL) / 2, middle, "×" if which == 1 else "=", 12, "middle"))
        return out, rows.end + 3

    def _largest(self, part: Part, x: Strip, y: Strip) -> Iterator[Mark]:
        """Yield the outline of the largest value of a pool."""
        value = self.found.value
        if not isinstance(value, PoolValue) or not value.largest:
            return
        count = len(_taps(value.reaches)[1].taps)
        for i, term in enumerate(part.terms):
            if term.position == value.largest and x.has(i % count) and y.has(i // count):
                yield over(x, y, (i % count, i % count), (i // count, i // count), Style("", BLACK, 1.2))

    def _cells(self, part: Part, which: int, x: Strip, y: Strip, options: Options) -> Iterator[Mark]:
        kernel, _, _ = tints(options.palette)
        count = len(_taps(self.found.value.reaches)[1].taps)
        for row in y.positions if part.terms else ():
            for column in x.positions:
                term = part.terms[row * count + column]
                padding = which == 0 and term.where != "input"
                look = area(kernel) if which == 1 else PADDING if padding else Style("#FFFFFF", "", 0)
                box = over(x, y, (column, column), (row, row), look)
                yield box
                text = _written(term, which, self.digits, zeros=self.found.zeros)
                at = box.x + box.width / 2, box.y + box.height / 2 + 2.7
                yield words(*at, text, BODY, "middle", color=BLACK, width=box.width - 1)


def sheet_of(found: Worked, parts: Sequence[Part], width: float | None, titles: tuple[str, str]) -> Sheet:
    """Return the layout with the most taps and digits that the width has room for."""
    value = found.value
    down, across = _taps(value.reaches)
    most = ROWS if len(down.taps) <= _HIGH_KERNEL else ROWS - 1
    shown = tuple(parts[:most])
    grids = _count(found)
    room = ((width or WIDEST) - _frame(grids)) / grids
    for digits, cut in ((4, 0), (3, 0), (3, 1), (3, 2), (_FEW, 2), (_FEW, 3)):
        columns, rows = _stretches(across, cut), _stretches(down, cut)
        texts = (
            _written(term, which, digits, zeros=found.zeros)
            for part in shown
            for term in part.terms
            for which in range(grids)
        )
        wanted = max([_LEAST, *(text_width(text, BODY) + (3 if digits == _FEW else 5) for text in texts)])
        fit = Strip.fit(room, columns)
        if fit >= wanted:
            break
    wide = min(wanted, fit)
    high = _LEAST if len(value.reaches) == 1 else min(max(_LEAST, min(wide, 18)), 18)
    drawn = _frame(grids) + grids * Strip(0, wide, columns).length
    return Sheet(found, columns, rows, (wide, high), digits, width or natural(drawn, *titles), shown)


def _count(found: Worked) -> int:
    return 3 if isinstance(found.value, ConvValue) else 1


def _frame(grids: int) -> float:
    return 2 * MARGIN + (grids - 1) * (_SIGN + _LABEL) + _LABEL


def _stretches(reach: Reach, cut: int) -> tuple[tuple[int, int], ...]:
    count, (head, tail) = max(len(reach.taps), 1), _CUTS[cut]
    whole = count <= (_MOST if cut == 0 else 2 if cut == len(_CUTS) - 1 else head + tail + 1)
    return ((0, count - 1),) if whole else ((0, head - 1), (count - tail, count - 1))


def _written(term: Term, which: int, digits: int, *, zeros: bool) -> str:
    """Return the number of a term, its weight or their product; nothing where padding does not count."""
    if which == 0 and term.where != "input":
        return "0" if zeros and term.where == "padding" else ""
    value = (term.number, term.weight, term.product)[which]
    return minus(number(round(value, _FEW) if digits == _FEW else value, 4 if digits == _FEW else digits))


def _numbers(x: Strip, y: Strip, down: Sequence[int], across: Sequence[int], *, flat: bool) -> Iterator[Label]:
    """Yield the positions beside a grid; of long ones the first and the last."""
    columns = [column for column in x.positions if column < len(across)]
    if columns and max(text_width(minus(across[column]), SMALL) for column in columns) > x.cell - 1:
        columns = [columns[0], columns[-1]] if len(columns) > 2 else columns[:1]
    for column in columns:
        yield words(x.at(column) + x.cell / 2, y.start - 3, minus(across[column]), SMALL, "middle", color="faint")
    for row in () if flat else y.positions:
        if row < len(down):
            yield words(x.start - 3, y.at(row) + y.cell / 2 + 2.3, minus(down[row]), SMALL, "end", color="faint")
