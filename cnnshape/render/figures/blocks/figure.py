"""A network as blocks in space: one for every stage, as papers draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from cnnshape.render.figures.blocks.arcs import STEP
from cnnshape.render.figures.blocks.cells import Edge, cells_of
from cnnshape.render.figures.blocks.fit import Item, Looseness, solved
from cnnshape.render.figures.blocks.geometry import Proportions, Solid
from cnnshape.render.figures.blocks.legend import (
    Entry,
    arc_entry,
    dash_entry,
    legend_marks,
    role_entry,
    words_entry,
)
from cnnshape.render.figures.blocks.names import Names
from cnnshape.render.figures.blocks.presets import sheet_of
from cnnshape.render.figures.blocks.row import Block, Links, Row, drawn_row
from cnnshape.render.figures.blocks.sizes import Sizes, drawn_at
from cnnshape.render.figures.blocks.stages import FOLDS, Plan, Stage, plan_of
from cnnshape.render.figures.blocks.umode import level_depths, levels_of
from cnnshape.render.figures.blocks.units import units_of
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.metrics import text_width
from cnnshape.render.palette import ROLES
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Polygon, Rect, Scene

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["blocks"]

_MOST_ROWS = 40
_LEAST_LOOSE = 0.1
_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4)


def blocks(facts: Facts, options: DrawOptions | None = None) -> Scene:
    """Return a network as blocks in space.

    Parameters
    ----------
    facts : Facts
    options : DrawOptions; `width`, `preset`, `palette`, `scale`, `legend` are read

    Returns
    -------
    Scene
        As wide as asked. Its description says by which scale sizes became lengths, at which sizes a network with free
        sizes is drawn, what is folded, and what does not fit.

    Examples
    --------
    >>> from cnnshape import zoo
    >>> from cnnshape.analysis.report import facts
    >>> scene = blocks(facts(zoo("lenet5")), DrawOptions(width="252pt"))
    >>> scene.width, scene.title
    (252.0, 'lenet5')
    """
    return _Figure(facts, options or DrawOptions()).scene()


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An attempt: rows that are drawn, and whether they are good."""

    plan: Plan
    rows: tuple[Row, ...]
    degree: int
    is_u: bool
    good: bool


