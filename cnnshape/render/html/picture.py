"""The pictures of a page: the network and the inside of each block, laid out beforehand for every size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from cnnshape.graph.fold import Detail, detail_for, fold
from cnnshape.layers.base import Spec
from cnnshape.render.diagram import Card, Diagram, diagram
from cnnshape.render.html.pack import column
from cnnshape.render.layout import Gaps, Placed, layered
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.scene import Point
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Picture", "Shapes", "bends", "pictures", "pictures_data", "runs"]

_NAME, _WORDS = 12.0, 11.0
"""Sizes of the letters of a card."""

_LEFT, _RIGHT = 15.0, 10.0
_NARROWEST, _WIDEST = 92.0, 190.0
_HIGH, _LOW = 60.0, 45.0
_MOST_PICTURES = 400
_MOST_FUSED = 4
_MOST_CARDS = 300
_GAPS = Gaps(layer=24.0, beside=24.0, lane=16.0, track=9.0, head=10.0, column=40.0, part=40.0)
_PANE = (600.0, 760.0)
"""Room for a picture on a usual screen."""

_MOST_COLUMNS = 6
_MANY = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the page.

    Parameters
    ----------
    diagram : what it shows
    placed : where its cards stand
    sizes : width and height of each card
    inside : for each card the number of the picture of its inside, or 0
    above : the number of the picture that this one is a part of, or -1
    within : the block whose inside it is, "" for the network
    """

    diagram: Diagram
    placed: Placed
    sizes: tuple[tuple[float, float], ...]
    inside: tuple[int, ...]
    above: int
    within: str

    def boxes(self) -> Iterator[tuple[Card, str, str, Point, tuple[float, float]]]:
        """Yield each card with its name and its operator as they fit, its corner, and its size."""
        for card, corner, (width, height) in zip(self.diagram.cards, self.placed.corners, self.sizes, strict=True):
            room = width - _LEFT - _RIGHT
            name = fitted(_name(card, self.within), room - _times_width(card), _NAME, bold=True)
            yield card, name, fitted(_operator(card), room, _WORDS), corner, (width, height)


