"""`equal` against brute force; period and degree against finite differences."""

import random
from math import lcm

import numpy as np
import pytest
from hypothesis import given

from cnnshape.symbolic import compile_numpy, counterexample, dim, equal, evaluate, floordiv, maximum, symbols
from cnnshape.symbolic.dim import Dim
from cnnshape.symbolic.equality import period_and_degree
from tests.strategies import points, random_tree, size, sizes

H, W, N, C = dim("H"), dim("W"), dim("N"), dim("C")


def half(d, m):
    """Return a disguise of `d`: the sum of floor((d + i)/m) for i = 0..m-1 (Hermite's identity)."""
    return sum((floordiv(d + i, m) for i in range(m)), 0)


def differs_somewhere(a, b, reach):
    names = sorted(symbols(a) | symbols(b))
    grid = [dict(zip(names, point, strict=True)) for point in np.ndindex(*[reach] * len(names))]
    return any(
        evaluate(a, shifted) != evaluate(b, shifted)
        for point in grid
        for shifted in [{k: v + 1 for k, v in point.items()}]
    )


@pytest.mark.parametrize(
    ("why", "a", "b"),
    [
        ("halves", H // 2 + (H + 1) // 2, H),
        ("Hermite's identity", half(H, 5), H),
        ("Hermite's identity of a product", half(H * W + 1, 3), H * W + 1),
        ("a free factor", N * C * half(H, 4), N * C * H),
        ("a triangular number is whole", 2 * ((H * H + H) // 2), H * H + H),
        ("six divides three neighbors", 6 * ((H * (H + 1) * (H + 2)) // 6), H * (H + 1) * (H + 2)),
        ("a square modulo four", (H * H) % 4, H % 2),
        ("the square of a remainder", (H % 2) * (H % 2), H % 2),
        ("two symbols", half(H + 2 * W, 7), H + 2 * W),
        ("nested, of degree two", ((H // 2) * (H // 2) - H // 2) % 2, 0),
    ],
)
def test_disguised_identities_are_equal(why, a, b):
    assert a != b
    assert equal(a, b) is True
    assert counterexample(a, b) is None
    assert equal(a, b + 1) is False


@pytest.mark.parametrize(
    ("why", "a", "b"),
    [
        ("odd sizes", (H + 1) // 2, H // 2),
        ("one residue of 32", (H + 1) // 32 - H // 32, 0),
        ("one residue of 3 and one of 7", ((H + 1) // 3 - H // 3) * ((W + 2) // 7 - (W + 1) // 7), 0),
        ("one residue in 1250, with a free factor", N * ((H + 1) // 1250 - H // 1250), 0),
        ("a free symbol", N * H, C * H),
        ("a polynomial with many zeros", (H - 1) * (H - 2) * (H - 3) * (W - 1), 0),
        ("numbers", 3 + 0 * H, 4),
    ],
)
def test_different_sizes_come_with_a_point_where_they_differ(why, a, b):
    assert equal(a, b) is False
    point = counterexample(a, b)
    assert evaluate(a, point) != evaluate(b, point)
    assert all(value >= 1 for value in point.values())


def test_random_formulas_agree_with_brute_force():
    rng = random.Random(30)
    seen = {True: 0, False: 0}
    for _ in range(400):
        a = size(random_tree(rng, depth=3, divisors=(2, 3, 4)))
        b = size(random_tree(rng, depth=1, divisors=(2, 3, 4)))
        for left, right in ((a, b), (half(a, 3), a), (half(a, 2) + (a % 3) // 2, a)):
            found = equal(left, right)
            if found is None:
                continue
            seen[found] += 1
            if found:
                assert not differs_somewhere(left, right, 30 if len(symbols(left - right)) < 2 else 14)
            else:
                point = counterexample(left, right)
                assert evaluate(left, point) != evaluate(right, point)
    assert min(seen.values()) > 200


@given(sizes(), sizes(), points())
def test_equal_never_contradicts_a_point(a, b, point):
    if evaluate(a, point) != evaluate(b, point):
        assert equal(a, b) is False


@given(sizes())
def test_every_size_equals_itself_and_not_its_successor(a):
    assert equal(a, a) is True
    assert equal(a, a + 1) is False


def test_a_grid_that_is_too_large_is_undecided():
    a = half(floordiv(H, 1009) + floordiv(W, 1013), 2)
    b = floordiv(H, 1009) + floordiv(W, 1013)
    assert a != b
    assert equal(a, b) is None
    assert counterexample(a, b) is None


def test_an_undecided_maximum_is_refuted_or_undecided():
    assert equal(maximum(H, 2), maximum(H, 2)) is True
    assert equal(maximum(H, 2), H) is False
    assert equal(2 * maximum(H, 2), maximum(2 * H, 4)) is None


def test_sizes_of_two_branches_of_a_unet():
    down_and_up = 16 * floordiv(H, 16)
    assert equal(down_and_up, H) is False
    h = dim("h")
    assert equal(16 * floordiv(16 * h, 16), 16 * h) is True


def test_finite_differences_vanish_on_every_residue_class():
    rng = random.Random(31)
    checked = 0
    for _ in range(400):
        d = size(random_tree(rng, ("H",), depth=4, divisors=(2, 3, 4)))
        if not isinstance(d, Dim):
            continue
        ((_, (period, degree)),) = period_and_degree(d).items()
        reach = period * (degree + 3)
        if reach > 20_000:
            continue
        compute = compile_numpy([d], ["H"], {"H": (1, reach)})
        table = compute(np.arange(1, reach + 1))[0].reshape(degree + 3, period)
        assert not np.diff(table, n=degree + 1, axis=0).any(), d
        checked += 1
    assert checked > 200


def test_period_and_degree_of_products_and_sums():
    d = ((H + 1) // 2) * ((H * W) // 6) + W // 4
    assert period_and_degree(d) == {"H": (6, 2), "W": (lcm(6, 4), 1)}
    assert period_and_degree(7) == {}
    assert period_and_degree(N * N * (H // 3)) == {"N": (1, 2), "H": (3, 1)}
