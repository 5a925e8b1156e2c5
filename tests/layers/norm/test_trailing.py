"""LayerNorm and RMSNorm: shapes, weights, conditions, windows and work against PyTorch and plain loops."""

from collections import Counter

import pytest

from cnnshape.layers.base import Windows
from cnnshape.layers.norm import LayerNorm, RMSNorm
from tests.layers.counted import numbers
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    specs,
    work_of,
)
from tests.layers.norm.loops import affine, mean_square, statistics


@pytest.mark.parametrize("layer", [LayerNorm(), RMSNorm()], ids=repr)
def test_shape_stays(layer):
    for x in [("N", "C", "L"), ("N", 3, "H", "W"), ("N", "C", "T", "H", "W")]:
        assert shape_of(layer, x) == x
        assert conditions_of(layer, x) == []


def test_conditions_of_the_last_axes():
    assert conditions_of(LayerNorm((7, 7)), ("N", "C", "H", "W")) == ["H == 7", "W == 7"]
    assert shape_of(LayerNorm((7, 7)), ("N", "C", "H", "W")) == ("N", "C", 7, 7)
    assert conditions_of(RMSNorm(8), ("N", "T", "C")) == ["C == 8"]


@pytest.mark.parametrize(("layer", "name"), [(LayerNorm, "LayerNorm"), (RMSNorm, "RMSNorm")])
def test_trailing_norms_as_pytorch(torch, layer, name):
    taken = []
    for draw, rank in draws(150, seed=3):
        shape = draw.shape(rank, draw.size(1, 4), most=5)
        over = shape[draw.size(1, len(shape) - 1) :]
        given = {"elementwise_affine": draw.one(True, False)} | (
            {"bias": draw.one(True, False)} if name == "LayerNorm" else {}
        )
        with torch.device("meta"):
            module = getattr(torch.nn, name)(over, **given)
        x = draw.one(shape, shape, (*shape[:-1], shape[-1] + 1), shape[1:])
        taken.append(compare(torch, layer(over, **given), module, x, fixed=()))
    fits_often(taken)


# layer, shape, how many rows of how many numbers are normalized together, what is done with one
WORK = [
    ("layer", LayerNorm(), (2, 3, 4), (6, 4), lambda row: affine(statistics(row))),
    ("layer-two", LayerNorm((3, 4), bias=False), (2, 3, 4), (2, 12), lambda row: affine(statistics(row), shift=False)),
    ("layer-plain", LayerNorm(elementwise_affine=False), (2, 3, 4), (6, 4), statistics),
    ("rms", RMSNorm(), (2, 3, 4), (6, 4), lambda row: affine(mean_square(row), shift=False)),
    ("rms-plain", RMSNorm((3, 4), elementwise_affine=False), (2, 3, 4), (2, 12), mean_square),
]


@pytest.mark.parametrize(("layer", "shape", "rows", "one"), [pytest.param(*row[1:], id=row[0]) for row in WORK])
def test_work_is_what_a_plain_loop_does(layer, shape, rows, one):
    tally = Counter()
    for _ in range(rows[0]):
        one(numbers(tally, rows[1]))
    assert work_of(layer, shape) == tally


WINDOWS = [
    (LayerNorm(), Windows(whole=(3,))),
    (LayerNorm((4, 5, 6)), Windows(whole=(1, 2, 3))),
    (RMSNorm((5, 6)), Windows(whole=(2, 3))),
]


@pytest.mark.parametrize(("layer", "window"), WINDOWS)
def test_window(layer, window):
    assert layer.window(specs((2, 4, 5, 6))) == window


FAULTS = [
    (
        LayerNorm(96),
        ("N", 96, 56, 56),
        "CS202: normalized_shape = (96,), the input (N, 96, 56, 56) ends in (56,)",
        "rule: normalized_shape equals the sizes of the last axes of the input",
        "fix: normalized_shape: [56], or leave normalized_shape out: it is read from the input",
        "  or permute axis C, which has 96, to the end",
    ),
    (
        LayerNorm((3, 8, 8)),
        ("N", 3, 7, 8),
        "CS202: normalized_shape = (3, 8, 8), the input (N, 3, 7, 8) ends in (3, 7, 8)",
        "rule: normalized_shape equals the sizes of the last axes of the input",
        "fix: normalized_shape: [3, 7, 8]",
    ),
    (
        RMSNorm((3, 4, 5)),
        ("N", 5),
        "CS206: RMSNorm normalizes the last 3 axes, the input (N, 5) has 2",
        "rule: normalized_shape has at most as many entries as the input has axes",
        "fix: leave normalized_shape out: it is then the last axis",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(LayerNorm(96), ("N", 56, 56, 96)) == ("N", 56, 56, 96)
    assert shape_of(LayerNorm((3, 7, 8)), ("N", 3, 7, 8)) == ("N", 3, 7, 8)


REFUSED = [
    (
        lambda: LayerNorm(()),
        "CS401: LayerNorm: normalized_shape = () is not a whole number of at least 1, or a list of them",
    ),
    (
        lambda: LayerNorm(0),
        "CS401: LayerNorm: normalized_shape = 0 is not a whole number of at least 1, or a list of them",
    ),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line
