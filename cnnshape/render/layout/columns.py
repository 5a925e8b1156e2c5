"""A drawing from the order of its layers, folded into columns if it is too high."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cnnshape.render.layout.entries import wired
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.place import Room, place
from cnnshape.render.layout.placed import Spaces
from cnnshape.render.layout.route import channels, crossings, heights, pins, route

__all__ = ["Drawn", "drawn"]

Points = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing in tenths of a point; as `Placed`."""

    corners: list[tuple[int, int]]
    routes: list[Points]
    width: int
    height: int
    crossings: int


def drawn(
    graph: Lanes,
    rows: Sequence[Sequence[int]],
    spine: Sequence[int],
    joins: Collection[int],
    boxes: Sequence[tuple[int, int]],
    spaces: Spaces,
    most: int,
) -> Drawn:
    """Return the drawing of an order of the layers."""
    widths, tall = [w for w, _ in boxes], [h for _, h in boxes]
    wiring = wired(graph, rows, frozenset(spine), joins, tall)
    x = place(graph, wiring, wiring.rows, spine, Room(widths, spaces))
    ends = pins(graph, wiring, x, widths, spaces.track)
    lines = channels(graph, wiring, wiring.rows, x, ends)
    stack = heights(wiring.rows, tall, lines, spaces)
    corners = [
        (x[v] - widths[v] // 2, stack.tops[graph.level[v]] + (stack.bands[graph.level[v]] - tall[v]) // 2)
        for v in range(len(boxes))
    ]
    routes: list[Points] = []
    pieces: list[list[tuple[int, Points]]] = [[] for _ in lines]
    for k, (source, target) in enumerate(graph.links):
        entry = wiring.entries[k]
        way = [graph.tails[k]]
        while way[-1] != source:
            way.append(graph.parent[way[-1]])
        way.reverse()
        points = [(x[source], corners[source][1] + tall[source])]
        for i, u in enumerate(way):
            depth = graph.level[u]
            end = x[way[i + 1]] if i + 1 < len(way) else ends[k]
            bends = route(lines[depth], stack.lines[depth], spaces.track, x[u], u, end)
            points += bends
            edge = stack.tops[depth] + stack.bands[depth]
            pieces[depth].append((source, [(x[u], edge), *bends, (end, stack.tops[depth + 1])]))
        left, top = corners[target]
        if entry.side:
            y = top + tall[target] * (entry.slot + 1) // (entry.slots + 1)
            points += [(ends[k], y), (left if entry.side < 0 else left + widths[target], y)]
        else:
            points.append((ends[k], top))
        routes.append(points)
    every = [each for points in routes for each, _ in points]
    low = min([left for left, _ in corners] + every, default=0)
    high = max([left + w for (left, _), w in zip(corners, widths, strict=True)] + every, default=0)
    return Drawn(
        [(left - low, top) for left, top in corners],
        [[(a - low, b) for a, b in points] for points in routes],
        high - low,
        stack.bottom,
        sum(crossings(each) for each, channel in zip(pieces, lines, strict=True) if channel.tracks),
    )
