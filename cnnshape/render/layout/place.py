"""Where each column of vertices stands: packed to the left, then moved to the middle of what it is joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnshape.render.layout.entries import Wired
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.placed import Spaces
from cnnshape.render.layout.straight import columns, lines_to

__all__ = ["Room", "place"]

_SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Room:
    """How much room each vertex takes.

    Parameters
    ----------
    widths : of the boxes, tenths of a point
    spaces : between them
    """

    widths: Sequence[int]
    spaces: Spaces

    def left(self, v: int) -> int:
        """Return how far a vertex reaches to the left of its line."""
        return self.widths[v] // 2 if v < len(self.widths) else 0

    def right(self, v: int) -> int:
        """Return how far a vertex reaches to the right of its line."""
        return (self.widths[v] + 1) // 2 if v < len(self.widths) else 0

    def apart(self, v: int, w: int) -> int:
        """Return the least distance of the lines of two neighbors in a layer."""
        boxes = (v < len(self.widths)) + (w < len(self.widths))
        gap = (self.spaces.track, max(self.spaces.lane, self.spaces.head), self.spaces.beside)[boxes]
        return self.right(v) + gap + self.left(w)


def place(
    graph: Lanes, wiring: Wired, rows: Sequence[Sequence[int]], spine: Sequence[int], room: Room
) -> dict[int, int]:
    """Return the x of every vertex of some neighboring layers, in tenths of a point; the leftmost edge is near 0."""
    stacks = columns(graph, wiring, rows, frozenset(spine))
    stack_of = {v: s for s, stack in enumerate(stacks) for v in stack}
    before: list[dict[int, int]] = [{} for _ in stacks]
    after: list[dict[int, int]] = [{} for _ in stacks]
    for row in rows:
        for v, w in pairwise(row):
            a, b, apart = stack_of[v], stack_of[w], room.apart(v, w)
            before[b][a] = after[a][b] = max(before[b].get(a, 0), apart)
    order = _from_left(before, after)
    at = [0] * len(stacks)
    for s in order:
        at[s] = max((at[r] + apart for r, apart in before[s].items()), default=max(map(room.left, stacks[s])))
    pulls = _pulls(graph, wiring, rows, stack_of, room)
    fixed = {stack_of[v] for v in spine if v in stack_of}
    for sweep in range(_SWEEPS):
        moved = False
        for s in order if sweep % 2 else reversed(order):
            if s in fixed or not pulls[s]:
                continue
            low = max((at[r] + apart for r, apart in before[s].items()), default=None)
            high = min((at[r] - apart for r, apart in after[s].items()), default=None)
            aim = _aim(at[s], sorted(at[r] + shift for r, shift in pulls[s]))
            aim = aim if high is None else min(aim, high)
            aim = aim if low is None else max(aim, low)
            moved |= aim != at[s]
            at[s] = aim
        if not moved and sweep:
            break
    return {v: at[s] for v, s in stack_of.items()}


def _from_left(before: Sequence[dict[int, int]], after: Sequence[dict[int, int]]) -> list[int]:
    """Return the columns, each after those to its left."""
    waiting = [len(each) for each in before]
    found = [s for s, count in enumerate(waiting) if not count]
    for s in found:
        for r in after[s]:
            waiting[r] -= 1
            if not waiting[r]:
                found.append(r)
    return found


def _pulls(
    graph: Lanes, wiring: Wired, rows: Sequence[Sequence[int]], stack_of: dict[int, int], room: Room
) -> list[list[tuple[int, int]]]:
    """Return for each column what it is joined to by lines that are not straight: the other column, and how far off."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(max(stack_of.values(), default=-1) + 1)]
    for row in rows:
        for u, v in lines_to(graph, wiring, row):
            if u in stack_of and stack_of[u] != stack_of[v]:
                found[stack_of[u]].append((stack_of[v], 0))
                found[stack_of[v]].append((stack_of[u], 0))
    for entry, (_, target) in zip(wiring.entries, graph.links, strict=True):
        if entry.side and entry.point in stack_of:
            a, b = stack_of[entry.point], stack_of[target]
            shift = (room.left if entry.side < 0 else room.right)(target) + max(room.spaces.lane, room.spaces.head)
            found[a].append((b, entry.side * shift))
            found[b].append((a, -entry.side * shift))
    return found


def _aim(now: int, wanted: Sequence[int]) -> int:
    """Return the median of what is wanted; between two, the place nearest to where it stands."""
    low, high = wanted[(len(wanted) - 1) // 2], wanted[len(wanted) // 2]
    return min(max(now, low), high)
