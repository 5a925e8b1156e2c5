"""How often Graphviz's splines cross, for the same boxes and links."""

import subprocess
from itertools import pairwise

from tests.render.layout.graphs import Graph

Point = tuple[float, float]


def dot_crossings(graph: Graph, seconds: float = 40) -> int | None:
    """Return how often the splines of different sources cross; None if dot takes longer."""
    lines = ['digraph { node [shape=box fixedsize=true label=""]; nodesep=0.2; ranksep=0.25;']
    lines += [
        f"n{v} [width={width / 72:.4f} height={height / 72:.4f}];" for v, (width, height) in enumerate(graph.sizes)
    ]
    lines += [f"n{source} -> n{target};" for source, target in graph.links]
    try:
        done = subprocess.run(
            ["dot", "-Tplain"],
            input="\n".join([*lines, "}"]),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return None
    routes = []
    for line in done.stdout.splitlines():
        words = line.split()
        if words[0] == "edge":
            numbers = [float(word) for word in words[4 : 4 + 2 * int(words[3])]]
            routes.append((words[1], polyline(list(zip(numbers[::2], numbers[1::2], strict=True)))))
    return crossings(routes)


def polyline(controls: list[Point]) -> list[Point]:
    """Return points on cubic Bezier curves joined end to end."""
    found = [controls[0]]
    for at in range(0, len(controls) - 1, 3):
        a, b, c, d = controls[at : at + 4]
        for step in range(1, 9):
            t = step / 8
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
            found.append((x, y))
    return found


def crossings(routes: list[tuple[str, list[Point]]]) -> int:
    """Return how often polylines of different sources cross, by a walk over y."""
    pieces = [
        (min(p[1], q[1]), max(p[1], q[1]), p, q, source) for source, points in routes for p, q in pairwise(points)
    ]
    near: list[tuple[float, float, Point, Point, str]] = []
    total = 0
    for piece in sorted(pieces):
        near = [other for other in near if other[1] >= piece[0]]
        total += sum(other[4] != piece[4] and _cross(piece[2], piece[3], other[2], other[3]) for other in near)
        near.append(piece)
    return total


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
