"""How often lines between two layers cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["crossings"]

Lines = Sequence[tuple[int, Sequence[tuple[int, int]]]]


def crossings(lines: Lines) -> int:
    """Return how often lines of different sources cross.

    Parameters
    ----------
    lines : for each its source and its corners, from the upper layer to the lower
    """
    if all(len(corners) == 2 for _, corners in lines):
        return 0
    apart: dict[int, list[Sequence[tuple[int, int]]]] = {}
    for source, corners in lines:
        apart.setdefault(source, []).append(corners)
    own = sum(_all_crossings(each) for each in apart.values() if len(each) > 1)
    return _all_crossings([corners for _, corners in lines]) - own


def _all_crossings(lines: Sequence[Sequence[tuple[int, int]]]) -> int:
    """Return how often pieces of lines cross: a walk over x, with the level pieces there by their y."""
    level: list[tuple[int, int, int]] = []
    upright: list[tuple[int, int, int]] = []
    for corners in lines:
        for (x, y), (z, w) in pairwise(corners):
            if x == z:
                upright.append((x, min(y, w), max(y, w)))
            else:
                level.append((min(x, z), max(x, z), y))
    heights = sorted({y for _, _, y in level})
    sums = [0] * (len(heights) + 1)

    def add(y: int, times: int) -> None:
        i = bisect_left(heights, y) + 1
        while i < len(sums):
            sums[i] += times
            i += i & -i

    def up_to(i: int) -> int:
        total = 0
        while i:
            total += sums[i]
            i &= i - 1
        return total

    # at the same x pieces end before, and begin after, the upright ones are looked at
    events = [(high, 0, y, -1) for _, high, y in level] + [(low, 2, y, 1) for low, _, y in level]
    found = 0
    for _, kind, first, second in sorted(events + [(x, 1, low, high) for x, low, high in upright]):
        if kind == 1:
            found += up_to(bisect_left(heights, second)) - up_to(bisect_right(heights, first))
        else:
            add(first, second)
    return found
