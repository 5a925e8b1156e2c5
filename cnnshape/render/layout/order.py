"""The order inside of the layers that lets few lines cross: medians and exchanges of neighbors, the best is kept."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.layout.chains import chains, reinserted
from cnnshape.render.layout.lanes import Lanes, lanes
from cnnshape.render.layout.search import Search
from cnnshape.render.layout.sides import beside

__all__ = ["arrange", "ordered_lanes"]

Rows = list[list[int]]

_MOST_POINTS = 20_000
"""With more points the lanes of a source are not tried apart."""


def ordered_lanes(level: Sequence[int], links: Sequence[tuple[int, int]], spine: Sequence[int]) -> tuple[Lanes, Rows]:
    """Return the layered graph and the order of its layers; links of one source share a lane if that costs nothing."""
    graph = lanes(level, links, shared=True)
    rows, crossings = arrange(graph, spine)
    if crossings:
        apart = lanes(level, links, shared=False)
        if len(graph.level) < len(apart.level) < _MOST_POINTS:
            others, fewer = arrange(apart, spine)
            if fewer < crossings:
                return apart, others
    return graph, rows


def arrange(graph: Lanes, spine: Sequence[int]) -> tuple[Rows, int]:
    """Return the vertices of each layer from left to right, and how often links cross in that order."""
    search = Search(graph)
    whole = chains(graph, search)

    def put_back(search: Search) -> None:
        reinserted(search, whole)

    best: Rows = []
    fewest = -1
    for both in (True, False):
        crossings = search.improve(beside(graph, spine, both))
        if crossings:
            put_back(search)
            crossings = sum(search.costs)
        if fewest < 0 or crossings < fewest:
            best, fewest = [row[:] for row in search.rows], crossings
        if not fewest:
            return best, fewest
    fewest = search.improve(best, put_back)
    return search.rows, fewest
