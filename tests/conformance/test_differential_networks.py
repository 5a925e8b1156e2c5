"""Random networks of every layer, with branches, joins, shared weights and several inputs, in three systems.

``CNNSHAPE_HYPOTHESIS=thorough`` compares 300 networks each way that the backend runs, otherwise a seeded sample.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("torch")

from cnnshape.graph.network import Network  # after the check that they are there
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.sized import put
from cnnshape.runtime.plan import ITEM_BYTES
from tests.conformance.differential_scope import wrong_there
from tests.oracles.differential import WAYS, compared
from tests.random_networks.grow import grow

THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"
COUNT, BATCHES = (300, 10) if THOROUGH else (12, 2)


def sampled(number: int) -> Network | None:
    rng = Random(f"differential {number}")
    sample = grow(rng, rng.randint(4, 14))
    fixed = propagate(sample.network, sample.sizes)
    types = {spec.dtype for spec in fixed.specs.values()}
    if fixed.faults or not types <= set(ITEM_BYTES):
        return None
    nodes = [replace(node, layer=put(node.layer, sample.sizes)) for node in fixed.network.nodes]
    return Network.of_nodes("random", nodes, fixed.network.outputs)


def uses(network: Network) -> list[tuple[Layer, tuple[Spec, ...]]]:
    """Every layer with what it takes."""
    taken = propagate(network).inputs
    return [(node.layer, specs or ()) for node, specs in zip(network.nodes, taken, strict=True)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_network_gives_the_numbers_of_onnx_runtime_or_pytorch(way: str, batch: int) -> None:
    """Networks that neither system has are passed over, until so many were compared."""
    faults: dict[int, list[str]] = {}
    number, left = batch, COUNT // BATCHES
    while left:
        network = sampled(number)
        if network is not None:
            systems, found = compared(network, WAYS[way], number)
            left -= bool(systems)
            found = [fault for fault in found if not any(wrong_there(*use, fault) for use in uses(network))]
            if found:
                faults[number] = found
        number += BATCHES
    assert faults == {}
