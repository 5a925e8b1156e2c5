"""DepthwiseConv and SeparableConv against the convolutions of PyTorch that they are made of, and Keras's numbers."""

from math import prod

import pytest

from cnnshape.layers.conv import DepthwiseConv, SeparableConv
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    shape_of,
    specs,
    weights_of,
    work_of,
)


def settings(draw, rank):
    return {
        "kernel_size": draw.per_axis(rank, 1, 4),
        "stride": draw.per_axis(rank, 1, 3),
        "padding": draw.per_axis(rank, 0, 2),
        "dilation": draw.per_axis(rank, 1, 2),
        "bias": draw.one(True, False),
    }


def test_depthwise_is_a_grouped_convolution(torch):
    taken = []
    for draw, rank in draws(200, seed=3):
        c, m = draw.size(1, 5), draw.size(1, 3)
        given = settings(draw, rank)
        layer = DepthwiseConv(
            given["kernel_size"], depth_multiplier=m, **{k: v for k, v in given.items() if k[0] != "k"}
        )
        with torch.device("meta"):
            module = getattr(torch.nn, f"Conv{rank}d")(c, c * m, groups=c, **given)
        taken.append(compare(torch, layer, module, draw.shape(rank, c)))
    fits_often(taken)


def test_separable_is_two_convolutions(torch):
    taken = []
    for draw, rank in draws(200, seed=4):
        c, m, c_out = draw.size(1, 5), draw.size(1, 3), draw.size(1, 5)
        given = settings(draw, rank)
        conv = getattr(torch.nn, f"Conv{rank}d")
        with torch.device("meta"):
            module = torch.nn.Sequential()
            module.add_module("depthwise", conv(c, c * m, groups=c, **(given | {"bias": False})))
            module.add_module("pointwise", conv(c * m, c_out, 1, bias=given["bias"]))
        taken.append(compare(torch, SeparableConv(c_out, depth_multiplier=m, **given), module, draw.shape(rank, c)))
    fits_often(taken)


def test_keras_same_takes_any_stride():
    """Keras: `same` gives ceil(d/s)."""
    assert shape_of(DepthwiseConv(3, stride=2, padding="same"), (1, 3, "H", 7)) == (1, 3, "ceil(H/2)", 4)
    assert shape_of(SeparableConv(8, kernel_size=3, stride=2, padding="same"), (1, 3, 7)) == (1, 8, 4)


@pytest.mark.parametrize(
    ("layer", "x", "expected"),
    [
        # Keras's summary of MobileNet: conv_dw_1 288 and of Xception: block1_conv.., block2_sepconv1 8 768.
        pytest.param(DepthwiseConv(3, padding="same", bias=False), (1, 32, 112, 112), 288, id="mobilenet-conv_dw_1"),
        pytest.param(
            SeparableConv(128, kernel_size=3, padding="same", bias=False), (1, 64, 109, 109), 8768, id="xception-block2"
        ),
    ],
)
def test_published_parameters(layer, x, expected):
    assert sum(prod(shape) for shape in weights_of(layer, x).values()) == expected


def test_work_is_that_of_the_parts():
    """C*m maps of 3*2 products a position, then c_out filters of C*m products a position."""
    x = (2, 3, 6, 7)
    depthwise = DepthwiseConv((3, 2), stride=2, depth_multiplier=2)
    assert shape_of(depthwise, x) == (2, 6, 2, 3)
    assert work_of(depthwise, x) == {"macs": 2 * 6 * (2 * 3) * (3 * 2), "adds": 2 * 6 * 2 * 3}
    separable = SeparableConv(5, kernel_size=(3, 2), stride=2, depth_multiplier=2)
    assert work_of(separable, x) == {"macs": 2 * 6 * (2 * 3) * (3 * 2) + 2 * 5 * (2 * 3) * 6, "adds": 2 * 5 * 2 * 3}


def test_window():
    x = specs((1, 4, 9))
    assert DepthwiseConv(3).window(x).whole == ()
    assert DepthwiseConv(3, depth_multiplier=2).window(x).whole == (1,), "a bound: output 2*c + i sees channel c"
    assert SeparableConv(4, kernel_size=3).window(x).whole == (1,)


def test_channels():
    assert conditions_of(DepthwiseConv(1, in_channels=4), (1, "C", 8)) == ["C == 4"]
    assert (
        fault_of(SeparableConv(2, kernel_size=1, in_channels=4), (1, 3, 8))
        == """\
CS202: in_channels = 4, the input has 3
  rule: in_channels equals the size of that axis of the input
  fix: in_channels: 3, or leave in_channels out: it is read from the input"""
    )
