"""The whole figure: the overview, the frames in rows, and what colors, borders and letters mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnshape.render.figures.architecture.blocks import Item, items_of
from cnnshape.render.figures.architecture.frame import Frame
from cnnshape.render.figures.architecture.ink import Ink
from cnnshape.render.figures.architecture.kinds import BlockType, TypeWords, types_of
from cnnshape.render.figures.architecture.ladder import Ladder, rungs_of
from cnnshape.render.figures.architecture.overview import Overview
from cnnshape.render.figures.architecture.stages import Row, row_of
from cnnshape.render.figures.architecture.units import Unit, Units, units_of
from cnnshape.render.figures.architecture.words import side_words, wrapped
from cnnshape.render.metrics import text_width
from cnnshape.render.palette import ROLES, Role, look
from cnnshape.render.scene import Group, Label, Mark, Rect, Scene
from cnnshape.symbolic import Size, total

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.figures.options import DrawOptions

__all__ = ["architecture"]

_WIDTHS = {"paper": 516.0, "slides": 960.0, "readme": 660.0}
_SCALES = {"paper": 1.0, "slides": 18 / 7, "readme": 9 / 7}
_SLIDE = 540.0
_LEAST_SCALE = 10 / 7
_MANY_TYPES = 5
_HIGHEST = 1200.0  # layers of a frame, points; what is higher is no figure
_GAP, _SQUEEZED = 8.0, 8.0
"""Between frames, points; and how much lower a figure must be for narrower boxes in them."""


def architecture(facts: Facts, options: DrawOptions) -> Scene:
    """Return the architecture figure of a network.

    Parameters
    ----------
    facts : Facts
    options : DrawOptions; `detail` "overview" leaves out the frames, "layer" and "op" draw no block as one
    """
    found = units_of(facts)
    items = _items(found, options)
    width = options.points or _WIDTHS[options.preset]
    scale = _SCALES[options.preset] if options.preset != "slides" or width == _WIDTHS["slides"] else width / 373
    words = [TypeWords(found, kind) for kind in types_of(items)]
    figure = _Figure(facts, found, items, words, options, width, Ink(scale, options.palette))
    while options.preset == "slides" and figure.height > width * 9 / 16 and scale > _LEAST_SCALE:
        scale *= 0.92
        figure = _Figure(facts, found, items, words, options, width, Ink(scale, options.palette))
    return figure.scene()


def _items(found: Units, options: DrawOptions) -> tuple[Item, ...]:
    if options.detail in ("layer", "op"):
        return tuple(Item((i,)) for i in range(len(found.units)))
    items = items_of(found)
    if len(types_of(items)) > _MANY_TYPES:
        fewer = items_of(found, activations=False)
        if len(types_of(fewer)) < len(types_of(items)):
            return fewer
    return items


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Frames side by side."""

    frames: tuple[Frame, ...]
    widths: tuple[float, ...]
    height: float
    below: float


