"""Sparse connections and shared weights against the figures of lecture notes and against connections that are tried."""

from fractions import Fraction

import numpy as np
import pytest

import cnnshape.layers as L
from cnnshape import Input, Network
from cnnshape.analysis.counts import counts
from cnnshape.analysis.sharing import sharing
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import dim
from tests.analysis import networks

H, W = dim("H"), dim("W")


def one(layer, *shape):
    x = Input("x", shape)
    (row,) = sharing(counts(propagate(Network("n", inputs=x, outputs=layer(x)))))
    return row


@pytest.mark.parametrize(
    ("layer", "shape", "params", "connections"),
    [
        # the lecture notes' examples, with the arithmetic of their own formulas
        (L.Linear(4096), (18914,), 77_475_840, 18_914),
        (L.Linear(1000), (4096,), 4_097_000, 4_096),
        (L.Conv(386, kernel_size=7, bias=False), (386, 7, 7), 7_300_804, 49 * 386),
        (L.Conv(4096, kernel_size=1, bias=False), (386, 7, 7), 1_581_056, 386),
        (L.Conv(1, kernel_size=3, padding=1), (1, "H", "W"), 10, 9),
    ],
)
def test_the_figures_of_the_notes(layer, shape, params, connections):
    row = one(layer, *shape)
    assert (row.params, row.connections) == (params, connections)


def test_a_linear_layer_is_the_fully_connected_one_and_saves_nothing():
    row = one(L.Linear(7), 12)
    assert (row.dense_params, row.saved, row.density, row.uses) == (7 * 13, 1, 1, 1)


def test_a_convolution_shares_each_weight_among_all_positions():
    row = one(L.Conv(8, kernel_size=3, padding=1, bias=False), 4, "H", "W")
    assert row.uses == H * W
    assert row.dense_params == 4 * H * W * 8 * H * W
    at = row.at(H=16, W=16)
    # what is saved: inputs/connections by sparse connections, times the uses of each weight by sharing
    assert at.saved == Fraction(at.inputs, at.connections) * at.uses
    assert row.saved is None


def connections_tried(layer, shape):
    """Count, for an output in the middle, the inputs whose change changes it: the layer as a matrix of its formula."""
    c, n = shape
    weight = np.ones((layer.out_channels, c // layer.groups, layer.kernel_size))
    window = layer.windows(1)[0]
    out = (n + 2 * window.before - window.dilation * (window.kernel - 1) - 1) // window.stride + 1
    middle, seen = out // 2, 0
    per = layer.out_channels // layer.groups
    for channel in range(c):
        for k in range(window.kernel):
            position = middle * window.stride - window.before + k * window.dilation
            group = channel // (c // layer.groups)
            inside = 0 <= position < n and group == (layer.out_channels - 1) // per
            seen += int(inside and weight[-1, channel % (c // layer.groups), k] != 0)
    return seen


@pytest.mark.parametrize(
    "layer",
    [
        L.Conv(8, kernel_size=3),
        L.Conv(8, kernel_size=5, stride=2, padding=2),
        L.Conv(8, kernel_size=3, dilation=2, groups=2),
        L.Conv(8, kernel_size=1, groups=4),
    ],
)
def test_connections_are_those_that_an_output_in_the_middle_has(layer):
    assert one(layer, 4, 31).connections == connections_tried(layer, (4, 31))


@pytest.mark.parametrize(
    ("layer", "shape", "connections"),
    [
        (L.DepthwiseConv(kernel_size=3), (6, "H", "W"), 9),
        (L.SeparableConv(5, kernel_size=3), (6, "H", "W"), 54),
        (L.ConvTranspose(5, kernel_size=4, stride=2, padding=1), (6, "H", "W"), 6 * 4),
        (L.ConvTranspose(4, kernel_size=2, stride=2, groups=2), (6, "H", "W"), 3),
        (L.MaxPool(3, stride=2), (6, "H", "W"), 9),
        (L.GlobalAvgPool(), (6, "H", "W"), H * W),
    ],
    ids=repr,
)
def test_connections_of_other_layers(layer, shape, connections):
    assert one(layer, *shape).connections == connections


def test_a_pool_has_no_weights_to_share():
    row = one(L.MaxPool(2), 6, 8, 8)
    assert (row.params, row.uses, row.saved, row.density) == (0, None, None, pytest.approx(4 / 384))


def test_resnet50_has_a_row_for_each_convolution_pool_and_the_classifier():
    rows = sharing(counts(propagate(networks.resnet50())))
    assert len(rows) == 53 + 2 + 1
    first = rows[0].at(H=224, W=224)
    # 7x7 over 3 channels, 64 filters: 147 connections, 9 408 weights used at 112x112 positions
    assert (first.connections, first.params, first.uses) == (147, 9_408, 12_544)
    assert first.saved == 3 * 224 * 224 * 64 * 112 * 112 / 9_408
