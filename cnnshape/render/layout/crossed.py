"""How often lines between two layers cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Piece", "crossings"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of some links between two layers.

    Parameters
    ----------
    source : of the links
    corners : from the upper layer to the lower
    times : how many links
    """

    source: int
    corners: Sequence[tuple[int, int]]
    times: int


def crossings(pieces: Sequence[Piece]) -> int:
    """Return how often links of different sources cross."""
    if all(len(piece.corners) == 2 for piece in pieces):
        return 0
    apart: dict[int, list[Piece]] = {}
    for piece in pieces:
        apart.setdefault(piece.source, []).append(piece)
    own = sum(_all_crossings(each) for each in apart.values() if len(each) > 1)
    return _all_crossings(pieces) - own


def _all_crossings(pieces: Sequence[Piece]) -> int:
    """Return how often pieces cross: a walk over x, with the level lines there by their y."""
    level: Counter[tuple[int, int, int]] = Counter()
    upright: Counter[tuple[int, int, int]] = Counter()
    for piece in pieces:
        for (x, y), (z, w) in pairwise(piece.corners):
            if x == z:
                upright[x, min(y, w), max(y, w)] += piece.times
            else:
                level[y, min(x, z), max(x, z)] += piece.times
    heights = sorted({y for y, _, _ in level})
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

    # at the same x lines end before, and begin after, the upright ones are looked at
    events = [(high, 0, y, -times) for (y, _, high), times in level.items()]
    events += [(low, 2, y, times) for (y, low, _), times in level.items()]
    found = 0
    walls = [(x, low, high, times) for (x, low, high), times in upright.items()]
    for _, kind, y, times in sorted(events + [(wall[0], 1, i, 0) for i, wall in enumerate(walls)]):
        if kind == 1:
            _, low, high, many = walls[y]
            found += many * (up_to(bisect_left(heights, high)) - up_to(bisect_right(heights, low)))
        else:
            add(y, times)
    return found
