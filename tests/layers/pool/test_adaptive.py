"""Adaptive pools against PyTorch and against their bins, written out."""

import pytest

from cnnshape.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool
from tests.layers.measured import compare, draws, fault_of, shape_of, shapes_of, specs, work_of

POOLS = [(AdaptiveAvgPool, "AdaptiveAvgPool"), (AdaptiveMaxPool, "AdaptiveMaxPool")]


@pytest.mark.parametrize(("pool", "name"), POOLS)
def test_as_pytorch(torch, pool, name):
    for draw, rank in draws(150, seed=21):
        size = draw.per_axis(rank, 1, 9)
        if isinstance(size, tuple) and rank > 1:
            size = tuple(draw.one(None, s) for s in size)
        module = getattr(torch.nn, f"{name}{rank}d")(size)
        assert compare(torch, pool(size), module, draw.shape(rank, 3))


def test_indices_as_pytorch(torch):
    for draw, rank in draws(50, seed=22):
        size = draw.size(1, 4)
        module = getattr(torch.nn, f"AdaptiveMaxPool{rank}d")(size, return_indices=True)
        assert compare(torch, AdaptiveMaxPool(size, return_indices=True), module, draw.shape(rank, 3))


def test_null_keeps_an_axis():
    assert shape_of(AdaptiveAvgPool((7, None)), ("N", 512, "H", "W")) == ("N", 512, 7, "W")
    assert shape_of(AdaptiveMaxPool(None), ("N", 512, "H")) == ("N", 512, "H")
    assert len(shapes_of(AdaptiveMaxPool(2, return_indices=True), ("N", 512, "H"))) == 2


def bins(size, number):
    return [range(i * size // number, -((i + 1) * -size // number)) for i in range(number)]


@pytest.mark.parametrize("x", [(2, 3, 13, 6), (1, 1, 5, 20), (1, 2, 6, 6)])
@pytest.mark.parametrize("size", [(6, 6), (1, 3), (4, 7)])
def test_work_by_loops(x, size):
    """A bin of n values takes n - 1 additions (comparisons) and, for the mean, a division."""
    joins = sum(len(rows) * len(columns) - 1 for rows in bins(x[2], size[0]) for columns in bins(x[3], size[1]))
    joins *= x[0] * x[1]
    assert work_of(AdaptiveMaxPool(size), x).get("compares", 0) == joins
    work = work_of(AdaptiveAvgPool(size), x)
    assert (work.get("adds", 0), work["muls"]) == (joins, x[0] * x[1] * size[0] * size[1])


def test_fvcore_counts_the_pool_of_resnet_50():
    """fvcore's 100 352 for ResNet-50's adaptive pooling are its input elements: 2048*7*7, a sum and a division each."""
    work = work_of(AdaptiveAvgPool(1), (1, 2048, 7, 7))
    assert work["adds"] + work["muls"] == 100352


def test_window_is_exact_where_bins_are_equal():
    for size in range(1, 13):
        for number in range(1, 13):
            windows = AdaptiveAvgPool(number).window(specs((1, 1, size)))
            held = bins(size, number)
            if 2 in windows.axes:
                (w,) = windows.axes.values()
                assert held == [range(i * w.stride, i * w.stride + w.kernel) for i in range(number)]
            elif windows.whole:
                assert windows.exact == (number == 1)
                assert held == [range(size)] or number > 1
            else:
                assert held == [range(i, i + 1) for i in range(size)]
            assert windows.exact == (size % number == 0), (size, number)


def test_window_of_formulas():
    windows = AdaptiveAvgPool(1).window(specs((1, 8, "H", "W")))
    assert (windows.whole, windows.exact) == ((2, 3), True)
    windows = AdaptiveAvgPool(7).window(specs((1, 8, "H", 14)))
    assert (windows.whole, windows.exact, windows.axes[3].kernel) == ((2,), False, 2)
    windows = AdaptiveAvgPool((None, None)).window(specs((1, 8, "H", "W")))
    assert (windows.whole, windows.exact, dict(windows.axes)) == ((), True, {})


def test_faults():
    assert (
        fault_of(AdaptiveAvgPool((1, 1)), (1, 8, 4))
        == """\
CS402: output_size has 2 entries, the input has 1 space axis
  rule: one entry for every space axis, or a single number for all of them
  fix: output_size: one number, or a list of 1"""
    )
    assert "CS206: AdaptiveAvgPool needs 2 space axes" in fault_of(AdaptiveAvgPool(1, rank=2), (1, 8, 4))
    assert "CS206: AdaptiveMaxPool needs 1 to 3 space axes" in fault_of(AdaptiveMaxPool(1), (1, 8))