class _Figure:
    def __init__(self, facts: Facts, options: DrawOptions) -> None:
        self.facts, self.options, self.sheet = facts, options, sheet_of(options)
        self.reference, self.put_in = drawn_at(facts)
        self.units = units_of(cells_of(self.reference.propagation))
        self.sizes = Sizes(facts, self.reference)
        self.names = Names(self.units.units, self.reference.propagation)
        index = facts.network.index
        self.faults = {index[error.layer]: error.message for error in facts.errors if error.layer in index}

    def scene(self) -> Scene:
        """Return the figure that folds least among those with room for every name."""
        drawn = self._drawn()
        sheet = self.sheet
        marks: list[Mark] = []
        y = 0.0
        for row in drawn.rows:
            y -= row.top
            marks += [_moved(mark, y) for mark in row.marks]
            y += row.bottom + sheet.row * 0.7
        y -= sheet.row * 0.7
        legend: list[Mark] = []
        if self.options.legend:
            legend, y = legend_marks(self._entries(drawn), self.sizes.legend, sheet, y + 0.9 * sheet.row)
        height = y
        if sheet.height:
            shift = max(0.0, (sheet.height - y) / 2)
            marks, legend = [_moved(mark, shift) for mark in marks], [_moved(mark, shift) for mark in legend]
            height = max(sheet.height, y)
        title = self.facts.model or "network"
        return Scene(sheet.width, round(height, 3), (*marks, *legend), title, self._description(drawn), sheet.dark)

    def _drawn(self) -> _Drawn:
        best: _Drawn | None = None
        for degree in range(len(FOLDS)):
            plan = plan_of(self.units, self.sizes, degree, self.names)
            for is_u in (True, False):
                levels = levels_of(plan, [self.sizes.extent(stage.last) for stage in plan.stages]) if is_u else None
                if is_u and (levels is None or degree == 0):
                    continue
                if not is_u and degree == 0 and self._is_u():
                    continue
                drawn = self._attempt(plan, degree, levels, 1)
                if drawn and drawn.good:
                    return drawn
                best = best or drawn
        plan = plan_of(self.units, self.sizes, len(FOLDS) - 1, self.names)
        for rows in range(2, _MOST_ROWS):
            drawn = self._attempt(plan, len(FOLDS) - 1, None, rows)
            if drawn and drawn.good:
                return drawn
            best = drawn or best
            if rows >= len(plan.stages):
                break
        assert best is not None, "a block in a row of its own always has room"
        return best

    def _is_u(self) -> bool:
        plan = plan_of(self.units, self.sizes, 1, self.names)
        return levels_of(plan, [self.sizes.extent(stage.last) for stage in plan.stages]) is not None

    def _attempt(self, plan: Plan, degree: int, levels: Sequence[int] | None, count: int) -> _Drawn | None:
        """Return the figure with so many rows, lower where the sheet is not high enough; None if it is too wide."""
        drawn = None
        for share in _SHARES if self.sheet.height else _SHARES[:1]:
            drawn = self._attempt_at(plan, degree, levels, count, share)
            if drawn is None or not self.sheet.height or self._height(drawn) <= self.sheet.height:
                return drawn
        return drawn and replace(drawn, good=False)

    def _height(self, drawn: _Drawn) -> float:
        """Return how high the rows and the legend are."""
        _, end = legend_marks(self._entries(drawn), self.sizes.legend, self.sheet, 0.0)
        gaps = 0.7 * len(drawn.rows) + 0.9
        return sum(row.bottom - row.top for row in drawn.rows) + gaps * self.sheet.row + end

    def _attempt_at(
        self, plan: Plan, degree: int, levels: Sequence[int] | None, count: int, share: float
    ) -> _Drawn | None:
        sheet = self.sheet
        made = [self._block(k, plan) for k in range(len(plan.stages))]
        items = self._items(plan, made, levels)
        rows = _split(items, count)
        extents = [item.extent for item in items]
        base = Proportions(
            self.options.scale,
            max((size for each in extents for size in each.space[-2:]), default=1),
            max((each.channels for each in extents if each.space), default=1),
            max((each.channels for each in extents if not each.space), default=1),
            0.0,
            0.0,
        )
        low, usual, most = (max(share * height, 2.0 * sheet.text) for height in sheet.heights(levels is None))
        text = sheet.text
        loose = Looseness(
            (low, usual, most),
            (0.6 * text, 0.5 * usual, 0.8 * most),
            (0.25 * text, 1.1 * text, 2.2 * text),
            (0.55 if levels is None else 0.35) * text,
        )
        found = solved([items[a:b] for a, b in rows], sheet.width - 2 * sheet.margin, base, loose)
        if found is None:
            return None
        _, placed, looseness = found
        drawn: list[Row] = []
        for (a, b), solids in zip(rows, placed, strict=True):
            moved = [solid.moved(sheet.margin) for solid in solids]
            if levels:
                moved = self._lowered(moved, levels)
            links = Links(*(_within(edges, a, b) for edges in (plan.steps, plan.skips, plan.copies)))
            cut = (0.32 if count > 1 or degree == len(FOLDS) - 1 else 0.5) * sheet.width
            drawn.append(drawn_row(made[a:b], items[a:b], moved, links, sheet, self.options.palette, cut))
        good = all(row.fits for row in drawn) and looseness > _LEAST_LOOSE
        return _Drawn(plan, tuple(drawn), degree, levels is not None, good)

    def _lowered(self, solids: Sequence[Solid], levels: Sequence[int]) -> list[Solid]:
        tops = [-solid.box.top for solid in solids]
        steps = [STEP * solid.size.height for solid in solids]
        depths = level_depths(levels, tops, steps, 1.7 * self.sheet.text)
        return [solid.moved(0, depths[level]) for solid, level in zip(solids, levels, strict=True)]

    def _block(self, k: int, plan: Plan) -> Block:
        stage, sizes = plan.stages[k], self.sizes
        channels, space = sizes.channels(stage.first, stage.last), sizes.space(stage.last)
        faulty = [i for i in stage.nodes if i in self.faults]
        unknown = self.facts.propagation.outputs[stage.last] is None
        shape = "×".join(filter(None, (channels, space)))
        if _is_thin(stage, sizes):
            channels = ""
        shares = tuple((role, float(sizes.extent(node).channels)) for role, node in stage.parts)
        tip = [stage.name, f"{ROLES[stage.role][3]}, output {shape}"]
        if len(stage.slices) > 1:
            tip.append(f"{len(stage.slices)} in a row")
        tip += [self.faults[i] for i in faulty]
        state = "fault" if faulty else "unknown" if unknown else ""
        return Block(
            f"b{k}", stage, channels, space, shares or ((stage.role, 1.0),), "\n".join(filter(None, tip)), state
        )

    def _items(self, plan: Plan, made: Sequence[Block], levels: Sequence[int] | None) -> list[Item]:
        """Return the blocks with the width of their words; neighbors of one height and width share a label."""
        size = self.sheet.text
        keys = [(levels[k] if levels else 0, block.space, block.space == "" and k) for k, block in enumerate(made)]
        groups = [n for n, (_, same) in enumerate(groupby(keys)) for _ in same]
        return [
            Item(
                self.sizes.extent(block.stage.last),
                len(block.stage.slices),
                text_width(block.channels, size, bold=True),
                groups[k],
                text_width(block.space, size),
                levels[k] if levels else 0,
                _is_thin(block.stage, self.sizes),
                0.0 if not k or (k - 1, k) in plan.steps else 1.5 * size,
            )
            for k, block in enumerate(made)
        ]

    def _entries(self, drawn: _Drawn) -> list[Entry]:
        """Return what the legend explains: only what is there."""
        sheet, stages = self.sheet, drawn.plan.stages
        roles = {role for stage in stages for role, _ in (stage.parts or ((stage.role, 0),))}
        entries = [role_entry(role, self.options.palette, sheet) for role in ROLES if role in roles and role != "io"]
        if any(any(stage.slices) for stage in stages):
            entries.append(arc_entry("residual connection", sheet))
        if drawn.plan.skips or drawn.plan.copies:
            entries.append(dash_entry("skip connection", sheet, dashed=bool(drawn.plan.copies)))
        spaces = {len(self.sizes.extent(stage.last).space) for stage in stages} - {0}
        words = {1: "length", 2: "height × width", 3: "time × height × width"}
        example = next((stage for stage in stages[1:] if self.sizes.extent(stage.last).space), stages[0])
        channels, space = self.sizes.channels(example.first, example.last), self.sizes.space(example.last)
        if channels != "?" and space and space != "?":
            entries.append(words_entry(channels, "channels", sheet, bold=True))
            entries.append(words_entry(space, words.get(max(spaces), "sizes"), sheet, bold=False))
        return entries

    def _description(self, drawn: _Drawn) -> str:
        return " ".join(self._sentences(drawn))

    def _sentences(self, drawn: _Drawn) -> list[str]:
        count, form = len(drawn.plan.stages), "in the shape of a U" if drawn.is_u else "from left to right"
        meant = "height and depth stand for the height and width of the maps, thickness for their channels"
        said = [f"{count} blocks, {form}: {meant}, by a {_SCALE_WORDS[self.options.scale]} scale."]
        if any(len(stage.slices) > 1 for stage in drawn.plan.stages):
            said.append("White lines divide repeats; so many make a block thicker by the square root of their number.")
        if len(drawn.rows) > 1:
            said.append(f"It continues over {len(drawn.rows)} rows.")
        if FOLDS[drawn.degree]:
            said.append(f"{FOLDS[drawn.degree][0].upper()}{FOLDS[drawn.degree][1:]}.")
        if self.put_in:
            said.append(f"Drawn at {_listed(self.put_in)}.")
        said += [f"{message[0].upper()}{message[1:]}." for message in self.faults.values() if message]
        return said


