"""A drawing from the order of its layers, in one column or in several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnshape.render.layout.crossed import Piece, crossings
from cnnshape.render.layout.cuts import cuts
from cnnshape.render.layout.entries import Wired, wired
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.place import Room, place
from cnnshape.render.layout.placed import Spaces
from cnnshape.render.layout.route import Band, Channel, Over, bands, channel, over, pins
from cnnshape.render.layout.straight import lines_to

__all__ = ["Drawn", "drawn"]

Points = list[tuple[int, int]]
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing in tenths of a point; as `Placed`."""

    corners: Points
    routes: list[Points]
    width: int
    height: int
    crossings: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn: the layered graph, how links enter their targets, the spine, the boxes, the gaps."""

    graph: Lanes
    wiring: Wired
    spine: Sequence[int]
    widths: Sequence[int]
    heights: Sequence[int]
    spaces: Spaces


def drawn(
    graph: Lanes,
    rows: Sequence[Sequence[int]],
    spine: Sequence[int],
    joins: Collection[int],
    boxes: Sequence[tuple[int, int]],
    spaces: Spaces,
    most: int,
) -> Drawn:
    """Return the drawing of an order of the layers.

    Parameters
    ----------
    graph : Lanes
    rows : the vertices of each layer from left to right
    spine : the straight path
    joins : boxes that are entered from the side
    boxes : width and height of each
    spaces : between them
    most : how high the drawing may be, 0 for any height
    """
    widths, heights = [w for w, _ in boxes], [h for _, h in boxes]
    plan = Plan(graph, wired(graph, rows, frozenset(spine), joins, heights), spine, widths, heights, spaces)
    found, layers = _in_columns(plan, [0])
    if not most or found.height <= most:
        return found
    tops, bottoms = [each.top for each in layers], [each.bottom for each in layers]
    lines = [_sources(plan, depth) for depth in range(1, len(layers))]
    limit = most
    for _ in range(_TRIES):
        starts = cuts(tops, bottoms, lines, max(1, limit))
        found = _in_columns(plan, starts)[0]
        if found.height <= most:
            break
        # what leads over takes room too, but how much depends on where the columns end
        highest = max(bottoms[end - 1] - tops[start] for start, end in pairwise([*starts, len(tops)]))
        limit = min(limit, highest) - (found.height - most)
    return found


def _in_columns(plan: Plan, starts: Sequence[int]) -> tuple[Drawn, list[Band]]:
    """Return the drawing with a new column at each of some layers, and where its layers stand."""
    graph, wiring, spaces = plan.graph, plan.wiring, plan.spaces
    x, rights = _columns(plan, starts)
    ends = pins(graph, wiring, x, plan.widths, spaces.track)
    channels = [channel(graph, wiring, row, x, ends) for row in wiring.rows[1:]]
    top = max((spaces.over(_sources(plan, start)) for start in starts[1:]), default=0)
    layers: list[Band] = []
    for start, end in pairwise([*starts, len(wiring.rows)]):
        counts = [each.tracks for each in channels[start : end - 1]]
        layers += bands(wiring.rows[start:end], plan.heights, counts, spaces, top)
    leads = {
        start - 1: over(graph, wiring, wiring.rows[start], x, right, layers[start - 1].bottom, top, spaces)
        for start, right in zip(starts[1:], rights, strict=False)
    }
    corners = []
    for v, (w, h) in enumerate(zip(plan.widths, plan.heights, strict=True)):
        layer = layers[graph.level[v]]
        corners.append((x[v] - w // 2, (layer.top + layer.bottom - h) // 2))
    routes, crossed = _routes(plan, x, ends, corners, layers, channels, leads)
    every = [point for points in routes for point in points]
    every += [(a + w, b + h) for (a, b), w, h in zip(corners, plan.widths, plan.heights, strict=True)] + corners
    low, high = min(a for a, _ in every), max(a for a, _ in every)
    height = max(b for _, b in every)
    return Drawn(
        [(a - low, b) for a, b in corners],
        [[(a - low, b) for a, b in points] for points in routes],
        high - low,
        height,
        crossed,
    ), layers


def _sources(plan: Plan, depth: int) -> int:
    """Return how many vertices lines lead from to a layer."""
    return len({u for u, _ in lines_to(plan.graph, plan.wiring, plan.wiring.rows[depth])})


def _columns(plan: Plan, starts: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the x of every vertex, and the right edge of each column; between columns there is room for the lines."""
    wiring, spaces = plan.wiring, plan.spaces
    room = Room(plan.widths, spaces)
    x = [0] * len(wiring.parent)
    edges: list[int] = []
    for start, end in pairwise([*starts, len(wiring.rows)]):
        rows = wiring.rows[start:end]
        local = place(plan.graph, wiring, rows, plan.spine, room)
        shift = -min(at - room.left(v) for v, at in local.items())
        if edges:
            shift += edges[-1] + 2 * spaces.column + (_sources(plan, start) - 1) * spaces.track
        for v, at in local.items():
            x[v] = at + shift
        edges.append(max(x[v] + room.right(v) for v in local))
    return x, edges


def _routes(
    plan: Plan,
    x: Sequence[int],
    ends: Sequence[int],
    corners: Points,
    layers: Sequence[Band],
    channels: Sequence[Channel],
    leads: Mapping[int, Over],
) -> tuple[list[Points], int]:
    """Return the corners of every link, and how often they cross."""
    graph, track = plan.graph, plan.spaces.track
    routes: list[Points] = []
    pieces: list[dict[tuple[int, int], Points]] = [{} for _ in channels]
    times: list[Counter[tuple[int, int]]] = [Counter() for _ in channels]
    for k, (source, target) in enumerate(graph.links):
        entry = plan.wiring.entries[k]
        way = [graph.tails[k]]
        while way[-1] != source:
            way.append(graph.parent[way[-1]])
        way.reverse()
        points = [(x[source], corners[source][1] + plan.heights[source])]
        for i, u in enumerate(way):
            depth = graph.level[u]
            end = x[way[i + 1]] if i + 1 < len(way) else ends[k]
            turns = pieces[depth].get((u, end))
            if turns is None and depth in leads:
                turns = leads[depth].corners(u, x[u], end, track)
            elif turns is None:
                turns = channels[depth].corners(u, x[u], end, layers[depth].track, track)
            pieces[depth][u, end] = turns
            times[depth][u, end] += 1
            points += turns
        left, top = corners[target]
        if entry.side:
            y = top + plan.heights[target] * (entry.slot + 1) // (entry.slots + 1)
            points += [(ends[k], y), (left if entry.side < 0 else left + plan.widths[target], y)]
        else:
            points.append((ends[k], top))
        routes.append(points)
    origin = list(range(graph.count)) + [-1] * (len(graph.parent) - graph.count)
    for v in range(graph.count, len(graph.parent)):
        origin[v] = origin[graph.parent[v]]
    crossed = 0
    for upper, lower, turned, many in zip(layers, layers[1:], pieces, times, strict=False):
        crossed += crossings(
            [
                Piece(origin[u], [(x[u], upper.bottom), *turns, (end, lower.top)], many[u, end])
                for (u, end), turns in turned.items()
            ]
        )
    return routes, crossed
