"""The smallest sizes against trying all small ones in the order of their product."""

import random
from itertools import product
from math import prod

import pytest

from cnnshape.analysis.fitting.validity import validity
from cnnshape.analysis.inverse.smallest import smallest
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add
from cnnshape.layers.norm import InstanceNorm
from cnnshape.layers.pool import MaxPool
from cnnshape.layers.reshape import Flatten

TOP = 18


def random_network(rng):
    a = Input("a", (1, "H", "W"))
    k, s = (rng.randint(1, 3), rng.randint(1, 3)), (rng.randint(1, 3), rng.randint(1, 3))
    x = Conv(2, kernel_size=k, stride=s)(a)
    kind = rng.randrange(3)
    if kind == 0:
        return Network(
            "head", inputs=a, outputs=sequential(Flatten(), Linear(2, in_features=2 * rng.randint(1, 24)))(x)
        )
    if kind == 1:
        return Network("norm", inputs=a, outputs=InstanceNorm()(x))  # at least two positions: no box
    other = sequential(MaxPool(rng.randint(1, 3), stride=rng.randint(1, 2)), Conv(2, kernel_size=1))(a)
    return Network("sum", inputs=a, outputs=Add()(Flatten()(x), Flatten()(other)))  # two areas are equal: no box


@pytest.mark.parametrize("seed", range(30))
def test_the_smallest_product_is_found(seed):
    rng = random.Random(f"smallest {seed}")
    net = random_network(rng)
    rules = validity(propagate(net)).rules
    found, proven = smallest(rules, ("H", "W"))
    fitting = [
        (h, w) for h, w in product(range(1, TOP), repeat=2) if not propagate(net, {"N": 1, "H": h, "W": w}).faults
    ]
    least = min(map(prod, fitting), default=None)
    if found is None:
        assert not fitting
        return
    assert propagate(net, {"N": 1, **found}).faults == ()
    area = found["H"] * found["W"]
    if proven and least is not None:
        assert area <= least
        if area == least:
            nearest = min((max(h, w) - min(h, w), (h, w)) for h, w in fitting if h * w == least)
            assert (max(found.values()) - min(found.values()), tuple(found.values())) <= nearest


def test_a_long_search_is_not_taken_for_a_proof():
    v = Input("v", (1, "T", "H", "W"))
    net = Network("long", inputs=v, outputs=Linear(3, in_features=10**9)(Flatten()(v)))  # T*H*W == 10**9
    found, proven = smallest(validity(propagate(net)).rules, ("T", "H", "W"))
    assert found is None or prod(found.values()) == 10**9
    assert not proven or found is not None
