"""Lifetimes against a simulation that keeps every tensor until nobody can want it any more."""

import random

import pytest

import cnnshape.layers as L
from cnnshape import Input, Network
from cnnshape.graph.liveness import lifetimes
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import io


def spans(network):
    return {life.tensor: (life.first, life.last) for life in lifetimes(network).values()}


def chain(*layers):
    x = y = Input("x", (4, "H", "W"))
    for layer in layers:
        y = layer(y)
    return Network("chain", inputs=x, outputs=y)


def test_a_tensor_lives_from_the_step_that_makes_it_to_the_last_that_reads_it():
    x = Input("x", (4, "H", "W"))
    a = L.ReLU()(x, name="a")
    b = L.Tanh()(a, name="b")
    c = L.Add()(b, a, name="c")
    network = Network("n", inputs=x, outputs=L.Exp()(c, name="d"))
    assert spans(network) == {"x": (0, 1), "a": (1, 3), "b": (2, 3), "c": (3, 4), "d": (4, 4)}


def test_an_output_lives_to_the_end_and_an_input_from_the_start():
    x, z = Input("x", (4, "H")), Input("z", (4, "H"))
    a = L.ReLU()(x, name="a")
    b = L.Add()(a, z, name="b")
    network = Network("n", inputs=[x, z], outputs=[a, L.ReLU()(b, name="c")])
    assert spans(network) == {"x": (0, 2), "z": (0, 3), "a": (2, 4), "b": (3, 4), "c": (4, 4)}
    assert [node.name for node in network.nodes] == ["x", "z", "a", "b", "c"]


def test_a_view_lies_in_the_memory_of_what_it_is_a_view_of_and_keeps_it_alive():
    x = Input("x", (4, "H", "W"))
    a = L.ReLU()(x, name="a")
    view = L.Flatten()(L.Dropout()(a, name="dropped"), name="flat")
    network = Network("n", inputs=x, outputs=L.Linear(3)(view, name="y"))
    lives = lifetimes(network)
    assert lives["a"].last == network.index["y"]
    assert (lives["dropped"].owner, lives["flat"].owner) == ("a", "a")
    assert [life.tensor for life in lives.values() if life.is_view] == ["dropped", "flat"]


def test_a_view_of_an_input_keeps_the_input():
    network = chain(L.Flatten(), L.Linear(3))
    lives = lifetimes(network)
    assert (lives["x"].last, lives["flatten1"].owner) == (2, "x")


def test_a_held_node_neither_makes_nor_reads_anything():
    x = Input("x", (4, "H", "W"))
    a = L.ReLU()(x, name="a")
    b = L.ReLU()(a, name="b")
    c = L.ReLU()(b, name="c")
    aux = L.Conv(2, kernel_size=1)(a, name="aux")
    network = Network("n", inputs=x, outputs=c, held=aux)
    assert "aux" not in spans(network)
    assert spans(network)["a"] == (1, network.index["b"])


def test_what_belongs_to_the_network_itself_has_no_lifetime():
    nodes = [
        Node("x", io.Input((1, 4))),
        Node("bias", io.Parameter((1, 4))),
        Node("mask", io.Constant((1, 4))),
        Node("a", L.Add(), ("x", "bias")),
        Node("b", L.Multiply(), ("a", "mask")),
    ]
    assert spans(Network.of_nodes("n", nodes, {"b": "b"})) == {"x": (0, 3), "a": (3, 4), "b": (4, 4)}


def test_each_output_of_a_layer_with_several_has_its_own_lifetime():
    x = Input("x", (4, "H"))
    parts = L.Split(2)(x, name="s")
    a = L.ReLU()(parts[0], name="a")
    network = Network("n", inputs=x, outputs=L.Add()(a, parts[1], name="b"))
    assert spans(network) == {"x": (0, 1), "s.0": (1, 2), "s.1": (1, 3), "a": (2, 3), "b": (3, 3)}


def test_what_gives_its_size_alone_is_not_kept_for_it():
    x = Input("x", (4, "H", "W"))
    a = L.ReLU()(x, name="a")
    pooled = L.MaxPool(2, ceil_mode=True, return_indices=True)(a, name="b")
    c = L.MaxUnpool(2)(pooled[0], pooled[1], a, name="c")
    d = L.Upsample(mode="bilinear")(L.CenterCrop(1)(c, name="d"), x, name="e")
    network = Network("n", inputs=x, outputs=L.CenterCrop()(d, c, name="f"))
    assert spans(network) == {
        "x": (0, 1), "a": (1, 2), "b.0": (2, 3), "b.1": (2, 3), "c": (3, 4), "d": (4, 5), "e": (5, 6), "f": (6, 6),
    }  # fmt: skip


def simulated(network):
    """For each step the tensors that exist while it runs, found by looking at all that is still to come."""
    nodes, specs = network.nodes, propagate(network).specs
    made = [[t for t in specs if network.producers.get(t, network.index.get(t)) == i] for i in range(len(nodes))]
    owner = {}
    for node, tensors in zip(nodes, made, strict=True):
        owner |= {tensor: owner[node.inputs[0]] if node.layer.is_view else tensor for tensor in tensors}
    outputs = {owner[tensor] for tensor in network.outputs.values()}
    fed = {owner[t] for node, tensors in zip(nodes, made, strict=True) if not node.inputs for t in tensors}
    steps, exists = [], set(fed)
    for i in range(len(nodes)):
        own = {owner[t] for t in made[i]} - fed
        exists |= own
        wanted = {owner[t] for node in nodes[i:] for t in node.inputs} | outputs
        exists &= wanted | own | (fed if i == 0 else set())
        steps.append(set(exists))
    return steps


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_keep_what_a_simulation_keeps(seed):
    rng = random.Random(seed)
    x, z = Input("x", (4, "H", "W")), Input("z", (4, "H", "W"))
    tensors = [x, z]
    for _ in range(25):
        kind = rng.choice(["one", "view", "two"])
        a, b = rng.choice(tensors[-6:]), rng.choice(tensors)
        tensors.append({"one": L.ReLU(), "view": L.Dropout()}[kind](a) if kind != "two" else L.Add()(a, b))
    last = tensors[-1]
    for other in tensors[2:-1]:
        last = L.Add()(last, other) if rng.random() < 0.2 else last
    network = Network("n", inputs=[x, z], outputs=[last, *rng.sample(tensors[2:], 2)])
    lives = [life for life in lifetimes(network).values() if not life.is_view]
    got = [{life.tensor for life in lives if life.first <= i <= life.last} for i in range(len(network.nodes))]
    assert got == simulated(network)
