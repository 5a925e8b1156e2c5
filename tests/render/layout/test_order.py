"""The order inside of the layers, beside all orders of small graphs."""

from itertools import permutations, product

import pytest
from hypothesis import assume, given

from cnnshape.render.layout.chains import chains, reinserted
from cnnshape.render.layout.lanes import lanes
from cnnshape.render.layout.levels import levels, parts, spine
from cnnshape.render.layout.order import arrange, ordered_lanes
from cnnshape.render.layout.search import Search
from tests.render.layout.graphs import graphs, random_graph


def count(graph, rows):
    """How often edges cross: every pair of edges between the same layers."""
    place = {v: i for row in rows for i, v in enumerate(row)}
    edges = graph.edges()
    return sum(
        a[2] * b[2] * (place[a[0]] < place[b[0]] and place[b[1]] < place[a[1]])
        for a, b in product(edges, edges)
        if graph.level[a[0]] == graph.level[b[0]]
    )


def layered_graph(graph):
    """The layered graph of a connected graph and its spine."""
    total = len(graph.sizes)
    path = spine(total, graph.links, ())
    level = levels(total, graph.links, path)
    return lanes(level, graph.links, shared=True), level, path


@given(graph=graphs())
def test_crossings_are_counted_and_nothing_is_lost(graph):
    assume(len(parts(len(graph.sizes), graph.links)) == 1)
    whole, _, path = layered_graph(graph)
    rows, crossings = arrange(whole, path)
    assert crossings == count(whole, rows)
    assert [sorted(row) for row in rows] == [
        [v for v, level in enumerate(whole.level) if level == depth] for depth in range(len(rows))
    ]


@given(graph=graphs())
def test_lanes_apart_are_taken_only_if_they_cross_less(graph):
    assume(len(parts(len(graph.sizes), graph.links)) == 1)
    whole, level, path = layered_graph(graph)
    chosen, rows = ordered_lanes(level, graph.links, path)
    if chosen.level != whole.level:
        assert count(chosen, rows) < arrange(whole, path)[1]


def test_small_graphs_cross_as_little_as_they_can():
    tried = 0
    for seed in range(200):
        graph = random_graph(seed, most=8)
        if len(parts(len(graph.sizes), graph.links)) > 1:
            continue
        whole, _, path = layered_graph(graph)
        rows, crossings = arrange(whole, path)
        size = 1
        for row in rows:
            for i in range(2, len(row) + 1):
                size *= i
        if size > 2000:
            continue
        tried += 1
        assert crossings == min(count(whole, every) for every in product(*map(permutations, rows))), seed
    assert tried > 20


@pytest.mark.parametrize("seed", range(60))
def test_putting_chains_back_never_crosses_more(seed):
    graph = random_graph(seed, most=14)
    if len(parts(len(graph.sizes), graph.links)) > 1:
        return
    whole = layered_graph(graph)[0]
    search = Search(whole)
    rows = [[v for v, level in enumerate(whole.level) if level == depth] for depth in range(max(whole.level) + 1)]
    before = count(whole, rows)
    search.take(rows)
    reinserted(search, chains(whole, search))
    assert sum(search.costs) == count(whole, search.rows) <= before


def test_every_vertex_is_in_one_chain():
    whole = layered_graph(random_graph(3))[0]
    assert sorted(v for chain in chains(whole, Search(whole)) for v in chain) == list(range(len(whole.level)))
