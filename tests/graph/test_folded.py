"""The folded graph has no cycle, loses no tensor, and draws concats one on the other."""

from __future__ import annotations

from typing import get_args

import pytest

from cnnshape.graph.build import Input
from cnnshape.graph.fold import Detail, fold
from cnnshape.graph.folded import folded_graph
from cnnshape.graph.nested import drawn_inputs, nested_inputs
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Concat, Conv
from cnnshape.layers.io import Input as InputLayer
from cnnshape.zoo import build, networks


def all_at_once(network: Network) -> Network:
    """Return a network in which every concat takes the parts themselves, as an exported DenseNet does."""
    parts: dict[str, tuple[str, ...]] = {}
    nodes = []
    for node in network.nodes:
        inputs = node.inputs
        if isinstance(node.layer, Concat):
            inputs = tuple(part for tensor in inputs for part in parts.get(tensor, (tensor,)))
            parts[node.name] = inputs
        nodes.append(Node(node.name, node.layer, inputs, node.scope))
    return Network.of_nodes(network.name, nodes, network.outputs, defaults=network.defaults)


def test_densenet_of_concats_of_everything_is_drawn_with_a_third_of_the_edges() -> None:
    chained = build("densenet121")
    wide = all_at_once(chained)
    counts = [sum(len(node.inputs) for node in net.nodes) for net in (chained, wide)]
    # 58 concats: 2 inputs each; or 2, 3, ... 7, 13, 25, 17 for blocks of 6, 12, 24 and 16 layers.
    assert counts[1] - counts[0] == sum(n * (n + 1) // 2 + n - 2 * n for n in (6, 12, 24, 16))
    assert sum(map(len, drawn_inputs(wide))) == counts[0]
    assert drawn_inputs(wide) == [node.inputs for node in chained.nodes]
    found, same = propagate(wide), propagate(chained)
    for detail in get_args(Detail):
        rows, others = fold(found, detail), fold(same, detail)
        assert [row.name for row in rows] == [row.name for row in others]
        assert folded_graph(found, rows) == folded_graph(same, others)


def test_only_a_concat_on_the_same_axis_that_comes_first_is_taken() -> None:
    x = Input("x", (4, "H", "W"))
    a, b, c = (Conv(4, kernel_size=1)(x) for _ in range(3))
    first, other = Concat()(a, b), Concat(dim=2)(a, b)
    net = Network(
        "joins",
        inputs=x,
        outputs=[first, other, Concat()(a, b, c), Concat()(b, a, c), Concat(dim=2)(a, b, c), Concat()(c, a, b)],
    )
    found = {net.nodes[i].name: inputs for i, inputs in nested_inputs(net).items()}
    assert found == {"concat3": ("concat1", "conv3"), "concat5": ("concat2", "conv3")}


@pytest.mark.parametrize("entry", networks(), ids=lambda entry: entry.name)
def test_every_edge_leads_on_and_every_tensor_is_there(entry) -> None:
    found = propagate(build(entry.name))
    network = found.network
    for detail in get_args(Detail):
        rows = fold(found, detail)
        graph = folded_graph(found, rows)
        assert all(edge.source < edge.target for edge in graph.edges)
        owner = {i: number for number, vertex in enumerate(graph.vertices) for i in vertex.nodes}
        assert len(owner) == len(network.nodes)
        wanted = {
            (owner[network.producers[tensor]], owner[i], tensor)
            for i, tensors in enumerate(drawn_inputs(network))
            for tensor in tensors
            if owner[network.producers[tensor]] != owner[i]
        }
        outputs = {number for number, vertex in enumerate(graph.vertices) if vertex.sort == "output"}
        assert {(e.source, e.target, e.tensor) for e in graph.edges if e.target not in outputs} == wanted
        assert len(outputs) == len(network.outputs)


def test_a_part_starts_and_ends_with_its_tensors() -> None:
    net = build("resnet18")
    found = propagate(net)
    graph = folded_graph(found, fold(found, "layer", "layer2.0"))
    ends = [(vertex.name, vertex.sort) for vertex in graph.vertices if vertex.sort != "row"]
    assert [sort for _, sort in ends] == ["input", "output"]
    assert ends[0][0] in net["layer2.0.conv1"].inputs
    assert not any(isinstance(net.nodes[i].layer, InputLayer) for vertex in graph.vertices for i in vertex.nodes)
