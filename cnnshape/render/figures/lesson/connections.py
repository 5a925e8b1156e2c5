"""Sparse connections beside full ones, and how often a weight is used: a row of one channel, one node a pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cnnshape.layers.base import Kind
from cnnshape.render.figures.lesson.ink import (
    BLACK,
    BODY,
    FIRST,
    MARGIN,
    SMALL,
    Words,
    head,
    paragraph,
    scene,
    tints,
    words,
)
from cnnshape.render.figures.lesson.links import Count, Link, count_of_layer, count_of_row, links_of, small_row
from cnnshape.render.figures.lesson.options import WIDEST, Options
from cnnshape.render.figures.lesson.slide import Slide
from cnnshape.render.figures.lesson.subject import Subject, whole
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Line, Mark, Scene, Style
from cnnshape.render.units import count_text, exact

__all__ = ["draw", "refusal"]

_MOST = 42
"""Nodes side by side."""
_PANEL, _BETWEEN = 52.0, 26.0
_GAP = 22.0
_WIDE = 360.0
"""Points of a figure whose table counts the row too."""
_LARGEST = 6.8
_FAINT, _STRONG = Style("", "hair", 0.5), Style("", "line", 1.1)


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    if not about.windows or about.layer.kind not in (Kind.CONV, Kind.POOL):
        return "it has no window that slides"
    row = _row(about)
    most = max(row.size, row.count)
    return "" if most <= _MOST else f"its kernel is too long: a row of it has {most} nodes"


def _row(about: Subject) -> Slide:
    axis = max(about.windows)
    return small_row(whole(about.x.shape[axis]), about.windows[axis])


@dataclass(frozen=True, slots=True)
class _Panel:
    """A picture of nodes and connections with its line of text.

    Parameters
    ----------
    links : all connections
    strong : those that are shown in black
    inputs, outputs : the nodes that are filled
    text : below
    """

    links: tuple[Link, ...]
    strong: frozenset[Link]
    inputs: frozenset[int]
    outputs: frozenset[int]
    text: str


def draw(about: Subject, options: Options) -> Scene:
    """Return the connections of a layer beside those of a fully connected one.

    Both are drawn on a row of one channel: what one output depends on, what one input feeds, and where one weight is
    used. The table counts the connections and weights of the row, and of the whole layer.
    """
    row = _row(about)
    width = options.width or WIDEST
    learned = bool(about.layer.weights((about.x,)))
    sparse = links_of(row)
    inputs, outputs = (row.count, row.size) if row.up else (row.size, row.count)
    full = tuple(Link(i, o, i * outputs + o) for i in range(inputs) for o in range(outputs))
    half = (width - 2 * MARGIN - _GAP) / 2
    marks = head(f"{about.name}: {about.layer.label()}", "sparse and full connections", width)
    y = FIRST + 10
    for i, title in enumerate(("this layer", "fully connected")):
        marks.append(words(MARGIN + i * (half + _GAP) + half / 2, y, title, BODY, "middle", bold=True))
    y += 8
    middle = outputs // 2, inputs // 2
    columns = [_panels(links, *middle, named) for links, named in ((sparse, len(row.taps) // 2), (full, None))]
    count = 3 if learned else 2
    for level in range(count):
        for i, panels in enumerate(columns):
            left = MARGIN + i * (half + _GAP)
            marks += _draw(panels[level], row, left, y, half, options)
        y += _PANEL + _BETWEEN
    of_row, of_layer = count_of_row(row, learned=learned), count_of_layer(about)
    more, y = _table(of_row, of_layer, learned, inputs, about, width, y - 6)
    desc = (
        f"A row of {inputs} inputs and {outputs} outputs has {of_row.links} connections, a full one {of_row.full}. "
        f"The layer has {of_layer.links} connections and {of_layer.weights} weights, a full one {of_layer.full}."
    )
    return scene(width, y + MARGIN, [*marks, *more], f"The connections of {about.name}", desc)


def _panels(links: tuple[Link, ...], output: int, input_: int, tap: int | None) -> list[_Panel]:
    """Return the three pictures of a way to connect; `tap` is the weight that is shown, None: one of a full layer."""
    to = frozenset(link for link in links if link.output == output)
    out = frozenset(link for link in links if link.input == input_)
    fed, feeds = len(to), len(out)
    if tap is None:
        tap = next(link.tap for link in links if (link.input, link.output) == (input_, output))
    used = frozenset(link for link in links if link.tap == tap)
    return [
        _Panel(links, to, frozenset(link.input for link in to), frozenset((output,)), f"one output depends on {fed}"),
        _Panel(links, out, frozenset((input_,)), frozenset(link.output for link in out), f"one input feeds {feeds}"),
        _Panel(links, used, frozenset(), frozenset(), f"one weight is used {_times(len(used))}"),
    ]


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _draw(panel: _Panel, row: Slide, left: float, top: float, width: float, options: Options) -> Iterator[Mark]:
    inputs, outputs = (row.count, row.size) if row.up else (row.size, row.count)
    place_in, place_out, radius = _places(row, left, width)
    high, low = top + radius + 1, top + _PANEL - radius - 1
    _, second, last = tints(options.palette)
    for links, style in ((set(panel.links) - panel.strong, _FAINT), (panel.strong, _STRONG)):
        for link in sorted(links, key=lambda link: (link.input, link.output, link.tap)):
            yield Line(((place_in(link.input), low - radius), (place_out(link.output), high + radius)), style)
    nodes: Sequence[tuple[int, Callable[[float], float], float, frozenset[int], Style, str]] = (
        (inputs, place_in, low, panel.inputs, second, "x"),
        (outputs, place_out, high, panel.outputs, last, "y"),
    )
    for count, place, y, filled, look, letter in nodes:
        for i in range(count):
            style = replace(look, stroke=BLACK, width=1.0) if i in filled else Style("#FFFFFF", "line", 0.6)
            yield Circle(place(i), y, radius, style)
            if radius >= 6.2:
                text = f"{letter}{i}"
                yield words(place(i), y + 2.2, text, 6, "middle", color=BLACK)
    yield words(left + width / 2, top + _PANEL + 10, panel.text, SMALL, "middle")


def _places(row: Slide, left: float, width: float) -> tuple[Callable[[float], float], Callable[[float], float], float]:
    """Return where inputs and outputs stand, and how large the nodes are: a window is centered over what it reads."""

    def middle(i: float) -> float:
        return i * row.stride - row.before + row.taps[-1] / 2

    low = min(0.0, middle(0))
    high = max(row.size - 1.0, middle(row.count - 1))
    nearest = min(1.0, float(row.stride))
    step = (width - 2 * _LARGEST) / max(high - low, 1)
    step = min(step, 33.0)
    radius = min(_LARGEST, step * nearest * 0.42)
    start = left + (width - step * (high - low)) / 2

    def on_row(position: float) -> float:
        return start + (position - low) * step

    def window(i: float) -> float:
        return start + (middle(i) - low) * step

    return (window, on_row, radius) if row.up else (on_row, window, radius)


def _table(
    row: Count, layer: Count, learned: bool, inputs: int, about: Subject, width: float, y: float
) -> tuple[list[Mark], float]:
    """Return the counts as a table, and where it ends."""
    names, counts = _counts(row, layer, learned=learned)
    heads, sizes = ["connections", "weights"] * 2, ["×".join(map(str, spec.shape[1:])) for spec in (about.x, about.y)]
    above = [f"row of {inputs} inputs", f"layer {sizes[0]} to {sizes[1]}"]
    if width < _WIDE:  # the row can be counted in the picture
        counts, heads, above = [each[2:] for each in counts], heads[2:], above[1:]
    room = width - 2 * MARGIN - max(text_width(name, BODY) for name in names)
    texts = [[_exact(count) for count in each] for each in counts]
    wide = _widths(texts, heads)
    if sum(wide) > room:
        texts = [[_exact(count) if count < 10**6 else count_text(count) for count in each] for each in counts]
        wide = _widths(texts, heads)
    spare = (room - sum(wide)) / len(wide)
    ends = [width - MARGIN - sum(each + spare for each in wide[i + 1 :]) for i in range(len(wide))]
    out: list[Mark] = []
    for i, text in enumerate(above):
        most = wide[2 * i] + wide[2 * i + 1] + 2 * spare - 8
        out.append(words(ends[2 * i + 1], y + 9, text, SMALL, "end", color="faint", width=most))
    out += [words(end, y + 18, name, SMALL, "end", color="faint") for end, name in zip(ends, heads, strict=True)]
    y += 21
    out.append(Line(((MARGIN, y), (width - MARGIN, y)), Style("", "line", 0.5)))
    for name, each in zip(names, texts, strict=True):
        y += 11
        out.append(words(MARGIN, y, name, BODY))
        out += [words(end, y, text, BODY, "end") for end, text in zip(ends, each, strict=True)]
    notes = [Words("", f"drawn at {about.chosen}")] if about.chosen else []
    notes.insert(0, Words("", "Connections to the padding, and biases, are not counted."))
    more, y = paragraph(notes, MARGIN, y, width - 2 * MARGIN)
    return [*out, *more], y


def _counts(row: Count, layer: Count, *, learned: bool) -> tuple[list[str], list[list[int]]]:
    """Return the ways to connect, and for each connections and weights of the row and of the layer."""
    full = [row.full, row.full, layer.full, layer.full]
    if not learned:
        return ["sparse", "full"], [[row.links, 0, layer.links, 0], full]
    shared = [row.links, row.weights, layer.links, layer.weights]
    apart = [row.links, row.links, layer.links, layer.links]
    return ["sparse and shared", "sparse, not shared", "full"], [shared, apart, full]


def _exact(count: int) -> str:
    return exact(count) if count else "none"


def _widths(texts: Sequence[Sequence[str]], heads: Sequence[str]) -> list[float]:
    """Return how wide each column is, with what stands between it and the one before."""
    columns = zip(heads, *texts, strict=True)
    return [max(text_width(text, SMALL if not i else BODY) for i, text in enumerate(each)) + 9 for each in columns]
