"""Weights that several nodes share, wherever their owner stands."""

import numpy as np

from cnnshape.graph.network import Network, Node
from cnnshape.layers import Add, Input, Linear, Parameter
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan


def test_an_owner_that_does_not_run_still_has_its_weights():
    nodes = [
        Node("x", Input((1, 2))),
        Node("held", Linear(2, bias=False), ("x",)),
        Node("used", Linear(2, bias=False), ("x",), weights_of="held"),
    ]
    ready = plan(Network.of_nodes("m", nodes, {"y": "used"}), {})
    weights = {"held.weight": np.array([[1, 2], [3, 4]], np.float32)}
    found = execute(ready, {"x": np.array([[1, 10]], np.float32)}, weights)
    assert found["y"].tolist() == [[21, 43]]


def test_a_learned_tensor_may_be_that_of_another_node():
    nodes = [
        Node("x", Input((1, 2))),
        Node("token", Parameter((1, 2))),
        Node("again", Parameter((1, 2)), weights_of="token"),
        Node("first", Add(), ("x", "token")),
        Node("sum", Add(), ("first", "again")),
    ]
    ready = plan(Network.of_nodes("m", nodes, {"y": "sum"}), {})
    found = execute(ready, {"x": np.array([[1, 2]], np.float32)}, {"token.weight": np.array([[10, 20]], np.float32)})
    assert found["y"].tolist() == [[21, 42]]
