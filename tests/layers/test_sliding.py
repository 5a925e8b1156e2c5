"""What sliding layers share: the positions that adaptive bins hold, the words of pictures."""

from itertools import product

import pytest

from cnnshape.layers.sliding import bins_total, kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import dim, evaluate


def bins(size, number):
    """PyTorch's adaptive bins: from floor(i*size/number) to ceil((i + 1)*size/number)."""
    return [range(i * size // number, -((i + 1) * -size // number)) for i in range(number)]


def test_bins_total_counts_every_position_of_every_bin():
    for number in range(1, 25):
        formula = bins_total(dim("H"), number)
        for size in range(1, 40):
            held = sum(map(len, bins(size, number)))
            assert bins_total(size, number) == held
            assert evaluate(formula, {"H": size}) == held


def test_bins_total_of_a_formula_is_a_bound_or_exact():
    h, g = dim("H"), dim("G")
    assert bins_total(7 * h, h) == 7 * h
    assert bins_total(h, 3 * h) == 3 * h
    for size, number in product(range(1, 12), repeat=2):
        assert evaluate(bins_total(h, g), {"H": size, "G": number}) >= sum(map(len, bins(size, number)))


def test_bins_beyond_all_maps_take_no_time():
    assert bins_total(6, 4 * 10**30) == 6 + 4 * 10**30 - 2
    assert str(bins_total(dim("H"), 10**30)) == f"H + {10**30 - 1}"


@pytest.mark.parametrize(
    ("kernel", "rank", "stride", "expected"),
    [(3, None, 1, "3x3"), (3, 1, 2, "3 /2"), ((1, 3, 3), None, (1, 2, 2), "1x3x3 /1x2x2"), (2, 3, (1, 1, 1), "2x2x2")],
)
def test_words_of_pictures(kernel, rank, stride, expected):
    assert kernel_text(kernel, rank) + stride_text(stride) == expected


def test_windows_are_made_once():
    assert sliding_windows(3, 2, 1, 1, 2) is sliding_windows(3, 2, 1, 1, 2)
