"""The place of every block along the page: lengths and gaps are solved so that a row is as wide as asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cnnshape.render.figures.blocks.geometry import Lengths, Proportions, Solid
from cnnshape.render.figures.blocks.sizes import Extent

__all__ = ["Item", "Looseness", "arranged", "solved"]

_STEPS = 22


@dataclass(frozen=True, slots=True)
class Item:
    """A block before it has a place.

    Parameters
    ----------
    extent : its size
    slices : how many units it stands for
    label : width of what is written right under it
    group : neighbors of one group share one label below those
    group_label : width of that
    level : of a U, 0 for the highest
    thin : True if it is a step between others
    apart : points more before it, where the block on its left does not lead to it
    """

    extent: Extent
    slices: int
    label: float
    group: int
    group_label: float
    level: int = 0
    thin: bool = False
    apart: float = 0.0


@dataclass(frozen=True, slots=True)
class Looseness:
    """How lengths and gaps grow with the one number that is solved for: 0 tight, 1 as liked, 2 the largest.

    Parameters
    ----------
    heights, thicknesses, gaps : at 0, 1 and 2, points
    pad : between labels, points
    """

    heights: tuple[float, float, float]
    thicknesses: tuple[float, float, float]
    gaps: tuple[float, float, float]
    pad: float

    def at(self, s: float, base: Proportions) -> tuple[Proportions, float, float]:
        """Return the proportions, the gap between two blocks, and how much of a side is seen, from 0 to 1."""
        sized = replace(base, height=_between(self.heights, s), thickness=_between(self.thicknesses, s))
        return sized, _between(self.gaps, s), min(1.0, 0.25 + 0.75 * s)


def _between(values: tuple[float, float, float], s: float) -> float:
    low, high = (values[0], values[1]) if s <= 1 else (values[1], values[2])
    part = s if s <= 1 else s - 1
    return low + (high - low) * part


def solved(
    rows: Sequence[Sequence[Item]], width: float, base: Proportions, loose: Looseness, alike: bool = False
) -> tuple[Proportions, list[list[Solid]], float] | None:
    """Return blocks of rows that are as wide as asked, with one looseness for all; None if there is no room for them.

    Parameters
    ----------
    rows : blocks from left to right, row by row
    width : of every row, points
    base : proportions, whose height and thickness are solved for
    loose : what they may be
    alike : True if the rows have the same gaps and begin at the same place
    """

    def widest(s: float) -> float:
        sized, gap, seen = loose.at(s, base)
        return max(_extent(arranged(row, sized, gap, seen, loose.pad), row) for row in rows)

    if widest(0.0) > width:
        return None
    low, high = 0.0, 2.0
    if widest(high) > width:
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if widest(middle) > width else (middle, high)
    else:
        low = high
    sized, gap, seen = loose.at(low, base)
    if alike:
        return sized, _side_by_side(rows, width, sized, gap, seen, loose.pad), low
    most = width if len(rows) == 1 else 3 * loose.gaps[2]
    return sized, [_spread(row, width, most, partial(_with_gap, row, sized, gap, seen, loose.pad)) for row in rows], low


def _side_by_side(
    rows: Sequence[Sequence[Item]], width: float, sized: Proportions, gap: float, seen: float, pad: float
) -> list[list[Solid]]:
    """Return rows with the gaps that let the widest one fill the width."""
    ways = [partial(_with_gap, row, sized, gap, seen, pad) for row in rows]
    low, high = 0.0, width
    for _ in range(_STEPS):
        middle = (low + high) / 2
        is_wide = any(_extent(way(middle), row) > width for way, row in zip(ways, rows, strict=True))
        low, high = (low, middle) if is_wide else (middle, high)
    placed = [way(low) for way in ways]
    start = min(_ends(solids, row)[0] for solids, row in zip(placed, rows, strict=True))
    return [[solid.moved(-start) for solid in solids] for solids in placed]


def _with_gap(row: Sequence[Item], sized: Proportions, gap: float, seen: float, pad: float, more: float) -> list[Solid]:
    return arranged(row, sized, gap + more, seen, pad)


def _spread(row: Sequence[Item], width: float, most: float, arrange: Callable[[float], list[Solid]]) -> list[Solid]:
    """Return a row whose gaps, each at most so much wider, fill the width."""
    solids = arrange(0.0)
    if len(row) > 1:
        low, high = 0.0, most
        if _extent(arrange(most), row) <= width:
            low = high
        for _ in range(_STEPS if low < high else 0):
            middle = (low + high) / 2
            low, high = (low, middle) if _extent(arrange(middle), row) > width else (middle, high)
        solids = arrange(low)
    left, right = _ends(solids, row)
    start = (width - (right - left)) / 2 - left
    return [solid.moved(start) for solid in solids]


def arranged(row: Sequence[Item], sized: Proportions, gap: float, seen: float, pad: float) -> list[Solid]:
    """Return the blocks of a row as close as their gaps and labels allow."""
    solids: list[Solid] = []
    labels: dict[int, float] = {}
    groups: dict[int, float] = {}
    start = 0
    while start < len(row):
        end = next((k for k in range(start, len(row)) if row[k].group != row[start].group), len(row))
        items = row[start:end]
        level = items[0].level
        for item in items:
            solids.append(
                _next(solids, row, item, sized.lengths(item.extent, item.slices, item.thin), gap, seen, labels, pad)
            )
            labels[level] = _center(solids[-1]) + item.label / 2
        left, right = _group_label(solids[start:end], items)
        short = max(0.0, groups.get(level, left) + (pad if level in groups else 0.0) - left)
        if start and row[start - 1].level != level:
            before = max(groups[row[start - 1].level], solids[start - 1].box.right, labels[row[start - 1].level])
            first = min(left, solids[start].box.left, _center(solids[start]) - items[0].label / 2)
            short = max(short, before + pad - first)
        solids[start:end] = [solid.moved(short) for solid in solids[start:end]]
        labels[level] += short
        groups[level] = max(right + short, groups.get(level, 0.0)) if items[0].group_label else groups.get(level, left)
        start = end
    return solids


def _next(
    solids: Sequence[Solid],
    row: Sequence[Item],
    item: Item,
    size: Lengths,
    gap: float,
    seen: float,
    labels: dict[int, float],
    pad: float,
) -> Solid:
    lean = size.lean[0]
    place = lean / 2
    if solids:
        last = solids[-1]
        end, before = last.x + last.size.thickness, last.size.lean[0]
        same = row[len(solids) - 1].level == item.level
        gap += item.apart
        place = max(end + gap, end + (lean - before) / 2 + (seen * before if same else before) + gap)
    if item.level in labels:
        place = max(place, labels[item.level] + pad + item.label / 2 - size.thickness / 2 + lean / 2)
    return Solid(place, 0.0, size)


def _center(solid: Solid) -> float:
    front = solid.front
    return (front.left + front.right) / 2


def _group_label(solids: Sequence[Solid], items: Sequence[Item]) -> tuple[float, float]:
    wide = [solid for solid, item in zip(solids, items, strict=True) if item.label] or solids
    middle = (_center(wide[0]) + _center(wide[-1])) / 2
    return middle - items[0].group_label / 2, middle + items[0].group_label / 2


def _ends(solids: Sequence[Solid], row: Sequence[Item]) -> tuple[float, float]:
    """Return how far the blocks of a row and what is written under them reach."""
    lefts = [min(solid.box.left, _center(solid) - item.label / 2) for solid, item in zip(solids, row, strict=True)]
    rights = [max(solid.box.right, _center(solid) + item.label / 2) for solid, item in zip(solids, row, strict=True)]
    for group in {item.group for item in row}:
        inside = [k for k, item in enumerate(row) if item.group == group]
        left, right = _group_label([solids[k] for k in inside], [row[k] for k in inside])
        lefts.append(left)
        rights.append(right)
    return min(lefts), max(rights)


def _extent(solids: Sequence[Solid], row: Sequence[Item]) -> float:
    left, right = _ends(solids, row)
    return right - left
