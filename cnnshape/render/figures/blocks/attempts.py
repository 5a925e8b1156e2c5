"""Which way to show a network has room: the least folded in one row, a U before a row, else several rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from cnnshape.graph.fold import Detail
from cnnshape.render.figures.blocks.arcs import STEP, far_roof
from cnnshape.render.figures.blocks.cells import Edge
from cnnshape.render.figures.blocks.fit import Item, Looseness, solved
from cnnshape.render.figures.blocks.geometry import Solid
from cnnshape.render.figures.blocks.legend import legend_marks
from cnnshape.render.figures.blocks.presets import Sheet
from cnnshape.render.figures.blocks.row import Block, Links, Row, drawn_row
from cnnshape.render.figures.blocks.stages import DEGREES
from cnnshape.render.figures.blocks.subject import Scheme, Subject
from cnnshape.render.figures.blocks.umode import level_depths
from cnnshape.render.figures.blocks.words import fault_lines, legend_entries, legend_lines
from cnnshape.render.figures.options import DrawOptions

__all__ = ["GAPS", "Bridge", "Drawn", "best_of"]

GAPS = 0.7, 0.9
"""Between two rows, and before the legend, of a line of text."""
_MOST_ROWS = 40
_LEAST_LOOSE = 0.1
_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
_FIRST: dict[Detail | None, int] = {"block": 1, "overview": 2}


Bridge: TypeAlias = tuple[int, Solid, Solid, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """An attempt.

    Parameters
    ----------
    scheme : what is shown
    rows : as they are drawn
    bridges : from the last block of a row to a block of the next: the number of the row, the two blocks, their ids
    height : of all with the legend, points
    good : True if everything has its place and the height that there is suffices
    """

    scheme: Scheme
    rows: tuple[Row, ...]
    bridges: tuple[Bridge, ...]
    height: float
    good: bool


def best_of(subject: Subject, options: DrawOptions, sheet: Sheet) -> Drawn:
    """Return the first good attempt, else the one that comes nearest."""
    best: Drawn | None = None
    for scheme, rows, starts in _tries(subject, _FIRST.get(options.detail, 0)):
        found = _attempt(subject, scheme, rows, starts, options, sheet)
        if found and found.good:
            return found
        if found and (best is None or (sheet.height and found.height < best.height - sheet.row)):
            best = found
    assert best is not None, "blocks in rows of their own have room"
    return best


def _tries(subject: Subject, first: int) -> Iterator[tuple[Scheme, int, tuple[int, ...]]]:
    """Yield ways to show a network, numbers of rows, and where these begin if that matters, the liked ones first."""
    degrees = range(first, DEGREES)
    for degree in degrees:
        scheme = subject.scheme(degree, as_u=False, by_letter=False)
        starts = _towers(scheme) if scheme else ()
        if scheme and starts:
            yield scheme, len(starts), starts
    for as_u in (True, False):
        for by_letter in (False, True):
            for degree in degrees:
                # In a U, arrows stand for the pooling, and all of its branches are drawn.
                scheme = subject.scheme(degree, as_u, by_letter) if 0 < degree < 3 or not as_u else None
                if scheme:
                    yield scheme, 1, ()
    last = subject.scheme(degrees[-1], as_u=False, by_letter=False)
    assert last is not None
    for rows in range(2, min(_MOST_ROWS, len(last.plan.stages)) + 1):
        yield last, rows, ()
    if len(last.plan.stages) > _MOST_ROWS:
        yield last, len(last.plan.stages), ()


def _towers(scheme: Scheme) -> tuple[int, ...]:
    """Return where the rows begin if each input leads through blocks of its own; nothing for other networks."""
    stages = scheme.plan.stages
    inputs = [k for k, stage in enumerate(stages) if stage.role == "io"]
    ends = [*inputs[1:], len(stages)]
    return tuple(inputs) if len(inputs) > 1 and all(b - a > 2 for a, b in zip(inputs, ends, strict=True)) else ()


def _attempt(
    subject: Subject, scheme: Scheme, count: int, starts: tuple[int, ...], options: DrawOptions, sheet: Sheet
) -> Drawn | None:
    """Return a figure with so many rows, lower where the sheet is not high enough; None if it is too wide."""
    drawn = None
    for share in _SHARES if sheet.height else _SHARES[:1]:
        found = _drawn(subject, scheme, count, starts, share, options, sheet)
        if found is None or not sheet.height or found.height <= sheet.height:
            return found
        drawn = replace(found, good=False)
    return drawn


def _drawn(
    subject: Subject,
    scheme: Scheme,
    count: int,
    starts: tuple[int, ...],
    share: float,
    options: DrawOptions,
    sheet: Sheet,
) -> Drawn | None:
    plan, text = scheme.plan, sheet.text
    made = [subject.block(k, scheme) for k in range(len(plan.stages))]
    items = subject.items(scheme, made, text)
    rows = list(pairwise((*starts, len(items)))) if starts else _split(items, count)
    is_u = scheme.levels is not None
    low, usual, most = (max(share * height, 2.0 * text) for height in sheet.heights(not is_u))
    loose = Looseness(
        (low, usual, most),
        (0.6 * text, 0.5 * usual, 0.8 * most),
        (0.25 * text, 1.1 * text, 2.2 * text),
        (0.35 if is_u else 0.55) * text,
    )
    base = subject.proportions(plan, options.scale)
    found = solved([items[a:b] for a, b in rows], sheet.width - 2 * sheet.margin, base, loose, bool(starts))
    if found is None:
        return None
    _, placed, looseness = found
    cut = (0.32 if count > 1 or scheme.degree > 1 else 0.5) * sheet.width
    drawn: list[Row] = []
    all_moved = [solid.moved(sheet.margin) for solids in placed for solid in solids]
    bridges = _bridges(plan.steps, rows, all_moved, made, items, sheet)
    fed = {ends[1] for *_, ends in bridges}
    for a, b in rows:
        moved = all_moved[a:b]
        if scheme.levels:
            moved = _lowered(moved, scheme.levels, text)
        into = frozenset(k - a for k in range(a, b) if made[k].id in fed)
        links = Links(*(_within(edges, a, b) for edges in (plan.steps, plan.skips, plan.copies)))
        drawn.append(drawn_row(made[a:b], items[a:b], moved, links, sheet, options.palette, cut, into))
    entries, lines = legend_entries(subject, scheme, options, sheet), legend_lines(subject, scheme)
    _, legend = legend_marks(entries, lines, fault_lines(subject), sheet, 0.0)
    gaps = sheet.row * (GAPS[0] * (len(drawn) - 1) + GAPS[1] * options.legend)
    height = sum(row.bottom - row.top for row in drawn) + gaps + legend * options.legend
    good = all(row.fits for row in drawn) and looseness > _LEAST_LOOSE
    if starts:
        edges = (*plan.steps, *plan.skips, *plan.copies)
        crossing = [(x, y) for x, y in edges if not any(a <= x < y < b for a, b in rows)]
        good = good and len(bridges) == len(crossing) > 0
    return Drawn(scheme, tuple(drawn), tuple(bridges), height, good)


def _bridges(
    steps: Sequence[Edge],
    rows: Sequence[tuple[int, int]],
    solids: Sequence[Solid],
    made: Sequence[Block],
    items: Sequence[Item],
    sheet: Sheet,
) -> list[Bridge]:
    """Return the steps from the last block of a row to a block of the next that lies further right."""
    found: list[Bridge] = []
    for row, ((_, end), (_, after)) in enumerate(pairwise(rows)):
        for x, y in steps:
            label = max(items[x].label, items[x].group_label) / 2
            reach = max(solids[x].box.right, solids[x].front.left + solids[x].size.thickness / 2 + label)
            if x == end - 1 and end <= y < after and far_roof(solids[y])[0] > reach + 0.5 * sheet.text:
                found.append((row, solids[x], solids[y], (made[x].id, made[y].id)))
    return found


def _lowered(solids: Sequence[Solid], levels: Sequence[int], text: float) -> list[Solid]:
    tops = [-solid.box.top for solid in solids]
    steps = [STEP * solid.size.height for solid in solids]
    depths = level_depths(levels, tops, steps, 1.7 * text)
    return [solid.moved(0, depths[level]) for solid, level in zip(solids, levels, strict=True)]


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
