"""Crossings and times of the layout, beside Graphviz's dot: every network of the zoo at every level of detail.

``python -m benchmarks.layout`` compares; with ``--times`` it measures graphs of 500 and of 5 000 boxes instead.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import perf_counter, process_time

from cnnshape import zoo
from cnnshape.render.layout import Placed, layered
from tests.render.layout.dot import dot_crossings
from tests.render.layout.drawings import crossings
from tests.render.layout.graphs import DETAILS, Graph, dense, ladder, skips, zoo_graph


def placed(graph: Graph) -> tuple[Placed, float]:
    """Return the drawing and the processor time that it took, seconds."""
    start = process_time()
    found = layered(graph.sizes, graph.links, joins=graph.joins)
    return found, process_time() - start


def beside_dot(names: Sequence[str], seconds: float) -> None:
    """Print where dot's splines cross less often, and how many networks that is."""
    late = fewer = equal = 0
    more: list[str] = []
    ours = theirs = 0.0
    for name in names:
        for detail in DETAILS:
            graph = zoo_graph(name, detail)
            drawing, taken = placed(graph)
            start = perf_counter()
            other = dot_crossings(graph, seconds)
            if other is None:
                late += 1
                continue
            ours, theirs = ours + taken, theirs + perf_counter() - start
            mine = crossings(graph, drawing)
            fewer, equal = fewer + (mine < other), equal + (mine == other)
            if mine > other:
                more.append(f"{name} {detail}: {mine}, dot {other}")
    finished = fewer + equal + len(more)
    print(f"{finished} drawings, {late} more that dot did not finish in {seconds:g} s")
    print(f"crossings: fewer in {fewer}, as many in {equal}, more in {len(more)}")
    print(f"seconds: {ours:.1f}, dot {theirs:.1f}")
    print(*more, sep="\n")


def times() -> None:
    """Print how long graphs of 500 and of 5 000 boxes take."""
    print(f"{'boxes':>6} {'graph':20} {'links':>6} {'ms':>6} {'crossings':>9}")
    for count in (500, 5000):
        for title, links in (
            ("chain with skips", skips(count, 1)),
            ("dense blocks", dense(count)),
            ("ladder of 2", ladder(count, 2, 1)),
            ("ladder of 4", ladder(count, 4, 1)),
        ):
            entered = [target for _, target in links]
            joins = frozenset(v for v in set(entered) if entered.count(v) > 1) if count < 1000 else frozenset(entered)
            drawing, taken = placed(Graph([(40.0, 18.0)] * count, links, joins))
            print(f"{count:6} {title:20} {len(links):6} {1000 * taken:6.0f} {drawing.crossings:9}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", action="store_true", help="measure times only")
    parser.add_argument("--networks", help="comma-separated names; all of the zoo by default")
    parser.add_argument("--seconds", type=float, default=40, help="how long dot may take for one drawing")
    arguments = parser.parse_args()
    if arguments.times:
        times()
    else:
        names = arguments.networks.split(",") if arguments.networks else [entry.name for entry in zoo()]
        beside_dot(names, arguments.seconds)


if __name__ == "__main__":
    main()