class _Figure:
    def __init__(
        self,
        facts: Facts,
        found: Units,
        items: Sequence[Item],
        words: Sequence[TypeWords],
        options: DrawOptions,
        width: float,
        ink: Ink,
    ) -> None:
        self.facts, self.found, self.items, self.options = facts, found, items, options
        self.width, self.ink = width, ink
        self.pad = ink.pt(3)
        self.inner = width - 2 * self.pad
        self.types = types_of(items)
        self.words = words
        self.usual = _usual(found, self.types)
        borders, of_items, self.border_words = self._borders()
        defaults = facts.network.defaults
        self.row = row_of(found, items, list(zip(self.types, self.words, strict=True)), ink, of_items, defaults)
        self.overview = _overview(self.row, self.inner, ink)
        self.shelves = self._shelves(borders)
        self.legend = self._legend() if options.legend else []
        self.notes = self._notes() if options.legend else []

    @property
    def height(self) -> float:
        ink = self.ink
        frames = sum(shelf.height + ink.pt(_GAP) for shelf in self.shelves)
        rows = len(self.legend) + len(self.notes)
        return 2 * self.pad + self.overview.height + frames + (rows * ink.pt(9.4) + ink.pt(_GAP - 3.4) if rows else 0)

    def scene(self) -> Scene:
        ink, pad = self.ink, self.pad
        height = self.height
        total_height = max(height, self.width * 9 / 16) if self.options.preset == "slides" else height
        y = pad + (total_height - height) / 2
        out: list[Mark] = [Group("overview", "", tuple(self.overview.marks(pad, y)))]
        y += self.overview.height + ink.pt(_GAP)
        for shelf in self.shelves:
            x = pad
            for frame, width in zip(shelf.frames, shelf.widths, strict=True):
                out.append(frame.marks(x, y, width, shelf.height, shelf.below))
                x += width + ink.pt(_GAP)
            y += shelf.height + ink.pt(_GAP)
        for row in self.legend:
            x = pad
            marks: list[Mark] = []
            for role, words in row:
                marks.append(Rect(x, y, ink.pt(7), ink.pt(6), look(role, ink.palette, ink.pt(0.5)), ink.pt(1)))
                marks.append(Label(x + ink.pt(9.5), y + ink.pt(5.3), words, ink.shape, "start"))
                x += _entry_width(words, ink)
            out.append(Group(f"legend-{len(out)}", "", tuple(marks)))
            y += ink.pt(9.4)
        for line, color in self.notes:
            out.append(Label(pad, y + ink.pt(5.3), line, ink.shape, "start", color=color))
            y += ink.pt(9.4)
        return Scene(
            self.width,
            total_height,
            tuple(out),
            title=f"{self.facts.model}: architecture",
            desc=self._desc(),
            dark=self.options.preset == "readme",
            notes=tuple(filter(None, (frame.note for shelf in self.shelves for frame in shelf.frames))),
        )

    def _desc(self) -> str:
        rows = ["Cards from left to right are layers and blocks; their height grows with the logarithm of the map's."]
        rows += [f"{kind.names[0]}: type {kind.number + 1}, {len(kind.blocks)} blocks" for kind in self.types]
        if self.found.left_out:
            rows.append(f"Not drawn: {', '.join(self.found.left_out[:20])}.")
        return " ".join([*rows, *(line for line, _ in self._notes())])

    def _borders(self) -> tuple[list[float], dict[int, float], str]:
        """Return the width of the border of each unit and of each item, and what it means."""
        kind = self.options.border
        values = [
            getattr(unit.card, kind) if kind != "none" and unit.card.sort == "row" else 0 for unit in self.found.units
        ]
        sums = [total(values[i] for i in item.members if values[i] is not None) for item in self.items]
        most = max([value for value in sums if isinstance(value, int)], default=0)
        if kind == "none" or not most or any(not isinstance(value, int) for value in (*values, *sums)):
            return [0.6] * len(values), {}, ""
        of_items = {n: _border(value, most) for n, value in enumerate(sums)}
        borders = [0.6] * len(values)
        for frame in self.types:
            members = frame.blocks[0]
            largest = max(int(values[i] or 0) for i in members)
            for i in members:
                borders[i] = _border(values[i] or 0, largest)
        what = {"params": "parameters", "macs": "MACs"}[kind]
        return borders, of_items, f"Width of a border: {what}, of a card in the row and of a layer in its frame."

    def _shelves(self, borders: Sequence[float]) -> list[_Shelf]:
        if not self.types or self.options.detail == "overview":
            return []
        ways: Sequence[Literal["down", "right"]] = ("down", "right")
        if self.options.direction is not None:
            ways = (self.options.direction,)
        squeezes = range(3) if len(self.types) < _MANY_TYPES else (0, 2)
        tried = []
        for number, (along, squeeze) in enumerate((along, squeeze) for along in ways for squeeze in squeezes):
            shelves = self._packed([self._frame(kind, borders, along, squeeze) for kind in self.types])
            high = sum(shelf.height + self.ink.pt(_GAP) for shelf in shelves)
            tried.append((high + squeeze * self.ink.pt(_SQUEEZED), number, shelves))
        return min(tried, key=lambda each: each[:2])[2]

    def _packed(self, frames: Sequence[Frame]) -> list[_Shelf]:
        """Return the frames in rows, in order, so that the whole is as low as possible."""
        best: list[tuple[float, list[_Shelf]]] = [(0.0, [])]
        for last in range(1, len(frames) + 1):
            options = []
            for first in range(last - 1, -1, -1):
                shelf = self._shelf(frames[first:last])
                if shelf is None:
                    break
                high, shelves = best[first]
                options.append((high + shelf.height + self.ink.pt(_GAP), [*shelves, shelf]))
            best.append(min(options, key=lambda option: option[0]))
        return best[-1][1]

    def _shelf(self, frames: Sequence[Frame]) -> _Shelf | None:
        free = self.inner - sum(frame.width for frame in frames) - self.ink.pt(_GAP) * (len(frames) - 1)
        if free < 0 and len(frames) > 1:
            return None
        widths = tuple(frame.width + free / len(frames) for frame in frames)
        placed = list(zip(frames, widths, strict=True))
        below = max(frame.title_height(width) for frame, width in placed)
        high = max(frame.height(width) + max(0.0, below - frame.title_height(width)) for frame, width in placed)
        return _Shelf(tuple(frames), widths, high, below)

    def _frame(self, kind: BlockType, borders: Sequence[float], along: Literal["down", "right"], squeeze: int) -> Frame:
        for plain in range(4):
            for way in (along, "right" if along == "down" else "down"):
                most = self.inner, self.ink.pt(_HIGHEST)
                words = self.words[kind.number]
                frame = Frame(self.found, kind, words, self.ink, way, self.usual, borders, plain, squeeze, most)
                if frame.width <= most[0] and frame.layers_height <= most[1]:
                    return frame
        return frame

    def _legend(self) -> list[list[tuple[Role, str]]]:
        roles = self.row.roles
        for shelf in self.shelves:
            for frame in shelf.frames:
                roles |= frame.roles
        rows: list[list[tuple[Role, str]]] = []
        used = 0.0
        for role in ROLES:
            if role not in roles or role == "io":
                continue
            words = ROLES[role][3]
            width = _entry_width(words, self.ink)
            if not rows or used + width > self.inner:
                rows.append([])
                used = 0.0
            rows[-1].append((role, words))
            used += width
        return rows

    def _notes(self) -> list[tuple[str, str]]:
        faults = [f"{error.code} {error.layer}: {error.message}" for error in self.facts.errors[:3]]
        notes = []
        if self.usual:
            heads, _, tails = self.usual.partition("|")
            what = [f"follows {heads}" if heads else "", f"is followed by {tails}" if tails else ""]
            notes.append(f"Each convolution {' and '.join(filter(None, what))}.")
        notes += [self.border_words] if self.border_words else []
        if self.found.sizes.legend:
            notes.append("; ".join(self.found.sizes.legend))
        colored = [*((fault, "fault") for fault in faults), *((note, "faint") for note in notes)]
        return [(line, color) for note, color in colored for line in wrapped(note, self.inner, self.ink.shape, 3)]


def _overview(row: Row, width: float, ink: Ink) -> Overview | Ladder:
    rungs = rungs_of(row)
    if rungs:
        ladder = Ladder(row, rungs, width, ink)
        if ladder.fits:
            return ladder
    return Overview(row, width, ink)


def _usual(found: Units, types: Sequence[BlockType]) -> str:
    """Return what stands beside every convolution in the frames, if it is the same for all and they are many."""
    seen: Counter[str] = Counter()
    for kind in types:
        for i in kind.blocks[0]:
            unit: Unit = found.units[i]
            if unit.layer is not None and unit.layer.kind == "conv":
                seen[f"{side_words(unit.heads)}|{side_words(unit.tails)}"] += 1
    if len(seen) != 1:
        return ""
    ((words, count),) = seen.items()
    return words if count > 2 and words != "|" else ""


def _border(value: Size, most: int) -> float:
    return round(0.4 + 2.2 * value / most, 2) if isinstance(value, int) and most else 0.6


def _entry_width(words: str, ink: Ink) -> float:
    return ink.pt(9.5) + text_width(words, ink.shape) + ink.pt(9)
