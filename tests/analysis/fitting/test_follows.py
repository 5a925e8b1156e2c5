"""Weights that follow the input: what is said of them, and what is left out."""

from __future__ import annotations

from cnnshape.analysis.fitting.follows import follow_notes
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Bilinear, Conv, Input, Linear
from cnnshape.symbolic import dim

X = Node("x", Input((dim("N"), 3, dim("H"), dim("W"))))


def test_a_layer_at_a_fault_says_nothing() -> None:
    bad = Node("bilinear", Bilinear(5), ("x",))
    flat = Node("conv", Conv(8, kernel_size=(3, 3, 3)), ("x",))
    good = Node("linear", Linear(5), ("x",))
    network = Network.of_nodes("n", [X, bad, flat, good], {"a": "bilinear", "b": "conv", "c": "linear"})
    (note,) = follow_notes(propagate(network), {"H": 8, "W": 9})
    assert note.startswith("linear.in_features = 9 follows the input")
