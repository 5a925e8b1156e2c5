"""One interface for any value of the nodes: what it says by layer, block and kind adds up to the total."""

import pytest

import cnnshape.layers as L
from cnnshape import Input, Network, block
from cnnshape.analysis.counts import counts
from cnnshape.analysis.quantity import Quantity, one_image
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import Kind
from cnnshape.symbolic import dim, total
from tests.analysis import networks

N, H, W = dim("N"), dim("H"), dim("W")


@pytest.fixture
def network():
    x = Input("x", (3, "H", "W"))
    with block("stem"):
        y = L.Conv(4, kernel_size=1)(x)
        with block("inner"):
            y = L.ReLU()(L.Conv(2, kernel_size=1)(y))
    return Network("n", inputs=x, outputs=L.Flatten()(y))


def test_values_are_found_by_layer_by_block_and_by_kind(network):
    macs = counts(propagate(network)).macs
    assert macs["stem.conv1"] == 12 * H * W
    assert macs.per_layer() == {
        "x": 0,
        "stem.conv1": 12 * H * W,
        "stem.inner.conv1": 8 * H * W,
        "stem.inner.relu1": 0,
        "flatten1": 0,
    }
    assert macs.per_block() == {"stem": 20 * H * W, "stem.inner": 8 * H * W}
    assert macs.by_kind()[Kind.CONV] == macs.total == 20 * H * W
    assert str(macs) == "20*H*W"


def test_sizes_may_be_set_one_after_the_other(network):
    macs = counts(propagate(network)).macs
    assert macs.at(H=5).total == 100 * W
    assert macs.at(H=5).at(W=2, N=3).total == macs.at({"H": 5, "W": 2, "N": 3}).total == 600


def test_what_is_unknown_is_left_out_and_named(network):
    quantity = Quantity("q", network, (1, None, 2 * N, None, 3))
    assert quantity.total == 6
    assert quantity.unknown == ("stem.conv1", "stem.inner.relu1")
    assert not quantity.complete
    assert quantity["stem.conv1"] is None
    assert quantity.per_block() == {"stem": 2, "stem.inner": 2}
    assert quantity.at(N=4).values == (1, None, 8, None, 3)


def test_values_may_be_combined_otherwise_than_by_their_sum(network):
    quantity = Quantity("q", network, (1, 7, 3, 9, 3), combine=max)
    assert quantity.total == 9
    assert quantity.per_block() == {"stem": 9, "stem.inner": 9}


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "attention"])
def test_the_parts_add_up_to_the_total(name):
    found = counts(propagate(getattr(networks, name)()))
    for quantity in (found.params, found.macs, found.work("adds")):
        assert total(quantity.per_layer().values()) == quantity.total
        assert total(quantity.by_kind().values()) == quantity.total
        blocks = quantity.per_block()
        for scope in blocks:
            nodes = [node.name for node in found.found.network.nodes if f"{node.scope}.".startswith(f"{scope}.")]
            assert blocks[scope] == total(quantity[node] for node in nodes)


def test_one_image_is_what_is_left_of_a_batch():
    assert one_image(2 * N * H + N // 2, "N") == 2 * H
    assert one_image(H, "N") == H
    assert one_image(7, "") == 7
