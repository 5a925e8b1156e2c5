"""The words for layers and blocks."""

from __future__ import annotations

import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Layer
from cnnshape.render.operators import block_words, label_of, layer_words


@pytest.mark.parametrize(
    ("layer", "rank", "label"),
    [
        (L.Conv(8, kernel_size=7, stride=2), 1, "Conv 7 /2"),
        (L.Conv(8, kernel_size=7, stride=2), 2, "Conv 7×7 /2"),
        (L.Conv(8, kernel_size=7, stride=2), 3, "Conv 7×7×7 /2"),
        (L.Conv(8, kernel_size=7, stride=2), 0, "Conv 7×7 /2"),
        (L.Conv(8, kernel_size=(3, 7, 7), stride=(1, 2, 2)), 3, "Conv 3×7×7 /1×2×2"),
        (L.Conv(8, kernel_size=(3, 1), stride=(2, 2)), 2, "Conv 3×1 /2"),
        (L.Conv2d(8, kernel_size=3), 1, "Conv 3×3"),  # the layer says what it wants
        (L.Linear(1000), 0, "Linear 1000"),
        (L.ReLU(), 2, "ReLU"),
    ],
)
def test_one_number_counts_for_each_axis(layer: Layer, rank: int, label: str) -> None:
    assert label_of(layer, rank) == label


CONV1, CONV3, NORM, ACT = (
    (L.Conv(8, kernel_size=1), 2),
    (L.Conv(8, kernel_size=3), 2),
    (L.BatchNorm(), 2),
    (L.ReLU(), 2),
)


def test_what_is_folded_into_a_layer() -> None:
    assert layer_words([CONV3, NORM, ACT]) == ("Conv 3×3", "BN, ReLU")
    assert layer_words([NORM, ACT, CONV3]) == ("Conv 3×3", "after BN, ReLU")
    assert layer_words([NORM, CONV3, ACT]) == ("Conv 3×3", "ReLU, after BN")
    assert layer_words([NORM, ACT]) == ("BatchNorm", "ReLU")
    assert layer_words([ACT]) == ("ReLU", "")


def test_what_a_block_is_made_of() -> None:
    add, pool = (L.Add(), 2), (L.MaxPool(2), 2)
    assert block_words([CONV1, NORM, ACT, CONV3, NORM, ACT, CONV1, NORM, add, ACT]) == "Conv 1×1, 3×3, 1×1, Add"
    assert block_words([CONV3, ACT, CONV3, ACT]) == "2 Conv 3×3"
    assert block_words([NORM, ACT]) == "BatchNorm, ReLU"
    assert block_words([CONV1, CONV3, pool] * 4) == "8 Conv, 4 MaxPool"
    many = [
        (layer, 2) for layer in (L.Conv(8, kernel_size=1), L.ConvTranspose(8, kernel_size=2), L.AvgPool(2), L.Concat())
    ]
    assert block_words(many) == "Conv, ConvTranspose, AvgPool, …"
