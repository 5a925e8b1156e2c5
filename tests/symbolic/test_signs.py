"""Sign runs against plain evaluation."""

import random
from itertools import pairwise

import pytest

from cnnshape.symbolic.signs import forward_differences, sign_runs

SEEN = 400


def sign(x):
    return (x > 0) - (x < 0)


@pytest.mark.parametrize("seed", range(4))
def test_runs_are_the_signs(seed):
    rng = random.Random(f"signs {seed}")
    for _ in range(80):
        degree = rng.randint(0, 5)
        roots = [rng.randint(-5, 60) for _ in range(degree)]
        scale, shift = rng.choice([1, -1, 3]), rng.choice([0, 0, rng.randint(-50, 50)])

        def value(q, roots=roots, scale=scale, shift=shift):
            out = scale
            for root in roots:
                out *= q - root
            return out + shift

        runs = sign_runs(forward_differences([value(q) for q in range(degree + 1)]))
        assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(runs))
        seen = [next(s for start, s in reversed(runs) if start <= q) for q in range(SEEN)]
        assert seen == [sign(value(q)) for q in range(SEEN)]


def test_binomials_need_no_whole_coefficients():
    # q*(q-1)*(q-2)/6 - 10 has its root at C(5, 3) = 10.
    runs = sign_runs(forward_differences([q * (q - 1) * (q - 2) // 6 - 10 for q in range(4)]))
    assert runs == ((0, -1), (5, 0), (6, 1))


def test_far_roots():
    runs = sign_runs(forward_differences([(q - 10**30) * (q - 10**30 - 2) for q in range(3)]))
    assert runs == ((0, 1), (10**30, 0), (10**30 + 1, -1), (10**30 + 2, 0), (10**30 + 3, 1))


def test_zero():
    assert sign_runs(()) == ((0, 0),)
