"""Medians and exchanges of neighbors: the search for an order in which few lines cross."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from cnnshape.render.layout.lanes import Lanes

__all__ = ["Search"]

Rows = list[list[int]]
Near = list[list[tuple[int, int]]]

_WORK, _EACH = 15_000, 2
"""How many looks at an edge the search for a better order may cost, and how many more for each edge."""
_REACH = 8
"""How many layers around a crossing are looked at in one sweep."""
_PATIENCE = 4
"""How many sweeps may pass without a better order."""


def _near(costs: Sequence[int]) -> list[int]:
    """Return the layers near those between which lines cross."""
    found: list[int] = []
    for k, cost in enumerate(costs):
        if cost:
            found += range(max(found[-1] + 1 if found else 0, k - _REACH), min(len(costs), k + _REACH + 1) + 1)
    return found


class Search:
    """An order of one graph and the search for a better one.

    Parameters
    ----------
    rows : the vertices of each layer from left to right
    place : of each vertex in its layer
    costs : how often edges cross below each layer but the last
    work : how many looks at an edge are left for sweeps
    moves : how many looks at a place are left for putting chains back
    """

    def __init__(self, graph: Lanes) -> None:
        self.above: Near = [[] for _ in graph.level]
        self.below: Near = [[] for _ in graph.level]
        edges = graph.edges()
        for u, v, times in edges:
            self.below[u].append((v, times))
            self.above[v].append((u, times))
        self.work = _WORK + _EACH * len(edges)
        self.moves = 2 * self.work
        self.place = [0] * len(graph.level)
        self.rows: Rows = []
        self.costs: list[int] = []

    def improve(self, rows: Rows, after: Callable[[Search], None] | None = None) -> int:
        """Take the best order found from one to start with, and return how often edges cross in it.

        Parameters
        ----------
        rows : the vertices of each layer from left to right
        after : what else is tried after each sweep
        """
        self.take(rows)
        best, fewest = [row[:] for row in rows], sum(self.costs)
        sweep = idle = 0
        while fewest and idle < _PATIENCE and self.work > 0:
            self.recount(self._sweep(down=sweep % 2 == 0, mean=sweep % 4 > 1))
            self.recount(self._exchange())
            if after:
                after(self)
            idle += 1
            if sum(self.costs) < fewest:
                best, fewest, idle = [row[:] for row in self.rows], sum(self.costs), 0
            sweep += 1
        if idle:
            self.take(best)
        return fewest

    def take(self, rows: Rows) -> None:
        """Take an order of all layers."""
        self.rows = rows
        for k in range(len(rows)):
            self.number(k)
        self.costs = [self._between(a, b) for a, b in pairwise(rows)]

    def number(self, k: int) -> None:
        """Note the places of the vertices of a layer."""
        for i, v in enumerate(self.rows[k]):
            self.place[v] = i

    def recount(self, changed: Iterable[int]) -> None:
        """Count the crossings anew above and below the layers that changed."""
        for k in {k + d for k in changed for d in (-1, 0)}:
            if 0 <= k < len(self.costs):
                self.costs[k] = self._between(self.rows[k], self.rows[k + 1])

    def _between(self, upper: Sequence[int], lower: Sequence[int]) -> int:
        """Return how often the edges between two layers cross, by a tree of partial sums."""
        if len(upper) < 2 or len(lower) < 2:
            return 0
        place, size = self.place, len(lower)
        sums = [0] * (size + 1)
        total = seen = 0
        for u in upper:
            edges = [(place[v], times) for v, times in self.below[u]]
            self.work -= len(edges)
            for at, times in edges:
                before, i = 0, at + 1
                while i:
                    before += sums[i]
                    i &= i - 1
                total += times * (seen - before)
            for at, times in edges:
                seen += times
                i = at + 1
                while i <= size:
                    sums[i] += times
                    i += i & -i
        return total

    def _sweep(self, *, down: bool, mean: bool) -> set[int]:
        """Order layers by the medians, or means, of their neighbors in the layer before; return which changed."""
        near = self.above if down else self.below
        layers = _near(self.costs)
        changed = set()
        for k in layers if down else reversed(layers):
            row = self.rows[k]
            self.work -= 1
            if len(row) < 2:
                continue
            keys = {v: self._middle(near[v], mean) for v in row if near[v]}
            free = iter(sorted(keys, key=keys.__getitem__))
            new = [next(free) if v in keys else v for v in row]
            if new != row:
                row[:] = new
                self.number(k)
                changed.add(k)
        return changed

    def _middle(self, near: Sequence[tuple[int, int]], mean: bool) -> float:
        self.work -= len(near)
        places = sorted(self.place[w] for w, _ in near)
        half = len(places) // 2
        if mean:
            return sum(places) / len(places)
        return places[half] if len(places) % 2 else (places[half - 1] + places[half]) / 2

    def _exchange(self) -> set[int]:
        """Exchange neighbors as long as that takes crossings away; return which layers changed."""
        waiting = deque(k for k in range(len(self.rows)) if any(self.costs[max(0, k - 1) : k + 1]))
        inside, changed = set(waiting), set()
        while waiting and self.work > 0:
            k = waiting.popleft()
            inside.discard(k)
            if self._exchanged(self.rows[k]):
                changed.add(k)
                more = [j for j in (k - 1, k, k + 1) if 0 <= j < len(self.rows) and j not in inside]
                waiting.extend(more)
                inside.update(more)
        return changed

    def _exchanged(self, row: list[int]) -> bool:
        """Exchange neighbors in one layer once; say whether any were."""
        changed = False
        for i in range(len(row) - 1):
            v, w = row[i], row[i + 1]
            gain = self._gain(self.above[v], self.above[w]) + self._gain(self.below[v], self.below[w])
            if gain > 0:
                row[i], row[i + 1] = w, v
                self.place[v], self.place[w] = i + 1, i
                changed = True
        return changed

    def _gain(self, first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]) -> int:
        """Return how many crossings go away if the vertex with the first edges moves behind the one with the second."""
        place, gain = self.place, 0
        self.work -= len(first) * len(second) + 1
        for v, times in first:
            at = place[v]
            for w, others in second:
                gain += times * others * ((at > place[w]) - (at < place[w]))
        return gain
