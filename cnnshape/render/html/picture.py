"""The pictures of a page: the network and the inside of each block, laid out beforehand for every size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnnshape.graph.fold import detail_for
from cnnshape.render.diagram import Card, Diagram, diagram
from cnnshape.render.layout import Gaps, Placed, layered
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.scene import Point

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Picture", "pictures", "runs", "shape_words"]

_NAME, _WORDS = 12.0, 11.0
"""Sizes of the letters of a card."""

_LEFT, _RIGHT = 15.0, 10.0
_NARROWEST, _WIDEST = 92.0, 230.0
_MOST_PICTURES = 400
_GAPS = Gaps(layer=26.0, beside=26.0, lane=16.0, track=9.0, head=12.0, column=48.0, part=40.0)


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
    """

    diagram: Diagram
    placed: Placed
    sizes: tuple[tuple[float, float], ...]
    inside: tuple[int, ...]
    above: int

    def boxes(self) -> Iterator[tuple[Card, str, str, Point, tuple[float, float]]]:
        """Yield each card with its name and its operator as they fit, its corner, and its size."""
        for card, corner, (width, height) in zip(self.diagram.cards, self.placed.corners, self.sizes, strict=True):
            room = width - _LEFT - _RIGHT
            name = fitted(card.name, room - _times_width(card), _NAME, bold=True)
            yield card, name, fitted(_operator(card), room, _WORDS), corner, (width, height)

    def data(self, outputs: Mapping[str, int], tensors: Mapping[str, int]) -> dict[str, Any]:
        """Return the picture as plain data for the page.

        Parameters
        ----------
        outputs : name of each output of the network -> the tensor that it is
        tensors : name -> its number
        """
        cards = [
            {
                "name": card.name,
                "short": name,
                "op": operator,
                "role": card.role,
                "times": card.times,
                "nodes": runs(card.nodes),
                "tensor": _end_tensor(card, outputs, tensors),
                "inside": inside,
                "box": [_number(value) for value in (*corner, *size)],
            }
            for (card, name, operator, corner, size), inside in zip(self.boxes(), self.inside, strict=True)
        ]
        links = [
            [link.source, link.target, [_number(v) for point in route for v in point], tensors.get(link.tensor, -1)]
            for link, route in zip(self.diagram.links, self.placed.routes, strict=True)
        ]
        size = [self.placed.width, self.placed.height]
        return {"name": self.diagram.name, "above": self.above, "size": size, "cards": cards, "links": links}


def pictures(facts: Facts, shapes: Sequence[Facts], most: int = 60) -> tuple[Picture, ...]:
    """Return the picture of the network, then those of the inside of its blocks, and of the blocks in these.

    Parameters
    ----------
    facts : of the free network: what it is made of depends on no size
    shapes : facts at sizes that the page may show; every card has room for what they say
    most : cards of a picture, where folding can make them so few
    """
    made: list[Picture] = []
    todo = [("", -1, -1)]
    while todo and len(made) < _MOST_PICTURES:
        within, above, card = todo.pop(0)
        shown = diagram(facts, detail_for(facts.propagation, most, within), within)
        if above >= 0:
            picture = made[above]
            inside = tuple(len(made) if i == card else n for i, n in enumerate(picture.inside))
            made[above] = Picture(picture.diagram, picture.placed, picture.sizes, inside, picture.above)
        sizes = tuple(_size(each, shapes) for each in shown.cards)
        todo += [
            (each.scope, len(made), i)
            for i, each in enumerate(shown.cards)
            if each.scope and each.scope != within and len(each.nodes) > each.times
        ]
        made.append(Picture(shown, _placed(shown, sizes), sizes, (0,) * len(sizes), above))
    return tuple(made)


def _placed(shown: Diagram, sizes: Sequence[tuple[float, float]]) -> Placed:
    links = [(link.source, link.target) for link in shown.links]
    weights = [card.macs if isinstance(card.macs, int) else len(card.nodes) for card in shown.cards]
    joins = frozenset(i for i, card in enumerate(shown.cards) if card.role in ("add", "concat"))
    return layered(sizes, links, along="down", gaps=_GAPS, weights=weights, joins=joins)


def _size(card: Card, shapes: Sequence[Facts]) -> tuple[float, float]:
    words = [text_width(card.name, _NAME, bold=True) + _times_width(card), text_width(_operator(card), _WORDS)]
    words += [text_width(shape_words(card, facts), _WORDS) for facts in shapes]
    width = min(_WIDEST, max(_NARROWEST, _LEFT + _RIGHT + max(words)))
    return float(round(width)), 54.0 if _operator(card) else 40.0


def shape_words(card: Card, facts: Facts) -> str:
    """Return what leaves a card, ``64×56×56``, at the sizes of some facts; "–" where it is unknown."""
    found, network = facts.propagation, facts.network
    if card.sort != "row":
        spec = found.specs.get(network.outputs.get(card.name, card.name) if card.sort == "output" else card.name)
        specs = () if spec is None else (spec,)
    else:
        specs = found.outputs[card.nodes[-1]] or ()
    return ", ".join(_signed(spec.shape, network.batch) for spec in specs) or "–"


def _signed(shape: Sequence[object], batch: str) -> str:
    words = [str(size) for size in shape]
    if batch and len(words) > 1 and words[0] == batch:
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