def pictures_data(shown: Sequence[Picture], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pictures as plain data.

    Parameters
    ----------
    shown : Pictures
    data : of the page, whose tensors are named by their position

    Returns
    -------
    dict
        ``pictures``: ``[name, number of the picture around it or -1, width, height, number of cards, links]``, where a
        link is ``[source, target, tensor, corners]`` by the positions of its cards, as `bends` writes corners;
        ``cards``: of all pictures, in columns: name, short (as it fits), op, role, times, nodes (as `runs` writes
        them), tensor (of an end of the network, else -1), inside (number of a picture or 0), box (x, y, width, height)
    """
    tensors = {name: i for i, name in enumerate(data["tensors"]["name"])}
    outputs = dict(data["outputs"])
    rows: list[tuple[Any, ...]] = [
        (
            card.name,
            name,
            operator,
            card.role,
            card.times,
            runs(card.nodes),
            _end_tensor(card, outputs, tensors),
            inside,
            [_number(value) for value in (*corner, *size)],
        )
        for picture in shown
        for (card, name, operator, corner, size), inside in zip(picture.boxes(), picture.inside, strict=True)
    ]
    names = ("name", "short", "op", "role", "times", "nodes", "tensor", "inside", "box")
    columns: dict[str, Any] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["short"] = [
        0 if short == name else short for short, name in zip(columns["short"], columns["name"], strict=True)
    ]
    for name in ("name", "op", "role"):
        columns[name] = column(columns[name])
    made = [
        [
            picture.diagram.name,
            picture.above,
            _number(picture.placed.width),
            _number(picture.placed.height),
            len(picture.diagram.cards),
            [
                [link.source, link.target, tensors.get(link.tensor, -1), bends(route)]
                for link, route in zip(picture.diagram.links, picture.placed.routes, strict=True)
            ],
        ]
        for picture in shown
    ]
    return {"pictures": made, "cards": columns}


def bends(route: Sequence[Point]) -> list[float]:
    """Return the corners of a line as x and y of the first, then by how much x or y changes, in turn, y first.

    Examples
    --------
    >>> bends(((4, 0), (4, 10), (9, 10), (9, 20)))
    [4, 0, 10, 5, 10]
    """
    out = [_number(value) for value in route[0]]
    down = True
    for (x, y), (u, v) in pairwise(route):
        for step in (v - y, u - x) if down else (u - x, v - y):
            out.append(_number(step))
            down = not down
        if out[-1] == 0:
            out.pop()
            down = not down
    return out


def pictures(
    facts: Facts, shapes: Sequence[Facts], detail: Detail | None = None, most: int = 30
) -> tuple[Picture, ...]:
    """Return the picture of the network, then those of the inside of its blocks, and of the blocks in these.

    Parameters
    ----------
    facts : of the free network: what it is made of depends on no size
    shapes : facts at sizes that the page may show; every card has room for what they say
    detail : of the first picture; None: as `most` allows
    most : cards of a picture, where folding can make them so few
    """
    made: list[Picture] = []
    written = [Shapes(each) for each in shapes]
    todo = [("", -1, -1)]
    while todo and len(made) < _MOST_PICTURES:
        within, above, card = todo.pop(0)
        wanted = detail if detail and not made else _detail(facts, most, within)
        shown = diagram(facts, wanted, within)
        if above >= 0:
            picture = made[above]
            inside = tuple(len(made) if i == card else n for i, n in enumerate(picture.inside))
            made[above] = replace(picture, inside=inside)
        sizes = _sizes(shown.cards, written, within)
        todo += [
            (each.scope, len(made), i)
            for i, each in enumerate(shown.cards)
            if each.scope and each.scope != within and len(each.nodes) > each.times
        ]
        made.append(Picture(shown, _placed(shown, sizes), sizes, (0,) * len(sizes), above, within))
    return tuple(made)


def _detail(facts: Facts, most: int, within: str) -> Detail:
    """Return what a picture shows: what is folded into a card can be opened, but where that would be far too much."""
    found = detail_for(facts.propagation, most, within)
    bundled = [row for row in fold(facts.propagation, found, within) if not row.scope and len(row.nodes) > _MOST_FUSED]
    if found == "overview" and bundled and len(fold(facts.propagation, "block", within)) <= _MOST_CARDS:
        return "block"
    return found


def _placed(shown: Diagram, sizes: Sequence[tuple[float, float]]) -> Placed:
    """Return the layout that can be shown largest: in one column, or folded into several."""
    links = [(link.source, link.target) for link in shown.links]
    weights = [card.macs if isinstance(card.macs, int) else len(card.nodes) for card in shown.cards]
    joins = frozenset(i for i, card in enumerate(shown.cards) if card.role in ("add", "concat"))

    def place(most: float) -> Placed:
        return layered(sizes, links, along="down", gaps=_GAPS, weights=weights, joins=joins, most=most)

    best = one = place(0)
    counts: Iterable[int] = range(2, _MOST_COLUMNS + 1)
    if len(sizes) > _MANY and one.width:  # each try takes its time
        counts = (max(2, round(sqrt(one.height / one.width * _PANE[0] / _PANE[1]))),)
    for columns in counts:
        if _scale(best) == 1.0 or len(sizes) < 3 * columns:
            break
        folded = place(one.height / columns * 1.05 + _HIGH)
        if _scale(folded) > 1.1 * _scale(best):
            best = folded
    return best


def _scale(placed: Placed) -> float:
    """Return how large a layout can be shown: no larger than it is."""
    return min(1.0, _PANE[0] / max(placed.width, 1), _PANE[1] / max(placed.height, 1))


def _sizes(cards: Sequence[Card], shapes: Sequence[Shapes], within: str) -> tuple[tuple[float, float], ...]:
    """Return the width and height of each card: one width for all, so that they stand in line."""
    width = min(_WIDEST, max([_NARROWEST, *(_LEFT + _RIGHT + _words_width(card, shapes, within) for card in cards)]))
    return tuple((float(ceil(width)), _HIGH if _operator(card) else _LOW) for card in cards)


def _name(card: Card, within: str) -> str:
    """Return the name of a card in the picture of a block: without the block's own."""
    return card.name.removeprefix(f"{within}.") if card.sort == "row" else card.name


def _words_width(card: Card, shapes: Sequence[Shapes], within: str) -> float:
    words = [
        text_width(_name(card, within), _NAME, bold=True) + _times_width(card),
        text_width(_operator(card), _WORDS),
    ]
    return max(words + [text_width(each.words(card), _WORDS) for each in shapes])


class Shapes:
    """Writes what leaves a card at the sizes of some facts."""

    def __init__(self, facts: Facts) -> None:
        self.found = facts.propagation
        self.ends = facts.network.outputs
        self.batch = facts.network.batch

    def words(self, card: Card) -> str:
        """Return ``64×56×56``; "–" where it is unknown."""
        specs: tuple[Spec, ...] = ()
        if card.sort == "row":
            specs = self.found.outputs[card.nodes[-1]] or ()
        else:
            tensor = self.ends.get(card.name, card.name) if card.sort == "output" else card.name
            spec = self.found.specs.get(tensor)
            specs = () if spec is None else (spec,)
        return ", ".join(self.text(spec.shape) for spec in specs) or "–"

    def text(self, shape: Sequence[Size]) -> str:
        """Return a shape without a batch of one, or a free one."""
        words = [str(size) for size in shape]
        if self.batch and len(words) > 1 and words[0] in (self.batch, "1"):
            words = words[1:]
        return "×".join(words) or "1"


def _operator(card: Card) -> str:
    return f"{card.op}, {card.extra}" if card.extra else card.op


def _times_width(card: Card) -> float:
    return text_width(f"×{card.times}", _WORDS, bold=True) + 8 if card.times > 1 else 0.0


def _end_tensor(card: Card, outputs: Mapping[str, int], tensors: Mapping[str, int]) -> int:
    if card.sort == "output":
        return outputs.get(card.name, tensors.get(card.name, -1))
    return tensors.get(card.name, -1) if card.sort == "input" else -1


def runs(nodes: Iterable[int]) -> list[int]:
    """Return numbers as first and length of each run without a gap."""
    rows = sorted(nodes)
    if not rows:
        return []
    starts = [rows[0], *(b for a, b in pairwise(rows) if b != a + 1)]
    ends = [*(a for a, b in pairwise(rows) if b != a + 1), rows[-1]]
    return [value for first, last in zip(starts, ends, strict=True) for value in (first, last - first + 1)]


def _number(value: float) -> float:
    return int(value) if value == int(value) else round(value, 1)
