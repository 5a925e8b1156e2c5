"""The levels of a U: a network whose copies lead around a lowest resolution steps down and up again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnshape.render.figures.blocks.sizes import Extent
from cnnshape.render.figures.blocks.stages import Plan

__all__ = ["level_depths", "levels_of"]

_STEP = 0.75


def levels_of(plan: Plan, extents: Sequence[Extent]) -> tuple[int, ...] | None:
    """Return for each block how many steps it lies below the highest; None if the network is no U.

    It is one if at least two copies are nested, both ends of each lie on one level, and lower ones between them.
    """
    copies = sorted(plan.copies)
    if len(copies) < 2 or any(a[1] <= b[1] for a, b in pairwise(copies)):
        return None
    if any(len([1 for x, y in plan.steps if y == i]) > 1 for i in range(len(extents))):
        return None
    before = {target: source for source, target in plan.steps}
    levels: list[int] = []
    for i, extent in enumerate(extents):
        source = before.get(i)
        if source is None or source >= i:
            levels.append(0)
            continue
        ratio = _side(extent) / _side(extents[source])
        levels.append(levels[source] + (ratio <= _STEP) - (ratio >= 1 / _STEP))
    top = min(levels)
    levels = [level - top for level in levels]
    fits = all(levels[a] == levels[b] and max(levels[a:b]) > levels[a] for a, b in copies)
    return tuple(levels) if fits and max(levels) > 1 else None


def level_depths(levels: Sequence[int], tops: Sequence[float], steps: Sequence[float], room: float) -> list[float]:
    """Return the height of each level's axis on the page, 0 for the highest.

    Parameters
    ----------
    levels : of the blocks
    tops : how far each block reaches above its axis
    steps : how far below its axis the arrow to the next level leaves
    room : between a block and the arrow above it
    """

    def most(values: Sequence[float], level: int) -> float:
        return max((value for value, each in zip(values, levels, strict=True) if each == level), default=0.0)

    depths = [0.0]
    for level in range(1, max(levels) + 1):
        depths.append(depths[-1] + most(steps, level - 1) + room + most(tops, level))
    return depths


def _side(extent: Extent) -> float:
    side: float = max(1.0, float(extent.area)) ** (1 / max(1, len(extent.space)))
    return side
