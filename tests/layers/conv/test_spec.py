"""Conv: shapes, weights, conditions and work against PyTorch, published rules and loops."""

from dataclasses import replace
from itertools import product
from math import prod

import pytest

from cnnshape.layers.base import Context
from cnnshape.layers.conv import Conv
from cnnshape.symbolic import dim, padding_of
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    specs,
    weights_of,
    work_of,
)

SHAPES = [
    (
        "resnet-stem",
        "He et al., table 1: 112",
        Conv(64, kernel_size=7, stride=2, padding=3),
        (1, 3, 224, 224),
        (1, 64, 112, 112),
    ),
    (
        "alexnet-stem",
        "torchvision: 55",
        Conv(64, kernel_size=11, stride=4, padding=2),
        (1, 3, 224, 224),
        (1, 64, 55, 55),
    ),
    (
        "formula",
        "k7 s2 p3 halves",
        Conv(64, kernel_size=7, stride=2, padding=3),
        ("N", 3, "H", "W"),
        ("N", 64, "ceil(H/2)", "ceil(W/2)"),
    ),
    ("same-even", "k4 at stride 1", Conv(1, kernel_size=4, padding="same"), (1, 1, "H", 9), (1, 1, "H", 9)),
    (
        "same-stride",
        "ceil(d/s)",
        Conv(1, kernel_size=5, stride=3, padding="same_lower"),
        (1, 1, "L"),
        (1, 1, "ceil(L/3)"),
    ),
    ("valid", "no padding", Conv(1, kernel_size=3, padding="valid"), (1, 1, 5), (1, 1, 3)),
    ("asymmetric", "1 more before", Conv(1, kernel_size=3, padding=((2, 1), (0, 1))), (1, 1, 8, 8), (1, 1, 9, 7)),
    (
        "symbolic-kernel",
        "odd kernels keep the size",
        Conv(1, kernel_size=2 * dim("k") + 1, padding=dim("k")),
        (1, 1, "L"),
        (1, 1, "L"),
    ),
    (
        "symbolic-channels",
        "read from the input",
        Conv(dim("C"), kernel_size=1, groups=dim("C")),
        (1, "C", 4, 4),
        (1, "C", 4, 4),
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def settings(draw, rank):
    c_in, c_out = draw.size(1, 6), draw.size(1, 6)
    return c_in, {
        "out_channels": c_out,
        "kernel_size": draw.per_axis(rank, 1, 4),
        "stride": draw.per_axis(rank, 1, 3),
        "padding": draw.per_axis(rank, 0, 3),
        "dilation": draw.per_axis(rank, 1, 2),
        "groups": draw.one(1, 1, 2, 3, c_in),
        "bias": draw.one(True, False),
    }


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_as_pytorch(torch, mode):
    taken = []
    for draw, rank in draws(150, seed=len(mode)):
        c_in, given = settings(draw, rank)
        try:
            with torch.device("meta"):
                module = getattr(torch.nn, f"Conv{rank}d")(c_in, padding_mode=mode, **given)
        except ValueError:  # groups do not divide
            assert "CS204" in fault_of(Conv(**given), (1, c_in, *(9,) * rank))
            continue
        if mode == "reflect" and rank == 3 and draw.one(True, False):
            continue  # the slowest of PyTorch's paddings on the meta device
        taken.append(compare(torch, Conv(padding_mode=mode, **given), module, draw.shape(rank, c_in)))
    fits_often(taken)


def test_words_as_pytorch(torch):
    for draw, rank in draws(100, seed=9):
        c_in, given = settings(draw, rank)
        given |= {"padding": draw.one("same", "valid"), "stride": 1, "groups": 1}
        with torch.device("meta"):
            module = getattr(torch.nn, f"Conv{rank}d")(c_in, **given)
        compare(torch, Conv(**given), module, draw.shape(rank, c_in))


def test_same_pads_as_tensorflow():
    """TensorFlow's published rule: P = max((ceil(d/s) - 1)*s + k - d, 0), P // 2 of it before."""
    for d, k, s in product(range(1, 12), range(1, 6), range(1, 5)):
        both = max((-(-d // s) - 1) * s + k - d, 0)
        (upper,) = Conv(1, kernel_size=k, stride=s, padding="same_upper").windows(1)
        (lower,) = Conv(1, kernel_size=k, stride=s, padding="same_lower").windows(1)
        assert padding_of(d, upper) == (both // 2, both - both // 2)
        assert padding_of(d, lower) == (both - both // 2, both // 2)
        assert shape_of(Conv(1, kernel_size=k, stride=s, padding="same_upper"), (1, 1, d)) == (1, 1, -(-d // s))


def test_work_is_the_products_of_the_loops():
    layer = Conv(4, kernel_size=(3, 2), stride=2, padding=1, groups=2)
    x = (2, 6, 5, 4)
    n, c_out, *space = shape_of(layer, x)
    products = sum(
        1
        for _ in product(range(n), range(c_out), *map(range, space))
        for _ in product(range(6 // 2), range(3), range(2))
    )
    assert work_of(layer, x) == {"macs": products, "adds": n * c_out * prod(space)}
    assert "adds" not in work_of(Conv(4, kernel_size=1, bias=False), x)


def test_parameters_of_published_layers():
    """VGG-16's first two convolutions have 1 792 and 36 928 parameters (Keras's summary of it)."""
    assert sum(prod(s) for s in weights_of(Conv(64, kernel_size=3), (1, 3, 8, 8)).values()) == 1792
    assert sum(prod(s) for s in weights_of(Conv(64, kernel_size=3), (1, 64, 8, 8)).values()) == 36928


def test_conditions():
    assert conditions_of(Conv(1, kernel_size=3), (1, 1, "H", 8)) == ["H - 2 >= 1"]
    assert conditions_of(Conv(8, kernel_size=1, in_channels=4, groups=4), (1, "C", 2)) == ["C == 4"]
    assert conditions_of(Conv(8, kernel_size=1, groups=4), (1, "C", 2)) == ["C % 4 == 0"]
    assert conditions_of(Conv(8, kernel_size=3, padding=1, padding_mode="reflect"), (1, 1, "L")) == ["L - 1 >= 1"]
    assert conditions_of(Conv(8, kernel_size=3, padding=1), (1, 1, "L")) == []


def test_window():
    x = specs((1, 4, 9, 9))
    assert Conv(8, kernel_size=3).window(x).whole == (1,)
    assert Conv(4, kernel_size=3, groups=4).window(x).whole == (), "a channel of a depthwise layer sees itself alone"
    assert Conv(8, kernel_size=3, groups=4).window(x).whole == (1,)
    assert Conv(8, kernel_size=3).window(x).exact
    assert not Conv(8, kernel_size=3, padding=1, padding_mode="circular").window(x).exact
    assert set(Conv(8, kernel_size=3).window(x).axes) == {2, 3}


def test_dtype_passes():
    (x,) = specs((1, 3, 8))
    (y,) = Conv(2, kernel_size=1).outputs((replace(x, dtype="float16"),), Context())
    assert y.dtype == "float16"


FAULTS = [
    (
        "too-large",
        Conv(8, kernel_size=7),
        (1, 3, 5, 5),
        """\
CS203: axis H: the window spans 7, the padded input offers 5
  kernel 7, padding 0, dilation 1
  rule: floor((H + 2p - d(k-1) - 1)/s) + 1 must be >= 1
  fix: padding >= 1, or kernel <= 5""",
    ),
    (
        "channels",
        Conv(8, kernel_size=1, in_channels=4),
        (1, 3, 5, 5),
        """\
CS202: in_channels = 4, the input has 3
  rule: in_channels equals the size of that axis of the input
  fix: in_channels: 3, or leave in_channels out: it is read from the input""",
    ),
    (
        "groups",
        Conv(8, kernel_size=1, groups=2),
        (1, 3, 5, 5),
        """\
CS204: groups = 2 does not divide in_channels = 3
  rule: in_channels % groups == 0
  fix: groups: 1""",
    ),
    (
        "groups-of-both",
        Conv(6, kernel_size=1, groups=8),
        (1, 12, 5, 5),
        """\
CS204: groups = 8 does not divide in_channels = 12
  rule: in_channels % groups == 0
  fix: groups: 6""",
    ),
    (
        "groups-of-filters",
        Conv(8, kernel_size=1, groups=3),
        (1, 6, 5, 5),
        """\
CS204: groups = 3 does not divide out_channels = 8
  rule: out_channels % groups == 0
  fix: groups: 2""",
    ),
    (
        "reflect",
        Conv(8, kernel_size=3, padding=2, padding_mode="reflect"),
        (1, 3, 2),
        """\
CS212: axis L: reflect padding of 2 on a map of 2
  rule: reflect padding < size
  fix: padding_mode: replicate""",
    ),
    (
        "circular",
        Conv(8, kernel_size=3, padding=2, padding_mode="circular"),
        (1, 3, 1),
        """\
CS212: axis L: circular padding of 2 on a map of 1
  rule: circular padding <= size
  fix: padding_mode: replicate""",
    ),
    (
        "reflect-too-large",
        Conv(8, kernel_size=5, padding=1, padding_mode="reflect"),
        (1, 3, 2),
        """\
CS203: axis L: the window spans 5, the padded input offers 4
  kernel 5, padding 1, dilation 1
  rule: floor((L + 2p - d(k-1) - 1)/s) + 1 must be >= 1
  fix: a map of at least 3 positions on axis L""",
    ),
    (
        "rank",
        Conv(8, kernel_size=3, rank=2),
        (1, 3, 5),
        """\
CS206: Conv needs 2 space axes after batch and channels, the input (1, 3, 5) has 1 of them
  rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W
  fix: an input with 2 space axes, or another layer""",
    ),
    (
        "entries",
        Conv(8, kernel_size=(3, 3)),
        (1, 3, 5),
        """\
CS402: kernel_size has 2 entries, the input has 1 space axis
  rule: one entry for every space axis, or a single number for all of them
  fix: kernel_size: one number, or a list of 1""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


def test_refusals():
    assert (
        refusal(lambda: Conv(8, kernel_size=3, stride=2, padding="same"))
        == """\
CS401: Conv: padding = 'same': PyTorch's `same` needs stride 1
  rule: padding='same' keeps the size, which a stride above 1 cannot
  fix: padding: same_upper (TensorFlow's, Keras's and ONNX's rule, output ceil(H/s)), or padding: k//2"""
    )
    assert (
        refusal(lambda: Conv(8, kernel_size=3, stride=dim("s")))
        == """\
CS401: Conv: stride = s is not a whole number of at least 1 (no symbol), or a list with one per axis
  rule: stride is a whole number of at least 1 (no symbol), or a list with one per axis
  fix: such as stride: 1"""
    )
    assert "CS403: Conv takes one positional argument, out_channels; PyTorch's Conv2d(3, 64, 7)" in refusal(
        lambda: Conv(3, 64, 7)
    )


@pytest.mark.parametrize("x", [(1, 3, 4), (1, 3, 2, 9), (1, 3, 1, 1, 1)])
def test_the_printed_way_out_of_a_small_map_works(x):
    """`padding >= n` and `kernel <= m` of the fault, put in."""
    text = fault_of(Conv(1, kernel_size=5), x)
    more, kernel = (part.split()[-1] for part in text.splitlines()[-1].removeprefix("  fix: ").split(", or "))
    assert shape_of(Conv(1, kernel_size=5, padding=int(more)), x)
    assert shape_of(Conv(1, kernel_size=int(kernel)), x)
