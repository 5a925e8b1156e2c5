"""Lines between two layers: which horizontal piece runs above which, so that none runs on another and few cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

__all__ = ["Net", "Run", "tracks"]

_MOST_NETS = 64
"""With more bent nets than this between two layers they are ordered by place alone."""


@dataclass(frozen=True, slots=True)
class Net:
    """What comes down from one vertex of the upper layer.

    Parameters
    ----------
    top : x of the vertex
    bottoms : x of where it goes in the lower layer, ascending
    """

    top: int
    bottoms: tuple[int, ...]

    @property
    def low(self) -> int:
        """The least x."""
        return min(self.top, self.bottoms[0])

    @property
    def high(self) -> int:
        """The greatest x."""
        return max(self.top, self.bottoms[-1])


@dataclass(frozen=True, slots=True)
class Run:
    """How a net runs: down to a track, along it, down; some change the track at `turn` in between.

    Parameters
    ----------
    track : the number of its track, from above; -1 if it is straight
    turn : where it leaves this track for the second, if it needs two
    second : the number of the second
    """

    track: int
    turn: int = 0
    second: int = -1


def tracks(nets: Sequence[Net]) -> tuple[list[Run], int]:
    """Return how each net runs, and how many tracks that takes."""
    bent = [i for i, net in enumerate(nets) if net.low < net.high]
    if len(bent) < 2:
        return [Run(0) if net.low < net.high else Run(-1) for net in nets], len(bent)
    order, turns = _order(nets, bent)
    found: list[list[int]] = [[] for _ in nets]
    spans: list[list[tuple[int, int]]] = []
    for i, low, high in _pieces(nets, order, turns):
        # below every piece before it that it would touch
        track = len(spans)
        while track and (not found[i] or track - 1 > found[i][-1]) and _free(spans[track - 1], low, high):
            track -= 1
        if track == len(spans):
            spans.append([])
        spans[track].insert(bisect_left(spans[track], (low, high)), (low, high))
        found[i].append(track)
    runs = [
        Run(each[0] if each else -1, turns.get(i, 0), each[1] if len(each) > 1 else -1) for i, each in enumerate(found)
    ]
    return runs, len(spans)


def _pieces(nets: Sequence[Net], order: Sequence[int], turns: dict[int, int]) -> list[tuple[int, int, int]]:
    """Return (net, least x, greatest x) of each horizontal piece, in the order in which they run from above."""
    seen: set[int] = set()
    found = []
    for i in order:
        net = nets[i]
        if i not in turns:
            found.append((i, net.low, net.high))
            continue
        ends = (net.top,) if i not in seen else net.bottoms
        seen.add(i)
        found.append((i, min(turns[i], *ends), max(turns[i], *ends)))
    return found


def _free(spans: Sequence[tuple[int, int]], low: int, high: int) -> bool:
    """Say whether a piece touches none of a track."""
    at = bisect_left(spans, (high + 1, low))
    return at == 0 or spans[at - 1][1] < low


def _order(nets: Sequence[Net], bent: Sequence[int]) -> tuple[list[int], dict[int, int]]:
    """Return the bent nets from above to below, and where those turn that stand in it twice.

    A net must run above another if it comes down where the other leaves; two that ask it of each other take turns.
    """
    leaves = {x: i for i in bent for x in nets[i].bottoms}
    above = dict.fromkeys(bent, 0)
    frees: dict[int, int] = {}
    for i in bent:
        other = leaves.get(nets[i].top, i)
        if other != i:
            above[other] += 1
            frees[i] = other
    wishes, unmet = _wishes(nets, bent)
    right = [i for i in bent if nets[i].bottoms[-1] > nets[i].top]
    sides = sorted(right, key=lambda i: -nets[i].top) + sorted(set(bent) - set(right), key=lambda i: nets[i].top)
    rank = {i: at for at, i in enumerate(sides)}
    ready = [(unmet[i], rank[i], i) for i in bent if not above[i]]
    heapify(ready)
    waiting = set(bent)
    found: list[int] = []
    turns: dict[int, int] = {}
    taken = {x for net in nets for x in (net.top, *net.bottoms)}
    while waiting:
        if ready:
            _, _, i = heappop(ready)
            if i not in waiting:
                continue
            waiting.remove(i)
            for j, gain in wishes[i]:
                unmet[j] -= gain
                if j in waiting and not above[j]:
                    heappush(ready, (unmet[j], rank[j], j))
        else:
            i = min((i for i in waiting if i not in turns), key=lambda i: (len(nets[i].bottoms), rank[i]))
            turns[i] = _turn(nets[i], taken)
            taken.add(turns[i])
        found.append(i)
        freed = frees.pop(i, -1)
        if freed >= 0:
            above[freed] -= 1
            if not above[freed]:
                heappush(ready, (unmet[freed], rank[freed], freed))
    return found, turns


def _wishes(nets: Sequence[Net], bent: Sequence[int]) -> tuple[dict[int, list[tuple[int, int]]], dict[int, int]]:
    """Return which nets should run below each, what crossings that takes away, and their sum for each below."""
    found: dict[int, list[tuple[int, int]]] = {i: [] for i in bent}
    unmet = dict.fromkeys(bent, 0)
    by_low = sorted(bent, key=lambda i: nets[i].low) if len(bent) <= _MOST_NETS else []
    for at, i in enumerate(by_low):
        a, high = nets[i], nets[i].high
        for j in by_low[at + 1 :]:
            b = nets[j]
            if b.low > high:
                break
            gain = _crossings(b, a) - _crossings(a, b)
            upper, lower = (i, j) if gain > 0 else (j, i)
            if gain:
                found[upper].append((lower, abs(gain)))
                unmet[lower] += abs(gain)
    return found, unmet


def _crossings(upper: Net, lower: Net) -> int:
    """Return how often two nets cross if one runs above the other."""
    through = bisect_left(upper.bottoms, lower.high) - bisect_right(upper.bottoms, lower.low)
    return max(0, through) + (upper.low < lower.top < upper.high)


def _turn(net: Net, taken: set[int]) -> int:
    """Return an x near the middle of a net where nothing else comes down."""
    middle = (net.low + net.high) // 2
    for near in (10, 1):
        for step in range(max(1, net.high - net.low)):
            for x in (middle - step, middle + step):
                if all(x + d not in taken for d in range(1 - near, near)):
                    return x
    return next(x for x in range(middle, middle + len(taken) + 1) if x not in taken)
