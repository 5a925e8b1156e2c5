"""Which layers stand in the row of another."""

from __future__ import annotations

import pytest

from cnnshape.graph.build import Input, Tensor, block, sequential
from cnnshape.graph.fold import fold
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Add, BatchNorm, Concat, Conv, Dropout, Linear, LocalResponseNorm, MaxPool, ReLU, Sigmoid
from cnnshape.layers.base import Layer


def rows_of(network: Network) -> list[str]:
    nodes = network.nodes
    return ["+".join(type(nodes[i].layer).__name__ for i in row.nodes) for row in fold(propagate(network), "layer")]


def chain(*layers: Layer) -> Network:
    x = Input("x", (8, "H", "W"))
    return Network("chain", inputs=x, outputs=sequential(*layers)(x))


def conv() -> Conv:
    return Conv(8, kernel_size=3, padding=1)


@pytest.mark.parametrize(
    ("layers", "rows"),
    [
        ((conv(), BatchNorm(), ReLU()), ["Conv+BatchNorm+ReLU"]),
        ((conv(), ReLU(), BatchNorm()), ["Conv+ReLU+BatchNorm"]),
        ((conv(), ReLU(), LocalResponseNorm(5), MaxPool(2)), ["Conv+ReLU+LocalResponseNorm", "MaxPool"]),
        ((conv(), ReLU(), ReLU()), ["Conv+ReLU", "ReLU"]),
        ((conv(), BatchNorm(), BatchNorm()), ["Conv+BatchNorm", "BatchNorm"]),
        ((Linear(8), ReLU(), Dropout(0.5), Linear(8)), ["Linear+ReLU+Dropout", "Linear"]),
        ((BatchNorm(), ReLU(), conv(), BatchNorm(), ReLU(), conv()), ["BatchNorm+ReLU+Conv", "BatchNorm+ReLU+Conv"]),
        ((BatchNorm(), conv()), ["BatchNorm+Conv"]),
        ((ReLU(), conv(), BatchNorm()), ["ReLU", "Conv+BatchNorm"]),
        ((MaxPool(2), BatchNorm(), ReLU()), ["MaxPool+BatchNorm+ReLU"]),
    ],
)
def test_a_row_for_each_layer(layers: tuple[Layer, ...], rows: list[str]) -> None:
    assert rows_of(chain(*layers)) == rows


def test_what_is_read_elsewhere_too_stands_alone() -> None:
    x = Input("x", (8, "H", "W"))
    y = conv()(x)
    assert rows_of(Network("fork", inputs=x, outputs=Add()(y, ReLU()(y)))) == ["Conv", "ReLU", "Add"]
    assert rows_of(Network("ends", inputs=x, outputs=[y, ReLU()(y)])) == ["Conv", "ReLU"]


def test_blocks_are_not_joined_over_their_border() -> None:
    x = Input("x", (8, "H", "W"))
    with block("stem"):
        y = conv()(x)
    assert rows_of(Network("border", inputs=x, outputs=ReLU()(y))) == ["Conv", "ReLU"]


def test_a_row_of_a_layer_that_is_normalized_first_bears_the_name_of_the_layer() -> None:
    (row,) = fold(propagate(chain(BatchNorm(), ReLU(), conv())), "layer")
    assert row.name == "conv1"


def test_interleaved_branches_are_told_apart() -> None:
    """As an exported graph may list them: both convolutions, both normalizations, both activations."""
    x = Input("x", (8, "H", "W"))
    a, b = conv()(x), conv()(x)
    c, d = BatchNorm()(a), BatchNorm()(b)
    e, f = ReLU()(c), Sigmoid()(d)
    net = Network("wide", inputs=x, outputs=Concat()(e, f))
    assert rows_of(net) == ["Conv+BatchNorm+ReLU", "Conv+BatchNorm+Sigmoid", "Concat"]


def dense(x: Tensor) -> Tensor:
    return Concat()(x, sequential(BatchNorm(), ReLU(), conv())(x))


def test_pre_activation_units() -> None:
    x = Input("x", (8, "H", "W"))
    net = Network("dense", inputs=x, outputs=dense(dense(x)))
    assert rows_of(net) == ["BatchNorm+ReLU+Conv", "Concat", "BatchNorm+ReLU+Conv", "Concat"]
