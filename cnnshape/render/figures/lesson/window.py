"""The window of one layer on its grid: where it starts, how far it steps, where it ends, and the rule with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cnnshape.analysis.derivation.steps import steps
from cnnshape.render.figures.lesson.grid import PADDING, border, dots, ground, mesh, over, runs, shrunk
from cnnshape.render.figures.lesson.ink import (
    BLACK,
    FIRST,
    HAIR,
    MARGIN,
    RED,
    SMALL,
    Words,
    area,
    arrow,
    bracket,
    cross,
    head,
    minus,
    natural,
    paragraph,
    pretty,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.legend import Item, legend
from cnnshape.render.figures.lesson.options import WIDEST, Options
from cnnshape.render.figures.lesson.slide import Slide, Strip, slide
from cnnshape.render.figures.lesson.subject import Subject, whole
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Mark, Scene, Style

__all__ = ["draw", "refusal"]

_MOST, _MOST_OUT = 14, 7
"""Positions of an axis that are drawn one by one; of more, the first and the last."""
_LARGEST, _TALLEST = 15.0, 210.0
_BETWEEN = 38.0
_ABOVE = 31.0
_SIDE = 15.0
"""Room left of a grid for the numbers of its rows."""
_FLAT, _LEAST_OTHER = 14.0, 9.0
"""How high a row is that stands alone, and how large the cells of the smaller map are at least."""
_DASH = (2.4, 1.6)


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    if not about.windows:
        return "it has no window that slides"
    return "" if len(about.windows) <= 3 else "its window slides over more than three axes"


def draw(about: Subject, options: Options) -> Scene:
    """Return the sliding window of a layer.

    The windows at the first two positions and at the last one are outlined; a cell that none reads is crossed out.
    Maps that are larger than some cells are cut in the middle. Of a volume a slice is drawn.
    """
    axes = sorted(about.windows)
    slides = {axis: slide(whole(about.x.shape[axis]), about.windows[axis]) for axis in axes}
    down, across = (axes[-2] if len(axes) > 1 else None), axes[-1]
    line = Slide(1, 0, 0, 1, 1, (0,), slides[across].up)
    return _Grids(about, options, slides[down] if down else line, slides[across], slides).scene()


class _Grids:
    """The two grids, their notes and the lines below."""

    def __init__(self, about: Subject, options: Options, rows: Slide, columns: Slide, axes: dict[int, Slide]) -> None:
        self.about, self.rows, self.columns, self.axes = about, rows, columns, axes
        self.flat = len(axes) == 1
        self.up = columns.up
        self.first, self.second, self.last = tints(options.palette)
        grid, other = columns.shown(_MOST), columns.shown_windows(_MOST_OUT)
        grid_rows, other_rows = rows.shown(_MOST), rows.shown_windows(_MOST_OUT)
        room = (options.width or WIDEST) - 2 * MARGIN - 2 * _SIDE - _BETWEEN
        tallest = min(Strip.fit(_TALLEST, grid_rows), Strip.fit(_TALLEST, other_rows))
        cell = small = min(_LARGEST, Strip.fit(room, grid, other), tallest)
        if cell < _LEAST_OTHER:
            small = _LEAST_OTHER
            cell = min(cell, Strip.fit(room - Strip(0, small, other).length, grid))
        high, high_other = (_FLAT, _FLAT) if self.flat else (cell, small)
        drawn = 2 * MARGIN + 2 * _SIDE + _BETWEEN + Strip(0, cell, grid).length + Strip(0, small, other).length
        self.titles = f"{about.name}: {about.layer.label()}", self._sizes()
        self.width = options.width or natural(drawn, *self.titles)
        left = (self.width - drawn) / 2 + MARGIN + _SIDE
        top = FIRST + _ABOVE
        grid_high, other_high = Strip(0, high, grid_rows).length, Strip(0, high_other, other_rows).length
        self.cell, self.bottom = cell, top + max(grid_high, other_high)
        grid_y = Strip(top + max(other_high - grid_high, 0) / 2, high, grid_rows)
        other_y = Strip(top + max(grid_high - other_high, 0) / 2, high_other, other_rows)
        if self.up:  # from the input on the left to the windows on the output
            self.other = Strip(left, small, other), other_y
            self.grid = Strip(self.other[0].end + _BETWEEN + _SIDE, cell, grid), grid_y
        else:
            self.grid = Strip(left, cell, grid), grid_y
            self.other = Strip(self.grid[0].end + _BETWEEN + _SIDE, small, other), other_y

    def scene(self) -> Scene:
        about = self.about
        marks: list[Mark] = head(*self.titles, self.width)
        marks += [*ground(*self.grid, self.columns, self.rows), *self._windows(), *mesh(*self.grid)]
        marks += [*border(*self.grid, self.columns.size, self.rows.size), *self._outlines(), *self._signs()]
        marks += [*self._numbers(*self.grid, (self.rows.size - 1, self.columns.size - 1)), *self._above()]
        marks += [*self._small_grid(), *self._names(), *self._arrow()]
        more, y = legend(self._items(), MARGIN, self.bottom + 17, self.width - 2 * MARGIN)
        marks += more
        lines = self._rules()
        more, y = paragraph(lines, MARGIN, y, self.width - 2 * MARGIN)
        desc = " ".join(["The first two windows and the last one are outlined.", *(line.text for line in lines)])
        return scene(self.width, y + MARGIN, marks + more, f"The sliding window of {about.name}", desc)

    def _sizes(self) -> str:
        sizes = ["×".join(str(size) for size in spec.shape[1:]) for spec in (self.about.x, self.about.y)]
        chosen = f", drawn at {self.about.chosen}" if self.about.chosen else ""
        return f"{sizes[0]} to {sizes[1]}{chosen}"

    def _windows(self) -> Iterator[Mark]:
        """Yield the cells that the windows read."""
        places = [(self._end, self.last), ((0, 0), self.first)]
        if self._next:
            places.insert(1, (self._next, self.second))
        for (row, column), look in places:
            for across in runs(self.columns.window(column)):
                for down in runs(self.rows.window(row)):
                    yield over(*self.grid, across, down, area(look))

    @property
    def _end(self) -> tuple[int, int]:
        return self.rows.count - 1, self.columns.count - 1

    @property
    def _next(self) -> tuple[int, int] | None:
        """The second window."""
        if self.columns.count > 1:
            return 0, 1
        return (1, 0) if self.rows.count > 1 else None

    def _outlines(self) -> Iterator[Mark]:
        wide = min(1.5, max(0.8, self.cell / 7))
        places = [(self._end, Style("", BLACK, wide)), ((0, 0), Style("", BLACK, wide))]
        if self._next:
            places.append((self._next, Style("", BLACK, wide * 0.8, _DASH)))
        for (row, column), style in places:
            columns, rows = self.columns.window(column), self.rows.window(row)
            frame = over(*self.grid, (columns[0], columns[-1]), (rows[0], rows[-1]), style)
            yield shrunk(frame, 1.1 if style.dash and self.cell > 5 else 0.0)

    def _signs(self) -> Iterator[Mark]:
        """Yield the zeros of the padding, the crosses of what no window reads, and the dots of what is left out."""
        x, y, cell = *self.grid, self.cell
        zeros = cell >= 8 and not self.up and self._zeros
        for row in y.positions:
            for column in x.positions:
                left, top = x.at(column), y.at(row)
                if row not in self.rows.read or column not in self.columns.read:
                    if cell >= 4:
                        yield from cross(left, top + (y.cell - cell) / 2, cell, RED)
                elif zeros and (self.rows.is_padding(row) or self.columns.is_padding(column)):
                    yield words(left + cell / 2, top + y.cell / 2 + 2.3, "0", SMALL, "middle", color=BLACK)
        yield from dots(x, y)

    @property
    def _zeros(self) -> bool:
        return self.about.layer.kind == "conv" and getattr(self.about.layer, "padding_mode", "zeros") == "zeros"

    def _numbers(self, x: Strip, y: Strip, ends: tuple[int, int]) -> Iterator[Mark]:
        """Yield the positions beside a grid, all of them or the first and the last of the map."""
        widest = max(text_width(minus(p), SMALL) for p in x.positions)
        for p in x.positions if widest + 2 <= x.cell else sorted({0, ends[1]}):
            if x.has(p):
                half = text_width(minus(p), SMALL) / 2
                middle = min(max(x.at(p) + x.cell / 2, half + 1), self.width - half - 1)
                yield words(middle, y.start - 3, minus(p), SMALL, "middle", color="faint")
        for p in () if self.flat else y.positions if y.cell >= 8 else sorted({0, ends[0]}):
            if y.has(p):
                yield words(x.start - 3, y.at(p) + y.cell / 2 + 2.3, minus(p), SMALL, "end", color="faint")

    def _above(self) -> Iterator[Mark]:
        """Yield the extent of the kernel and the step to the second window."""
        x, y = self.grid
        window = self.columns.window(0)
        left, right = x.at(window[0]), x.at(window[-1]) + x.cell
        extent = window[-1] - window[0] + 1
        kernel = f"N = {len(window)}" + (f", extent {extent}" if extent != len(window) else "")
        yield from bracket(left, right, y.start - 20, kernel)
        if self.columns.count > 1:
            step = x.at(self.columns.window(1)[0])
            yield arrow(((left, y.start - 13), (step, y.start - 13)))
            yield words(step + 3, y.start - 11, f"s = {self.columns.stride}", SMALL)

    def _small_grid(self) -> Iterator[Mark]:
        x, y = self.other
        for columns in x.stretches:
            for rows in y.stretches:
                yield over(x, y, columns, rows, Style("#FFFFFF", "", 0))
        yield from mesh(x, y)
        looks = {(0, 0): self.first, self._end: self.last}
        if self._next:
            looks[self._next] = replace(self.second, dash=_DASH)
        for (row, column), look in looks.items():
            cell = over(x, y, (column, column), (row, row), replace(look, stroke=BLACK, width=1.0))
            yield shrunk(cell, 0.8 if look.dash else 0)
        yield from dots(x, y)
        yield from self._numbers(x, y, self._end)

    def _names(self) -> Iterator[Mark]:
        space = sorted(self.axes)[-2:]
        drawn = [self.axes[axis] for axis in space]
        inner, outer = ([getattr(s, name) for s in drawn] for name in ("size", "whole"))
        more = f", {'uncut' if self.up else 'padded'} {_times(outer)}" if outer != inner else ""
        large = f"{'output' if self.up else 'input'} {_times(inner)}{more}"
        small = f"{'input' if self.up else 'output'} {_times([s.count for s in drawn])}"
        for (x, y), name in ((self.grid, large), (self.other, small)):
            half = text_width(name, SMALL) / 2
            middle = min(max((x.start + x.end) / 2, MARGIN + half), self.width - MARGIN - half)
            yield words(middle, y.end + 9, name, SMALL, "middle")

    def _arrow(self) -> Iterator[Mark]:
        left, right = (self.other[0], self.grid[0]) if self.up else (self.grid[0], self.other[0])
        middle = (self.grid[1].start + self.grid[1].end) / 2
        yield arrow(((left.end + 7, middle), (right.start - _SIDE - 3, middle)), 0.9)

    def _items(self) -> list[Item]:
        of = "window of input" if self.up else "window, output"

        def named(which: str, at: tuple[int, int]) -> str:
            return f"{which} {of} {at[1] if self.flat else at}"

        items = [Item(named("first", (0, 0)), self.first)]
        if self._next:
            items.append(Item(named("second", self._next), replace(self.second, stroke=BLACK, width=1.0, dash=_DASH)))
        if self._end not in ((0, 0), self._next):
            items.append(Item(named("last", self._end), self.last))
        drawn = (self.rows, self.columns)
        if any(s.before > 0 or s.after > 0 for s in drawn):
            gray = replace(PADDING, stroke=HAIR.stroke, width=0.35)
            items.append(Item("cut from the output" if self.up else "padding", gray))
        if any(s.high >= s.size + max(s.after, 0) for s in drawn):
            items.append(Item("beyond the padding, by ceil mode", Style("", HAIR.stroke, 0.35)))
        if any(p not in s.read for s in drawn for p in range(s.low, s.high + 1)):
            items.append(Item("no window reaches it" if self.up else "no window reads it", None))
        return items

    def _rules(self) -> list[Words]:
        about = self.about
        found = {axis: steps(whole(about.x.shape[axis]), window) for axis, window in about.windows.items()}
        pairs = dict.fromkeys((each.rule, each.letters) for each in found.values())
        out = [Words(pretty(rule), letters) for rule, letters in pairs]
        groups: dict[tuple[str, ...], list[str]] = {}
        for axis, each in found.items():
            cut = [f"cut off: {each.cut_off}"] if each.cut_off not in ("", "nothing") else []
            groups.setdefault((*each.filled, *cut), []).append(about.axis(axis))
        for lines, names in groups.items():
            name = f"{', '.join(names)}:  " if len(found) > 1 else ""
            out += [Words(f"{name if line is lines[0] else ''}{pretty(line)}") for line in lines]
        if len(found) == 3:
            name = about.axis(min(found))
            window = self.axes[min(found)].window(0)
            reads = f"{minus(window[0])} to {minus(window[-1])}" if len(window) > 1 else minus(window[0])
            out.append(Words("", f"Drawn is one slice of the volume; along {name} the first window reads {reads}."))
        return out


def _times(sizes: list[int]) -> str:
    return "×".join(map(str, sizes))
