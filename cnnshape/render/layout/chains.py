"""Chains of vertices below each other, taken out of the layers and put back where their lines cross the fewest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.search import Search

__all__ = ["chains", "reinserted"]

Table = list[list[int]]
_ROUNDS = 6


def chains(graph: Lanes, search: Search) -> list[list[int]]:
    """Return every vertex in a chain: the points of a lane, and what is joined by the only line of both."""
    above, below = search.above, search.below
    after: dict[int, int] = {}
    for v, up in enumerate(above):
        if len(up) != 1:
            continue
        u = up[0][0]
        if v >= graph.count and u >= graph.count:
            after[u] = v
        elif len(below[u]) == 1:
            after.setdefault(u, v)
    follows = set(after.values())
    found = []
    for v in range(len(above)):
        if v in follows:
            continue
        chain = [v]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        found.append(chain)
    return found


def reinserted(search: Search, whole: Sequence[Sequence[int]]) -> None:
    """Put chains back in better places as long as that takes crossings away.

    Parameters
    ----------
    search : the order, which is changed
    whole : the chains
    """
    if search.moves < 0:
        return
    level = {v: k for k, row in enumerate(search.rows) for v in row}
    for _ in range(_ROUNDS):
        fewest = sum(search.costs)
        for chain in whole:
            first, last = level[chain[0]], level[chain[-1]]
            if not any(search.costs[max(0, first - 1) : last + 1]) or not _crossed(search, chain, first):
                continue
            search.moves -= _put_back(search, chain, first)
            if search.moves < 0:
                return
        if not fewest or sum(search.costs) == fewest:
            return


def _crossed(search: Search, chain: Sequence[int], first: int) -> bool:
    """Say whether a line of a chain crosses another."""
    place, inside = search.place, set(chain)
    for k in range(max(0, first - 1), min(len(search.costs), first + len(chain))):
        if not search.costs[k]:
            continue
        lines = [(place[u], place[v], u in inside or v in inside) for u in search.rows[k] for v, _ in search.below[u]]
        own = [(a, b) for a, b, mine in lines if mine]
        if any((a < c and d < b) or (c < a and b < d) for a, b in own for c, d, mine in lines if not mine):
            return True
    return False


def _put_back(search: Search, chain: Sequence[int], first: int) -> int:
    """Put one chain where its lines cross the fewest others; return how much work that was."""
    rows, last = search.rows, first + len(chain) - 1
    around = range(max(0, first - 1), min(len(rows), last + 2))
    before = sum(search.costs[around[0] : around[-1]])
    old = [search.place[v] for v in chain]
    for k, v in enumerate(chain, first):
        rows[k].remove(v)
    for k in around:
        search.number(k)
    work = sum((len(rows[k]) + 1) * (len(rows[k + 1]) + 2) for k in around[:-1])
    inside = set(chain)
    costs = _ends(search, chain[0], rows[first], search.above, inside)
    ways: list[list[int]] = []
    for k, (u, v) in enumerate(pairwise(chain), first):
        times = next(times for w, times in search.below[u] if w == v)
        leaving = _ends(search, u, rows[k], search.below, inside)
        costs = [a + b for a, b in zip(costs, leaving, strict=True)]
        way, following = [], []
        for j, column in enumerate(zip(*_table(search, rows[k], rows[k + 1]), strict=True)):
            total = [cost + times * crossed for cost, crossed in zip(costs, column, strict=True)]
            way.append(_least(total, old[k - first] + j - old[k + 1 - first]))
            following.append(total[way[-1]])
        ways.append(way)
        costs = following
    leaving = _ends(search, chain[-1], rows[last], search.below, inside)
    total = [a + b for a, b in zip(costs, leaving, strict=True)]
    places = [_least(total, old[-1])]
    for way in reversed(ways):
        places.append(way[places[-1]])
    _insert(search, chain, first, places[::-1])
    search.recount(range(first, last + 1))
    if sum(search.costs[around[0] : around[-1]]) > before:
        for k, v in enumerate(chain, first):
            rows[k].remove(v)
        _insert(search, chain, first, old)
        search.recount(range(first, last + 1))
    return work


def _least(costs: Sequence[int], near: int) -> int:
    """Return the place with the least cost, of several the one nearest to a place."""
    least = min(costs)
    if 0 <= near < len(costs) and costs[near] == least:
        return near
    return min((abs(i - near), i) for i, cost in enumerate(costs) if cost == least)[1]


def _insert(search: Search, chain: Sequence[int], first: int, places: Sequence[int]) -> None:
    for k, (v, at) in enumerate(zip(chain, places, strict=True), first):
        search.rows[k].insert(at, v)
        search.number(k)


def _ends(
    search: Search, v: int, row: Sequence[int], near: Sequence[Sequence[tuple[int, int]]], inside: set[int]
) -> list[int]:
    """Return for each place in a layer how many lines those of v to another layer, but for its chain's, cross there."""
    place = search.place
    own = [(place[w], times) for w, times in near[v] if w not in inside]
    if not own:
        return [0] * (len(row) + 1)
    # from the first place on: whatever starts right of v and ends left of where v leads is crossed, and the opposite
    cost = 0
    change = []
    for u in row:
        step = 0
        for w, times in near[u]:
            if w in inside:
                continue
            at = place[w]
            for end, many in own:
                cost += times * many * (at < end)
                step += times * many * ((at > end) - (at < end))
        change.append(step)
    found = [cost]
    for step in change:
        found.append(found[-1] + step)
    return found


def _table(search: Search, upper: Sequence[int], lower: Sequence[int]) -> Table:
    """Return how many lines a line between place i of a layer and place j of the next crosses."""
    width = len(lower)
    # crossed from the left of all: whatever starts right of it and ends left of place j
    ends = [0] * (width + 1)
    steps = []
    for u in upper:
        row = [0] * (width + 1)
        for w, times in search.below[u]:
            if search.place[w] < width and lower[search.place[w]] == w:
                row[search.place[w]] += times
                ends[search.place[w]] += times
        steps.append(row)
    current = [0]
    for times in ends[:width]:
        current.append(current[-1] + times)
    found = [current]
    for row in steps:
        total, left, new = sum(row), 0, []
        for j, cost in enumerate(current):
            # lines of this vertex were right of the line and are left of it now
            new.append(cost - left + (total - left))
            left += row[j]
        found.append(new)
        current = new
    return found
