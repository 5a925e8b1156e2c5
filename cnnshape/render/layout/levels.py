"""Which layer each vertex stands in, which path is kept straight, and which parts hang together."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["levels", "ordered", "parts", "spine"]

Link = tuple[int, int]


def parts(count: int, links: Sequence[Link]) -> list[list[int]]:
    """Return the vertices that hang together, each part in ascending order, parts by their first vertex."""
    leader = list(range(count))

    def find(v: int) -> int:
        while leader[v] != v:
            leader[v] = leader[leader[v]]
            v = leader[v]
        return v

    for source, target in links:
        a, b = find(source), find(target)
        if a != b:
            leader[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for v in range(count):
        found.setdefault(find(v), []).append(v)
    return list(found.values())


def ordered(count: int, links: Sequence[Link]) -> list[int]:
    """Return the vertices, each after those that lead to it.

    Raises
    ------
    ValueError
        If the links form a cycle.
    """
    below: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target in links:
        below[source].append(target)
        waiting[target] += 1
    found = [v for v in range(count) if not waiting[v]]
    for v in found:
        for w in below[v]:
            waiting[w] -= 1
            if not waiting[w]:
                found.append(w)
    if len(found) < count:
        raise ValueError("the links form a cycle")
    return found


def levels(count: int, links: Sequence[Link], path: Sequence[int]) -> list[int]:
    """Return for each vertex the length of the longest path to it.

    A source, and what no vertex of the path leads to, is pulled down to where it is needed.

    Parameters
    ----------
    count : how many vertices
    links : pairs of them
    path : the longest path
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    order = ordered(count, links)
    level = [0] * count
    bound = [False] * count
    for v in path:
        bound[v] = True
    for v in order:
        level[v] = max((level[u] + 1 for u in above[v]), default=0)
        bound[v] = bound[v] or any(bound[u] for u in above[v])
    for v in reversed(order):
        if below[v] and not bound[v]:
            level[v] = min(level[w] for w in below[v]) - 1
    lowest = min(level, default=0)
    return [each - lowest for each in level]


def spine(count: int, links: Sequence[Link], weights: Sequence[float]) -> list[int]:
    """Return the longest path; of equals the one with more weight, then the one with lower numbers."""
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        below[source].append(target)
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)] * count
    after = [-1] * count
    for v in reversed(ordered(count, links)):
        length, weight, _ = max((best[w] for w in below[v]), default=(0, 0.0, 0))
        after[v] = min((w for w in below[v] if best[w][:2] == (length, weight)), default=-1)
        best[v] = (length + 1, weight + (weights[v] if weights else 0.0), -v)
    path = [max(range(count), key=best.__getitem__)]
    while after[path[-1]] >= 0:
        path.append(after[path[-1]])
    return path
