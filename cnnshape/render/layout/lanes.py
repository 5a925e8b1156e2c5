"""The layered graph: a link over several layers becomes a lane, one point in each layer that it passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Lanes", "lanes"]


@dataclass(frozen=True, slots=True)
class Lanes:
    """A graph whose edges lead from each layer to the next.

    Parameters
    ----------
    count : how many vertices are boxes; those after them are points of lanes
    level : the layer of each vertex
    parent : for the point of a lane, what stands above it; -1 for a box
    load : for the point of a lane, how many links run through it; 0 for a box
    tails : for each link, the vertex from which it enters its target
    links : the links themselves
    """

    count: int
    level: tuple[int, ...]
    parent: tuple[int, ...]
    load: tuple[int, ...]
    tails: tuple[int, ...]
    links: tuple[tuple[int, int], ...]

    def edges(self) -> list[tuple[int, int, int]]:
        """Return (upper, lower, number of links) of every edge."""
        found = [(self.parent[v], v, self.load[v]) for v in range(self.count, len(self.level))]
        doubled: dict[tuple[int, int], int] = {}
        for tail, (_, target) in zip(self.tails, self.links, strict=True):
            doubled[tail, target] = doubled.get((tail, target), 0) + 1
        return found + [(u, v, times) for (u, v), times in doubled.items()]


def lanes(level: Sequence[int], links: Sequence[tuple[int, int]], shared: bool) -> Lanes:
    """Return the layered graph.

    Parameters
    ----------
    level : of each box
    links : pairs of boxes
    shared : True if the links of a source run in one lane until they part
    """
    levels, parent, load = list(level), [-1] * len(level), [0] * len(level)
    tails = [0] * len(links)
    reached: dict[tuple[int, int], int] = {}
    for k, (source, target) in enumerate(links):
        tail = source
        for depth in range(level[source] + 1, level[target]):
            known = reached.get((source, depth)) if shared else None
            if known is None:
                known = len(levels)
                levels.append(depth)
                parent.append(tail)
                load.append(0)
                if shared:
                    reached[source, depth] = known
            load[known] += 1
            tail = known
        tails[k] = tail
    return Lanes(len(level), tuple(levels), tuple(parent), tuple(load), tuple(tails), tuple(links))
