"""The first order inside of the layers: the spine in the middle, everything else beside it, nested where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.render.layout.lanes import Lanes

__all__ = ["beside"]


@dataclass(frozen=True, slots=True)
class _Bridge:
    """What hangs together beside the spine.

    Parameters
    ----------
    start, end : from which layer to which
    members : its vertices, in the order of a search
    boxes : how many of them are boxes
    loose : True if it hangs from one layer of the spine and does not come back to it
    """

    start: int
    end: int
    members: tuple[int, ...]
    boxes: int
    loose: bool


def beside(graph: Lanes, spine: Sequence[int], both: bool) -> list[list[int]]:
    """Return the vertices of each layer in an order.

    Parameters
    ----------
    graph : Lanes
    spine : a path through all layers
    both : True to use both sides of the spine: what would cross moves to the left, and boxes are shared out evenly
    """
    bridges = _bridges(graph, spine)
    on_left = _left(bridges) if both else set()
    depth = max(graph.level) + 1
    left: list[list[int]] = [[] for _ in range(depth)]
    right: list[list[int]] = [[] for _ in range(depth)]
    # what starts farther down stands nearer to the spine
    for k in sorted(range(len(bridges)), key=lambda k: (-bridges[k].start, bridges[k].end, k)):
        rows = left if k in on_left else right
        for v in bridges[k].members:
            rows[graph.level[v]].append(v)
    middle: list[list[int]] = [[] for _ in range(depth)]
    for v in spine:
        middle[graph.level[v]].append(v)
    return [a[::-1] + b + c for a, b, c in zip(left, middle, right, strict=True)]


def _bridges(graph: Lanes, spine: Sequence[int]) -> list[_Bridge]:
    """Return what hangs together beside the spine, the lowest first."""
    near: list[list[int]] = [[] for _ in graph.level]
    for u, v, _ in graph.edges():
        near[u].append(v)
        near[v].append(u)
    inside = [False] * len(near)
    for v in spine:
        inside[v] = True
    on_spine = inside[:]
    found = []
    for s in reversed(spine):
        for first in near[s]:
            if inside[first]:
                continue
            members, stack = [], [first]
            while stack:
                v = stack.pop()
                if not inside[v]:
                    inside[v] = True
                    members.append(v)
                    stack.extend(w for w in reversed(near[v]) if not inside[w])
            own = [graph.level[v] for v in members]
            tied = [graph.level[w] for v in members for w in near[v] if on_spine[w]]
            start, end = min(own + tied), max(own + tied)
            boxes = sum(v < graph.count for v in members)
            found.append(_Bridge(start, end, tuple(members), boxes, max(tied) == start))
    return found


def _left(bridges: Sequence[_Bridge]) -> set[int]:
    """Return which bridges stand left: those that cross one on the right, and every second of several with boxes."""
    stacks: tuple[list[int], list[int]] = ([], [])
    found = set()
    for k in sorted(range(len(bridges)), key=lambda k: (bridges[k].start, -bridges[k].end, k)):
        bridge = bridges[k]
        for stack in stacks:
            while stack and bridges[stack[-1]].end <= bridge.start:
                stack.pop()
        fits = [side for side in (0, 1) if not stacks[side] or bridges[stacks[side][-1]].end >= bridge.end]
        boxes = [sum(bridges[j].boxes > 0 for j in stack) for stack in stacks] if bridge.boxes else [0, 0]
        side = min(fits or (0, 1), key=lambda side: (boxes[side], side))
        if not bridge.loose:
            stacks[side].append(k)
        if side:
            found.add(k)
    return found
