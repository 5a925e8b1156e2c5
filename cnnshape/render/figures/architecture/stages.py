"""The row above the frames: what its cards say, and which of them belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

from cnnshape.render.figures.architecture.blocks import Item, links_of
from cnnshape.render.figures.architecture.ink import Ink, letter
from cnnshape.render.figures.architecture.kinds import BlockType, TypeWords
from cnnshape.render.figures.architecture.numbers import Numbers
from cnnshape.render.figures.architecture.units import Unit, Units
from cnnshape.render.figures.architecture.words import broken, operator
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import Role
from cnnshape.symbolic import Size, evaluate, symbols

__all__ = ["Card", "Column", "Row", "row_of"]

_ASSUMED = 224  # of a size that is free, for the height of a card
_LEAST, _MOST = 24.0, 50.0  # heights of cards, points in a paper
_WIDE, _BROAD = 48.0, 32.0  # of what stands below a card, and on it, before it is broken
_COLUMNS, _LAST = 96, 24  # of more columns, the middle is left out


@dataclass(frozen=True, slots=True)
class Card:
    """One card, or a stack of equal ones.

    Parameters
    ----------
    items : positions of its items
    lines : what stands on it
    type_number : of a block; -1 for a layer
    role : of a layer
    times : how many it stands for
    width, height : points
    border : width of its line
    fault : what does not fit in it
    tip : for who points at it
    """

    items: tuple[int, ...]
    lines: tuple[str, ...]
    type_number: int
    role: Role
    times: int
    width: float
    height: float
    border: float
    fault: str
    tip: str


@dataclass(frozen=True, slots=True)
class Column:
    """Cards side by side that give maps of one size, with their shape and the name of their stage below."""

    cards: tuple[Card, ...]
    shape: tuple[str, ...]
    name: str
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """All columns, and the links between cards that are not neighbors: (source, target, crossed) by card."""

    columns: tuple[Column, ...]
    links: tuple[tuple[int, int, bool], ...]

    @property
    def cards(self) -> tuple[Card, ...]:
        """All cards, in order."""
        return tuple(card for column in self.columns for card in column.cards)

    @property
    def roles(self) -> set[Role]:
        """The roles of the layers in it."""
        return {card.role for card in self.cards if card.type_number < 0 and card.items}


def row_of(
    found: Units,
    items: Sequence[Item],
    types: Sequence[tuple[BlockType, TypeWords]],
    ink: Ink,
    borders: Mapping[int, float],
    defaults: Mapping[str, int],
) -> Row:
    """Return the overview.

    Parameters
    ----------
    found : Units
    items : all cards, in order
    types : of the blocks among them
    ink : Ink
    borders : for each item the width of its line
    defaults : sizes for the heights of cards where maps are formulas
    """
    return _Maker(found, items, types, ink, borders, defaults).row()


class _Maker:
    def __init__(
        self,
        found: Units,
        items: Sequence[Item],
        types: Sequence[tuple[BlockType, TypeWords]],
        ink: Ink,
        borders: Mapping[int, float],
        defaults: Mapping[str, int],
    ) -> None:
        self.found, self.items, self.ink, self.borders, self.defaults = found, items, ink, borders, defaults
        self.links = links_of(found, items)
        self.inputs = sum(unit.card.sort == "input" for unit in found.units)
        self.chained = {(a, b) for a, b in self.links if b == a + 1}
        self.type_of: dict[tuple[int, ...], tuple[int, tuple[str, ...]]] = {
            members: (kind.number, words.numbers.at(b))
            for kind, words in types
            for b, members in enumerate(kind.blocks)
        }
        self.rank = max((len(unit.gives[0].shape) for unit in found.units[:1] if unit.gives), default=4)
        self.extents = [self._extent(item) for item in items]
        self.largest = max([each for each in self.extents if each is not None], default=1.0)

    def row(self) -> Row:
        ink = self.ink
        cards = [self._card(run) for run in self._runs()]
        card_of = {number: c for c, card in enumerate(cards) for number in card.items}
        crossed = self._crossed()
        links: dict[tuple[int, int], bool] = {}
        for a, b in self.links:
            if card_of[a] != card_of[b]:
                pair = card_of[a], card_of[b]
                links[pair] = links.get(pair, False) or (a, b) in crossed
        columns: list[list[Card]] = []
        for c, card in enumerate(cards):
            joined = c > 0 and (c - 1, c) in links and self._together(cards[c - 1], card)
            if joined:
                columns[-1].append(card)
            else:
                columns.append([card])
        made = [self._column(column) for column in columns]
        kept = tuple((a, b, bad) for (a, b), bad in links.items())
        return Row(tuple(made), kept) if len(made) <= _COLUMNS else _shortened(made, kept, ink)

    def _crossed(self) -> set[tuple[int, int]]:
        owner = {i: number for number, item in enumerate(self.items) for i in item.members}
        units = self.found.units
        return {
            (owner[source.unit], owner[i]) for i, unit in enumerate(units) for source in unit.sources if source.crossed
        }

    def _runs(self) -> list[tuple[int, ...]]:
        """Return neighbors that look alike together."""
        runs: list[list[int]] = []
        for number in range(len(self.items)):
            if runs and (number - 1, number) in self.chained and self._look(number - 1) == self._look(number):
                runs[-1].append(number)
            else:
                runs.append([number])
        return [tuple(run) for run in runs]

    def _look(self, number: int) -> object:
        item, unit = self.items[number], self._last(number)
        if unit.card.sort != "row" or any(self.found.units[i].card.fault for i in item.members):
            return number
        if item.key is not None:
            if not unit.gives:
                return number
            space = unit.gives[0].shape[2:] if self.extents[number] is not None else ()
            return self.type_of[item.members], space
        return self._operator(item.members[-1]), unit.card.shape, unit.card.extra

    def _last(self, number: int) -> Unit:
        return self.found.units[self.items[number].members[-1]]

    def _operator(self, i: int) -> tuple[str, str]:
        unit = self.found.units[i]
        if unit.card.sort != "row":
            only = unit.card.sort == "input" and self.inputs == 1
            return ("Input" if only else unit.card.name, "")
        numbers = Numbers(self.found, [[i]])
        return operator(unit, numbers.kernel(0), numbers.stride(0), numbers.rate(0))

    def _card(self, run: Sequence[int]) -> Card:
        ink, first = self.ink, self.items[run[0]]
        units = [self.found.units[i] for number in run for i in self.items[number].members]
        last = self._last(run[-1])
        times = f"×{len(run)}" if len(run) > 1 else ""
        if first.key is None:
            kind, role = -1, units[0].card.role
            lines = (
                *broken(*self._operator(first.members[0]), ink.pt(_BROAD), ink.operator),
                *units[0].given[:1],
                times,
            )
        else:
            kind, details = self.type_of[first.members]
            role = "other"
            lines = (f"{letter(kind)} {times}".strip(), *details)
        lines = tuple(fitted(line, ink.pt(_WIDE + 5), ink.operator) for line in lines if line)
        widths = [text_width(line, ink.operator) for line in lines]
        if kind >= 0:
            widths[0] = text_width(lines[0], ink.letter, bold=True)
        faults = [unit.card.fault for unit in units if unit.card.fault]
        tip = first.scope if first.key is not None else units[0].card.name
        return Card(
            tuple(run),
            lines,
            kind,
            role,
            len(run),
            max(ink.pt(16), max(widths) + ink.pt(5)),
            max(ink.pt(self._height(run[-1])), len(lines) * ink.leading + ink.pt(5)),
            max(self.borders.get(number, 0.6) for number in run),
            faults[0] if faults else "",
            "\n".join(filter(None, [f"{tip} {times}".strip(), f"output {self._shape(last)}", *faults[:1]])),
        )

    def _together(self, before: Card, card: Card) -> bool:
        blocks = before.type_number >= 0 and card.type_number >= 0
        same = self._shape(self._last(before.items[-1])) == self._shape(self._last(card.items[-1]))
        return blocks and same

    def _column(self, cards: Sequence[Card]) -> Column:
        ink = self.ink
        shape = self._shape(self._last(cards[-1].items[-1]))
        lines = _shape_lines(shape, ink)
        name = fitted(self._stage([number for card in cards for number in card.items]), ink.pt(_WIDE + 15), ink.shape)
        gaps = ink.pt(4) * (len(cards) - 1) + sum(ink.pt(3) for card in cards if card.times > 1)
        below = max(text_width(line, ink.shape) for line in (*lines, name)) + ink.pt(2.5)
        return Column(tuple(cards), lines, name, max(sum(card.width for card in cards) + gaps, below))

    def _stage(self, numbers: Sequence[int]) -> str:
        """Return the name of the scope that holds these blocks and no others."""
        if len(numbers) < 2:
            return ""
        scopes = [self.items[number].scope.split(".") for number in numbers]
        shared = []
        for parts in zip(*scopes, strict=False):
            if len(set(parts)) > 1:
                break
            shared.append(parts[0])
        name = ".".join(shared)
        others = (unit.scope for n, item in enumerate(self.items) if n not in numbers for unit in self._units(item))
        inside = any(scope == name or scope.startswith(f"{name}.") for scope in others)
        return "" if inside else name

    def _units(self, item: Item) -> list[Unit]:
        return [self.found.units[i] for i in item.members]

    def _shape(self, unit: Unit) -> str:
        if unit.gives:
            return self.found.sizes.shape(unit.gives[0].shape)
        return unit.card.shape

    def _extent(self, item: Item) -> float | None:
        """Return how high a map is that leaves an item, as a number of pixels; None if it is none."""
        unit = self.found.units[item.members[-1]]
        shape = unit.gives[0].shape if unit.gives else ()
        if len(shape) < 3 or len(shape) != self.rank:
            return None
        return _number(shape[-2] if len(shape) > 3 else shape[-1], self.defaults)

    def _height(self, number: int) -> float:
        extent = self.extents[number]
        if extent is None or extent < 1 or self.largest <= 1:
            return _LEAST
        return _LEAST + (_MOST - _LEAST) * log2(extent) / log2(self.largest)


def _shortened(columns: Sequence[Column], links: Sequence[tuple[int, int, bool]], ink: Ink) -> Row:
    """Return the first and the last columns around one that says how many are left out."""
    first, last = columns[: _COLUMNS - _LAST - 1], columns[-_LAST:]
    before = sum(len(column.cards) for column in first)
    after = sum(len(column.cards) for column in columns) - sum(len(column.cards) for column in last)
    lines = ("…", f"{after - before} more")
    width = text_width(lines[1], ink.operator) + ink.pt(5)
    gap = Card((), lines, -1, "other", 1, width, ink.pt(_LEAST), 0.6, "", lines[1])
    place = {c: c for c in range(before)} | {after + k: before + 1 + k for k in range(sum(len(x.cards) for x in last))}
    kept = [(place[a], place[b], bad) for a, b, bad in links if a in place and b in place]
    return Row(
        (*first, Column((gap,), ("",), "", width), *last),
        (*kept, (before - 1, before, False), (before, before + 1, False)),
    )


def _number(size: Size, defaults: Mapping[str, int]) -> float | None:
    if isinstance(size, int):
        return float(size)
    values = {name: defaults.get(name, _ASSUMED) for name in symbols(size)}
    return float(evaluate(size, values))


def _shape_lines(shape: str, ink: Ink) -> tuple[str, ...]:
    """Return a shape on as many lines as keep it narrow."""
    lines = [""]
    for part in shape.split("×"):
        more = part if not lines[-1] else f"{lines[-1]}×{part}"
        if lines[-1] and text_width(more, ink.shape) > ink.pt(_WIDE):
            lines[-1] += "×"
            lines.append(part)
        else:
            lines[-1] = more
    return tuple(fitted(line, ink.pt(_WIDE + 15), ink.shape) for line in lines)
