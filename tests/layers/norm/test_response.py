"""LocalResponseNorm, L2Norm and GRN: shapes, weights, windows and work against PyTorch, papers and plain loops."""

from collections import Counter
from itertools import product

import pytest

from cnnshape.layers.base import Windows
from cnnshape.layers.norm import GRN, L2Norm, LocalResponseNorm
from cnnshape.symbolic import Window
from tests.layers.counted import add_up, numbers, sqrt
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
from tests.layers.norm.loops import neighbors, unit


@pytest.mark.parametrize("layer", [LocalResponseNorm(5), L2Norm(), GRN()], ids=repr)
def test_shape_stays(layer):
    for x in [("N", "C", "L"), ("N", 3, "H", "W"), ("N", "C", "T", "H", "W")]:
        assert shape_of(layer, x) == x
        assert conditions_of(layer, x) == []


def test_others_as_pytorch(torch):
    taken = []
    for draw, rank in draws(100, seed=4):
        shape = draw.shape(rank, draw.size(1, 6))[: draw.one(2, 9)]
        module = torch.nn.LocalResponseNorm(size := draw.size(1, 6))
        taken.append(compare(torch, LocalResponseNorm(size), module, shape, fixed=()))
        axis = draw.size(-4, 3)
        taken.append(
            compare(torch, L2Norm(dim=axis), lambda x, a=axis: torch.nn.functional.normalize(x, dim=a), shape, fixed=())
            if -len(shape) <= axis < len(shape)
            else "CS207" not in fault_of(L2Norm(dim=axis), shape)
        )
    fits_often(taken)


# layer, shape, how many rows of how many numbers are normalized together, what is done with one
WORK = [
    ("l2", L2Norm(), (2, 5, 3), (6, 5), unit),
    ("l2-last", L2Norm(dim=-1), (2, 5, 3), (10, 3), unit),
    ("response", LocalResponseNorm(3), (2, 5, 3), (6, 5), neighbors),
]


@pytest.mark.parametrize(("layer", "shape", "rows", "one"), [pytest.param(*row[1:], id=row[0]) for row in WORK])
def test_work_is_what_a_plain_loop_does(layer, shape, rows, one):
    tally = Counter()
    for _ in range(rows[0]):
        one(numbers(tally, rows[1]))
    assert work_of(layer, shape) == tally


def test_work_of_grn():
    """Woo et al., arXiv:2301.00808, algorithm 1, written out."""
    tally = Counter()
    for _ in range(2):
        maps = [numbers(tally, 5) for _ in range(3)]
        lengths = [sqrt(add_up([x * x for x in row])) for row in maps]
        mean = add_up(lengths) / 3 + 1e-6
        for row, length in zip(maps, [g / mean for g in lengths], strict=True):
            for x in row:
                0.9 * (x * length) + 0.1 + x
    assert work_of(GRN(), (2, 3, 5)) == tally
    assert work_of(GRN(dim=-1), (2, 5, 3)) == tally


def test_grn_weights():
    assert weights_of(GRN(), ("N", 96, "H", "W")) == {"gamma": (96,), "beta": (96,)}
    assert weights_of(GRN(dim=-1), ("N", "H", "W", 96)) == {"gamma": (96,), "beta": (96,)}


WINDOWS = [
    (L2Norm(), Windows(whole=(1,))),
    (L2Norm(dim=-1), Windows(whole=(3,))),
    (GRN(), Windows(whole=(1, 2, 3))),
]


@pytest.mark.parametrize(("layer", "window"), WINDOWS)
def test_window(layer, window):
    assert layer.window(specs((2, 4, 5, 6))) == window


def test_window_of_the_response_norm_is_that_of_pytorch(torch):
    """One element is changed; which outputs change?"""
    for size, channels in product(range(1, 6), (7,)):
        window = LocalResponseNorm(size).window(specs((1, channels, 1))).axes[1]
        assert window == Window(size, 1, size // 2, (size - 1) // 2)
        for changed in range(channels):
            x = torch.ones(1, channels, 1)
            module = torch.nn.LocalResponseNorm(size, alpha=1.0)
            before = module(x).clone()
            x[0, changed] = 9
            seen = [i for i in range(channels) if not torch.equal(module(x)[0, i], before[0, i])]
            first = [i for i in range(channels) if i - window.before <= changed <= i - window.before + size - 1]
            assert seen == first


FAULTS = [
    (
        LocalResponseNorm(5),
        ("N", 96),
        "CS206: LocalResponseNorm needs space axes after batch and channels, the input (N, 96) has none",
        "rule: shapes are (N, C, *space)",
        "fix: an input with space axes, such as [C, H, W]",
    ),
    (
        L2Norm(dim=2),
        ("N", 96),
        "CS207: dim = 2 is no axis of a tensor with 2 axes",
        "rule: axes go from -2 to 1",
        "fix: dim between -2 and 1",
    ),
    (
        GRN(),
        ("N", 96),
        "CS206: GRN needs space axes after batch and channels, the input (N, 96) has none",
        "rule: shapes are (N, C, *space)",
        "fix: an input with space axes, such as [C, H, W]",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)


REFUSED = [
    (
        lambda: LocalResponseNorm(0),
        "CS401: LocalResponseNorm: size = 0 is not a whole number of at least 1, or a formula",
    ),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line


def test_a_stated_size_is_a_condition():
    assert conditions_of(GRN(num_features=64), ("N", "C", "H", "W")) == ["C == 64"]
    assert shape_of(GRN(num_features=64), ("N", "C", "H", "W")) == ("N", 64, "H", "W")
    assert set(weights_of(GRN(num_features=64), ("N", "C", "H", "W")).values()) == {(64,)}
