"""A network as a graph: boxes in layers, lines between them, and what the colors, names and marks mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, get_args

from cnnshape.graph.fold import Detail
from cnnshape.render.diagram import Diagram, Link, diagram
from cnnshape.render.figures.graph.by_dot import DotError, placed_by_dot
from cnnshape.render.figures.graph.card import Box, Form, box, needed
from cnnshape.render.figures.graph.keys import keys, widest_key
from cnnshape.render.figures.graph.theme import Theme, theme_of
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.layout import Placed, layered
from cnnshape.render.scene import Curve, Group, Line, Mark, Point, Scene, Style

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["graph"]

_USUAL = DrawOptions()
_MARGIN = 6.0
_ASPECT = 1.3
_MOST_OVER = 2
_THIN, _THICK = 0.6, 2.6


@dataclass(frozen=True, slots=True)
class _Drawing:
    shown: Diagram
    theme: Theme
    boxes: tuple[Box, ...]
    placed: Placed
    note: str = ""
    curved: bool = False


def graph(facts: Facts, options: DrawOptions = _USUAL) -> Scene:
    """Return the graph of a network.

    Parameters
    ----------
    facts : Facts, at sizes or with formulas
    options : DrawOptions; `scale` does not concern a graph

    Returns
    -------
    Scene
        As wide as is asked for. Where the boxes do not fit into that, their words are stacked, then more is folded;
        that stands in `notes`, and so does a width that nothing fits into.
    """
    theme = theme_of(options)
    wanted = options.detail or diagram(facts, None, "", options.max_nodes).detail
    tried: list[_Drawing] = []
    note = ""
    for detail in _coarser(wanted):
        shown = diagram(facts, detail)
        for smaller in theme.sizes:
            for form in get_args(Form):
                found = _drawing(shown, smaller, form, options)
                if found.note:  # the program dot would fail, or take its time, again
                    note, options = found.note, replace(options, layout="own")
                found = replace(found, note=note)
                if _fits(found, options):
                    return _scene(facts, found, options, wanted)
                tried.append(found)
    return _scene(facts, min(tried, key=lambda each: each.placed.width), options, wanted)


def _fits(drawing: _Drawing, options: DrawOptions) -> bool:
    theme = drawing.theme
    if theme.width is None:
        return True
    width = theme.width - 2 * _MARGIN
    below = keys(drawing.shown, theme, options, width).height
    tall = theme.width / theme.ratio if theme.ratio else inf
    return drawing.placed.width <= width and drawing.placed.height + 2 * _MARGIN + below <= tall


def _coarser(detail: Detail) -> Sequence[Detail]:
    """Return the details from one on, the finest first."""
    words: tuple[Detail, ...] = get_args(Detail)[::-1]
    return words[words.index(detail) :]


def _drawing(shown: Diagram, theme: Theme, form: Form, options: DrawOptions) -> _Drawing:
    """Return the boxes at their places, in as many columns as suit the page."""
    faults = {card.id: number for number, card in enumerate((c for c in shown.cards if c.fault), start=1)}
    strip = options.palette == "print"
    width = min(theme.widest, max(needed(card, theme, form, strip) for card in shown.cards))
    width, ends = max(width, 40 * theme.scale), Counter(card.sort for card in shown.cards)
    boxes = tuple(
        box(card, theme, form, width, faults.get(card.id, 0), card.sort != "row" and ends[card.sort] > 1)
        for card in shown.cards
    )
    note = ""
    if options.layout == "dot":
        links = [(link.source, link.target) for link in shown.links]
        try:
            placed = placed_by_dot([(each.width, each.height) for each in boxes], links, theme)
            return _Drawing(shown, theme, boxes, placed, curved=True)
        except DotError as error:
            note = f"{error}: the boxes stand where the own layout puts them"
    placed = _placed(shown, boxes, theme, 0.0)
    length, across = (placed.height, placed.width) if theme.direction == "down" else (placed.width, placed.height)
    if length <= theme.tall:
        return _Drawing(shown, theme, boxes, placed, note)
    ratio = _ASPECT if theme.direction == "down" else 1 / _ASPECT
    fewest, most_over = 2, _MOST_OVER
    columns = max(2, round(sqrt(ratio * length / across)))
    if theme.ratio:
        fewest, most_over = ceil(length / theme.tall), 2 * _MOST_OVER
        columns = fewest + 2
    for count in range(columns, fewest - 1, -1):
        found = _placed(shown, boxes, theme, 1.04 * length / count)
        wide = theme.width is not None and found.width + 2 * _MARGIN > theme.width
        if not wide and _over(shown, found, theme) <= most_over * (count - 1):
            return _Drawing(shown, theme, boxes, found, note)
    return _Drawing(shown, theme, boxes, placed, note)


def _over(shown: Diagram, placed: Placed, theme: Theme) -> int:
    """Return how often a line leads back to the beginning of another column; lines from one box count once."""
    axis = 1 if theme.direction == "down" else 0
    back = {
        (link.source, a[1 - axis])
        for link, route in zip(shown.links, placed.routes, strict=True)
        for a, b in pairwise(route)
        if b[axis] < a[axis]
    }
    return len(back)


def _placed(shown: Diagram, boxes: Sequence[Box], theme: Theme, most: float) -> Placed:
    return layered(
        [(each.width, each.height) for each in boxes],
        [(link.source, link.target) for link in shown.links],
        along=theme.direction,
        gaps=theme.gaps,
        weights=[card.macs if isinstance(card.macs, int) else 0 for card in shown.cards],
        joins={i for i, card in enumerate(shown.cards) if card.sign or card.role == "concat"},
        most=most,
    )


def _scene(facts: Facts, drawing: _Drawing, options: DrawOptions, wanted: Detail) -> Scene:
    shown, placed, theme = drawing.shown, drawing.placed, drawing.theme
    wanted_width = theme.width or widest_key(shown, theme, options) + 2 * _MARGIN
    width = max(wanted_width, placed.width + 2 * _MARGIN)
    below = keys(shown, theme, options, width - 2 * _MARGIN)
    height = placed.height + 2 * _MARGIN + below.height
    page = height
    if theme.ratio:
        # A width that is asked for is kept: the page is higher then.
        width = width if options.points else max(width, height * theme.ratio)
        page = max(height, width / theme.ratio)
    left, top = (width - placed.width) / 2, _MARGIN + (page - height) / 2
    corners = [(round(x + left, 2), round(y + top, 2)) for x, y in placed.corners]
    borders = _borders(shown, options)
    lines = list(_lines(drawing, corners, (left, top), theme))
    cards = [
        each.marks(corner, options.palette, border * theme.scale)
        for each, corner, border in zip(drawing.boxes, corners, borders, strict=True)
    ]
    marks: list[Mark] = [*lines, *cards, *below.at(_MARGIN, page - below.height)]
    notes = [*filter(None, [drawing.note]), *_notes(shown, wanted, width, theme)]
    count = sum(card.sort == "row" for card in shown.cards)
    desc = f"{count} rows at detail {shown.detail}; shapes are channels and sizes of the map that leaves a box"
    return Scene(round(width, 2), round(page, 2), tuple(marks), facts.model, desc, theme.dark, tuple(notes))


def _notes(shown: Diagram, wanted: Detail, width: float, theme: Theme) -> Iterator[str]:
    if shown.detail != wanted:
        yield f"drawn at detail {shown.detail}: detail {wanted} is wider than {theme.width:g} pt"
    if theme.width is not None and width > theme.width + 0.5:
        yield f"drawn {width:.0f} pt wide: its boxes do not fit into {theme.width:g} pt"


def _borders(shown: Diagram, options: DrawOptions) -> list[float]:
    """Return the width of each border: where it stands for a count, its area grows with the count."""
    if options.border == "none":
        return [_THIN] * len(shown.cards)
    counts = [getattr(card, options.border) for card in shown.cards]
    known = [count if isinstance(count, int) else 0 for count in counts]
    most = max(known, default=0) or 1
    return [round(_THIN + (_THICK - _THIN) * sqrt(count / most), 2) for count in known]


def _lines(drawing: _Drawing, corners: Sequence[Point], shift: Point, theme: Theme) -> Iterator[Group]:
    seen: set[tuple[int, int]] = set()
    for number, (link, route) in enumerate(zip(drawing.shown.links, drawing.placed.routes, strict=True)):
        ends = link.source, link.target
        if ends in seen:
            continue
        seen.add(ends)
        points = [(round(x + shift[0], 2), round(y + shift[1], 2)) for x, y in route]
        points[0] = drawing.boxes[link.source].edge(corners[link.source], points[0])
        points[-1] = drawing.boxes[link.target].edge(corners[link.target], points[-1])
        yield _line(drawing, link, number, tuple(points), theme)


def _line(drawing: _Drawing, link: Link, number: int, points: tuple[Point, ...], theme: Theme) -> Group:
    cards, s = drawing.shown.cards, theme.scale
    source, target = cards[link.source], cards[link.target]
    style = Style("", "line", 0.7 * s)
    if link.crossed:
        style = Style("", "fault", 1.1 * s, (3 * s, 2 * s))
    elif target.held or source.held:
        style = Style("", "line", 0.6 * s, (2 * s, 1.5 * s))
    ends = source.id, target.id
    line = Curve(points, style, "end", ends) if drawing.curved else Line(points, style, 4 * s, "end", ends)
    return Group(f"e{number}", f"{link.tensor}: {source.shape}", (line,))
