"""The way that decides what a tensor sees takes one branch of every join, and ends where the input is."""

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.derivation.path import path
from cnnshape.analysis.report import facts


def way(network, tensor, column=0):
    found = facts(network)
    nodes = network.nodes
    return [nodes[hop.node].name for hop in path(found.propagation, found.fields, tensor, column)]


def test_the_branch_that_sees_most():
    x = Input("image", (3, "H", "W"))
    narrow = L.Conv(4, kernel_size=1)(x, name="narrow")
    wide = L.Conv(4, kernel_size=5, padding=2)(x, name="wide")
    network = Network("net", inputs=x, outputs=L.Add()(narrow, wide, name="both"))
    assert way(network, "both") == ["wide", "both"]


def test_a_gate_is_no_way():
    x = Input("image", (3, "H", "W"))
    y = L.Conv(4, kernel_size=3, padding=1)(x, name="body")
    gate = L.Sigmoid()(L.Conv(4, kernel_size=1)(L.GlobalAvgPool()(y), name="squeeze"), name="gate")
    network = Network("net", inputs=x, outputs=L.Multiply()(gate, y, name="scaled"))
    assert way(network, "scaled") == ["body", "scaled"]


def test_each_input_has_its_own():
    a, b = Input("a", (1, "H", "W")), Input("b", (1, "H", "W"))
    network = Network("net", inputs=[a, b], outputs=L.Add()(L.ReLU()(a, name="left"), L.Tanh()(b, name="right")))
    assert way(network, "add1", 0) == ["left", "add1"]
    assert way(network, "add1", 2) == ["right", "add1"]


def test_a_part_of_several_outputs():
    x = Input("image", (4, "H", "W"))
    halves = L.Chunk(2)(x, name="halves")
    network = Network("net", inputs=x, outputs=L.ReLU()(halves[0], name="last"))
    assert way(network, "last") == ["halves", "last"]
    assert way(network, "halves.0") == ["halves"]


def test_sizes_along_the_way():
    x = Input("image", (3, 32, 32))
    y = L.MaxPool(2)(L.Conv(4, kernel_size=5)(x))
    found = facts(Network("net", inputs=x, outputs=y))
    hops = path(found.propagation, found.fields, "max_pool1", 0)
    assert [(hop.size_before, hop.size_after) for hop in hops] == [(32, 28), (28, 14)]