def _is_thin(stage: Stage, sizes: Sizes) -> bool:
    """Tell whether a block is a step between others, whose channels it keeps."""
    return stage.role == "pool" and sizes.extent(stage.last).area > 1


_SCALE_WORDS = {"log": "logarithmic", "sqrt": "square-root", "linear": "linear"}


def _listed(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def _split(items: Sequence[Item], count: int) -> list[tuple[int, int]]:
    """Return the first and the last position of each row, rows about equally full."""
    weights = [max(item.label, item.group_label / 2, 8.0) for item in items]
    whole, used = sum(weights), 0.0
    ends: list[int] = []
    for k, weight in enumerate(weights):
        used += weight
        if used >= whole * (len(ends) + 1) / count - 1e-6 or k == len(items) - 1:
            ends.append(k + 1)
    return list(zip([0, *ends], ends, strict=False))


def _within(edges: Sequence[Edge], a: int, b: int) -> list[Edge]:
    """Return the edges between blocks of one row, by position in it."""
    return [(x - a, y - a) for x, y in edges if a <= x < b and a <= y < b]


def _moved(mark: Mark, dy: float) -> Mark:
    match mark:
        case Group():
            return replace(mark, marks=tuple(_moved(each, dy) for each in mark.marks))
        case Polygon() | Line() | Curve():
            return replace(mark, points=tuple((x, y + dy) for x, y in mark.points))
        case Rect() | Circle() | Label():
            return replace(mark, y=mark.y + dy)
