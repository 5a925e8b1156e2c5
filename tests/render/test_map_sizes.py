"""Sizes in pictures: brackets, signs, names for what is long."""

from __future__ import annotations

import pytest

from cnnshape.render.map_sizes import MapSizes, pretty, times_signs
from cnnshape.symbolic import ceildiv, dim, floordiv, maximum

N, H, W = dim("N"), dim("H"), dim("W")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("H", "H"),
        ("2*H", "2H"),
        ("floor(H/2) - 1", "⌊H/2⌋ − 1"),
        ("2*ceil(H/4)", "2⌈H/4⌉"),
        ("floor((floor(H/2) + 1)/2)", "⌊(⌊H/2⌋ + 1)/2⌋"),
        ("H*W", "H*W"),
        ("max(floor(H/2), 3)", "max(⌊H/2⌋, 3)"),
    ],
)
def test_brackets(written: str, shown: str) -> None:
    assert pretty(written) == shown


def test_only_sizes_have_a_times_sign() -> None:
    assert times_signs("Conv 3x3 /2x1") == "Conv 3×3 /2×1"
    assert times_signs("matrix x") == "matrix x"


def test_shapes() -> None:
    sizes = MapSizes([(N, 64, H, W)], "N")
    assert sizes.shape((N, 64, H, W)) == "64×H×W"
    assert sizes.shape((8, 64)) == "8×64"
    assert sizes.shape((N, 3, H - 4, W)) == "3×(H − 4)×W"
    assert sizes.shape((N, 10)) == "10"
    assert sizes.shape(()) == "1"


def test_long_sizes_are_named_once() -> None:
    size = floordiv(floordiv(floordiv(H - 3, 2) - 5, 2) + W, 3)
    long = maximum(size, ceildiv(W * H, 7))
    sizes = MapSizes([(N, 8, size, W), (N, 8, long, W)], "N")
    shown = [sizes.shape((N, 8, each, W)) for each in (size, long, size)]
    assert shown == ["8×(s2 − 2)×W", "8×(max(s1, s2 − 2))×W", "8×(s2 − 2)×W"]
    assert sizes.legend == ("s1 = ⌈H*W/7⌉", "s2 = ⌈(H + 4W)/12⌉")
    assert MapSizes([(N, 8, H, W)], "N").legend == ()
