"""Inverted windows against trying them all."""

import random

import pytest

from cnnshape.symbolic.dim import ceildiv, dim, floordiv
from cnnshape.symbolic.invert import floor_form, windows_for, windows_for_all
from cnnshape.symbolic.window import Window, output_size

H = dim("H")
KERNELS, STRIDES, DILATIONS = range(1, 8), range(1, 6), range(1, 4)


def positions(d, k, s, p, dilation):
    return sum(1 for i in range(0, d + 2 * p, s) if i + dilation * (k - 1) < d + 2 * p)


def test_windows_for_is_what_trying_finds():
    rng = random.Random("windows")
    for _ in range(15):
        d, o = rng.randint(1, 40), rng.randint(1, 30)
        tried = {
            (k, s, p, dilation)
            for k in KERNELS
            for s in STRIDES
            for dilation in DILATIONS
            for p in range(90)
            if positions(d, k, s, p, dilation) == o
        }
        found = windows_for(d, o, KERNELS, STRIDES, DILATIONS)
        assert len(found) == len(tried)
        assert {(w.kernel, w.stride, w.before, w.dilation) for w in found} == tried
        assert all(w.before == w.after and output_size(d, w) == o for w in found)


@pytest.mark.parametrize("seed", range(3))
def test_windows_for_all_is_what_trying_finds(seed):
    rng = random.Random(f"all {seed}")
    for _ in range(6):
        m, b = rng.randint(1, 4), rng.randint(-2, 2)
        a = rng.randrange(m)
        tried = {
            (k, s, p, dilation)
            for k in KERNELS
            for s in STRIDES
            for dilation in DILATIONS
            for p in range(20)
            # Large sizes, where no count is cut off at 0; a period of every stride tells all formulas apart.
            if all(positions(d, k, s, p, dilation) == (d + a) // m + b for d in range(60, 125))
        }
        found = windows_for_all(m, a, b, KERNELS, DILATIONS)
        assert {(w.kernel, w.stride, w.before, w.dilation) for w in found} == tried


def test_the_textbook_rules():
    every = [Window(k, 1, p, p) for k in range(1, 12) for p in range(6)]
    assert windows_for_all(1, 0, 0) == [w for w in every if 2 * w.before == w.kernel - 1]
    assert all(w.kernel % 2 == 1 for w in windows_for_all(2, 1, 0))
    assert all(w.kernel % 2 == 0 for w in windows_for_all(2, 0, 0))


def test_floor_form_undoes_a_formula():
    for m in range(1, 40):
        for a in range(m):
            for b in (-3, 0, 5):
                assert floor_form(floordiv(H + a, m) + b, "H") == (m, a, b)
    assert floor_form(ceildiv(H, 32), "H") == (32, 31, 0)


@pytest.mark.parametrize("size", [7, 2 * H, H * H, floordiv(3 * H, 4), H + floordiv(H, 2), dim("W"), -H], ids=str)
def test_floor_form_of_anything_else(size):
    assert floor_form(size, "H") is None
