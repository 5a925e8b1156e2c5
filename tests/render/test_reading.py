"""Every report says how it read the input."""

import pytest

import cnnshape
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


def test_what_is_assumed_is_said():
    assert read_as(made("lenet5").network, {}, {}, ["H % 32 == 0"]).endswith("; assuming H % 32 == 0")
