"""Lines between two layers: which horizontal piece runs above which, so that none runs on another.

Lines to the right run the higher the farther right they start, lines to the left the farther left: then two lines cross
only if their ends do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

__all__ = ["Net", "Run", "tracks"]


@dataclass(frozen=True, slots=True)
class Net:
    """The lines that come down from one vertex of the upper layer and go to one side.

    Parameters
    ----------
    top : x of the vertex
    bottoms : x of where they go in the lower layer, ascending; all to the left of `top`, or all to its right
    """

    top: int
    bottoms: tuple[int, ...]

    @property
    def rank(self) -> tuple[bool, int]:
        """Its place among all, from above."""
        return (False, -self.top) if self.bottoms[0] > self.top else (True, self.top)


@dataclass(frozen=True, slots=True)
class Run:
    """How a net runs: down to a track, along it, down; some change the track at `turn` in between.

    Parameters
    ----------
    track : the number of its track, from above
    turn : where it leaves this track for the second, if it needs two
    second : the number of the second; -1 if it needs none
    """

    track: int
    turn: int = 0
    second: int = -1


@dataclass(frozen=True, slots=True)
class _Span:
    """A piece on a track: from which x to which, and the top of its net."""

    low: int
    high: int
    top: int


def tracks(nets: Sequence[Net], straight: Sequence[int] = ()) -> tuple[list[Run], int]:
    """Return how each net runs, and how many tracks that takes.

    Parameters
    ----------
    nets : no two with the same top go to the same side, and no two have a bottom in common
    straight : x of the lines that come straight down
    """
    order, turns = _order(nets, straight)
    found: list[list[int]] = [[] for _ in nets]
    used: list[list[_Span]] = []
    for i, span in _pieces(nets, order, turns):
        # below every piece before it that it would touch
        track = len(used)
        while track and (not found[i] or track - 1 > found[i][-1]) and _free(used[track - 1], span):
            track -= 1
        if track == len(used):
            used.append([])
        used[track].insert(_after(used[track], span.low - 1), span)
        found[i].append(track)
    runs = [Run(each[0], turns.get(i, 0), each[1] if len(each) > 1 else -1) for i, each in enumerate(found)]
    return runs, len(used)


def _pieces(nets: Sequence[Net], order: Sequence[int], turns: dict[int, int]) -> list[tuple[int, _Span]]:
    """Return the horizontal pieces, each with its net, in the order in which they run from above."""
    seen: set[int] = set()
    found = []
    for i in order:
        net = nets[i]
        ends = [net.top, *net.bottoms]
        if i in turns:
            ends = [turns[i], *(net.bottoms if i in seen else [net.top])]
            seen.add(i)
        found.append((i, _Span(min(ends), max(ends), net.top)))
    return found


def _after(spans: Sequence[_Span], x: int) -> int:
    """Return how many spans of a track begin at x or left of it."""
    return bisect_left(spans, x + 1, key=lambda span: span.low)


def _free(spans: Sequence[_Span], new: _Span) -> bool:
    """Say whether a piece touches none of a track but that of the same vertex to the other side."""
    at = _after(spans, new.high)
    while at and spans[at - 1].top == new.top:
        at -= 1
    return at == 0 or spans[at - 1].high < new.low


def _order(nets: Sequence[Net], straight: Sequence[int]) -> tuple[list[int], dict[int, int]]:
    """Return the nets from above to below, and where those turn that stand in it twice.

    A net must run above another if it comes down where the other leaves; two that ask it of each other take turns.
    """
    leaves = {x: i for i, net in enumerate(nets) for x in net.bottoms}
    above = [0] * len(nets)
    frees: dict[int, int] = {}
    for i, net in enumerate(nets):
        if net.top in leaves:
            frees[i] = leaves[net.top]
            above[frees[i]] += 1
    ready = [(net.rank, i) for i, net in enumerate(nets) if not above[i]]
    heapify(ready)
    waiting = set(range(len(nets)))
    found: list[int] = []
    turns: dict[int, int] = {}
    taken = {x for net in nets for x in (net.top, *net.bottoms)} | set(straight)
    while waiting:
        if ready:
            i = heappop(ready)[1]
            waiting.remove(i)
        else:
            i = min((i for i in waiting if i not in turns), key=lambda i: (len(nets[i].bottoms), nets[i].rank))
            turns[i] = _turn(nets[i], taken)
            taken.add(turns[i])
        found.append(i)
        freed = frees.pop(i, -1)
        if freed >= 0:
            above[freed] -= 1
            if not above[freed]:
                heappush(ready, (nets[freed].rank, freed))
    return found, turns


def _turn(net: Net, taken: set[int]) -> int:
    """Return an x near the middle of a net where nothing else comes down."""
    low, high = min(net.top, net.bottoms[0]), max(net.top, net.bottoms[-1])
    middle = (low + high) // 2
    for near in (10, 1):
        for step in range(high - low):
            for x in (middle - step, middle + step):
                if all(x + d not in taken for d in range(1 - near, near)):
                    return x
    return next(x for x in range(middle, middle + len(taken) + 1) if x not in taken)
