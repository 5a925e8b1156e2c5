"""Convolutions on arrays, against PyTorch, at random settings of all arguments."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Spec

RANKS = (1, 2, 3)


def computed(layer, x, weights):
    (spec,) = layer.outputs((Spec(x.shape),), Context())
    y = np.full(spec.shape, np.nan, x.dtype)
    catalog.kernel_of(type(layer))(layer, (x,), weights, (y,))
    return y


def made(layer, x, numbers):
    return {name: numbers.normal(size=w.shape).astype(x.dtype) for name, w in layer.weights((Spec(x.shape),)).items()}


def settings(draw, rank):
    """Arguments that PyTorch takes too: per axis, or one for all."""
    return {
        "kernel_size": tuple(draw.randint(1, 4) for _ in range(rank)),
        "stride": tuple(draw.randint(1, 3) for _ in range(rank)),
        "padding": tuple(draw.randint(0, 3) for _ in range(rank)),
        "dilation": tuple(draw.randint(1, 3) for _ in range(rank)),
    }


def shape(draw, channels, rank):
    return (draw.randint(1, 3), channels, *(draw.randint(10, 14 if rank < 3 else 11) for _ in range(rank)))


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolution(rank, dtype, torch):
    draw, numbers = random.Random(rank), np.random.default_rng(rank)
    function = getattr(torch.nn.functional, f"conv{rank}d")
    for _ in range(60):
        groups, per_group, filters = draw.choice((1, 1, 2, 3)), draw.randint(1, 4), draw.randint(1, 4)
        layer = L.Conv(filters * groups, groups=groups, bias=draw.random() < 0.5, **settings(draw, rank))
        x = numbers.normal(size=shape(draw, per_group * groups, rank)).astype(dtype)
        weights = made(layer, x, numbers)
        tensors = {name: torch.from_numpy(weight) for name, weight in weights.items()}
        theirs = function(
            torch.from_numpy(x), stride=layer.stride, padding=layer.padding, dilation=layer.dilation, groups=groups,
            **tensors,
        )  # fmt: skip
        tolerance = 1e-11 if dtype == "float64" else 1e-4
        np.testing.assert_allclose(computed(layer, x, weights), theirs.numpy(), tolerance, tolerance)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_that_is_taken_from_the_map(mode, torch):
    numbers = np.random.default_rng(3)
    x = numbers.normal(size=(2, 3, 7, 8))
    layer = L.Conv(4, kernel_size=(3, 5), padding=(1, 2), padding_mode=mode)
    weights = made(layer, x, numbers)
    module = torch.nn.Conv2d(3, 4, (3, 5), padding=(1, 2), padding_mode=mode, dtype=torch.float64)
    module.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    np.testing.assert_allclose(computed(layer, x, weights), module(torch.from_numpy(x)).detach().numpy(), 1e-11)


@pytest.mark.parametrize(("word", "sides"), [("same_upper", (0, 1)), ("same_lower", (1, 0))])
def test_same_puts_the_odd_pixel_at_its_end(word, sides):
    x, weight = np.arange(1.0, 5.0).reshape(1, 1, 4), np.array([[[1.0, 10.0]]])
    layer = L.Conv(1, kernel_size=2, padding=word, bias=False)
    line = np.pad(x[0, 0], sides)
    assert computed(layer, x, {"weight": weight})[0, 0].tolist() == (line[:-1] + 10 * line[1:]).tolist()


@pytest.mark.parametrize("rank", RANKS)
def test_transposed_convolution(rank, torch):
    draw, numbers = random.Random(10 + rank), np.random.default_rng(rank)
    function, compared = getattr(torch.nn.functional, f"conv_transpose{rank}d"), 0
    while compared < 60:
        groups, per_group, filters = draw.choice((1, 2, 3)), draw.randint(1, 3), draw.randint(1, 3)
        given = settings(draw, rank)
        pairs = zip(given["stride"], given["dilation"], strict=True)
        added = tuple(draw.randint(0, max(pair) - 1) for pair in pairs)
        layer = L.ConvTranspose(filters * groups, groups=groups, output_padding=added, **given)
        x = numbers.normal(size=(2, per_group * groups, *(draw.randint(2, 5) for _ in range(rank))))
        weights = made(layer, x, numbers)
        try:
            ours = computed(layer, x, weights)
        except ShapeError:  # nothing is left of the map
            continue
        tensors = {name: torch.from_numpy(weight) for name, weight in weights.items()}
        theirs = function(
            torch.from_numpy(x), stride=layer.stride, padding=layer.padding, dilation=layer.dilation, groups=groups,
            output_padding=added, **tensors,
        )  # fmt: skip
        np.testing.assert_allclose(ours, theirs.numpy(), 1e-11, 1e-11)
        compared += 1


@pytest.mark.parametrize("word", ["same_upper", "same_lower", "valid", "same"])
def test_transposed_convolution_is_the_transpose_of_the_convolution_that_it_undoes(word):
    # <conv(y), x> = <y, conv_transpose(x)> for all x and y, whatever the padding; here the stride divides the map.
    numbers = np.random.default_rng(5)
    for kernel, stride, size in ((5, 3, 4), (2, 2, 5), (4, 2, 3), (3, 1, 6)):
        up = L.ConvTranspose(1, kernel_size=kernel, stride=stride, padding=word, bias=False)
        x, weight = numbers.normal(size=(1, 1, size)), numbers.normal(size=(1, 1, kernel))
        found = computed(up, x, {"weight": weight})
        if word == "same" or (word == "valid" and kernel < stride):
            continue
        down = L.Conv(1, kernel_size=kernel, stride=stride, padding=word, bias=False)
        y = numbers.normal(size=found.shape)
        np.testing.assert_allclose((computed(down, y, {"weight": weight}) * x).sum(), (y * found).sum(), 1e-10)


def test_depthwise_and_separable(torch):
    numbers = np.random.default_rng(7)
    x = numbers.normal(size=(2, 4, 9, 8))
    F = torch.nn.functional
    layer = L.DepthwiseConv(3, depth_multiplier=2, stride=2, padding=1)
    weights = made(layer, x, numbers)
    tensors = {name: torch.from_numpy(weight) for name, weight in weights.items()}
    theirs = F.conv2d(torch.from_numpy(x), stride=2, padding=1, groups=4, **tensors)
    np.testing.assert_allclose(computed(layer, x, weights), theirs.numpy(), 1e-11)
    layer = L.SeparableConv(6, kernel_size=3, padding=1, depth_multiplier=2)
    weights = made(layer, x, numbers)
    tensors = {name: torch.from_numpy(weight) for name, weight in weights.items()}
    between = F.conv2d(torch.from_numpy(x), tensors["depthwise.weight"], padding=1, groups=4)
    theirs = F.conv2d(between, tensors["pointwise.weight"], tensors["pointwise.bias"])
    np.testing.assert_allclose(computed(layer, x, weights), theirs.numpy(), 1e-11)


def test_windows_side_by_side_and_back(torch):
    draw, numbers = random.Random(9), np.random.default_rng(9)
    for _ in range(40):
        given = settings(draw, 2)
        x = numbers.normal(size=shape(draw, 3, 2))
        columns = computed(L.Unfold(**given), x, {})
        theirs = torch.nn.functional.unfold(torch.from_numpy(x), **given)
        np.testing.assert_array_equal(columns, theirs.numpy())
        back = computed(L.Fold(x.shape[2:], **given), columns, {})
        np.testing.assert_allclose(back, torch.nn.functional.fold(theirs, x.shape[2:], **given).numpy(), 1e-12)


def test_a_large_map_is_done_in_blocks_of_rows():
    # 64 channels, 9 taps and 300 x 300 places of 8 bytes are 400 MB, many times the workspace.
    x = np.ones((1, 64, 300, 300))
    y = computed(L.Conv(1, kernel_size=3, padding=1, bias=False), x, {"weight": np.ones((1, 64, 3, 3))})
    assert (y[0, 0, 1:-1, 1:-1] == 9 * 64).all()
    assert (y[0, 0, 0, 1:-1] == 6 * 64).all()
    assert y[0, 0, -1, -1] == 4 * 64


def test_half_precision_is_computed_in_single_and_rounded_once():
    numbers = np.random.default_rng(11)
    x = numbers.normal(0, 3, (2, 4, 6, 7)).astype(np.float16)
    for layer in (L.Conv(5, kernel_size=3), L.ConvTranspose(5, kernel_size=3, stride=2)):
        weights = made(layer, x, numbers)
        single = computed(layer, x.astype(np.float32), {name: w.astype(np.float32) for name, w in weights.items()})
        np.testing.assert_array_equal(computed(layer, x, weights), single.astype(np.float16))
