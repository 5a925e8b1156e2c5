"""The structure of a network: order, names, cycles, held nodes."""

from __future__ import annotations

import random

import networkx
import pytest

from cnnshape.errors import DesignError
from cnnshape.graph.network import Network, Node
from cnnshape.layers import Add, Input, ReLU
from cnnshape.symbolic import dim


def source(name: str = "x") -> Node:
    return Node(name, Input((dim("N"), 3, dim("H"), dim("W"))))


def test_nodes_are_put_in_topological_order() -> None:
    nodes = [Node("c", ReLU(), ("b",)), Node("b", ReLU(), ("x",)), source()]
    network = Network.of_nodes("n", nodes, {"c": "c"})
    assert [node.name for node in network.nodes] == ["x", "b", "c"]


def test_an_order_that_is_right_is_kept() -> None:
    nodes = [source(), Node("b", ReLU(), ("x",)), Node("a", ReLU(), ("x",))]
    assert Network.of_nodes("n", nodes, {"a": "a", "b": "b"}).nodes == tuple(nodes)


@pytest.mark.parametrize("seed", range(20))
def test_random_orders_agree_with_networkx(seed: int) -> None:
    rng = random.Random(seed)
    nodes = [source()]
    for i in range(30):
        inputs = tuple(rng.sample([node.name for node in nodes], min(len(nodes), rng.randint(1, 3))))
        nodes.append(Node(f"n{i}", Add(), inputs))
    rng.shuffle(nodes)
    network = Network.of_nodes("n", nodes, {"out": "n29"})
    place = {node.name: i for i, node in enumerate(network.nodes)}
    graph = network.digraph()
    assert all(place[a] < place[b] for a, b in graph.edges)
    needed = networkx.ancestors(graph, "n29") | {"n29"}
    assert {network.nodes[i].name for i in network.held} == set(graph) - needed - {"x"}


def test_a_cycle_is_named() -> None:
    nodes = [source(), Node("a", Add(), ("x", "c")), Node("b", ReLU(), ("a",)), Node("c", ReLU(), ("b",))]
    with pytest.raises(DesignError) as caught:
        Network.of_nodes("n", nodes, {"c": "c"})
    assert caught.value.code == "CS118"
    assert caught.value.fault.message == "a cycle: a <- c <- b <- a"


def test_a_tensor_that_nobody_gives() -> None:
    with pytest.raises(DesignError) as caught:
        Network.of_nodes("n", [source("image"), Node("a", ReLU(), ("imag",))], {"a": "a"})
    assert str(caught.value) == (
        "CS116 a: there is no tensor 'imag'\n"
        "  rule: an input is the name of a layer, or name.0, name.1 where a layer has several outputs\n"
        "  fix: did you mean image?"
    )


def test_a_name_used_twice() -> None:
    with pytest.raises(DesignError, match="the name 'a' is used twice"):
        Network.of_nodes("n", [source(), Node("a", ReLU(), ("x",)), Node("a", ReLU(), ("x",))], {"a": "a"})


def test_symbols_and_batch_are_read_from_the_inputs() -> None:
    network = Network.of_nodes("n", [source(), Node("a", ReLU(), ("x",))], {"a": "a"})
    assert (network.symbols, network.batch) == (("N", "H", "W"), "N")


def test_a_network_is_frozen() -> None:
    network = Network.of_nodes("n", [source(), Node("a", ReLU(), ("x",))], {"a": "a"})
    with pytest.raises(AttributeError):
        network.name = "other"  # type: ignore[misc]  # the point
    with pytest.raises(TypeError):
        network.outputs["b"] = "x"  # type: ignore[index]  # the point
