"""Substituting and evaluating sizes, against Python's integers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.symbolic import (
    complexity,
    dim,
    evaluate,
    evaluate_all,
    fresh,
    subs,
    subs_all,
    symbols,
)
from cnnshape.symbolic.dim import data_dependent
from cnnshape.symbolic.names import numbered
from tests.strategies import points, sizes

ROOT = Path(__file__).parents[2]
H, W, N, C = dim("H"), dim("W"), dim("N"), dim("C")
NUMBERS = np.arange(-50, 3001)


# substitution and evaluation


@given(sizes(), sizes(("h", "W"), 4), points(("h", "W", "H")))
def test_substituting_and_evaluating_commute(a, b, point):
    direct = evaluate(a, {**point, "H": evaluate(b, point)})
    assert evaluate(subs(a, {"H": b}), point) == direct


@given(sizes(), st.integers(1, 40), st.integers(0, 39), st.integers(1, 99), st.integers(1, 99))
def test_a_residue_class_is_a_substitution(a, period, residue, h, w):
    moved = subs(a, {"H": period * dim("h") + residue})
    assert evaluate(moved, {"h": h, "W": w}) == evaluate(a, {"H": period * h + residue, "W": w})


def test_substitution_is_simultaneous():
    assert subs(H - W, {"H": W, "W": H}) == W - H


@given(sizes(), points())
def test_putting_numbers_in_gives_an_int(a, point):
    found = subs(a, point)
    assert type(found) is int
    assert found == evaluate(a, point)
    assert subs(a, {}) == a


@given(st.lists(sizes(), max_size=5), points())
def test_many_at_once_agree_with_one_by_one(parts, point):
    assert evaluate_all(parts, point) == [evaluate(part, point) for part in parts]
    assert subs_all(parts, {"H": 7}) == [subs(part, {"H": 7}) for part in parts]


def test_numpy_integers_do_not_wrap():
    big = np.int64(2**40)
    assert evaluate(H * H, {"H": big}) == 2**80
    assert subs(H * H * N, {"H": big}) == 2**80 * N
    with pytest.raises(TypeError):
        evaluate(H, {"H": 2.5})


def test_an_even_map_shows_its_size():
    assert subs(16 * (H // 16), {"H": 16 * dim("h")}) == 16 * dim("h")


def test_symbols_are_found_inside_floors():
    assert symbols((H * W) // 3 + N) == {"H", "W", "N"}
    assert symbols(7) == frozenset()


def test_fresh_symbols_differ_and_say_why():
    first, second = fresh("nonzero", "data of 'mask'"), fresh("nonzero")
    assert first != second
    assert str(first).startswith("nonzero#")
    assert data_dependent(first * (second // 2)) == {str(first): "data of 'mask'", str(second): ""}
    assert data_dependent(H) == {}


def test_fresh_symbols_are_numbered_anew_for_every_network():
    def read():
        with numbered():
            return [str(fresh("rows")), str(fresh("cols")), str(fresh("rows"))]

    kept = fresh("rows")
    assert read() == read() == ["rows#1", "cols#1", "rows#2"]
    with numbered():
        same = [fresh("rows") for _ in range(9)]
    assert len({*same}) == 9
    assert fresh("rows") not in {*same, kept}


def test_simpler_formulas_have_less_complexity():
    ordered = [7, H, 2 * H, (H + 1) // 2, (H + 1) // 2 * W, ((2 * (H // 3) + W) // 5) * W]
    costs = [complexity(a) for a in ordered]
    assert costs == sorted(set(costs))
