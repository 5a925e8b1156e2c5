"""The receptive field of one output position: layer by layer down to the input, and as an area of the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnshape.analysis.receptive_field import AxisField, Field
from cnnshape.errors import UsageError
from cnnshape.render.figures.lesson.field_rows import Row, rows_of, shortened
from cnnshape.render.figures.lesson.grid import PADDING
from cnnshape.render.figures.lesson.ink import (
    BODY,
    FIRST,
    HAIR,
    MARGIN,
    SMALL,
    Words,
    area,
    head,
    minus,
    paragraph,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.options import WIDEST, Options
from cnnshape.render.figures.lesson.subject import Subject
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Line, Mark, Rect, Scene, Style

__all__ = ["draw", "position", "refusal"]

_MOST = 8
_LEVEL, _HIGH = 30.0, 11.0
"""From one row to the next, and the height of its cells."""
_NAMES, _NUMBERS = 74.0, 62.0
_FINEST = 3.0
_AREA = 108.0


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    field = about.facts.fields.of(_tensor(about))
    if field is None or not field.axes:
        return "it sees no pixels of an input"
    return "nothing can be said of what it sees" if any(axis.size is None for axis in field.axes) else ""


def _tensor(about: Subject) -> str:
    return about.name if len(about.outputs) == 1 else f"{about.name}.0"


def position(about: Subject, at: Sequence[int]) -> tuple[int, ...]:
    """Return a position of the output on each axis of the input: the one that is asked for, or that in the middle.

    Raises
    ------
    UsageError
        CS013, there is none.
    """
    field = about.facts.fields.of(_tensor(about))
    assert field is not None
    sizes = []
    for axis in field.axes:
        sight = about.facts.fields.sights[_tensor(about)][about.facts.fields.axes.index((field.input, axis.axis))]
        size = about.y.shape[sight.at] if sight is not None and sight.at is not None and not sight.reduced else 1
        sizes.append(size if isinstance(size, int) else 1)
    if not at:
        return tuple(size // 2 for size in sizes)
    place = tuple(at)[-len(sizes) :]
    if len(place) == len(sizes) and all(0 <= i < size for i, size in zip(place, sizes, strict=True)):
        return place
    raise UsageError(
        f"there is no position {','.join(map(str, at))} in the output of {about.name}",
        code="CS013",
        got=tuple(at),
        needed=tuple(sizes),
        given=f"its positions are {', '.join(f'0..{size - 1}' for size in sizes)}",
        rule="a position is one number for each axis, counted from 0",
        fix=f"{','.join(str(size - 1) for size in sizes)}, the last one",
    )


def draw(about: Subject, options: Options) -> Scene:
    """Return the receptive field of one output position.

    Above is a cut along the last axis: for every layer on the way the positions that take part, drawn over the pixels
    in whose middle they lie. Below is the area of the input, to scale; what of it lies outside the map is padding.
    """
    facts = about.facts
    field = facts.fields.of(_tensor(about))
    assert field is not None
    at = position(about, options.at)
    column = facts.fields.axes.index((field.input, field.axes[-1].axis))
    every = rows_of(facts, _tensor(about), column, at[-1])
    rows = shortened(every, _MOST)[::-1]
    width = options.width or WIDEST
    place = str(at[0]) if len(at) == 1 else f"({', '.join(map(str, at))})"
    marks = head(f"{about.name}: {about.layer.label()}", f"what position {place} depends on", width)
    cut = _Cut(rows, width, options)
    marks += cut.marks()
    lines = _lines(about, field, at)
    y = cut.bottom + 12
    if len(field.axes) > 1:
        more, side, low = _area(about, field, at, y, options)
        marks += more
        text, end = paragraph(lines, side + 14, y - 2, width - MARGIN - side - 14)
        y = max(low, end)
    else:
        text, y = paragraph(lines, MARGIN, y, width - 2 * MARGIN)
    marks += text
    desc = "Units are drawn over the pixels that they see the middle of. " + " ".join(line.text for line in lines)
    return scene(width, y + MARGIN, marks, f"The receptive field of {about.name}", desc)


class _Cut:
    """The rows above one another, in pixels of the input from left to right."""

    def __init__(self, rows: Sequence[Row], width: float, options: Options) -> None:
        self.rows = rows  # from the output to the input
        self.first, self.second, self.last = tints(options.palette)
        below = rows[-1]
        edge = max(2.0, (below.high - below.low + 1) * 0.08)
        low, high = below.low - edge, below.high + 1 + edge
        if below.size <= 2 * (high - low) and below.size <= 64:
            low, high = min(low, -edge), max(high, below.size + edge)
        self.low, self.high = low, high
        self.left, self.right = MARGIN + _NAMES, width - MARGIN - _NUMBERS
        self.scale = (self.right - self.left) / (high - low)
        self.top = FIRST + 12
        self.bottom = self.top + _LEVEL * (len(rows) - 1) + _HIGH + 9

    def x(self, pixel: float) -> float:
        """Return where the left edge of a pixel lies."""
        return min(max(self.left + (pixel - self.low) * self.scale, self.left), self.right)

    def marks(self) -> list[Mark]:
        out: list[Mark] = list(self._beams())
        for level, row in enumerate(self.rows):
            out += self._row(level, row)
        name = self.top - 5
        out.append(words(self.right + 8, name, "sees", SMALL, color="faint"))
        out.append(words(self.right + 36, name, "jump", SMALL, color="faint"))
        return out

    def _y(self, level: int) -> float:
        return self.top + level * _LEVEL

    def _span(self, row: Row) -> tuple[float, float]:
        """Return where the positions that take part begin and end."""
        return self.x(row.center(row.low) + 0.5 - row.jump / 2), self.x(row.center(row.high) + 0.5 + row.jump / 2)

    def _beams(self) -> Iterator[Mark]:
        style = Style("", "#8C8C8C", 0.6)
        for level, (upper, lower) in enumerate(zip(self.rows, self.rows[1:], strict=False)):
            y, low = self._y(level) + _HIGH, self._y(level + 1)
            for a, b in zip(self._span(upper), self._span(lower), strict=True):
                yield Line(((a, y), (b, low)), replace(style, dash=(2.0, 2.0)) if upper.left_out else style)

    def _row(self, level: int, row: Row) -> Iterator[Mark]:
        y, input_ = self._y(level), level == len(self.rows) - 1
        unit = row.jump * self.scale
        start, end = (self.x(row.center(i) + 0.5 + side * row.jump) for i, side in ((0, -0.5), (row.size - 1, 0.5)))
        look = self.second if input_ else self.last if level == 0 else self.first
        low, high = self._span(row)
        yield Rect(low, y, high - low, _HIGH, PADDING)
        inside = max(low, start), min(high, end)
        if end > start:
            yield Rect(start, y, end - start, _HIGH, Style("#FFFFFF", "", 0))
        if inside[1] > inside[0]:
            yield Rect(inside[0], y, inside[1] - inside[0], _HIGH, area(look))
        if unit >= _FINEST:
            yield from self._ticks(row, y, min(low, start), max(high, end))
        if end > start:
            yield from self._frame(row, y, start, end)
        yield Rect(low, y, high - low, _HIGH, Style("", "#000000", 0.9))
        yield from self._texts(row, y, input_=input_)

    def _frame(self, row: Row, y: float, start: float, end: float) -> Iterator[Mark]:
        """Yield the outline of a map, open where it goes on beyond the figure."""
        style = replace(HAIR, width=0.5)
        yield Line(((start, y), (end, y)), style)
        yield Line(((start, y + _HIGH), (end, y + _HIGH)), style)
        half = row.jump / 2
        if row.center(0) + 0.5 - half >= self.low:
            yield Line(((start, y), (start, y + _HIGH)), style)
        if row.center(row.size - 1) + 0.5 + half <= self.high:
            yield Line(((end, y), (end, y + _HIGH)), style)

    def _ticks(self, row: Row, y: float, start: float, end: float) -> Iterator[Mark]:
        first = row.center(0) + 0.5 - row.jump / 2
        i = round((self.low - first) / row.jump)
        while (x := self.left + (first + i * row.jump - self.low) * self.scale) < end + 0.01:
            if x >= start - 0.01 and x >= self.left:
                yield Line(((x, y), (x, y + _HIGH)), HAIR)
            i += 1

    def _texts(self, row: Row, y: float, *, input_: bool) -> Iterator[Mark]:
        name, label = (row.name, row.label.partition(" ")[2] or row.label)
        yield words(MARGIN, y + 5, name, BODY, bold=True, width=_NAMES - 6)
        below = f"{row.size} pixels" if input_ else f"{label}, {row.size}"
        yield words(MARGIN, y + 13, below, SMALL, color="faint", width=_NAMES - 6)
        yield words(self.right + 8, y + 8, _number(row.sight.size), BODY)
        yield words(self.right + 36, y + 8, _number(row.sight.jump), BODY)
        if row.left_out:
            text = f"{row.left_out} more layer{'s' * (row.left_out > 1)}"
            yield words(MARGIN, y + 24, text, SMALL, color="faint", width=_NAMES - 6)
        low, high = self._span(row)
        if input_:
            left, right = minus(row.low), minus(row.high)
            yield words(low, y + _HIGH + 8, left, SMALL, "middle", color="faint")
            if high - low > text_width(left + right, SMALL) / 2 + 6:
                yield words(high, y + _HIGH + 8, right, SMALL, "middle", color="faint")


def _lines(about: Subject, field: Field, at: Sequence[int]) -> list[Words]:
    dims = 2 + len(field.axes)
    names = [about.axis(axis.axis) if dims == len(about.x.shape) else str(axis.axis) for axis in field.axes]
    sizes = "×".join(_number(axis.size) for axis in field.axes)
    out = [Words(f"It sees {sizes} pixels of {field.input}.")]
    groups: dict[str, list[str]] = {}
    for name, axis, i in zip(names, field.axes, at, strict=True):
        low, high = _ends(axis, i)
        head_, start, end = f"{_number(axis.jump)}×{i}", _signed(axis.low), _signed(axis.high)
        groups.setdefault(f"{head_} {start} = {minus(low)} to {head_} {end} = {minus(high)}", []).append(name)
    out += [Words(f"{', '.join(along)}:  {words_}") for words_, along in groups.items()]
    jumps = "×".join(dict.fromkeys(_number(axis.jump) for axis in field.axes))
    starts = ", ".join(dict.fromkeys(_number(axis.low) for axis in field.axes))
    out.append(Words(f"jump {jumps}, start {starts}"))
    out.append(Words("", "pixels from one position to the next, first pixel of position 0"))
    if field.status == "upper bound":
        out.append(Words("An upper bound: not every position sees every pixel."))
    if field.status == "whole input":
        out.append(Words("", "By its windows alone; a norm, a gate or a global pool on the way sees the whole input."))
    if about.chosen:
        out.append(Words("", f"drawn at {about.chosen}"))
    return out


def _ends(axis: AxisField, i: int) -> tuple[int, int]:
    assert axis.jump is not None
    return (axis.jump * i + axis.low).__floor__(), (axis.jump * i + axis.high).__ceil__()  # type: ignore[operator, union-attr]


def _signed(place: object) -> str:
    written = _number(place)
    return f"− {written[1:]}" if written.startswith("−") else f"+ {written}"


def _number(value: object) -> str:
    return minus(value)


def _area(
    about: Subject, field: Field, at: Sequence[int], top: float, options: Options
) -> tuple[list[Mark], float, float]:
    """Return the area over the input's map, where it ends at its right, and at its bottom."""
    shape = about.facts.propagation.specs[field.input].shape
    down, across = field.axes[-2:]
    sizes = [size if isinstance(size, int) else 1 for size in (shape[down.axis], shape[across.axis])]
    spans = [_ends(axis, i) for axis, i in zip((down, across), at[-2:], strict=True)]
    lows = [min(0, low) for low, _ in spans]
    highs = [max(size, high + 1) for size, (_, high) in zip(sizes, spans, strict=True)]
    scale = min(_AREA / max(high - low for low, high in zip(lows, highs, strict=True)), 9.0)
    left = MARGIN

    def x(pixel: float) -> float:
        return left + (pixel - lows[1]) * scale

    def y(pixel: float) -> float:
        return top + (pixel - lows[0]) * scale

    _, second, _ = tints(options.palette)
    out: list[Mark] = []
    (first, last), (start, end) = spans
    seen = x(start), y(first), (end - start + 1) * scale, (last - first + 1) * scale
    out.append(Rect(*seen, replace(PADDING, stroke="#8C8C8C", width=0.6, dash=(2.0, 1.6))))
    out.append(Rect(x(0), y(0), sizes[1] * scale, sizes[0] * scale, Style("#FFFFFF", "", 0)))
    inside = max(start, 0), max(first, 0), min(end + 1, sizes[1]), min(last + 1, sizes[0])
    if inside[2] > inside[0] and inside[3] > inside[1]:
        box = x(inside[0]), y(inside[1]), (inside[2] - inside[0]) * scale, (inside[3] - inside[1]) * scale
        out.append(Rect(*box, area(second)))
    if scale >= _FINEST:
        out += [Line(((x(i), y(0)), (x(i), y(sizes[0]))), HAIR) for i in range(1, sizes[1])]
        out += [Line(((x(0), y(i)), (x(sizes[1]), y(i))), HAIR) for i in range(1, sizes[0])]
    out.append(Rect(x(0), y(0), sizes[1] * scale, sizes[0] * scale, Style("", "line", 0.8)))
    if inside[2] > inside[0] and inside[3] > inside[1]:
        out.append(Rect(*box, Style("", "#000000", 1.0)))
    out.append(Circle(seen[0] + seen[2] / 2, seen[1] + seen[3] / 2, 1.3, Style("#000000", "", 0)))
    bottom = top + (highs[0] - lows[0]) * scale
    name = f"{field.input}, {sizes[0]}×{sizes[1]} pixels"
    out.append(words(MARGIN, bottom + 9, name, SMALL, width=_AREA + 40))
    right = max(x(highs[1]), MARGIN + min(text_width(name, SMALL), _AREA + 40))
    return out, right, bottom + 12
