"""MaxPool, MinPool, AvgPool, LPPool against PyTorch, windows counted one by one, and loops."""

from dataclasses import fields
from itertools import product
from math import prod

import pytest

from cnnshape.layers.pool import AvgPool, LPPool, MaxPool, MinPool
from cnnshape.symbolic import dim
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    shapes_of,
    specs,
    work_of,
)

POOLS = (MaxPool, MinPool, AvgPool, LPPool)

SHAPES = [
    ("vgg", "halves, rounded down", MaxPool(2), ("N", 64, "H", 225), ("N", 64, "floor(H/2)", 112)),
    ("resnet", "112 to 56", MaxPool(3, stride=2, padding=1), (1, 64, 112, 112), (1, 64, 56, 56)),
    ("googlenet-ceil", "112 to 56 (Szegedy et al.)", MaxPool(3, stride=2, ceil_mode=True), (1, 64, 112), (1, 64, 56)),
    ("ceil-tiny", "PyTorch takes k2 s2 ceil on one pixel", MaxPool(2, ceil_mode=True), (1, 2, 1, 1), (1, 2, 1, 1)),
    ("keras-same", "ceil(d/s)", AvgPool(3, stride=2, padding="same"), (1, 2, "H", 5), (1, 2, "ceil(H/2)", 3)),
    ("keras-valid", "no padding", MinPool(3, padding="valid"), (1, 2, 8), (1, 2, 2)),
    ("stride-is-kernel", "default", LPPool((2, 3)), (1, 2, 12, 12), (1, 2, 6, 4)),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def test_max_pool_as_pytorch(torch):
    taken = []
    for draw, rank in draws(400, seed=11):
        given = {
            "stride": draw.one(None, draw.per_axis(rank, 1, 4)),
            "padding": draw.per_axis(rank, 0, 2),
            "dilation": draw.per_axis(rank, 1, 2),
            "ceil_mode": draw.one(True, False),
            "return_indices": draw.one(True, False),
        }
        kernel = draw.per_axis(rank, 2, 5)
        module = getattr(torch.nn, f"MaxPool{rank}d")(kernel, **given)
        taken.append(compare(torch, MaxPool(kernel, **given), module, draw.shape(rank, 2)))
    fits_often(taken)


def test_avg_pool_as_pytorch(torch):
    taken = []
    for draw, rank in draws(400, seed=12):
        given = {
            "stride": draw.one(None, draw.per_axis(rank, 1, 4)),
            "padding": draw.per_axis(rank, 0, 2),
            "ceil_mode": draw.one(True, False),
            "count_include_pad": draw.one(True, False),
        }
        if rank > 1:
            given["divisor_override"] = draw.one(None, 3)
        kernel = draw.per_axis(rank, 2, 5)
        module = getattr(torch.nn, f"AvgPool{rank}d")(kernel, **given)
        taken.append(compare(torch, AvgPool(kernel, **given), module, draw.shape(rank, 2)))
    fits_often(taken)


def test_lp_pool_as_pytorch(torch):
    taken = []
    for draw, rank in draws(150, seed=13):
        given = {"stride": draw.one(None, draw.size(1, 4)), "ceil_mode": draw.one(True, False)}
        kernel, p = draw.per_axis(rank, 1, 4) if rank > 1 else draw.size(1, 4), draw.one(1, 2, 3)
        module = getattr(torch.nn, f"LPPool{rank}d")(p, kernel, **given)
        taken.append(compare(torch, LPPool(kernel, norm_type=p, **given), module, draw.shape(rank, 2)))
    fits_often(taken)


@pytest.mark.parametrize("pool", POOLS)
def test_places_of_the_window(pool):
    """Windows counted one by one: inside the padded map; ceil_mode adds less than a stride, no start beyond the map.

    With the paddings on both sides apart, and dilation, which PyTorch's pools do not all take.
    """
    for draw, _ in draws(300, seed=14):
        k, s, d = draw.size(1, 5), draw.size(1, 4), draw.size(1, 3)
        before, after = draw.size(0, k - 1), draw.size(0, k - 1)
        n, ceil = draw.size(1, 12), draw.one(True, False)
        span = d * (k - 1) + 1
        beyond = n + after + (s - 1 if ceil else 0)
        starts = [a for a in range(-before, beyond, s) if a + span <= beyond]
        places = sum(1 for a in starts if a < n or not ceil)
        layer = pool(k, stride=s, padding=((before, after),), dilation=d, ceil_mode=ceil, dialect="onnx")
        if places:
            assert shape_of(layer, (1, 1, n)) == (1, 1, places), (layer, n)
        else:
            assert "CS203" in fault_of(layer, (1, 1, n))


def test_indices():
    shape = (1, 2, 4, 4)
    values, indices = MaxPool(2, return_indices=True).outputs(specs((1, 2, 8, 8)), _context())
    assert (values.shape, values.dtype, indices.shape, indices.dtype) == (shape, "float32", shape, "int64")
    assert shapes_of(MaxPool(2), (1, 2, 8, 8)) == (shape,)


def _context():
    from cnnshape.layers.base import Context

    return Context()


def test_work_by_loops():
    """3*2 values a window: 5 comparisons or additions to bring them together, then a division or a root."""
    x = (2, 3, 7, 6)
    places = 2 * 3 * 3 * 3
    values = sum(1 for _ in product(range(places), range(3), range(2)))
    assert prod(shape_of(MaxPool((3, 2), stride=2), x)) == places
    assert work_of(MaxPool((3, 2), stride=2), x) == {"compares": values - places}
    assert work_of(MinPool((3, 2), stride=2), x) == {"compares": values - places}
    assert work_of(AvgPool((3, 2), stride=2), x) == {"adds": values - places, "muls": places}
    assert work_of(LPPool((3, 2), stride=2), x) == {
        "adds": values - places,
        "muls": values,
        "transcendental": places,
    }
    assert work_of(LPPool((3, 2), stride=2, norm_type=1), x) == {"adds": values - places, "compares": values}
    assert work_of(LPPool((3, 2), stride=2, norm_type=4), x) == {
        "adds": values - places,
        "transcendental": values + places,
    }


@pytest.mark.parametrize("pool", POOLS)
def test_window_slides_over_space_alone(pool):
    windows = pool(3, stride=2, padding=1).window(specs((1, 4, 9, 9)))
    assert (set(windows.axes), windows.whole, windows.exact) == ({2, 3}, (), True)
    assert {(w.kernel, w.stride, w.before, w.after) for w in windows.axes.values()} == {(3, 2, 1, 1)}


def test_conditions():
    assert conditions_of(MaxPool(2), (1, 1, "H", 8)) == ["floor(H/2) >= 1"]
    assert conditions_of(MaxPool(2, ceil_mode=True), (1, 1, "H", 8)) == []
    assert conditions_of(MaxPool(dim("k"), stride=2, padding=1), (1, 1, 8))[0] == "k >= 2"


FAULTS = [
    (
        "too-large",
        MaxPool(5),
        (1, 1, 4, 8),
        """\
CS203: axis H: the window spans 5, the padded input offers 4
  kernel 5, padding 0, dilation 1
  rule: floor((H + 2p - d(k-1) - 1)/s) + 1 must be >= 1
  fix: padding >= 1, or kernel <= 4""",
    ),
    (
        "dilated",
        MaxPool(2, padding=1, dilation=3),
        (1, 1, 1),
        """\
CS203: axis L: the window spans 4, the padded input offers 3
  kernel 2, padding 1, dilation 3
  rule: floor((L + 2p - d(k-1) - 1)/s) + 1 must be >= 1
  fix: a map of at least 2 positions on axis L""",
    ),
    (
        "padding",
        AvgPool(3, padding=2),
        (1, 1, 8, 8),
        """\
CS212: axis H: padding 2 with a kernel of 3
  rule: PyTorch's pooling: 2*padding <= kernel_size
  fix: padding <= 1, or dialect: onnx (padding < kernel_size)""",
    ),
    (
        "padding-onnx",
        LPPool(3, padding=3, dialect="onnx"),
        (1, 1, 8, 8),
        """\
CS212: axis H: padding 3 with a kernel of 3
  rule: ONNX Runtime: padding < kernel_size
  fix: padding <= 2""",
    ),
    (
        "torch-3d",
        AvgPool(4, padding=2),
        (1, 1, 3, 8, 8),
        """\
CS203: axis D of PyTorch's AvgPool3d, without padding: needs at least 4, has 3
  rule: axis D of PyTorch's AvgPool3d, without padding >= 4
  fix: dialect: onnx""",
    ),
    (
        "padding-of-one",
        MinPool(1, padding=1),
        (1, 1, 8, 8),
        """\
CS212: axis H: padding 1 with a kernel of 1
  rule: PyTorch's pooling: 2*padding <= kernel_size
  fix: padding <= 0""",
    ),
    (
        "rank",
        MaxPool(2),
        (1, 16),
        """\
CS206: MaxPool needs 1 to 3 space axes after batch and channels, the input (1, 16) has 0 of them
  rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W
  fix: an input with 1 to 3 space axes, or another layer""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


REFUSALS = [
    (
        "stride",
        lambda: MaxPool(dim("k")),
        """\
CS401: MaxPool: kernel_size = k: the stride, which defaults to it, must be a number
  rule: a stride is a number of at least 1
  fix: stride: 2""",
    ),
    (
        "divisor",
        lambda: AvgPool(2, divisor_override=0),
        """\
CS401: AvgPool: divisor_override = 0: a sum cannot be divided by 0
  rule: divisor_override is not 0
  fix: leave divisor_override out: the number of pixels is the divisor""",
    ),
    (
        "norm",
        lambda: LPPool(2, norm_type=float("inf")),
        """\
CS401: LPPool: norm_type = inf: the norm is (sum |x|^p)^(1/p)
  rule: 0 < norm_type < infinity; the limit for large p is the maximum
  fix: norm_type: 2, or a maximum pool""",
    ),
    (
        "positional",
        lambda: MaxPool(3, 2),
        """\
CS403: MaxPool takes one positional argument, kernel_size; PyTorch's MaxPool2d(3, 2, 1) is \
MaxPool(3, stride=2, padding=1)
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: name the other arguments: stride, padding, dilation, return_indices, ceil_mode, storage_order, counted, \
dialect, rank""",
    ),
]


@pytest.mark.parametrize(("make", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSALS])
def test_refusal(make, expected):
    assert refusal(make) == expected


@pytest.mark.parametrize("pool", POOLS)
def test_the_arguments_that_all_pools_share(pool):
    names = {f.name: f.default for f in fields(pool)}
    assert names.items() >= {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, "rank": None}.items()
    assert names["dialect"] == "torch"
