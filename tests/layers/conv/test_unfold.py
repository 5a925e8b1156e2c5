"""Unfold and Fold against PyTorch, and against counting windows for the ranks that PyTorch has not."""

from itertools import product

import pytest

from cnnshape.layers.conv import Fold, Unfold
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, shape_of, work_of


def settings(draw, rank):
    return {
        "kernel_size": draw.per_axis(rank, 1, 3),
        "dilation": draw.per_axis(rank, 1, 2),
        "padding": draw.per_axis(rank, 0, 2),
        "stride": draw.per_axis(rank, 1, 3),
    }


def test_unfold_as_pytorch(torch):
    taken = []
    for draw, _ in draws(200, seed=5):
        given = settings(draw, 2)
        layer = Unfold(given["kernel_size"], **{k: v for k, v in given.items() if k[0] != "k"})
        taken.append(compare(torch, layer, torch.nn.Unfold(**given), draw.shape(2, draw.size(1, 4), 8)))
    fits_often(taken)


def test_fold_as_pytorch(torch):
    taken = []
    for draw, _ in draws(300, seed=6):
        given = settings(draw, 2)
        size = (draw.size(2, 8), draw.size(2, 8))
        module = torch.nn.Fold(size, **given)
        try:
            columns = torch.nn.Unfold(**given)(torch.empty(1, 2, *size, device="meta")).shape
        except RuntimeError:
            columns = (1, 12, 4)
        x = (draw.size(1, 3), columns[1] + draw.one(0, 0, 0, 1), columns[2] + draw.one(0, 0, 0, 1))
        taken.append(compare(torch, Fold(size, **given), module, x))
    fits_often(taken)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unfold_has_a_column_for_every_place_of_the_window(rank):
    for draw, _ in draws(30, seed=70 + rank):
        k, s, p, d = draw.size(1, 3), draw.size(1, 3), draw.size(0, 2), draw.size(1, 2)
        x = draw.shape(rank, 2, 7)
        places = [[a for a in range(-p, n + p, s) if a + d * (k - 1) < n + p] for n in x[2:]]
        layer = Unfold(k, stride=s, padding=p, dilation=d)
        if not all(places):
            assert "CS203" in fault_of(layer, x)
            continue
        columns = sum(1 for _ in product(*places))
        assert shape_of(layer, x) == (x[0], 2 * k**rank, columns)
        fold = Fold(x[2:], kernel_size=k, stride=s, padding=p, dilation=d)
        assert shape_of(fold, (x[0], 2 * k**rank, columns)) == x
        assert work_of(fold, (x[0], 2 * k**rank, columns)) == {"adds": x[0] * 2 * k**rank * columns}


def test_symbols():
    assert shape_of(Unfold(3, padding=1), ("N", "C", "H", "W")) == ("N", "9*C", "H*W")
    assert shape_of(Fold((8, 8), kernel_size=3, padding=1), ("N", "9*C", 64)) == ("N", "C", 8, 8)
    assert conditions_of(Fold((8, 8), kernel_size=2, stride=2), ("N", "C", "L")) == ["C % 4 == 0", "L == 16"]


FAULTS = [
    (
        "columns",
        Fold((4, 4), kernel_size=2, stride=2),
        (1, 4, 5),
        """\
CS201: the input has 5 columns, the map has 4 windows
  rule: L is the number of windows that fit on the padded map
  fix: an input of 4 columns, or the output_size and the arguments of the Unfold that made them""",
    ),
    (
        "channels",
        Fold((4, 4), kernel_size=2, stride=2),
        (1, 6, 4),
        """\
CS210: 6 channels are no multiple of the 4 pixels of the kernel
  rule: channels % prod(kernel_size) == 0
  fix: a multiple of 4 channels, or another kernel_size""",
    ),
    (
        "rank",
        Fold((4, 4), kernel_size=2),
        (1, 4, 3, 3),
        """\
CS206: Fold needs the axes (N, C*prod(kernel_size), L), the input is (1, 4, 3, 3)
  rule: the input of Fold has 3 axes, as the output of Unfold
  fix: flatten the axes of the windows into one""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected
