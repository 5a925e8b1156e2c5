"""Bounds of sizes, and the larger and smaller of two, against every value they take."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.symbolic import (
    bound,
    dim,
    evaluate,
    maximum,
    minimum,
    subs,
    symbols,
    total,
)
from cnnshape.symbolic.atoms import Extremum, atoms_below
from tests.strategies import points, random_tree, size, sizes

ROOT = Path(__file__).parents[2]
H, W, N, C = dim("H"), dim("W"), dim("N"), dim("C")
NUMBERS = np.arange(-50, 3001)


# bounds


def extremes(a, ranges):
    """Return the least and largest value over the whole box, by trying every point."""
    names = sorted(symbols(a))
    values = [
        evaluate(a, dict(zip(names, point, strict=True)))
        for point in np.ndindex(*(high - low + 1 for low, high in (ranges[n] for n in names)))
        for point in [[int(i) + ranges[n][0] for i, n in zip(point, names, strict=True)]]
    ]
    return min(values), max(values)


def test_bounds_contain_every_value():
    rng = random.Random(24)
    for _ in range(1500):
        d = size(random_tree(rng, depth=4))
        ranges = {name: (low, low + rng.randint(0, 8)) for name in "HW" for low in [rng.randint(-4, 40)]}
        low, high = bound(d, ranges)
        least, largest = extremes(d, ranges)
        assert low is None or low <= least
        assert high is None or high >= largest
        assert low is not None
        assert high is not None


@given(sizes(), points())
def test_open_bounds_contain_every_value(a, point):
    low, high = bound(a)
    value = evaluate(a, point)
    assert low is None or low <= value
    assert high is None or value <= high


@pytest.mark.parametrize(
    ("a", "ranges", "expected"),
    [
        (7, None, (7, 7)),
        (H, None, (1, None)),
        ((H + 1) // 2, None, (1, None)),
        (H // 2, None, (0, None)),
        ((H + 3) // 32, {"H": (29, 224)}, (1, 7)),
        ((H + 31) // 32, {"H": (193, 224)}, (7, 7)),
        (H - 2 * (H // 2), None, (0, 1)),
        (H % 16, None, (0, 15)),
        ((H + 5) % 16 + 3, None, (3, 18)),
        (-(H % 4), None, (-3, 0)),
        ((H // 2) % 2, None, (0, 1)),
        ((H + 1) // 2 - H // 2, None, (0, 1)),
        (H - H // 2, None, (1, None)),
        (H // 4 - H // 2, None, (None, 0)),
        (H * H - H, None, (0, None)),
        (C * H * W - C * W, None, (0, None)),
        (W * (H % 2), None, (0, None)),
        (H - W, {"H": (1, 5), "W": (2, 3)}, (-2, 3)),
        (H - W, {"H": (1, 5)}, (None, 4)),
        (H * W, {"H": (-2, 3), "W": (-5, None)}, (None, None)),
        (H * W, {"H": (0, 0)}, (0, 0)),
        (N * (H % 1), None, (0, 0)),
    ],
)
def test_bounds_are_tight_where_promised(a, ranges, expected):
    assert bound(a, ranges) == expected


def test_one_symbol_in_one_direction_is_exact():
    rng = random.Random(25)
    for _ in range(300):
        d = total(rng.randint(1, 5) * ((H + rng.randint(-40, 40)) // rng.randint(1, 40)) for _ in range(3))
        low = rng.randint(1, 300)
        high = low + rng.randint(0, 300)
        assert bound(d, {"H": (low, high)}) == (evaluate(d, {"H": low}), evaluate(d, {"H": high}))


def test_huge_numbers_meet_open_ends():
    low, high = bound(10**400 * H - 10**400 * W * W)
    assert (low, high) == (None, None)
    assert bound(10**400 * H) == (10**400, None)


# extrema


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (maximum(3, 9, 5), 9),
        (minimum(9, 7, 8), 7),
        (maximum(H, 1), H),
        (minimum(H, 1), 1),
        (maximum(H + 2, 3, H), H + 2),
        (maximum(H % 4, 3), 3),
        (minimum(H, H + W), H),
        (maximum(H, 224, ranges={"H": (1, 200)}), 224),
        (maximum(maximum(H, 2), 3), maximum(H, 3)),
    ],
)
def test_bounds_decide_extrema(found, expected):
    assert found == expected


@given(st.lists(sizes(leaves=3), min_size=1, max_size=4), points(), points())
def test_undecided_extrema_evaluate_and_substitute(parts, point, other):
    numbers = [evaluate(part, point) for part in parts]
    assert evaluate(maximum(*parts), point) == max(numbers)
    assert evaluate(minimum(*parts), point) == min(numbers)
    moved = subs(maximum(*parts) - minimum(*parts), {"H": H + W})
    shifted = [evaluate(part, {**other, "H": other["H"] + other["W"]}) for part in parts]
    assert evaluate(moved, other) == max(shifted) - min(shifted)
    low, high = bound(maximum(*parts))
    assert low is None or low <= max(numbers)
    assert high is None or high >= max(numbers)


def test_undecided_extrema_do_not_depend_on_the_order():
    assert maximum(H, 2, W) == maximum(W, H, 2)
    assert any(isinstance(atom, Extremum) for atom in atoms_below((maximum(H, 2).terms,), {}))
