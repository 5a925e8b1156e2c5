"""Where each link enters its target: from above, or a join from the side, in a lane of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cnnshape.render.layout.lanes import Lanes

__all__ = ["Entry", "Wired", "wired"]

_SLOT = 30
"""The least distance of two lines that enter a side, tenths of a point."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How a link ends.

    Parameters
    ----------
    point : the vertex in the layer of the target that it comes down to: the target, or a point beside it
    side : -1 if it enters from the left, 1 from the right, 0 from above
    slot : its rank among those of its side, the one nearest to the box first; from above: from left to right
    slots : how many enter there
    """

    point: int
    side: int
    slot: int
    slots: int


@dataclass(frozen=True, slots=True)
class Wired:
    """The layers with the points beside the joins.

    Parameters
    ----------
    rows : the vertices of each layer from left to right
    parent : what stands above each lane's point and each point beside a join; -1 for a box
    entries : of each link
    tops : for each box, the links that enter from above, from left to right
    """

    rows: list[list[int]]
    parent: list[int]
    entries: list[Entry]
    tops: list[list[int]]


def wired(
    graph: Lanes, rows: Sequence[Sequence[int]], spine: Collection[int], joins: Collection[int], heights: Sequence[int]
) -> Wired:
    """Return how each link enters its target.

    Parameters
    ----------
    graph : Lanes
    rows : the order of the layers
    spine : the vertices of the straight path
    joins : the boxes that are entered from the side
    heights : of the boxes, tenths of a point
    """
    place = [0] * len(graph.level)
    for row in rows:
        for i, v in enumerate(row):
            place[v] = i
    entering: list[list[int]] = [[] for _ in range(graph.count)]
    for k, (_, target) in enumerate(graph.links):
        entering[target].append(k)
    parent = list(graph.parent)
    entries = [Entry(target, 0, 0, 1) for _, target in graph.links]
    tops: list[list[int]] = [[] for _ in range(graph.count)]
    found = []
    for row in rows:
        new: list[int] = []
        for i, v in enumerate(row):
            if v >= graph.count:
                new.append(v)
                continue
            links = sorted(entering[v], key=lambda k: (place[graph.tails[k]], k))
            left, top, right = _shared_out(graph, links, spine, _room(heights[v]) if v in joins else 0)
            tops[v] = list(top)
            for slot, k in enumerate(top):
                entries[k] = Entry(v, 0, slot, len(top))
            ahead = row[i - 1] if i else -1
            behind = row[i + 1] if i + 1 < len(row) else -1
            new += _points(graph, left, -1, ahead, parent, entries)[::-1]
            new.append(v)
            new += _points(graph, right, 1, behind, parent, entries)
        found.append(new)
    return Wired(found, parent, entries, tops)


def _room(height: int) -> int:
    """Return how many lines may enter a side."""
    return max(1, height // _SLOT - 1)


def _shared_out(
    graph: Lanes, links: Sequence[int], spine: Collection[int], room: int
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Return which links enter from the left, from above and from the right; the nearest to the box first at a side."""
    if not room or len(links) < 2:
        return (), links, ()
    middle = (len(links) - 1) / 2

    def rank(i: int) -> tuple[bool, bool, float]:
        tail = graph.tails[links[i]]
        return tail not in spine or graph.links[links[i]][1] not in spine, tail >= graph.count, abs(i - middle)

    main = min(range(len(links)), key=rank)
    first, last = min(main, room), max(main + 1, len(links) - room)
    return links[:first][::-1], links[first:last], links[last:]


def _points(
    graph: Lanes, links: Sequence[int], side: int, beyond: int, parent: list[int], entries: list[Entry]
) -> list[int]:
    """Return the new points at one side of a join, the nearest first; a lane that goes on beside it is no new one."""
    found = []
    for slot, k in enumerate(links):
        tail = graph.tails[k]
        goes_on = slot == len(links) - 1 and beyond >= graph.count and graph.parent[beyond] == tail
        point = beyond if goes_on else len(parent)
        if not goes_on:
            parent.append(tail)
            found.append(point)
        entries[k] = Entry(point, side, slot, len(links))
    return found
