"""Layers and the straight path, beside every path of small graphs."""

import networkx
import pytest
from hypothesis import given

from cnnshape.render.layout.levels import levels, ordered, parts, spine
from tests.render.layout.graphs import graphs, random_graph

LINKS = [(0, 1), (1, 2), (2, 3), (0, 2), (4, 2), (5, 4)]


def every_path(count, links):
    """Every path, by trying."""
    below = {v: sorted({b for a, b in links if a == v}) for v in range(count)}
    paths = [[v] for v in range(count)]
    for path in paths:
        paths += [[*path, w] for w in below[path[-1]]]
    return paths


@pytest.mark.parametrize("seed", range(40))
def test_the_spine_is_the_longest_path_then_the_heaviest_then_the_first(seed):
    graph = random_graph(seed, most=9)
    weights = [float((7 * v + seed) % 3) for v in range(len(graph.sizes))]
    paths = every_path(len(graph.sizes), graph.links)
    best = max(paths, key=lambda path: (len(path), sum(weights[v] for v in path), [-v for v in path]))
    assert spine(len(graph.sizes), graph.links, weights) == best


@given(graph=graphs())
def test_links_lead_down_and_the_spine_passes_every_layer_of_its_part(graph):
    count = len(graph.sizes)
    path = spine(count, graph.links, ())
    level = levels(count, graph.links, path)
    assert all(level[a] < level[b] for a, b in graph.links)
    length = (
        networkx.dag_longest_path_length(networkx.DiGraph([*graph.links, *((v, -1 - v) for v in range(count))])) - 1
    )
    assert len(path) == length + 1
    assert [level[v] - level[path[0]] for v in path] == list(range(len(path)))


def test_what_no_vertex_of_the_spine_leads_to_is_pulled_down():
    links = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 4), (1, 7)]
    assert levels(8, links, [0, 1, 2, 3, 4]) == [0, 1, 2, 3, 4, 2, 3, 2]


@given(graph=graphs())
def test_parts_are_the_connected_components(graph):
    undirected = networkx.Graph(graph.links)
    undirected.add_nodes_from(range(len(graph.sizes)))
    theirs = sorted(sorted(each) for each in networkx.connected_components(undirected))
    assert parts(len(graph.sizes), graph.links) == theirs


def test_the_order_is_topological():
    order = ordered(6, LINKS)
    assert sorted(order) == list(range(6))
    assert all(order.index(a) < order.index(b) for a, b in LINKS)
