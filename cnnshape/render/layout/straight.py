"""Which lines are straight: vertices that stand exactly below each other, as columns through the layers."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Collection, Sequence
from itertools import pairwise

from cnnshape.render.layout.entries import Wired
from cnnshape.render.layout.lanes import Lanes

__all__ = ["columns", "lines_to"]


def columns(graph: Lanes, wiring: Wired, rows: Sequence[Sequence[int]], spine: Collection[int]) -> list[list[int]]:
    """Return the vertices of some neighboring layers as columns, each from above to below.

    Lines are taken by rank: the spine, between two points of lanes, between two that have no other line there, the
    rest; a line that crosses one already taken is bent.
    """
    below = {u: v for upper, lower in pairwise(rows) for u, v in _straight(graph, wiring, upper, lower, spine)}
    reached = set(below.values())
    found = []
    for row in rows:
        for v in row:
            if v not in reached:
                column = [v]
                while column[-1] in below:
                    column.append(below[column[-1]])
                found.append(column)
    return found


def _straight(
    graph: Lanes, wiring: Wired, upper: Sequence[int], lower: Sequence[int], spine: Collection[int]
) -> list[tuple[int, int]]:
    """Return the straight lines between two layers."""
    place = {v: i for row in (upper, lower) for i, v in enumerate(row)}
    edges = lines_to(graph, wiring, lower)
    below: dict[int, list[int]] = {}
    above: dict[int, list[int]] = {}
    for u, v in edges:
        below.setdefault(u, []).append(place[v])
        above.setdefault(v, []).append(place[u])
    middle = {v: min(each) + max(each) for near in (below, above) for v, each in near.items()}

    def rank(edge: tuple[int, int]) -> tuple[int, int, int]:
        u, v = edge
        if u in spine and v in spine:
            return 0, 0, 0
        if u >= graph.count and v >= graph.count:
            return 1, place[u], place[v]
        if len(below[u]) == 1 and len(above[v]) == 1:
            return 2, place[u], place[v]
        # of several, the one in the middle
        return 3, abs(2 * place[v] - middle[u]) + abs(2 * place[u] - middle[v]), place[u]

    taken: list[tuple[int, int]] = []
    busy: set[int] = set()
    for u, v in sorted(edges, key=rank):
        if u in busy or v in busy:
            continue
        line = (place[u], place[v])
        at = bisect(taken, line)
        if (at and taken[at - 1][1] > line[1]) or (at < len(taken) and taken[at][1] < line[1]):
            continue
        insort(taken, line)
        busy |= {u, v}
    return [(upper[i], lower[j]) for i, j in taken]


def lines_to(graph: Lanes, wiring: Wired, lower: Sequence[int]) -> list[tuple[int, int]]:
    """Return the lines that come down to a layer, each once."""
    found = []
    for v in lower:
        if wiring.parent[v] >= 0:
            found.append((wiring.parent[v], v))
        else:
            found += [(u, v) for u in dict.fromkeys(graph.tails[k] for k in wiring.tops[v])]
    return found
