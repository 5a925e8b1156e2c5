"""The frame of a type of block: its layers from top to bottom or from left to right, and what its letters mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from cnnshape.layers.base import Kind
from cnnshape.render.figures.architecture.ink import BLACK, FAULT, GRAY, LINE, Ink, letter, tint
from cnnshape.render.figures.architecture.kinds import BlockType, TypeWords
from cnnshape.render.figures.architecture.numbers import outside
from cnnshape.render.figures.architecture.units import Unit, Units
from cnnshape.render.figures.architecture.words import (
    broken,
    listed,
    longest_word,
    operator,
    side_words,
    wrapped,
)
from cnnshape.render.layout import Gaps, Order, Placed, layered, ordered
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import Role, look
from cnnshape.render.scene import Circle, Group, Label, Line, Mark, Polygon, Rect, Style

__all__ = ["Frame"]

_SIGNS = {"Add": "+", "Subtract": "−", "Multiply": "×"}
_CLEAR = 10_000.0


@dataclass(frozen=True, slots=True)
class _Box:
    """A vertex of the small graph."""

    sort: Literal["box", "circle", "concat", "entry", "exit"]
    lines: tuple[str, ...]
    role: Role
    width: float
    height: float
    border: float = 0.6
    fault: bool = False
    tip: str = ""


class Frame:
    """One frame, before its place is known.

    Parameters
    ----------
    found : Units
    kind : BlockType
    words : TypeWords, what is said of the type
    ink : Ink
    along : where the layers lead
    usual : the normalization and activation that need not be said, one text
    borders : for each unit the width of its border
    plain : 0 for all words; 1 without heights and widths of maps; 2 with the operators alone; 3 without the layers
    squeeze : 0; 1 for smaller gaps; 2 for operators on two lines besides
    most : width of the frame and height of its layers beyond which no layout is tried, points
    """

    def __init__(
        self,
        found: Units,
        kind: BlockType,
        words: TypeWords,
        ink: Ink,
        along: Literal["down", "right"],
        usual: str,
        borders: Sequence[float],
        plain: int = 0,
        squeeze: int = 0,
        most: tuple[float, float] = (inf, inf),
    ) -> None:
        self.found, self.kind, self.ink, self.along = found, kind, ink, along
        self._usual, self._borders, self._plain, self._squeeze = usual, borders, plain, squeeze
        self._members = kind.blocks[0]
        self._words, self._numbers, self._activations = words, words.numbers, words.activations
        self._written: dict[float, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._boxes: list[_Box] = []
        self._links: list[tuple[int, int]] = []
        self._crossed: set[int] = set()
        if plain < 3:
            self._build()
        else:
            self._add("box", (f"{len(self._members)} layers",), "other")
        self._pad = ink.pt(6)
        least = self._order().least([(box.width, box.height) for box in self._boxes], along)
        if plain < 3 and (least[0] + 2 * self._pad > most[0] or least[1] > most[1]):
            self._placed = Placed((), (), *least, 0)
        else:
            self._placed = self._layout()

    @property
    def width(self) -> float:
        """The least width."""
        title = longest_word(self._words.title, self.ink.operator) + self.ink.pt(16.5)
        return max(self._placed.width, min(title, self.ink.pt(90)), self.ink.pt(50)) + 2 * self._pad

    def _beside(self, width: float) -> float:
        """Return how wide the words are that stand to the left of the layers; 0 if they stand above and below."""
        free = width - self._placed.width - 3 * self._pad
        return min(free, self.ink.pt(170)) if self.along == "right" and free >= self.ink.pt(105) else 0.0

    @property
    def note(self) -> str:
        """What had to be left out, "" if nothing."""
        what = ("", "heights and widths of maps", "sizes of maps", "its layers")[self._plain]
        return f"frame {letter(self.kind.number)} is drawn without {what}: it is too wide" if what else ""

    @property
    def layers_height(self) -> float:
        """How high the small graph is."""
        return self._placed.height

    def title_height(self, width: float) -> float:
        """Return how far the layers stand below the upper border at a width, where words stand above them."""
        return 0.0 if self._beside(width) else self._top(self._texts(width - 2 * self._pad)[0])

    def height(self, width: float) -> float:
        """Return the height at a width."""
        ink, beside = self.ink, self._beside(width)
        top, bottom = self._texts(beside or width - 2 * self._pad)
        words = len(bottom) * ink.leading + ink.pt(3) if bottom else 0
        if beside:
            return max(self._top(top) + words, self._placed.height + self._pad) + self._pad
        return self._top(top) + self._placed.height + self._pad + words

    @property
    def roles(self) -> set[Role]:
        """The roles that occur."""
        return {box.role for box in self._boxes if box.sort not in ("entry", "exit")}

    def _top(self, lines: Sequence[str]) -> float:
        return self.ink.pt(9) + max(1, len(lines)) * self.ink.leading

    def _texts(self, inner: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = self._written.get(inner)
        if found is None:
            found = self._written[inner] = self._write(inner)
        return found

    def _write(self, inner: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        ink = self.ink
        top = wrapped(self._words.title, inner - ink.pt(16), ink.operator, 5)
        bottom = listed(self._words.names, len(self.kind.names), inner, ink.shape)
        legend: list[str] = []
        for row in (*self._numbers.legend, *self._activations.legend):
            if legend and text_width(f"{legend[-1]};  {row}", ink.shape) <= inner:
                legend[-1] += f";  {row}"
            else:
                legend.append(row)
        return top, (*bottom, *(line for row in legend for line in wrapped(row, inner, ink.shape, 4)))

    def marks(self, x: float, y: float, width: float, height: float, below: float) -> Group:
        """Return the frame drawn with its upper left corner at (x, y), its layers at least `below` under its border."""
        ink, kind, pad = self.ink, self.kind, self._pad
        beside = self._beside(width)
        top, bottom = self._texts(beside or width - 2 * pad)
        style = tint(kind.number, ink)
        out: list[Mark] = [Rect(x, y, width, height, style, ink.pt(4))]
        out += _badge(x + pad, y + ink.pt(5), letter(kind.number), kind.number, ink)
        for n, line in enumerate(top):
            baseline = y + ink.pt(5) + ink.pt(8.4) + n * ink.leading
            out.append(Label(x + pad + ink.pt(16), baseline, line, ink.operator, "start", color=BLACK))
        if beside:
            room, left, upper, free = width - beside - 3 * pad, x + beside + 2 * pad, y, height
        else:
            room, left, upper, free = width - 2 * pad, x + pad, y + below, self._placed.height
        out += self._graph(left + (room - self._placed.width) / 2, upper + (free - self._placed.height) / 2)
        last = y + self._top(top) + len(bottom) * ink.leading if beside else y + height - pad
        for n, line in enumerate(bottom):
            baseline = last - (len(bottom) - 1 - n) * ink.leading
            out.append(Label(x + pad, baseline, line, ink.shape, "start", color=GRAY))
        count = f" ×{len(kind.blocks)}" if len(kind.blocks) > 1 else ""
        title = f"{letter(kind.number)}{count}: {self._words.title}\n{', '.join(self._words.names)[:2000]}"
        return Group(f"type-{kind.number}", title, tuple(out))

    def _graph(self, left: float, top: float) -> list[Mark]:
        out: list[Mark] = []
        for number, route in enumerate(self._placed.routes):
            points = tuple((left + px, top + py) for px, py in route)
            faulty = number in self._crossed
            style = Style("", FAULT if faulty else LINE, self.ink.pt(0.7), dash=(2, 1.5) if faulty else ())
            out.append(Line(points, style, self.ink.pt(3), "end"))
        for box, (px, py) in zip(self._boxes, self._placed.corners, strict=True):
            out += self._box(box, left + px, top + py)
        return out

    def _box(self, box: _Box, x: float, y: float) -> list[Mark]:
        ink = self.ink
        style = look(box.role, ink.palette, ink.pt(box.border))
        if box.fault:
            style = Style(style.fill, FAULT, ink.pt(max(1.4, box.border)), hatch=style.hatch)
        mid = x + box.width / 2
        if box.sort == "exit":
            return []
        if box.sort == "circle":
            out: list[Mark] = [Circle(mid, y + box.height / 2, box.width / 2, style)]
            arm = box.width * 0.27
            center = y + box.height / 2
            cross = Style("", BLACK, ink.pt(0.8))
            if box.lines == ("×",):
                arm *= 0.8
                out.append(Line(((mid - arm, center - arm), (mid + arm, center + arm)), cross))
                out.append(Line(((mid - arm, center + arm), (mid + arm, center - arm)), cross))
                return out
            out.append(Line(((mid - arm, center), (mid + arm, center)), cross))
            if box.lines == ("+",):
                out.append(Line(((mid, center - arm), (mid, center + arm)), cross))
            return out
        out = []
        if box.sort == "concat":
            slant = ink.pt(4)
            right, low = x + box.width, y + box.height
            corners = ((x, y), (right, y), (right - slant, low), (x + slant, low))
            if self.along == "right":
                corners = ((x, y), (right, y + slant), (right, low - slant), (x, low))
            out.append(Polygon(corners, style))
        elif box.sort == "entry":
            out.append(Rect(x, y, box.width, box.height, look("io", ink.palette, ink.pt(0.5)), box.height / 2))
        else:
            out.append(Rect(x, y, box.width, box.height, style, ink.pt(1.8)))
        first = y + (box.height - len(box.lines) * ink.leading) / 2 + ink.pt(5.9)
        for n, line in enumerate(box.lines):
            size = ink.operator if n == 0 and box.sort != "entry" else ink.shape
            out.append(Label(mid, first + n * ink.leading, line, size, color=BLACK))
        return out

    def _layout(self) -> Placed:
        ink = self.ink
        tight = self._plain > 0 or self._squeeze > 0
        gaps = Gaps(
            layer=ink.pt(7 if tight else 9),
            beside=ink.pt(5 if tight else 8),
            lane=ink.pt(5),
            track=ink.pt(4),
            head=ink.pt(5),
            column=ink.pt(10),
            part=ink.pt(12),
        )
        joins = frozenset(n for n, box in enumerate(self._boxes) if box.sort == "circle")
        placed = layered(
            [(box.width, box.height) for box in self._boxes],
            self._links,
            along=self.along,
            gaps=gaps,
            joins=joins,
            order=self._order(),
        )
        xs, ys = zip(*(point for route in placed.routes for point in route), strict=True) if placed.routes else ((), ())
        return replace(placed, width=max(placed.width, *xs, 0.0), height=max(placed.height, *ys, 0.0))

    def _order(self) -> Order:
        """Return the order of the layers, which all frames of the type share."""
        weights = [1.0 if box.sort == "box" else 0.0 for box in self._boxes]
        if self._plain == 3:
            return ordered(len(self._boxes), self._links)
        return self._words.order(len(self._boxes), self._links, weights)

    def _build(self) -> None:
        """Fill the boxes and links."""
        place: dict[int, int] = {}  # a unit -> the box that it leaves by
        entries = outside(self.found, self._members)
        at_entry: dict[tuple[int, str], int] = {}
        main = max((source.unit for source in entries), default=-1)
        for k, source in enumerate(entries):
            text = self._shape(self._numbers.entry(k))
            lines = (f"skip {text}" if source.unit != main and len(entries) > 1 else text,)
            at_entry[source.unit, source.tensor] = self._add("entry", lines, "io")
        for j, i in enumerate(self._members):
            unit = self.found.units[i]
            first, last = self._unit(j, unit)
            for source in unit.sources:
                start = place.get(source.unit, at_entry.get((source.unit, source.tensor)))
                if start is not None:
                    if source.crossed:
                        self._crossed.add(len(self._links))
                    self._links.append((start, first))
            place[i] = last
        inside = set(self._members)
        for i in self._members:
            if not self.found.users[i] or any(user not in inside for user in self.found.users[i]):
                self._links.append((place[i], self._add("exit", (), "io")))

    def _unit(self, j: int, unit: Unit) -> tuple[int, int]:
        """Add the boxes of a unit; return the one that is entered and the one that is left."""
        sign = _SIGNS.get(type(unit.layer).__name__)
        shape = self._shape(self._numbers.shape(j))
        border, tails = self._borders[self._members[j]], self._activations.words(j)
        if sign is not None:
            joined = len(unit.sources) > 1
            circle = self._add("circle", (sign,), unit.card.role, fault=bool(unit.card.fault)) if joined else -1
            if not tails and joined:
                return circle, circle
            words = (tails or operator(unit, "", "", "")[0], *unit.given[:1], "" if joined else shape)
            tail = self._add("box", words, "activation" if joined else unit.card.role, border)
            if joined:
                self._links.append((circle, tail))
            return (circle if joined else tail), tail
        numbers = self._numbers
        before = -1
        heads = unit.heads if self._usual != _beside(unit) else ()
        if heads and unit.layer is not None and unit.layer.kind is not Kind.CONV:
            words = (", ".join(type(head).__name__ for head in heads), self._enters(unit))
            before = self._add("box", words, "norm" if heads[0].kind is Kind.NORM else "activation")
            heads = ()
        name, arguments = operator(unit, numbers.kernel(j), numbers.stride(j), numbers.rate(j))
        beside = "" if self._usual == _beside(unit) else tails
        name = f"{side_words(heads)}, {name}" if heads else name
        if self._squeeze > 1 or self._plain:
            lines = broken(name, arguments, self.ink.pt(32), self.ink.operator)
        else:
            lines = wrapped(f"{name} {arguments}".strip(), self.ink.pt(74), self.ink.operator)
        words = (*lines, beside, *unit.given[:1], shape)
        sort: Literal["concat", "box"] = "concat" if unit.card.role == "concat" else "box"
        box = self._add(sort, tuple(filter(None, words)), unit.card.role, border, bool(unit.card.fault))
        if before >= 0:
            self._links.append((before, box))
        return before if before >= 0 else box, box

    def _enters(self, unit: Unit) -> str:
        """Return the shape of the first tensor that a unit takes."""
        source = unit.sources[0]
        if source.unit in self._members:
            return self._shape(self._numbers.shape(self._members.index(source.unit)))
        taken = [(each.unit, each.tensor) for each in outside(self.found, self._members)]
        return self._shape(self._numbers.entry(taken.index((source.unit, source.tensor))))

    def _shape(self, text: str) -> str:
        if self._plain == 0:
            return text
        return text.split("×")[0] if self._plain == 1 else ""

    def _add(
        self,
        sort: Literal["box", "circle", "concat", "entry", "exit"],
        lines: tuple[str, ...],
        role: Role,
        border: float = 0.6,
        fault: bool = False,
    ) -> int:
        ink = self.ink
        lines = tuple(fitted(line, ink.pt(110), ink.shape) for line in lines if line)
        widths = [text_width(line, ink.operator if sort != "entry" else ink.shape) for line in lines]
        tight = self._squeeze > 0 or self._plain > 0
        width = max(widths, default=0.0) + ink.pt({"concat": 14, "entry": 9}.get(sort, 6)) - ink.pt(1.6 if tight else 0)
        height = len(lines) * ink.leading + ink.pt(3)
        if sort == "concat" and self.along == "right":
            width, height = width - ink.pt(6), height + ink.pt(7)
        if sort == "circle":
            width = height = ink.pt(11)
        elif sort == "exit":
            width = height = ink.pt(0.2)
        self._boxes.append(_Box(sort, lines, role, max(width, ink.pt(0.2)), height, border, fault))
        return len(self._boxes) - 1


def _beside(unit: Unit) -> str:
    return f"{side_words(unit.heads)}|{side_words(unit.tails)}"


def _badge(x: float, y: float, name: str, number: int, ink: Ink) -> list[Mark]:
    width, size = ink.pt(12), ink.letter if len(name) == 1 else ink.shape
    return [
        Rect(x, y, width, ink.pt(11.4), tint(number, ink, deep=True), ink.pt(2)),
        Label(x + width / 2, y + ink.pt(8.9), name, size, bold=True, color=BLACK),
    ]
