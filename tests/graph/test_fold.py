"""Folding shows fewer rows and loses no node."""

from __future__ import annotations

from itertools import chain
from typing import get_args

import pytest

from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.fold import Detail, detail_for, fold
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Add, BatchNorm, Conv, GlobalAvgPool, ReLU


def residual() -> Network:
    """A stem and two stages of residual units, named as torchvision names them."""

    def unit(x: Tensor, width: int, stride: int) -> Tensor:
        y = ReLU()(BatchNorm()(Conv(width, kernel_size=3, stride=stride, padding=1)(x)))
        y = BatchNorm()(Conv(width, kernel_size=3, padding=1)(y))
        return ReLU()(Add()(y, Conv(width, kernel_size=1, stride=stride)(x) if stride > 1 else x))

    x = Input("image", (3, "H", "W"))
    y = ReLU()(BatchNorm()(Conv(64, kernel_size=7, stride=2, padding=3)(x)))
    for stage, width in (("layer1", 64), ("layer2", 128)):
        for i in range(3):
            with block(f"{stage}.{i}"):
                y = unit(y, width, 2 if stage == "layer2" and i == 0 else 1)
    return Network("residual", inputs=x, outputs=GlobalAvgPool()(y))


@pytest.mark.parametrize(
    ("detail", "names"),
    [
        ("overview", ["conv1", "layer1", "layer2", "global_avg_pool1"]),
        ("block", ["conv1", "layer1.0-2", "layer2.0", "layer2.1-2", "global_avg_pool1"]),
    ],
)
def test_blocks_by_scope_and_equal_neighbors(detail: Detail, names: list[str]) -> None:
    assert [row.name for row in fold(propagate(residual()), detail)] == names


def test_normalization_and_activation_stand_in_the_row_of_their_layer() -> None:
    network = residual()
    rows = fold(propagate(network), "layer")
    first = [type(network.nodes[i].layer).__name__ for i in rows[0].nodes]
    assert first == ["Conv", "BatchNorm", "ReLU"]
    assert [row.name for row in rows[1:4]] == ["layer1.0.conv1", "layer1.0.conv2", "layer1.0.add1"]


@pytest.mark.parametrize("detail", get_args(Detail))
def test_every_node_but_the_inputs_is_in_exactly_one_row(detail: Detail) -> None:
    network = residual()
    shown = list(chain.from_iterable(row.nodes for row in fold(propagate(network), detail)))
    assert sorted(shown) == list(range(1, len(network.nodes)))


def test_the_default_is_the_finest_detail_that_fits() -> None:
    found = propagate(residual())
    assert [detail_for(found, most) for most in (60, 25, 10, 4, 1)] == ["op", "layer", "block", "overview", "overview"]


def test_the_number_of_repeats_is_kept() -> None:
    rows = fold(propagate(residual()), "block")
    assert [row.times for row in rows] == [1, 3, 1, 2, 1]
