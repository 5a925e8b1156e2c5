"""Graphs to lay out: random ones, and the published networks at every level of detail."""

import random
from functools import cache
from typing import NamedTuple, get_args

from hypothesis import strategies as st

from cnnshape import zoo
from cnnshape.graph.fold import Detail, fold
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Input
from cnnshape.layers.base import Kind

DETAILS = get_args(Detail)


class Graph(NamedTuple):
    """Sizes of boxes, links and joins, as `layered` takes them."""

    sizes: list[tuple[float, float]]
    links: list[tuple[int, int]]
    joins: frozenset[int]


@cache
def _propagated(name: str):
    return propagate(zoo(name))


@cache
def zoo_graph(name: str, detail: Detail) -> Graph:
    """One box for each input and each row, one link for each tensor between two of them."""
    found = _propagated(name)
    network = found.network
    box_of = {}
    sizes: list[tuple[float, float]] = []
    joins = set()
    for i, node in enumerate(network.nodes):
        if isinstance(node.layer, Input):
            box_of[i] = len(sizes)
            sizes.append((40.0, 18.0))
    for row in fold(found, detail):
        head = network.nodes[row.nodes[0]].layer
        if head.kind is Kind.MERGE and not row.scope:
            joins.add(len(sizes))
        box_of |= dict.fromkeys(row.nodes, len(sizes))
        sizes.append((14.0, 14.0) if type(head).__name__ == "Add" else (30.0 + len(row.name) % 30, 18.0))
    links = []
    for i, node in enumerate(network.nodes):
        links += [
            (box_of[p], box_of[i]) for p in map(network.producers.__getitem__, node.inputs) if box_of[p] != box_of[i]
        ]
    return Graph(sizes, links, frozenset(joins))


def random_graph(seed: int, most: int = 40) -> Graph:
    """A random acyclic graph: often with a path through it, at times in parts, with links that occur twice."""
    rng = random.Random(seed)
    count = rng.randrange(1, most)
    span = rng.choice([1, 3, 10, most])
    links = [(i, i + 1) for i in range(count - 1)] if rng.random() < 0.5 else []
    for _ in range(rng.randrange(2 * count) if count > 1 else 0):
        source = rng.randrange(count - 1)
        links.append((source, min(count - 1, source + 1 + rng.randrange(span))))
    rng.shuffle(links)
    number = list(range(count))
    rng.shuffle(number)
    sizes = [(rng.choice([8.0, 12.3, 30.0, 80.0]), rng.choice([8.0, 12.0, 18.7, 40.0])) for _ in range(count)]
    joins = frozenset(v for v in range(count) if rng.random() < 0.5)
    return Graph(sizes, [(number[a], number[b]) for a, b in links], joins)


def graphs() -> st.SearchStrategy[Graph]:
    """Random acyclic graphs."""
    return st.integers(0, 2**32).map(random_graph)


def skips(count: int, seed: int) -> list[tuple[int, int]]:
    """A chain with skips over two to six boxes."""
    rng = random.Random(seed)
    links = [(i, i + 1) for i in range(count - 1)]
    at = 0
    while at + 6 < count:
        links.append((at, at + 2 + rng.randrange(5)))
        at += 1 + rng.randrange(4)
    return links


def ladder(count: int, rails: int, seed: int) -> list[tuple[int, int]]:
    """Chains side by side with rungs between them."""
    rng = random.Random(seed)
    links = [(i, i + rails) for i in range(count - rails)]
    rungs = [(i, (i // rails + 1) * rails + rng.randrange(rails)) for i in range(count - 2 * rails)]
    return links + [rung for rung in rungs if rng.random() < 0.3]


def dense(count: int) -> list[tuple[int, int]]:
    """A dense block whose concatenations each take the one before and what was made from it."""
    return [link for i in range(0, count - 2, 2) for link in ((i, i + 1), (i + 1, i + 2), (i, i + 2))]
