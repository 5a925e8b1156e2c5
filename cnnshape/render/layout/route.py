"""The heights of the layers and how lines run between two of them, once every x is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnshape.render.layout.entries import Wired
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.placed import Spaces
from cnnshape.render.layout.straight import lines_to
from cnnshape.render.layout.tracks import Net, Run, tracks

__all__ = ["Band", "Channel", "Over", "bands", "channel", "over", "pins"]

_CORNER = 10
"""How far a line that enters from above stays from the corner of the box, tenths of a point."""
Points = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Channel:
    """The lines between a layer and the next below it.

    Parameters
    ----------
    runs : how lines run, by the vertex that they come from and whether they go right
    tracks : how many tracks they take
    """

    runs: Mapping[tuple[int, bool], Run]
    tracks: int

    def corners(self, u: int, start: int, end: int, first: int, track: int) -> Points:
        """Return the corners of a line from the vertex u at `start` down to `end`; the first track is at y `first`."""
        if start == end:
            return []
        run = self.runs[u, end > start]
        y = first + run.track * track
        if run.second < 0:
            return [(start, y), (end, y)]
        below = first + run.second * track
        return [(start, y), (run.turn, y), (run.turn, below), (end, below)]


@dataclass(frozen=True, slots=True)
class Over:
    """The lines from the last layer of a column to the first of the next: down, right, up, right, down.

    Parameters
    ----------
    ranks : of each vertex that they come from: the rightmost has the innermost lane
    left : x of the first lane
    first : y of the first track below the column
    top : y of the first track above the next column
    """

    ranks: Mapping[int, int]
    left: int
    first: int
    top: int

    def corners(self, u: int, start: int, end: int, track: int) -> Points:
        """Return the corners of a line from the vertex u at `start` to `end`."""
        shift = self.ranks[u] * track
        x, y, z = self.left + shift, self.first + shift, self.top + shift
        return [(start, y), (x, y), (x, z), (end, z)]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a layer stands.

    Parameters
    ----------
    top, bottom : its edges
    track : y of the first track below it
    """

    top: int
    bottom: int
    track: int


def pins(graph: Lanes, wiring: Wired, x: Sequence[int], widths: Sequence[int], track: int) -> list[int]:
    """Return for each link the x at which it comes down to its target, or to the point beside it."""
    found = [x[entry.point] for entry in wiring.entries]
    for v, links in enumerate(wiring.tops):
        if len(links) < 2:
            continue
        straight = [i for i, k in enumerate(links) if x[graph.tails[k]] == x[v]]
        main = straight[len(straight) // 2] if straight else (len(links) - 1) // 2
        most = max(main, len(links) - 1 - main)
        half = widths[v] // 2
        step = min(track, max(0, half - _CORNER) // most) or min(1, half // most)
        for i, k in enumerate(links):
            found[k] += (i - main) * step if step else (i + 1) * widths[v] // (len(links) + 1) - half
    return found


def channel(graph: Lanes, wiring: Wired, lower: Sequence[int], x: Sequence[int], ends: Sequence[int]) -> Channel:
    """Return the lines that come down to a layer."""
    bottoms: dict[int, set[int]] = {}
    for v in lower:
        if wiring.parent[v] >= 0:
            bottoms.setdefault(wiring.parent[v], set()).add(x[v])
        else:
            for k in wiring.tops[v]:
                bottoms.setdefault(graph.tails[k], set()).add(ends[k])
    nets = {}
    for u, each in bottoms.items():
        for right in (False, True):
            to = tuple(sorted(end for end in each if end != x[u] and (end > x[u]) == right))
            if to:
                nets[u, right] = Net(x[u], to)
    runs, count = tracks(list(nets.values()), [x[u] for u, each in bottoms.items() if x[u] in each])
    return Channel(dict(zip(nets, runs, strict=True)), count)


def over(
    graph: Lanes,
    wiring: Wired,
    lower: Sequence[int],
    x: Sequence[int],
    right: int,
    bottom: int,
    top: int,
    spaces: Spaces,
) -> Over:
    """Return the lines that lead over to the layer at the top of a column.

    Parameters
    ----------
    right, bottom : edges of the column before, whose last layer they come from
    top : upper edge of the layer
    """
    sources = sorted({u for u, _ in lines_to(graph, wiring, lower)}, key=lambda u: -x[u])
    ranks = {u: rank for rank, u in enumerate(sources)}
    high = spaces.over(len(ranks))
    return Over(ranks, right + spaces.column, bottom + spaces.over(1), top - high)


def bands(
    rows: Sequence[Sequence[int]], boxes: Sequence[int], counts: Sequence[int], spaces: Spaces, top: int
) -> list[Band]:
    """Return where the layers of a column stand.

    Parameters
    ----------
    rows : the layers
    boxes : heights of the boxes
    counts : how many tracks there are below each layer
    spaces : between the layers
    top : upper edge of the first
    """
    found = []
    for row, count in zip(rows, [*counts[: len(rows) - 1], 0], strict=True):
        bottom = top + max((boxes[v] for v in row if v < len(boxes)), default=0)
        high = max(0, count - 1) * spaces.track
        gap = max(spaces.layer, high + 2 * spaces.head)
        found.append(Band(top, bottom, bottom + (gap - high) // 2))
        top = bottom + gap
    return found
