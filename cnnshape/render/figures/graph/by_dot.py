"""Places for boxes by Graphviz's program `dot`, for those who prefer its layout."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.figures.graph.theme import Theme
from cnnshape.render.layout import Placed
from cnnshape.render.scene import Point

__all__ = ["DotError", "placed_by_dot"]

_SECONDS = 10
_INCH = 72.0


class DotError(Exception):
    """Why `dot` gave no layout, in a few words."""


def placed_by_dot(sizes: Sequence[tuple[float, float]], links: Sequence[tuple[int, int]], theme: Theme) -> Placed:
    """Return what `layout.layered` returns, but for the routes: they are Bezier curves, 3n + 1 points each.

    Raises
    ------
    DotError
        The program is not installed, fails, or has not finished after 10 seconds.
    """
    return _read(_run(_source(sizes, links, theme)), sizes, links)


def _source(sizes: Sequence[tuple[float, float]], links: Sequence[tuple[int, int]], theme: Theme) -> str:
    import graphviz

    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR" if theme.direction == "right" else "TB",
            "nodesep": f"{theme.gaps.beside / _INCH:.3f}",
            "ranksep": f"{theme.gaps.layer / _INCH:.3f}",
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowhead": "none"},
    )
    for number, (width, height) in enumerate(sizes):
        graph.node(str(number), width=f"{width / _INCH:.4f}", height=f"{height / _INCH:.4f}")
    for first, second in dict.fromkeys(links):
        graph.edge(str(first), str(second))
    source: str = graph.source
    return source


def _run(source: str) -> str:
    import subprocess

    from graphviz.backend.dot_command import command

    try:
        done = subprocess.run(
            command("dot", "plain"), input=source, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except FileNotFoundError:
        raise DotError("the program dot is not installed") from None
    except subprocess.TimeoutExpired:
        raise DotError(f"dot has not finished after {_SECONDS} s") from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise DotError(f"dot failed: {getattr(error, 'stderr', '') or error}".strip().splitlines()[0]) from None
    return done.stdout


def _read(plain: str, sizes: Sequence[tuple[float, float]], links: Sequence[tuple[int, int]]) -> Placed:
    """Return the places in dot's plain format: inches, y upward."""
    width = height = 0.0
    corners: list[Point] = [(0.0, 0.0)] * len(sizes)
    found: dict[tuple[int, int], tuple[Point, ...]] = {}
    for line in plain.splitlines():
        word, *rest = line.split()
        if word == "graph":
            width, height = float(rest[1]) * _INCH, float(rest[2]) * _INCH
        elif word == "node":
            number = int(rest[0])
            x, y = float(rest[1]) * _INCH, height - float(rest[2]) * _INCH
            corners[number] = (round(x - sizes[number][0] / 2, 1), round(y - sizes[number][1] / 2, 1))
        elif word == "edge":
            values = [float(value) * _INCH for value in rest[3 : 3 + 2 * int(rest[2])]]
            ends = int(rest[0]), int(rest[1])
            found[ends] = tuple(
                (round(x, 1), round(height - y, 1)) for x, y in zip(values[::2], values[1::2], strict=True)
            )
    return Placed(tuple(corners), tuple(found[link] for link in links), width, height, 0)
