"""The layout of an acyclic graph in layers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

from cnnshape.render.layout.drawing import drawn
from cnnshape.render.layout.lanes import Lanes
from cnnshape.render.layout.levels import levels, parts, spine
from cnnshape.render.layout.order import ordered_lanes
from cnnshape.render.layout.placed import Along, Gaps, Placed, Spaces
from cnnshape.render.scene import Point

__all__ = ["Order", "layered", "ordered"]

_GAPS = Gaps()


@dataclass(frozen=True, slots=True)
class Order:
    """What is where in the layers of a graph, whatever the sizes of its boxes.

    Parameters
    ----------
    parts : for each part that hangs together its boxes, its links, its straight path, its layered graph and the
        vertices of each layer from left to right
    """

    parts: tuple[tuple[list[int], list[int], Sequence[int], Lanes, list[list[int]]], ...]

    def least(self, sizes: Sequence[tuple[float, float]], along: Along) -> tuple[float, float]:
        """Return a width and a height that no layout of boxes with these sizes is below, points."""
        across, length = (1, 0) if along == "right" else (0, 1)
        wide = high = 0.0
        for members, _, _, graph, rows in self.parts:
            layers = [[sizes[members[v]] for v in row if v < graph.count] for row in rows]
            wide += max((sum(box[across] for box in layer) for layer in layers), default=0.0)
            high = max(high, sum(max((box[length] for box in layer), default=0.0) for layer in layers))
        return (high, wide) if along == "right" else (wide, high)


def ordered(count: int, links: Sequence[tuple[int, int]], weights: Sequence[float] = ()) -> Order:
    """Return the order of a graph, the costly half of its layout, for `layered` with boxes of several sizes.

    Parameters
    ----------
    count : of its boxes
    links, weights : as those of `layered`
    """
    found = []
    for members, own in _separate(count, links):
        number = {v: i for i, v in enumerate(members)}
        inside = [(number[links[k][0]], number[links[k][1]]) for k in own]
        path = spine(len(members), inside, [weights[v] for v in members] if weights else ())
        graph, rows = ordered_lanes(levels(len(members), inside, path), inside, path)
        found.append((members, own, path, graph, rows))
    return Order(tuple(found))


def layered(
    sizes: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    *,
    along: Along = "down",
    gaps: Gaps = _GAPS,
    weights: Sequence[float] = (),
    joins: Collection[int] = frozenset(),
    most: float = 0.0,
    order: Order | None = None,
) -> Placed:
    """Place boxes in layers and lead lines between them.

    The longest path is straight. No two boxes overlap, no line runs through a box, and no two lines run on each other
    unless they come from the same box.

    Parameters
    ----------
    sizes : width and height of each box, points; rounded up to 0.1
    links : pairs (source, target) of positions in `sizes`; the same pair may occur again; no cycles
    along : whether the links lead down or right
    gaps : distances
    weights : one for each box, such as its multiply-adds: of equally long paths the heaviest is straight; or none
    joins : the boxes that are entered from the side but for one link
    most : how high the drawing may be (how wide if it leads to the right), points: what is longer is folded into
        columns; 0 for one column
    order : of these links, if it is known

    Returns
    -------
    Placed

    Raises
    ------
    ValueError
        If the links form a cycle.

    Examples
    --------
    >>> placed = layered([(40, 16)] * 3, [(0, 1), (1, 2), (0, 2)], joins={2})
    >>> placed.corners
    ((0.0, 0.0), (0.0, 32.0), (0.0, 64.0))
    >>> placed.routes[2]
    ((20.0, 16.0), (20.0, 24.0), (48.0, 24.0), (48.0, 72.0), (40.0, 72.0))
    """
    turned = along == "right"
    spaces = Spaces.of(gaps)
    boxes = [(_tenths(h), _tenths(w)) if turned else (_tenths(w), _tenths(h)) for w, h in sizes]
    corners: list[tuple[int, int]] = [(0, 0)] * len(boxes)
    routes: list[list[tuple[int, int]]] = [[] for _ in links]
    width = height = crossings = 0
    for members, own, path, graph, rows in (order or ordered(len(sizes), links, weights)).parts:
        sides = frozenset(i for i, v in enumerate(members) if v in joins)
        part = drawn(graph, rows, path, sides, [boxes[v] for v in members], spaces, round(10 * most))
        shift = width + spaces.part if width else 0
        for v, (x, y) in zip(members, part.corners, strict=True):
            corners[v] = (x + shift, y)
        for k, points in zip(own, part.routes, strict=True):
            routes[k] = [(x + shift, y) for x, y in points]
        width, height = shift + part.width, max(height, part.height)
        crossings += part.crossings
    if turned:
        width, height = height, width

    return Placed(
        _points(corners, turned),
        tuple(_points(each, turned) for each in routes),
        width / 10,
        height / 10,
        crossings,
    )


def _points(places: Sequence[tuple[int, int]], turned: bool) -> tuple[Point, ...]:
    """Return places in points."""
    return tuple((y / 10, x / 10) if turned else (x / 10, y / 10) for x, y in places)


def _tenths(length: float) -> int:
    """Return a length in tenths of a point, rounded up."""
    return max(0, ceil(10 * length - 1e-6))


def _separate(count: int, links: Sequence[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """Return for each part that hangs together its boxes and its links."""
    found: list[tuple[list[int], list[int]]] = [(members, []) for members in parts(count, links)]
    part_of = {v: p for p, (members, _) in enumerate(found) for v in members}
    for k, (source, _) in enumerate(links):
        found[part_of[source]][1].append(k)
    return found
