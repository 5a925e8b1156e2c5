"""Every number and flag of the live page equals Python's."""

from __future__ import annotations

import json
import random
from itertools import count

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.html.data import embedded, live
from cnnshape.symbolic import fresh, parse_conditions
from cnnshape.zoo.catalog import NETWORKS
from tests.random_networks.grow import grow
from tests.render.html.live import (
    answers,
    broken,
    compare,
    differences,
    fixed,
    run,
    settings,
    shown,
    start_of,
    stretched,
    two_inputs,
)

SAMPLES = {
    "residual": lambda: cs.load("resnet50"),
    "skips that must agree": lambda: cs.load("unet"),
    "a sequence with a box of sizes": lambda: cs.load("crnn"),
    "1-D": lambda: cs.load("m5"),
    "3-D": lambda: cs.load("r3d_18"),
    "two inputs, shared and frozen weights": two_inputs,
    "a free width": lambda: cs.zoo.build("resnet18(width_mult='c/64')"),
    "a held head, many conditions": lambda: cs.load("inception_v3"),
    "resized to the input": lambda: cs.load("fcn_resnet50"),
    "a stated linear layer": lambda: cs.load("lenet5"),
    "a 1 that would be stretched": stretched,
    "wrong at all sizes": broken,
    "the batch alone is free": fixed,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_number_and_flag_equals_pythons(name):
    network = SAMPLES[name]()
    compare(network, settings(network, seed=len(name), count=24))


@pytest.mark.parametrize("name", list(NETWORKS)[::7])
def test_networks_of_the_zoo_at_their_own_sizes_and_five_more(name):
    network = cs.load(name)
    compare(network, settings(network, seed=len(name), count=5))


def test_settings_hold_what_they_are_meant_to():
    asked = [sizes for name in SAMPLES for sizes, _ in settings(SAMPLES[name](), seed=len(name), count=24)]
    assert len(asked) > 200
    assert sum(max(sizes.values(), default=0) > 2**53 for sizes in asked) > 20
    assert sum(sizes.get("N", 1) > 1 for sizes in asked) > 60
    valid = [
        facts(SAMPLES["a stated linear layer"]()).at(sizes).valid for sizes, _ in settings(cs.load("lenet5"), 3, 24)
    ]
    assert {True, False} <= set(valid)


@pytest.mark.parametrize("sizes", [{"N": 1, "H": 0, "W": 8}, {"N": 1, "H": 10**101, "W": 8}, {"N": 1, "H": 2, "W": -3}])
def test_numbers_that_are_no_sizes(sizes):
    compare(cs.load("resnet18"), [(sizes, "float32")])


def test_assumptions_count():
    network = cs.load("resnet18")
    free = facts(network, assume=parse_conditions("H % 32 == 0 or H == 7, W == H"))
    made = live(free)
    asked = [({"N": 1, "H": h, "W": w}, "float32") for h, w in ((224, 224), (7, 7), (8, 8), (224, 192))]
    for (sizes, _), result in zip(asked, run(made, asked), strict=True):
        assert result["valid"] == free.at(sizes).valid
        assert bool(result["errors"]) == bool(free.at(sizes).errors)


def test_several_element_types():
    network = cs.load("resnet18")
    free = facts(network, dtype={"layer1": "int4", "": "float16"})
    made = live(free)
    (result,) = run(made, [({"N": 1, "H": 225, "W": 223}, "float64")])
    wanted = free.at(N=1, H=225, W=223).totals
    assert made.data["mixed"]
    for key in ("weight_bytes", "activation_bytes", "peak_activation_bytes"):
        assert result["totals"][key] == str(getattr(wanted, key))


def test_another_convention():
    free = facts(cs.load("resnet50"), convention="fvcore")
    (result,) = run(live(free), [({"N": 1, "H": 224, "W": 224}, "float32")])
    assert result["totals"]["macs"] == "4111512576"  # fvcore's own count of torchvision's ResNet-50


def test_published_numbers():
    (result,) = run(live(facts(cs.load("resnet50"))), [({"N": 1, "H": 224, "W": 224}, "float32")])
    assert result["totals"]["params"] == "25557032"  # torchvision's documentation
    assert result["totals"]["macs"] == "4089184256"
    assert result["errors"] == []


def test_a_page_starts_at_the_sizes_that_were_asked_for():
    made = live(facts(cs.load("unet")).at(H=250, W=256))
    assert start_of(made) == {"N": 1, "H": 250, "W": 256}
    (result,) = run(made, [(start_of(made), "float32")])
    wanted = answers(cs.load("unet"), (start_of(made), "float32"))
    assert not differences(wanted, shown(made, result))
    assert result["errors"][0]["layer"] == "up4.concat"
    assert "nearest valid heights: 240 and 256" in result["errors"][0]["fix"]


def test_a_size_that_depends_on_data_is_a_size_to_be_chosen():
    x = Input("image", (3, fresh("kept", "how many boxes are kept"), "W"))
    network = Network("n", inputs=x, outputs=L.MaxPool(2)(x))
    compare(network, settings(network, seed=1, count=8))


def test_data_is_small():
    made = live(facts(cs.load("resnet50")))
    assert len(embedded(made.data).encode()) + len(made.script.encode()) < 70_000


def test_no_text_of_a_network_becomes_code():
    hostile = "</script><img onerror=alert(1)>"
    x = Input("x", (3, hostile_symbol := "alert", "W"))
    net = Network(hostile, inputs=x, outputs=L.ReLU()(x, name=hostile))
    made = live(facts(net))
    assert hostile_symbol not in made.script
    assert "img" not in made.script
    assert "<" not in embedded(made.data)
    assert json.loads(embedded(made.data))["nodes"]["name"][1] == hostile


def test_references_and_positions_stay_inside_their_tables():
    data = live(facts(cs.load("inception_v3"))).data
    references = (
        [r for shape in data["tensors"]["shape"] for r in shape] + data["nodes"]["macs"] + data["checks"]["expr"]
    )
    assert all(-2 - len(data["numbers"]) < r < len(data["formulas"]) for r in references)
    assert all(t < len(data["tensors"]["name"]) for row in data["nodes"]["inputs"] for t in row)
    assert {len(column) for column in data["nodes"].values()} == {len(data["nodes"]["name"])}
    assert {len(column) for column in data["tensors"].values()} == {len(data["tensors"]["name"])}
    assert {len(column) for column in data["checks"].values()} == {len(data["checks"]["node"])}


UNLIKE_FORMULAS = {"Squeeze", "Resize", "PReLU", "Split", "Unflatten", "LSTM", "GRU", "RNN"}
"""Layers that find more, or say it otherwise, where they are given numbers: an axis that happens to be 1."""


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_of_every_layer(seed):
    sample = next(sample for i in count() if _alike(sample := grow(random.Random(1000 * seed + i), 14)))
    sizes = {name: sample.sizes.get(name, 1) for name in sample.network.symbols}
    compare(sample.network, [(sizes, "float32"), *settings(sample.network, seed, 3)])


def _alike(sample):
    network = sample.network
    return not network.held and all(type(node.layer).__name__ not in UNLIKE_FORMULAS for node in network.nodes)
