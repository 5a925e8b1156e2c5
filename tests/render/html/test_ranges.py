"""What sliders begin with, and how far they move."""

from __future__ import annotations

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.html.ranges import role_of_symbol, slider, starts
from cnnshape.zoo.catalog import NETWORKS


def of(model, name, **sizes):
    found = facts(cs.load(model) if isinstance(model, str) else model)
    found = found.at(sizes) if sizes else found
    return slider(found.free or found, name, starts(found)[name])


def pooled(*shape, **options):
    x = Input("image", shape)
    return Network("n", inputs=x, outputs=L.MaxPool(2)(x), **options)


def test_sizes_are_those_asked_for_then_the_networks_own_then_usual_ones():
    free = facts(cs.load("unet"))
    assert starts(free) == {"N": 1, "H": 512, "W": 512}
    assert starts(free.at(H=250)) == {"N": 1, "H": 250, "W": 512}
    assert starts(facts(pooled(3, "H", "W"))) == {"N": 1, "H": 224, "W": 224}
    assert starts(facts(pooled(2, "L"))) == {"N": 1, "L": 16_000}
    assert starts(facts(pooled(2, "T", "H", "W")))["T"] == 64


def test_usual_sizes_fit():
    x = Input("image", (1, "H", "W"))
    net = Network("n", inputs=x, outputs=L.Linear(3, in_features=25)(L.Flatten()(L.Conv(1, kernel_size=3)(x))))
    found = facts(net)
    assert found.at(starts(found)).valid is True


def test_a_slider_moves_in_the_networks_own_steps():
    assert of("unet", "H") == {"low": 16, "high": 512 + 1536, "step": 16}
    assert of("resnet50", "H") == {"low": 32, "high": 224 + 672, "step": 32}
    assert of("resnet50", "N") == {"low": 1, "high": 64, "step": 1}


def test_a_slider_over_few_sizes_goes_beyond_them():
    assert of("lenet5", "H") == {"low": 28, "high": 39, "step": 1}


@pytest.mark.parametrize("name", ["inception_v3", "unet", "lenet5", "crnn", "m5", "r3d_18", "dcgan"])
def test_a_slider_can_hold_what_it_starts_with(name):
    found = facts(cs.load(name))
    for symbol, start in starts(found).items():
        row = slider(found, symbol, start)
        assert 1 <= row["low"] <= start <= row["high"]
        assert (start - row["low"]) % row["step"] == 0


def test_every_symbol_has_a_role():
    free = facts(cs.zoo.build("resnet18(width_mult='c/64', in_channels='K')"))
    assert {name: role_of_symbol(free, name) for name in free.network.symbols} == {
        "N": "batch",
        "K": "channels",
        "H": "space",
        "W": "space",
        "c": "argument",
    }
    assert of(free.network, "c") == {"low": 1, "high": 64, "step": 1}
    assert of(free.network, "K") == {"low": 1, "high": 12, "step": 1}


def test_what_the_zoo_starts_with_fits():
    for name in list(NETWORKS)[::9]:
        found = facts(cs.load(name))
        assert found.at(starts(found)).valid is True, name
