"""The products and the sum behind one output value, its bias and its activation; of a pool the largest or the mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import Channel, ConvValue, PoolValue, Reach, Term
from cnnshape.render.figures.lesson.grid import PADDING, dots, mesh, over, shrunk
from cnnshape.render.figures.lesson.ink import (
    BLACK,
    BODY,
    FIRST,
    MARGIN,
    SMALL,
    Words,
    area,
    arrow,
    head,
    minus,
    paragraph,
    pretty,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.options import NARROWEST, WIDEST, Options
from cnnshape.render.figures.lesson.slide import Strip
from cnnshape.render.figures.lesson.subject import Subject
from cnnshape.render.figures.lesson.worked import Worked, has_values, worked
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.number_grids import number
from cnnshape.render.scene import Label, Mark, Rect, Scene, Style

__all__ = ["draw", "refusal"]

_ROWS = 3
"""Channels, or slices of a volume, that are drawn one by one; of high kernels one less."""
_MOST, _HIGH = 7, 5
"""Taps of an axis that are drawn; of more, the first and the last."""
_LEAST, _SIGN = 15.0, 20.0
_LABEL = 12.0
_HEADS = 20.0
_TERMS = 27


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    return has_values(about)


@dataclass(frozen=True, slots=True)
class _Part:
    """One row of grids: a channel, or one slice of it."""

    name: str
    terms: tuple[Term, ...]


def draw(about: Subject, options: Options) -> Scene:
    """Return how one value of a layer comes about.

    The window of the input, the kernel and their products stand side by side, one row for each channel; below is the
    sum, what is added to it, and what the activation makes of it.
    """
    found = worked(about, options)
    value = found.value
    parts = _parts(value)
    down, across = _taps(value.reaches)
    columns = _stretches(across)
    most = _ROWS if len(down.taps) <= _HIGH else _ROWS - 1
    shown = parts[:most]
    grids = 3 if isinstance(value, ConvValue) else 1
    texts = [
        _written(term, which, zeros=found.zeros) for part in shown for term in part.terms for which in range(grids)
    ]
    wanted = max([_LEAST, *(text_width(text, BODY) + 5 for text in texts)])
    flat = len(value.reaches) == 1
    frame = 2 * MARGIN + (grids - 1) * (_SIGN + _LABEL) + _LABEL
    room = (options.width or WIDEST) - frame
    wide = min(wanted, Strip.fit(room / grids, columns))
    high = min(max(_LEAST, min(wide, 18)), wide) if not flat else _LEAST
    drawn = frame + grids * Strip(0, wide, columns).length
    width = options.width or min(max(drawn, NARROWEST), WIDEST)
    marks = head(f"{about.name}: {about.layer.label()}", _title(value), width)
    y = FIRST
    for i, part in enumerate(shown):
        more, y = _grids(part, found, options, (width - drawn) / 2 + MARGIN, y, (wide, high), i == 0)
        marks += more
    lines = list(_lines(value, parts, most))
    more, y = paragraph(lines, MARGIN, y + 1, width - 2 * MARGIN)
    marks += more
    more, y = _chain(found, options, width, y + 6)
    marks += more
    if found.example:
        are = "are examples" if found.example == "numbers" else "is an example"
        note = f"The {found.example} {are}, made up for the figure."
        more, y = paragraph([Words("", note)], MARGIN, y, width - 2 * MARGIN)
        marks += more
    desc = " ".join([f"{_title(value)}.", *(line.text for line in lines)])
    return scene(width, y + MARGIN, marks, f"One value of {about.name}", desc)


def _title(value: ConvValue | PoolValue) -> str:
    first, *space = value.at
    place = str(space[0]) if len(space) == 1 else f"({', '.join(map(str, space))})"
    return f"output {place} of {'filter' if isinstance(value, ConvValue) else 'channel'} {first}"


def _parts(value: ConvValue | PoolValue) -> list[_Part]:
    channels = value.channels if isinstance(value, ConvValue) else (value.channel,)
    out: list[_Part] = []
    for channel in channels:
        name = f"channel {channel.index}" if len(channels) > 1 else ""
        out += _slices(channel, value.reaches, name)
    return out


def _slices(channel: Channel, reaches: Sequence[Reach], name: str) -> Iterator[_Part]:
    if len(reaches) < 3:
        yield _Part(name, channel.terms)
        return
    size = prod(len(reach.taps) for reach in reaches[1:])
    for i, position in enumerate(reaches[0].positions):
        words = f"slice {minus(position)}"
        yield _Part(f"{name}, {words}" if name else words, channel.terms[i * size : (i + 1) * size])


def _taps(reaches: Sequence[Reach]) -> tuple[Reach, Reach]:
    line = Reach((0,), (0,), 1)
    return (line, reaches[0]) if len(reaches) == 1 else (reaches[-2], reaches[-1])


def _stretches(reach: Reach) -> tuple[tuple[int, int], ...]:
    count = max(len(reach.taps), 1)
    return ((0, count - 1),) if count <= _MOST else ((0, 3), (count - 2, count - 1))


def _written(term: Term, which: int, *, zeros: bool) -> str:
    """Return the number of a term, its weight or their product; nothing where padding does not count."""
    if which == 0 and term.where != "input":
        return "0" if zeros and term.where == "padding" else ""
    return minus(number((term.number, term.weight, term.product)[which], 4))


_NAMES = ("input", "kernel", "products")


def _grids(
    part: _Part,
    found: Worked,
    options: Options,
    left: float,
    y: float,
    cell: tuple[float, float],
    first: bool,
) -> tuple[list[Mark], float]:
    """Return a row of grids, and where it ends."""
    value = found.value
    down, across = _taps(value.reaches)
    top = y + _HEADS + (8 if part.name and first else 0)
    row_strip = Strip(top, cell[1], _stretches(down))
    kernel, _, _ = tints(options.palette)
    conv = isinstance(value, ConvValue)
    out: list[Mark] = [words(MARGIN, y + 9, part.name, BODY, bold=True)] if part.name else []
    count, wide = max(len(across.taps), 1), Strip(0, cell[0], _stretches(across)).length
    for which in range(3 if conv else 1):
        x = Strip(left + _LABEL + which * (wide + _SIGN + _LABEL), cell[0], _stretches(across))
        for row in row_strip.positions:
            for column in x.positions:
                if not part.terms:
                    continue
                term = part.terms[row * count + column]
                out += _cell(x, row_strip, (column, row), term, which, kernel, zeros=found.zeros)
        out += [*mesh(x, row_strip), *dots(x, row_strip)]
        if isinstance(value, PoolValue) and value.largest:
            at = next(i for i, term in enumerate(part.terms) if term.position == value.largest)
            if x.has(at % count) and row_strip.has(at // count):
                place = (at % count, at % count), (at // count, at // count)
                out.append(shrunk(over(x, row_strip, *place, Style("", BLACK, 1.2)), 0))
        if which < 2:
            positions = [reach.positions if which == 0 else reach.taps for reach in (down, across)]
            if which == 0 or (isinstance(value, ConvValue) and value.transposed):
                out += _numbers(x, row_strip, positions, flat=len(value.reaches) == 1)
        if first:
            name = _NAMES[which] if conv else "window of the input"
            out.append(words((x.start + x.end) / 2, top - 11, name, SMALL, "middle"))
        if which:
            sign = "×" if which == 1 else "="
            middle = (row_strip.start + row_strip.end) / 2
            out.append(words(x.start - (_SIGN + _LABEL) / 2, middle + 4, sign, 12, "middle"))
    return out, row_strip.end + 3


def _cell(
    x: Strip, y: Strip, place: tuple[int, int], term: Term, which: int, kernel: Style, *, zeros: bool
) -> Iterator[Mark]:
    column, row = place
    look = Style("#FFFFFF", "", 0)
    if which == 1:
        look = area(kernel)
    elif which == 0 and term.where != "input":
        look = PADDING
    box = over(x, y, (column, column), (row, row), look)
    yield box
    middle, low = box.x + box.width / 2, box.y + box.height / 2 + 2.7
    yield words(middle, low, _written(term, which, zeros=zeros), BODY, "middle", color=BLACK, width=box.width - 1)


def _numbers(x: Strip, y: Strip, positions: Sequence[Sequence[int]], *, flat: bool) -> Iterator[Label]:
    down, across = positions
    for column in x.positions:
        if column < len(across):
            yield words(x.at(column) + x.cell / 2, y.start - 3, minus(across[column]), SMALL, "middle", color="faint")
    for row in () if flat else y.positions:
        if row < len(down):
            yield words(x.start - 3, y.at(row) + y.cell / 2 + 2.3, minus(down[row]), SMALL, "end", color="faint")


def _lines(value: ConvValue | PoolValue, parts: Sequence[_Part], most: int) -> Iterator[Words]:
    if isinstance(value, PoolValue):
        counted = [term.number for term in value.channel.terms if term.where == "input"]
        if value.divisor:
            yield Words(f"sum:  {_sum(counted, value.channel.sum)}")
        elif counted:
            yield Words(f"largest:  max({', '.join(map(_short, counted[:_TERMS]))}) = {_short(value.value)}")
        return
    if len(value.channels) == 1 and len(parts) == 1:
        yield Words(f"sum:  {_sum([term.product for term in parts[0].terms], value.sum)}")
        return
    for part in parts[:most]:
        products = [term.product for term in part.terms]
        yield Words(f"{part.name}:  {_sum(products, sum(products))}")
    sums = [sum(term.product for term in part.terms) for part in parts]
    rest = sums[most:]
    if rest:
        unit = "channel" if len(value.reaches) < 3 else "slice"
        yield Words(f"{len(rest)} more {unit}{'s' * (len(rest) > 1)}, in the same way, together {_short(sum(rest))}")
        sums = [*sums[:most], sum(rest)]
    yield Words(f"sum:  {_sum(sums, value.sum)}")


def _sum(numbers: Sequence[float], result: float) -> str:
    """Return ``1 − 2 + 3 = 2``, the middle left out where it is long."""
    if not numbers:
        return f"{_short(result)}, of no products"
    signed = [f"− {_short(-n)}" if n < 0 else f"+ {_short(n)}" for n in numbers]
    signed[0] = _short(numbers[0])
    if len(signed) > _TERMS:
        return f"{' '.join(signed[:8])} + … {' '.join(signed[-2:])} = {_short(result)}  ({len(numbers)} numbers)"
    return f"{' '.join(signed)} = {_short(result)}"


def _short(value: float) -> str:
    return minus(number(value, 6))


def _chain(found: Worked, options: Options, width: float, y: float) -> tuple[list[Mark], float]:
    """Return boxes from the sum to the value that leaves the layer, with what is done between them."""
    value = found.value
    kernel, pool, last = tints(options.palette)
    steps: list[tuple[str, str, str, Style]] = []
    if isinstance(value, ConvValue):
        steps.append(("", _short(value.sum), "sum", Style("#FFFFFF", "line", 0.8)))
        if found.biased:
            sign = "−" if value.bias < 0 else "+"
            steps.append((f"{sign} {_short(abs(value.bias))}", _short(value.value), "with the bias", kernel))
    elif value.divisor:
        steps.append(("", _short(value.channel.sum), "sum", Style("#FFFFFF", "line", 0.8)))
        steps.append((f"/ {value.divisor}", _short(value.value), "mean", pool))
    else:
        steps.append(("", _short(value.value), "largest", pool))
    if found.activation:
        steps.append((found.activation, _short(found.result), f"after {found.activation}", last))
    boxes = [max(34.0, text_width(text, BODY, bold=True) + 10) for _, text, _, _ in steps]
    gaps = [max(34.0, text_width(step, SMALL) + 14) for step, _, _, _ in steps[1:]]
    x = (width - sum(boxes) - sum(gaps)) / 2
    out: list[Mark] = []
    for i, ((step, text, name, look), wide) in enumerate(zip(steps, boxes, strict=True)):
        if i:
            out += [arrow(((x + 2, y + 8), (x + gaps[i - 1] - 2, y + 8)))]
            out += [words(x + gaps[i - 1] / 2, y + 4.5, step, SMALL, "middle")]
            x += gaps[i - 1]
        out.append(Rect(x, y, wide, 16, replace(look, width=0.8, hatch=""), 2))
        out.append(words(x + wide / 2, y + 10.7, text, BODY, "middle", bold=True, color=BLACK))
        out.append(words(x + wide / 2, y + 24, name, SMALL, "middle", color="faint"))
        x += wide
    y += 28
    if found.activation:
        formula = pretty(CURVES[found.activation].formula)
        at = f"{found.activation}: {formula} at x = {_short(value.value)} is {_short(found.result)}"
        text = fitted(at, width - 2 * MARGIN, BODY)
        out.append(words(width / 2, y + 6, text, BODY, "middle"))
        y += 9
    if isinstance(value, ConvValue) and found.biased:
        note = "The bias is one number for the whole filter, added once."
        out.append(words(width / 2, y + 6, note, SMALL, "middle", color="faint"))
        y += 9
    return out, y
