"""How a card of the overview and the words below it are drawn."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.render.figures.architecture.ink import BLACK, FAULT, Ink, tint
from cnnshape.render.figures.architecture.stages import Card, Column
from cnnshape.render.palette import look
from cnnshape.render.scene import Group, Label, Line, Mark, Point, Polygon, Rect, Style

__all__ = ["INSIDE", "card_id", "card_marks", "inside", "link", "shadow", "words_below"]

INSIDE = 4.0
"""Between the cards of a column, points."""
_SHADOW = 2.6


def card_id(number: int) -> str:
    """Return the id of a card's group."""
    return f"card-{number}"


def shadow(card: Card, ink: Ink) -> float:
    """Return how far a stack reaches beyond its card, to the right and above."""
    return ink.pt(_SHADOW) if card.times > 1 else 0.0


def inside(column: Column, ink: Ink) -> float:
    """Return the width of the cards of a column."""
    cards = sum(card.width + shadow(card, ink) for card in column.cards)
    return cards + ink.pt(INSIDE) * (len(column.cards) - 1)


def card_marks(number: int, card: Card, x: float, top: float, ink: Ink) -> Group:
    """Return a card with its upper left corner at (x, top)."""
    kind = card.type_number
    style = look(card.role, ink.palette, ink.pt(card.border)) if kind < 0 else tint(kind, ink, deep=True)
    if kind >= 0:
        style = Style(style.fill, style.stroke, ink.pt(card.border), style.dash)
    if card.fault:
        style = Style(style.fill, FAULT, ink.pt(max(1.4, card.border)), style.dash, style.hatch)
    out: list[Mark] = []
    behind = Style(style.fill, style.stroke, ink.pt(0.5), style.dash, style.hatch)
    for part in (1.0, 0.5) if card.times > 1 else ():
        d = part * shadow(card, ink)
        out.append(_body(card, x + d, top - d, behind, ink))
    out.append(_body(card, x, top, style, ink))
    first = top + (card.height - len(card.lines) * ink.leading) / 2 + ink.pt(6)
    for n, line in enumerate(card.lines):
        named = kind >= 0 and n == 0
        baseline = first + n * ink.leading + (ink.pt(0.6) if named else 0)
        size = ink.letter if named else ink.operator
        out.append(Label(x + card.width / 2, baseline, line, size, bold=named, color=BLACK))
    return Group(card_id(number), card.tip, tuple(out), node=True)


def _body(card: Card, x: float, y: float, style: Style, ink: Ink) -> Mark:
    if card.role == "concat" and card.type_number < 0:
        slant, right, low = ink.pt(3), x + card.width, y + card.height
        return Polygon(((x, y), (right, y + slant), (right, low - slant), (x, low)), style)
    return Rect(x, y, card.width, card.height, style, ink.pt(2))


def words_below(column: Column, center: float, top: float, ink: Ink) -> Iterator[Label]:
    """Yield the shape of a column and the name of its stage, below `top`."""
    baseline = top + ink.pt(5.6)
    for line in column.shape:
        yield Label(center, baseline, line, ink.shape)
        baseline += ink.leading
    if column.name:
        yield Label(center, baseline, column.name, ink.shape, color="faint")


def link(points: tuple[Point, ...], ends: tuple[int, int], bad: bool, ink: Ink, arrow: bool = True) -> Line:
    """Return the line of a tensor between two cards; a bad one does not fit."""
    style = Style("", "fault" if bad else "line", ink.pt(0.7), dash=(2, 1.5) if bad else ())
    return Line(points, style, ink.pt(3), "end" if arrow else "", (card_id(ends[0]), card_id(ends[1])))
