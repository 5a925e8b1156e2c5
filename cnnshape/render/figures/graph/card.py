"""The box of a card: how large it is, what stands in it, and where its border is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from cnnshape.render.diagram import Card
from cnnshape.render.figures.graph.theme import Theme
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import Palette, look
from cnnshape.render.scene import Anchor, Circle, Group, Label, Line, Mark, Point, Polygon, Rect, Style

__all__ = ["Box", "Form", "box", "needed"]

Form = Literal["wide", "narrow"]
_INK, _WHITE = "#000000", "#FFFFFF"
_PAD, _GAP, _SLANT, _STRIP, _SHADOW = 4.5, 6.0, 7.0, 5.0, 2.2
_LEADING = 1.3
_LEAST_NAME = 34.0
_LEAST_TAIL = 6  # letters
_SLACK = 0.05  # of sums of widths that are rounded
_BACKS = 2  # of repeats behind the first


@dataclass(frozen=True, slots=True)
class Word:
    """A text in a box, at its left, in its middle or at its right."""

    text: str
    size: float
    bold: bool = False
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class Box:
    """A card with its size, points.

    Parameters
    ----------
    card : Card
    shape : "round" for inputs and outputs, "circle", "pill", "trapezoid", else "box"
    width, height : of all of it, with the room for repeats behind it
    lines : what stands in it
    scale : of the paddings
    fault : its number in the list of faults, 0 if it has none
    """

    card: Card
    shape: Literal["box", "round", "circle", "pill", "trapezoid"]
    width: float
    height: float
    lines: tuple[tuple[Word, ...], ...]
    scale: float
    fault: int = 0

    @property
    def shadow(self) -> float:
        """How far repeats stand out behind the box, below it and at both sides of the room that it takes."""
        return _BACKS * _SHADOW * self.scale if self.card.times > 1 else 0.0

    @property
    def slant(self) -> float:
        """How much narrower a trapezoid is above, at each side."""
        return _SLANT * self.scale if self.shape == "trapezoid" else 0.0

    def edge(self, corner: Point, point: Point) -> Point:
        """Return where a line that ends at a point of the surrounding rectangle meets the border."""
        x, y = point[0] - corner[0], point[1] - corner[1]
        level = 0.05 < y < self.height - 0.05
        left = x < self.width / 2
        if self.shape == "circle":
            r = self.width / 2
            if level:
                reach = sqrt(max(0.0, r * r - (y - r) ** 2))
                x = r - reach if left else r + reach
            else:
                reach = sqrt(max(0.0, r * r - (x - r) ** 2))
                y = r - reach if y < r else r + reach
        elif self.shape == "trapezoid" and level:
            inset = self.slant * (1 - y / self.height)
            x = inset if left else self.width - inset
        elif self.shadow and level:
            x = self.shadow if left else self.width
        elif self.shadow and y > self.height / 2 and x < self.width - self.shadow:
            y = self.height - self.shadow if x < 2 * self.shadow else self.height
        return round(corner[0] + x, 2), round(corner[1] + y, 2)

    def marks(self, corner: Point, palette: Palette, border: float) -> Group:
        """Return the box at its place.

        Parameters
        ----------
        corner : its upper left corner
        palette : "color" or "print"
        border : width of its line, points
        """
        style = look(self.card.role, palette, border)
        if self.fault:
            style = Style(style.fill, "fault", max(border, 1.2), (3 * self.scale, 2 * self.scale), style.hatch)
        elif self.card.held:
            style = Style(style.fill, style.stroke, border, (2 * self.scale, 1.5 * self.scale), style.hatch)
        marks = [*self._outline(corner, style), *self._words(corner, bool(style.hatch))]
        if self.fault:
            marks += self._mark(corner)
        return Group(self.card.id, self.card.tip, tuple(marks), node=True)

    def _outline(self, corner: Point, style: Style) -> list[Mark]:
        (x, y), s = corner, self.scale
        w, h = self.width - 2 * self.shadow, self.height - self.shadow
        x += self.shadow
        plain = Style(style.fill, style.stroke, style.width, style.dash)
        if self.shape == "circle":
            r = self.width / 2
            return [Circle(x + r, y + r, r, plain), *_cross(self.card.sign, x + r, y + r, 0.5 * r, s)]
        if self.shape == "trapezoid":
            top = self.slant
            return [Polygon(((x + top, y), (x + w - top, y), (x + w, y + h), (x, y + h)), plain)]
        radius = h / 2 if self.shape in ("round", "pill") else 1.6 * s
        out: list[Mark] = [
            Rect(x + back * _SHADOW * s, y + back * _SHADOW * s, w, h, plain, radius)
            for back in range(_BACKS if self.shadow else 0, -1, -1)
        ]
        if style.hatch:
            strip = Style(_WHITE, style.stroke, min(style.width, 0.6), hatch=style.hatch)
            out.append(Rect(x, y, _STRIP * s, h, strip))
        if self.shape == "pill":
            r = 0.36 * h
            middle = x + h / 2
            out += [Circle(middle, y + h / 2, r, Style("", _INK, 0.5 * s))]
            out += _cross(self.card.sign, middle, y + h / 2, 0.55 * r, s)
        return out

    def _words(self, corner: Point, strip: bool) -> list[Mark]:
        x, y = corner[0] + self.shadow, corner[1]
        left = x + self._left(strip)
        right = x + self.width - 2 * self.shadow - self._right()
        first = self.lines[0][0].size if self.lines else 0.0
        space = self.height - self.shadow - _height(self.lines)
        base = y + space / 2 + 0.76 * first
        out: list[Mark] = []
        for line in self.lines:
            at = left
            for word in line:
                if word.anchor == "start":
                    out.append(Label(_r(at), _r(base), word.text, word.size, "start", word.bold, _INK))
                    at += word.width + 0.6 * _GAP * self.scale
                else:
                    place = right if word.anchor == "end" else (left + right) / 2
                    out.append(Label(_r(place), _r(base), word.text, word.size, word.anchor, word.bold, _INK))
            base += _LEADING * max(word.size for word in line)
        return out

    def _left(self, strip: bool) -> float:
        if self.shape == "pill":
            return self.height + 0.5 * self.scale
        return self.slant + (_PAD + (_STRIP if strip and self.shape == "box" else 0.0)) * self.scale

    def _right(self) -> float:
        return (_PAD + (_MARK if self.fault else 0.0)) * self.scale + self.slant

    def _mark(self, corner: Point) -> list[Mark]:
        r = 4.2 * self.scale
        x, y = corner[0] + self.width - self.slant - r - 1.8 * self.scale, corner[1] + self.height / 2
        size = 6.2 * self.scale
        return [
            Circle(_r(x), _r(y), r, Style("fault", "", 0.0)),
            Label(_r(x), _r(y + 0.36 * size), str(self.fault), size, "middle", True, _WHITE),
        ]


_MARK = 9.0


def box(card: Card, theme: Theme, form: Form, width: float, fault: int = 0, named: bool = False) -> Box:
    """Return a card as a box no wider than `width`, or of that width if it is one of the usual boxes.

    An input or output is as wide as the widest box if its words need that; `named` says that there are several, which
    their names tell apart.
    """
    s = theme.scale
    if card.sort != "row":
        name = card.name if card.name.casefold() != card.sort else card.op
        own = card.op if (form == "narrow" or card.sort == "output") and not named else name
        wanted = text_width(own, theme.op, True) + text_width(card.shape, theme.text) + (_GAP + 3.6 * _PAD) * s
        width = max(width, min(wanted, theme.widest))
        words = _side([Word(own, theme.op, True)], [Word(card.shape, theme.text)], width - 3.2 * _PAD * s, s)
        if named and len(words) == 1:
            words = (Word(_name(own, width - 3.2 * _PAD * s, theme.op, True), theme.op, True),)
        inner = sum(word.width for word in words) + _GAP * s * (len(words) - 1)
        return Box(card, "round", inner + 3.6 * _PAD * s, _room((words,), s), (_spread(words),), s, fault)
    if card.sign and not card.extra and not fault:
        r = 6.6 * s
        return Box(card, "circle", 2 * r, 2 * r, (), s)
    mark = _MARK * s if fault else 0.0
    if card.sign:
        word = Word(fitted(card.extra or card.op, width, theme.text), theme.text)
        height = _room(((word,),), s)
        return Box(card, "pill", height + word.width + 6 * s + mark, height, ((word,),), s, fault)
    if card.role == "concat" and not card.block:
        slanted = 2 * (_SLANT + _PAD) * s + mark
        first = Word(fitted(card.op, width - slanted, theme.op, True), theme.op, True, "middle")
        rest = [
            Word(fitted(t, width - slanted, theme.text), theme.text, False, "middle") for t in (card.extra, card.shape)
        ]
        lines: tuple[tuple[Word, ...], ...] = tuple((word,) for word in (first, *rest) if word.text)
        return Box(card, "trapezoid", max(line[0].width for line in lines) + slanted, _room(lines, s), lines, s, fault)
    outer = width + (2 * _BACKS * _SHADOW * s if card.times > 1 else 0.0)
    lines = _lines(card, theme, form, width - 2 * _PAD * s - mark + _SLACK)
    shadow = _BACKS * _SHADOW * s if card.times > 1 else 0.0
    return Box(card, "box", outer, _room(lines, s) + shadow, lines, s, fault)


def needed(card: Card, theme: Theme, form: Form, strip: bool) -> float:
    """Return how wide a usual box is that holds all words of a card; 0 for one of another shape."""
    if card.sort != "row" or card.sign or (card.role == "concat" and not card.block):
        return 0.0
    times = text_width(f"×{card.times}", theme.op, True) + _GAP * theme.scale if card.times > 1 else 0.0
    op, name = text_width(card.op, theme.op, True), text_width(card.name, theme.text)
    extra, shape = text_width(card.extra, theme.text), text_width(card.shape, theme.text)
    gap = _GAP * theme.scale
    if form == "narrow":
        inner = max(op + times, extra, shape, min(name, _LEAST_NAME * theme.scale))
    else:
        inner = max(
            op + (extra + 0.6 * gap if extra else 0.0) + times, shape + gap + min(name, 2 * _LEAST_NAME * theme.scale)
        )
    return inner + (2 * _PAD + (_STRIP if strip else 0.0) + (_MARK if card.fault else 0.0)) * theme.scale


def _lines(card: Card, theme: Theme, form: Form, room: float) -> tuple[tuple[Word, ...], ...]:
    repeats = [Word(f"×{card.times}", theme.op, True, "end")] if card.times > 1 else []
    gap = _GAP * theme.scale
    left = room - sum(word.width + gap for word in repeats)
    op = Word(fitted(card.op, left, theme.op, True), theme.op, True)
    if form == "narrow":
        texts = [_name(text, room, theme.text, False) for text in (card.extra, card.name, card.shape) if text]
        head = (op, *repeats) if repeats else (Word(op.text, theme.op, True, "middle"),)
        return (head, *((Word(text, theme.text, False, "middle"),) for text in texts))
    rest = left - op.width - 0.6 * gap
    extra = Word(fitted(card.extra, rest, theme.text), theme.text) if card.extra else None
    if extra is not None and (extra.width > rest or len(extra.text) < min(4, len(card.extra))):
        extra = None
    first = (op, *([extra] if extra else []), *repeats)
    second = _side([Word(card.name, theme.text)], [Word(card.shape, theme.text)], room, theme.scale)
    return first, _spread(second)


def _side(left: Sequence[Word], right: Sequence[Word], room: float, scale: float) -> tuple[Word, ...]:
    """Return a word at the left and one at the right, the left one cut where there is no room for both."""
    (name,), (shape,) = left, right
    shown = Word(fitted(shape.text, room, shape.size), shape.size)
    rest = room - shown.width - _GAP * scale
    cut = _name(name.text, max(rest, 0.0), name.size, name.bold)
    if text_width(cut, name.size, name.bold) > rest or len(cut) < min(3, len(name.text)):
        return (shown,)
    return Word(cut, name.size, name.bold), shown


def _name(name: str, room: float, size: float, bold: bool) -> str:
    """Return a name, without its outer blocks if it is too long, or else with its middle left out."""
    if text_width(name, size, bold) <= room:
        return name
    parts = name.split(".")
    shorter = ("…" + ".".join(parts[first:]) for first in range(1, len(parts)))
    found = next((text for text in shorter if text_width(text, size, bold) <= room), "")
    return found if len(found) > _LEAST_TAIL else fitted(name, room, size, bold)


def _spread(words: tuple[Word, ...]) -> tuple[Word, ...]:
    if len(words) == 1:
        return (Word(words[0].text, words[0].size, words[0].bold, "middle"),)
    return words[0], Word(words[1].text, words[1].size, words[1].bold, "end")


def _height(lines: Sequence[Sequence[Word]]) -> float:
    """Return from the top of the first line to the foot of the last."""
    sizes = [max(word.size for word in line) for line in lines]
    return sum(_LEADING * size for size in sizes[:-1]) + sizes[-1] if sizes else 0.0


def _room(lines: Sequence[Sequence[Word]], scale: float) -> float:
    return _height(lines) + 2 * 2.6 * scale


def _cross(sign: str, x: float, y: float, arm: float, scale: float) -> list[Mark]:
    """Return the strokes of a plus, a times or a minus."""
    style = Style("", _INK, 0.9 * scale)
    if sign == "×":
        arm *= 0.75
        return [
            Line(((_r(x - arm), _r(y - arm)), (_r(x + arm), _r(y + arm))), style),
            Line(((_r(x - arm), _r(y + arm)), (_r(x + arm), _r(y - arm))), style),
        ]
    level: list[Mark] = [Line(((_r(x - arm), _r(y)), (_r(x + arm), _r(y))), style)]
    return [*level, Line(((_r(x), _r(y - arm)), (_r(x), _r(y + arm))), style)] if sign == "+" else level


def _r(value: float) -> float:
    return round(value, 2)
