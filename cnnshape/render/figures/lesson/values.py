"""The products and the sum behind one output value, its bias and its activation; of a pool the largest or the mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import ConvValue, PoolValue
from cnnshape.render.figures.lesson.ink import (
    BLACK,
    BODY,
    FIRST,
    MARGIN,
    SMALL,
    Words,
    arrow,
    head,
    minus,
    paragraph,
    pretty,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.options import Options
from cnnshape.render.figures.lesson.subject import Subject
from cnnshape.render.figures.lesson.value_grids import Part, parts_of, sheet_of
from cnnshape.render.figures.lesson.worked import Worked, has_values, worked
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.number_grids import number
from cnnshape.render.scene import Mark, Rect, Scene, Style

__all__ = ["draw", "refusal"]

_TERMS = 27


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    return has_values(about)


def draw(about: Subject, options: Options) -> Scene:
    """Return how one value of a layer comes about.

    The window of the input, the kernel and their products stand side by side, one row for each channel; below is the
    sum, what is added to it, and what the activation makes of it.
    """
    found = worked(about, options)
    value = found.value
    parts = parts_of(value)
    titles = f"{about.name}: {about.layer.label()}", _title(value)
    sheet = sheet_of(found, parts, options.width, titles)
    width = sheet.width
    marks = head(*titles, width)
    y = FIRST
    for part in sheet.shown:
        more, y = sheet.marks(part, y, options)
        marks += more
    lines = list(_lines(value, parts, len(sheet.shown)))
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


def _lines(value: ConvValue | PoolValue, parts: Sequence[Part], most: int) -> Iterator[Words]:
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
        shown = number(found.result, 6)
        about = "" if float(shown) == found.result else "about "
        at = f"{found.activation}: {formula} at x = {_short(value.value)} is {about}{minus(shown)}"
        text = fitted(at, width - 2 * MARGIN, BODY)
        out.append(words(width / 2, y + 6, text, BODY, "middle"))
        y += 9
    if isinstance(value, ConvValue) and found.biased:
        note = "The bias is one number for the whole filter, added once."
        out.append(words(width / 2, y + 6, note, SMALL, "middle", color="faint"))
        y += 9
    return out, y
