"""Random networks of every layer: the fused plan gives what the plain one gives, on one thread and on two.

``CNNSHAPE_HYPOTHESIS=thorough`` takes 3 000 networks, otherwise a seeded sample.
"""

import os
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from cnnshape.errors import CnnshapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.sized import put
from cnnshape.runtime.feed import random_inputs
from cnnshape.runtime.plan import ITEM_BYTES, plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.weights import initial

COUNT = 3000 if os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough" else 800
WAYS = {"threads": {"threads": 2}, "strict, tiled": {"strict": True, "tiled": True}}


def sampled(number):
    grow = pytest.importorskip("tests.random_networks.grow").grow
    rng = Random(f"plans {number}")
    sample = grow(rng, rng.randint(4, 14))
    fixed = propagate(sample.network, sample.sizes)
    if fixed.faults or not {spec.dtype for spec in fixed.specs.values()} <= set(ITEM_BYTES):
        return None
    nodes = [replace(node, layer=put(node.layer, sample.sizes)) for node in fixed.network.nodes]
    return Network.of_nodes("random", nodes, fixed.network.outputs)


def outputs(network, number, **options):
    ready = plan(network, {}, "float64", **options)
    with np.errstate(all="ignore"):
        return bind(ready, initial(ready)).run(random_inputs(ready, number))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", range(4))
def test_a_fused_plan_gives_what_the_plain_one_gives(way, part):
    compared = 0
    for number in range(part, COUNT, 4):
        network = sampled(number)
        if network is None:
            continue
        try:
            expected = outputs(network, number, fused=False)
        except CnnshapeError:  # indices beyond the map, as in PyTorch
            continue
        found = outputs(network, number, **WAYS[way])
        for name, values in expected.items():
            assert found[name].shape == values.shape
            if values.dtype.kind != "f":
                np.testing.assert_array_equal(found[name], values, err_msg=f"network {number}")
                continue
            if np.isfinite(values).all():  # a sum of infinities depends on its order
                worst, most = np.abs(found[name] - values).max(initial=0), np.abs(values).max(initial=0)
                assert worst <= 1e-9 * most, f"network {number}, output {name}"
                compared += 1
    assert compared > COUNT // 4 * 0.5
