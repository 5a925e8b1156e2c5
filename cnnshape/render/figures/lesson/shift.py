"""A moved input and what it does to the map: it moves along, with a stride only by multiples of it."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.layers.base import Kind
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.render.figures.lesson.ink import (
    BLACK,
    BODY,
    FIRST,
    HAIR,
    MARGIN,
    SMALL,
    Words,
    arrow,
    head,
    lines_of,
    minus,
    natural,
    paragraph,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.moved import Map, Moved, moved, pattern
from cnnshape.render.figures.lesson.options import WIDEST, Options
from cnnshape.render.figures.lesson.subject import Subject
from cnnshape.render.metrics import text_width
from cnnshape.render.number_grids import number
from cnnshape.render.scene import Line, Mark, Rect, Scene, Style

__all__ = ["draw", "refusal"]

_BETWEEN = 14.0
_LARGEST, _MOST, _TALLEST = 13.0, 64, 320.0
_ARROW = 24.0


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    pool = about.layer.kind is Kind.POOL and not about.layer.weights((about.x,))
    if not about.windows or not (pool or isinstance(about.layer, Conv | ConvTranspose)):
        return "it slides no window over a map"
    if len(about.windows) > 2:
        return "a moved volume is not drawn"
    if getattr(about.layer, "padding_mode", "zeros") != "zeros":
        return "its padding is not zeros"
    x = pattern(about, 0, max(_shifts(about)))
    most = max(len(x), len(x[0]))
    return "" if most <= _MOST else f"its kernel is too large: the pattern would need {most} pixels"


def _shifts(about: Subject) -> tuple[int, ...]:
    window = about.windows[max(about.windows)]
    return (1, window.stride) if window.stride > 1 and window.mode != "transposed" else (1,)


def draw(about: Subject, options: Options) -> Scene:
    """Return a small pattern, the same pattern moved, and the map of each.

    The maps are computed by the layer, with one channel and a kernel of ones and zeros; below each is by how much it
    has moved, or that it is another map.
    """
    found = moved(about, _shifts(about))
    wide = max(len(found[0].x[0]), len(found[0].y[0]))
    room = (options.width or WIDEST) - 2 * MARGIN - _BETWEEN * (len(found) - 1)
    tall = len(found[0].x) + len(found[0].y)
    cell = min(_LARGEST, room / len(found) / wide, _TALLEST / tall)
    needed = max(cell * wide, 84.0)
    drawn = 2 * MARGIN + needed * len(found) + _BETWEEN * (len(found) - 1)
    titles = f"{about.name}: {about.layer.label()}", "the input moves: does the map?"
    width = options.width or natural(drawn, *titles)
    step = (width - 2 * MARGIN + _BETWEEN) / len(found)
    marks = head(*titles, width)
    y = FIRST + 10
    peak = max(abs(value) for each in found for row in each.y for value in row) or 1.0
    kernel, object_, _ = tints(options.palette)
    below = 0.0
    for i, each in enumerate(found):
        middle = MARGIN + i * step + (step - _BETWEEN) / 2
        title = f"moved by {each.by} pixel{'s' * (each.by > 1)}" if each.by else "the input"
        marks.append(words(middle, y, title, BODY, "middle", bold=True))
        top = y + 6
        high = cell * len(each.x)
        marks += _map(each.x, middle - cell * len(each.x[0]) / 2, top, cell, 3.0, object_.fill)
        marks.append(arrow(((middle, top + high + 4), (middle, top + high + _ARROW - 4)), 0.9))
        top += high + _ARROW
        marks += _map(each.y, middle - cell * len(each.y[0]) / 2, top, cell, peak, kernel.fill)
        top += cell * len(each.y) + 10
        for line in lines_of(_verdict(each), step - _BETWEEN, SMALL):
            marks.append(words(middle, top, line, SMALL, "middle"))
            top += 8.5
        below = max(below, top)
    lines = _lines(about)
    more, y = paragraph(lines, MARGIN, below - 4, width - 2 * MARGIN)
    desc = " ".join([*(f"{each.by}: {_verdict(each)}." for each in found), *(line.text for line in lines)])
    return scene(width, y + MARGIN, [*marks, *more], f"A moved input of {about.name}", desc)


def _map(values: Map, left: float, top: float, cell: float, peak: float, color: str) -> Iterator[Mark]:
    """Yield the cells of a map, the darker the larger the number."""
    high, wide = len(values), len(values[0])
    texts = [[minus(number(value, 2)) if value else "" for value in row] for row in values]
    size = 6.0 if cell < 11 else SMALL
    fits = all(text_width(text, size) <= cell - 1.5 for row in texts for text in row) and cell >= 7.5
    yield Rect(left, top, wide * cell, high * cell, Style("#FFFFFF", "", 0))
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            if value:
                shade = _mixed(color, 0.3 + 0.7 * min(abs(value) / peak, 1.0))
                yield Rect(left + j * cell, top + i * cell, cell, cell, Style(shade, "", 0))
    for i in range(wide + 1):
        yield Line(((left + i * cell, top), (left + i * cell, top + high * cell)), HAIR)
    for i in range(high + 1):
        yield Line(((left, top + i * cell), (left + wide * cell, top + i * cell)), HAIR)
    for i, line in enumerate(texts if fits else ()):
        for j, text in enumerate(line):
            if text:
                x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell + size * 0.36
                yield words(x, y, text, size, "middle", color=BLACK)
    yield Rect(left, top, wide * cell, high * cell, Style("", "line", 0.8))


def _mixed(color: str, share: float) -> str:
    """Return a color mixed with white."""
    parts = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in parts)


def _verdict(each: Moved) -> str:
    if not each.by:
        return "its map"
    if each.along is None:
        return "another map: not the first one, moved"
    if each.along == 0:
        return "the same map, not moved"
    return f"the same map, moved by {each.along} position{'s' * (each.along > 1)}"


def _lines(about: Subject) -> list[Words]:
    window = about.windows[max(about.windows)]
    stride, up = window.stride, window.mode == "transposed"
    if up:
        out = [Words(f"Equivariance: if the input moves by 1, the map moves by the stride, {stride}.")]
    elif stride == 1:
        out = [Words("Equivariance: the map moves along with the input, away from the border.")]
    else:
        out = [Words(f"Stride {stride}: the map moves along if the input moves by a multiple of {stride} pixels.")]
    field = about.facts.fields.of(about.name)
    jump = field.stride[-1] if field else None
    if field and jump is not None and jump != stride and not up:
        text = f"Through all layers up to here, that is a multiple of {jump} pixels of {field.input}."
        out.append(Words(text))
    kernel = "; the kernel is made of ones and zeros" if isinstance(about.layer, Conv | ConvTranspose) else ""
    return [*out, Words("", f"Computed on a small pattern, one channel{kernel}.")]
