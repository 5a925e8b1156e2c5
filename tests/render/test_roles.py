"""The role of a layer follows from its facts: every class of the catalogue has one, the telling ones have theirs."""

from __future__ import annotations

import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.catalog import ENTRIES
from cnnshape.render.palette import ROLES, Role
from cnnshape.render.roles import role_of
from cnnshape.symbolic import dim


@pytest.mark.parametrize(
    ("layer", "role"),
    [
        (L.Conv(8, kernel_size=3), "conv"),
        (L.Conv(32, kernel_size=3, groups=32), "depthwise"),
        (L.Conv(32, kernel_size=3, groups=4), "depthwise"),
        (L.DepthwiseConv(3), "depthwise"),
        (L.ConvTranspose(8, kernel_size=2, stride=2), "up_conv"),
        (L.Upsample(scale_factor=2), "up_conv"),
        (L.PixelShuffle(2), "up_conv"),
        (L.BatchNorm(), "norm"),
        (L.ReLU(), "activation"),
        (L.MaxPool(2), "pool"),
        (L.GlobalAvgPool(), "pool"),
        (L.Linear(10), "linear"),
        (L.Add(), "add"),
        (L.Concat(), "concat"),
        (L.Multiply(), "other"),
        (L.Flatten(), "other"),
        (L.Dropout(0.5), "other"),
    ],
)
def test_role_of_a_layer(layer: Layer, role: Role) -> None:
    assert role_of(layer, (Spec((dim("N"), 32, dim("H"), 16)),) * max(layer.arity[0], 1)) == role


def test_a_kernel_over_one_channel_of_one_is_no_grouped_convolution() -> None:
    assert role_of(L.Conv(8, kernel_size=3), (Spec((1, 1, 28, 28)),)) == "conv"


@pytest.mark.parametrize("layer", [L.Conv(8, kernel_size=3, groups=2), L.ConvTranspose(8, kernel_size=2)])
def test_behind_a_fault_the_arguments_say_it(layer: Layer) -> None:
    assert role_of(layer, None) == ("depthwise" if isinstance(layer, L.Conv) else "up_conv")


@pytest.mark.parametrize("layer", [entry.layer for entry in ENTRIES], ids=lambda layer: layer.__name__)
def test_every_layer_has_a_role_with_and_without_its_inputs(layer: type[Layer]) -> None:
    for example in layer.examples():
        assert role_of(example.layer, example.inputs) in ROLES
        assert role_of(example.layer, None) in ROLES
