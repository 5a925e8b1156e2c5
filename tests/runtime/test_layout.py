"""How tensors lie: maps with channels last, tables row by row, views where the memory allows them, copies elsewhere."""

import numpy as np
import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.weights import initial

SIZES = {"N": 2, "H": 6, "W": 6}


def both(network, sizes=SIZES):
    """The outputs of the fused plan and of the plain one, and the fused plan."""
    fast, plain = (plan(network, sizes, "float64", fused=fused) for fused in (True, False))
    numbers = np.random.default_rng(0)
    inputs = {node.name: numbers.standard_normal(plain.places[node.name].shape) for node in plain.network.inputs}
    weights = initial(plain)
    return (*(bind(each, weights).run(inputs) for each in (fast, plain)), fast)


def agree(network, sizes=SIZES):
    found, expected, ready = both(network, sizes)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, 1e-9, 1e-11, err_msg=name)
    return ready


def test_channels_turned_to_the_end_and_back_are_views():
    """Where all axes of a map are equally long, its shape does not tell them apart."""
    x = Input("image", (3, "H", "W"))
    y = L.Conv(6, kernel_size=3, padding=1)(x)
    z = L.Permute((0, 2, 3, 1))(y)
    z = L.GELU()(L.Linear(8)(L.LayerNorm((6,))(z)))
    z = L.Permute((0, 3, 1, 2))(L.Linear(6)(z))
    ready = agree(Network("block", inputs=x, outputs=L.Add()([z, y])))
    assert not any("permute" in step.node or "channels last" in step.node for step in ready.steps)


@pytest.mark.parametrize("dims", [(0, 3, 2, 1), (0, 2, 1, 3), (0, 3, 1, 2), (1, 0, 2, 3)])
def test_axes_in_any_other_order_are_copied(dims):
    x = Input("image", (4, "H", "W"))
    y = L.Permute(dims)(L.Conv(6, kernel_size=1)(x))
    agree(Network("turned", inputs=x, outputs=L.Conv(2, kernel_size=1)(y)), {"N": 3, "H": 5, "W": 7})


def test_a_linear_layer_over_the_columns_of_a_map():
    x = Input("image", (4, "H", "W"))
    agree(Network("columns", inputs=x, outputs=L.Linear(5)(L.Conv(6, kernel_size=1)(x))))


@pytest.mark.parametrize("shape", [(0, 4, -1), (0, -1, 6), (0, 4, 2, -1)])
def test_maps_under_other_shapes(shape):
    x = Input("image", (3, "H", "W"))
    y = L.Conv(8, kernel_size=1)(x)
    agree(Network("shaped", inputs=x, outputs=L.ReLU()(L.Reshape((shape[0] or "N", *shape[1:]))(y))))


def test_channels_in_another_order_and_back():
    x = Input("image", (8, "H", "W"))
    y = L.ChannelShuffle(4)(L.Conv(8, kernel_size=1)(x))
    parts = L.Chunk(2)(L.Conv(8, kernel_size=3, padding=1)(y))
    a, b = parts[0], parts[1]
    agree(Network("shuffled", inputs=x, outputs=L.Concat()([L.Conv(4, kernel_size=3, padding=1)(a), b])))


def test_joins_that_share_their_maps():
    """A map that lies in one join is copied into a second one that begins with another map."""
    x = Input("image", (3, "H", "W"))
    a, b, c = (L.Conv(k, kernel_size=1)(x) for k in (2, 3, 4))
    joins = [L.Concat()(maps) for maps in ([a, b], [a, b, c], [b, a], [a, a], [x, b])]
    outputs = {f"y{i}": L.Conv(2, kernel_size=1)(y) for i, y in enumerate(joins)}
    agree(Network("joins", inputs=x, outputs=outputs | {"inner": joins[0], "flat": L.Flatten()(b)}))


def test_a_join_along_another_axis():
    x = Input("image", (3, "H", "W"))
    a, b = (L.Conv(4, kernel_size=1)(x) for _ in range(2))
    agree(Network("rows", inputs=x, outputs=L.Conv(2, kernel_size=1)(L.Concat(dim=2)([a, b]))))


def test_one_pixel_and_one_channel_lie_either_way():
    x = Input("image", (1, "H", "W"))
    y = L.Flatten()(L.GlobalAvgPool()(L.Conv(8, kernel_size=3)(x)))
    z = L.Reshape(("N", 8, 1, 1))(L.Linear(8)(y))
    agree(Network("pixel", inputs=x, outputs=L.Conv(3, kernel_size=1)(z)))


def test_an_output_that_is_an_input():
    x = Input("image", (3, "H", "W"))
    agree(Network("passes", inputs=x, outputs={"same": x, "conv": L.Conv(2, kernel_size=1)(x)}))


def test_lines_of_pixels_take_the_fast_way():
    x = Input("sound", (2, "L"))
    y = L.ReLU()(L.BatchNorm()(L.Conv(8, kernel_size=5, stride=2, padding=2)(x)))
    z = L.DepthwiseConv(kernel_size=3, padding=2, dilation=2)(y)
    z = L.Add()([L.Conv(8, kernel_size=3, padding="same_upper", bias=False)(z), y])
    z = L.AvgPool(2)(L.MaxPool(3, stride=1, padding=1)(L.BatchNorm()(z)))
    z = L.Linear(3)(L.Permute((0, 2, 1))(L.Concat()([z, L.Conv(1, kernel_size=1)(z)])))
    ready = agree(Network("sound", inputs=x, outputs=z), {"N": 2, "L": 41})
    slow = [step.kernel for step in ready.steps if step.algorithm is None]
    assert slow == ["merge.kernel:concat", "reshape.kernel:permute"]
