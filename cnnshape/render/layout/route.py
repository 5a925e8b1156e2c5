"""The heights of the layers and the lines between the boxes, once every x is known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnshape.render.layout.entries import Wired
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.placed import Spaces
from cnnshape.render.layout.tracks import Net, Run, tracks

__all__ = ["Channel", "Stack", "channels", "crossings", "heights", "pins", "route"]

Points = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Channel:
    """The lines between two layers.

    Parameters
    ----------
    runs : how each net runs, by the vertex that it comes from
    tracks : how many
    """

    runs: Mapping[int, Run]
    tracks: int


@dataclass(frozen=True, slots=True)
class Stack:
    """The heights of some layers.

    Parameters
    ----------
    tops : upper edge of each layer
    bands : height of each layer
    lines : y of the first track below each layer
    bottom : lower edge of the last layer
    """

    tops: list[int]
    bands: list[int]
    lines: list[int]
    bottom: int


def pins(graph: Lanes, wiring: Wired, x: Mapping[int, int], widths: Sequence[int], track: int) -> list[int]:
    """Return for each link the x at which it comes down to its target, or to the point beside it."""
    found = [x.get(entry.point, 0) for entry in wiring.entries]
    for v, links in enumerate(wiring.tops):
        if len(links) < 2 or v not in x:
            continue
        straight = [i for i, k in enumerate(links) if x.get(graph.tails[k]) == x[v]]
        main = straight[len(straight) // 2] if straight else (len(links) - 1) // 2
        step = max(1, min(track, (widths[v] // 2 - 10) // max(main, len(links) - 1 - main)))
        for i, k in enumerate(links):
            found[k] += (i - main) * step
    return found


def channels(
    graph: Lanes, wiring: Wired, rows: Sequence[Sequence[int]], x: Mapping[int, int], ends: Sequence[int]
) -> list[Channel]:
    """Return the lines below each layer but the last."""
    found = []
    for lower in rows[1:]:
        bottoms: dict[int, set[int]] = {}
        for v in lower:
            if wiring.parent[v] >= 0:
                bottoms.setdefault(wiring.parent[v], set()).add(x[v])
            else:
                for k in wiring.tops[v]:
                    bottoms.setdefault(graph.tails[k], set()).add(ends[k])
        nets = [Net(x[u], tuple(sorted(each))) for u, each in bottoms.items()]
        runs, count = tracks(nets)
        found.append(Channel(dict(zip(bottoms, runs, strict=True)), count))
    return found


def heights(rows: Sequence[Sequence[int]], boxes: Sequence[int], lines: Sequence[Channel], spaces: Spaces) -> Stack:
    """Return how high the layers are and stand, the first at 0."""
    tops, bands, firsts, y = [], [], [], 0
    for i, row in enumerate(rows):
        tops.append(y)
        bands.append(max((boxes[v] for v in row if v < len(boxes)), default=0))
        y += bands[-1]
        if i < len(lines):
            tracks_high = max(0, lines[i].tracks - 1) * spaces.track
            gap = max(spaces.layer, tracks_high + 2 * spaces.head)
            firsts.append(y + (gap - tracks_high) // 2)
            y += gap
    return Stack(tops, bands, firsts, y)


def route(channel: Channel, first: int, track: int, start: int, u: int, end: int) -> Points:
    """Return the corners of a line between two layers: from above at `start`, down at `end`."""
    run = channel.runs[u]
    if start == end or run.track < 0:
        return []
    y = first + run.track * track
    if run.second < 0:
        return [(start, y), (end, y)]
    below = first + run.second * track
    return [(start, y), (run.turn, y), (run.turn, below), (end, below)]


def crossings(pieces: Sequence[tuple[int, Sequence[tuple[int, int]]]]) -> int:
    """Return how often lines of different sources cross.

    Parameters
    ----------
    pieces : for each line its source and its corners between two layers, the first and last at the layers
    """
    upright = sorted(
        (x, min(y, z), max(y, z), source) for source, points in pieces for (x, y), (w, z) in pairwise(points) if x == w
    )
    places = [each[0] for each in upright]
    total = 0
    for source, points in pieces:
        for (x, y), (w, z) in pairwise(points):
            if y != z:
                continue
            for _, low, high, other in upright[bisect_right(places, min(x, w)) : bisect_left(places, max(x, w))]:
                total += low < y < high and other != source
    return total
