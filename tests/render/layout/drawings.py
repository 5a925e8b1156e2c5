"""What is wrong with a drawing, by looking at every pair of boxes and lines; knows nothing of how it was made."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from cnnshape.render.layout import Placed
from tests.render.layout.graphs import Graph

NEAR = 0.05
"""Half of the step in which coordinates are written."""


def pieces(route):
    """Yield the straight pieces of a route: (left, upper, right, lower)."""
    for (x, y), (z, w) in pairwise(route):
        yield min(x, z), min(y, w), max(x, z), max(y, w)


def faults(graph: Graph, placed: Placed) -> Iterator[str]:
    """Yield every fault."""
    boxes = [(x, y, x + width, y + height) for (x, y), (width, height) in zip(placed.corners, graph.sizes, strict=True)]
    whole = (0.0, 0.0, placed.width, placed.height)
    for v, box in enumerate(boxes):
        if not _inside(box, whole):
            yield f"box {v} leaves the drawing"
    for (v, a), (w, b) in combinations(enumerate(boxes), 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > NEAR and min(a[3], b[3]) - max(a[1], b[1]) > NEAR:
            yield f"boxes {v} and {w} overlap"
    for k in range(len(graph.links)):
        yield from _of_route(graph, placed, k, boxes)
    yield from _shared(graph, placed)
    for number in (number for points in (placed.corners, *placed.routes) for point in points for number in point):
        if round(number, 1) != number:
            yield f"{number!r} is no multiple of 0.1"


def _of_route(graph: Graph, placed: Placed, k: int, boxes) -> Iterator[str]:
    route, own = placed.routes[k], graph.links[k]
    if not _on_border(route[0], boxes[own[0]]) or not _on_border(route[-1], boxes[own[1]]):
        yield f"route {k} does not lead from border to border"
    for piece in pieces(route):
        if (piece[0] == piece[2]) == (piece[1] == piece[3]):
            yield f"route {k} has a slanted or an empty piece"
        if not _inside(piece, (0.0, 0.0, placed.width, placed.height)):
            yield f"route {k} leaves the drawing"
        for v, box in enumerate(boxes):
            if _meets(piece, box, touch=v not in own):
                yield f"route {k} runs through box {v}"


def _meets(piece, box, *, touch: bool) -> bool:
    """Say whether a piece of a line runs through a box, or so much as touches it."""
    room = -NEAR if touch else NEAR
    return (
        piece[0] < box[2] - room and piece[2] > box[0] + room and piece[1] < box[3] - room and piece[3] > box[1] + room
    )


def _inside(inner, outer) -> bool:
    return (
        inner[0] >= outer[0] - NEAR
        and inner[1] >= outer[1] - NEAR
        and inner[2] <= outer[2] + NEAR
        and inner[3] <= outer[3] + NEAR
    )


def _on_border(point, box) -> bool:
    x, y = point
    return _inside((x, y, x, y), box) and min(abs(x - box[0]), abs(x - box[2]), abs(y - box[1]), abs(y - box[3])) < NEAR


def _shared(graph: Graph, placed: Placed) -> Iterator[str]:
    """Yield the pairs of routes from different boxes that run on each other, or meet end to end."""
    by_line: dict[tuple[str, float], list[tuple[float, float, int]]] = {}
    for k, route in enumerate(placed.routes):
        for left, upper, right, lower in pieces(route):
            if left == right:
                by_line.setdefault(("upright", left), []).append((upper, lower, k))
            else:
                by_line.setdefault(("level", upper), []).append((left, right, k))
    for found in by_line.values():
        for a, b in combinations(sorted(found), 2):
            if b[0] <= a[1] and graph.links[a[2]][0] != graph.links[b[2]][0]:
                yield f"routes {a[2]} and {b[2]} run on each other"


def crossings(graph: Graph, placed: Placed) -> int:
    """Count how often an upright piece of one route meets a level piece of one from another box."""
    level: dict[float, list[tuple[float, float, int]]] = {}
    for (source, _), route in zip(graph.links, placed.routes, strict=True):
        for left, upper, right, lower in pieces(route):
            if upper == lower:
                level.setdefault(upper, []).append((left, right, source))
    total = 0
    for (source, _), route in zip(graph.links, placed.routes, strict=True):
        for left, upper, right, lower in pieces(route):
            if left == right:
                for y, found in level.items():
                    if upper < y < lower:
                        total += sum(a < left < b and other != source for a, b, other in found)
    return total
