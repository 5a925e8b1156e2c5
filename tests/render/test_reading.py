"""Every report says how it read the input."""

import pytest

import cnnshape
from cnnshape import Network
from cnnshape import layers as L
from cnnshape.graph.network import Node
from cnnshape.render.reading import read_as
from tests.render.conftest import made


@pytest.mark.parametrize(
    ("name", "sizes", "defaults", "line"),
    [
        ("lenet5", {}, {}, "input (N, 1, H, W): batch N, 1 channel, maps HxW; H, W free"),
        (
            "lenet5",
            {"H": 32, "W": 32},
            {"H": 32, "W": 32},
            "input (N, 1, H, W): batch N, 1 channel, maps HxW; at H=32, W=32 (defaults of the file)",
        ),
        (
            "lenet5",
            {"H": 40, "W": 32, "N": 8},
            {"W": 32},
            "input (N, 1, H, W): batch N, 1 channel, maps HxW; at H=40, N=8, and W=32 (default of the file)",
        ),
        ("audio_1d", {"L": 9000}, {}, "input (N, 1, L): batch N, 1 channel, length L; at L=9000"),
        ("siamese", {"H": 105}, {}, "inputs left, right (N, 1, H, W): batch N, 1 channel, maps HxW; at H=105; W free"),
        ("volume", {}, {}, "input volume (N, 1, T, H, W): batch N, 1 channel, maps TxHxW; T, H, W free"),
    ],
)
def test_the_line_names_batch_channels_and_sizes(name, sizes, defaults, line):
    assert read_as(made(name).network, sizes, defaults) == line


def test_a_volume_that_was_meant_as_a_batch_is_pointed_out():
    net = cnnshape.load("input: [1, 3, 224, 224]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 3}\n")
    text = " ".join(cnnshape.report(net).to("table").split())
    assert "read as 3-D data (1 channel, 3x224x224); write [3, 224, 224] if 1 is the batch" in text


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ((1, 3, 32, 48), "input (1, 3, 32, 48): batch 1, 3 channels, maps 32x48"),
        ((4, 3, "H", "W"), "input (4, 3, H, W): batch 4, 3 channels, maps HxW; H, W free"),
        ((1, 784), "input (1, 784): batch 1, 784 values each"),
        ((3, 32, 48), "input (3, 32, 48): 3 channels, maps 32x48"),
    ],
)
def test_a_first_axis_that_is_a_number_is_a_batch_where_it_can_be_none_else(shape, line):
    layer = L.Input(shape)
    nodes = [Node("x", layer), Node("y", L.ReLU(), ("x",))]
    assert read_as(Network.of_nodes("net", nodes, {"y": "y"}), {}, {}) == line


def test_what_is_assumed_is_said():
    assert read_as(made("lenet5").network, {}, {}, ["H % 32 == 0"]).endswith("; assuming H % 32 == 0")
