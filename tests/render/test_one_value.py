"""One value in words and grids: nothing wider than a page, and every number that is shown is the number."""

import random
import re

import numpy as np
import pytest

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import conv_value, pool_value
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.render.number_grids import beside, number
from cnnshape.render.one_value import conv_lines, pool_lines


def values(seed):
    """Values of random layers over one to three axes: whole, small, huge and tiny numbers."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    rank, scale = rng.randint(1, 3), rng.choice([1, 1e-6, 1e9])
    k, s, p = rng.randint(1, 6), rng.randint(1, 3), rng.randint(0, 3)
    c, size = rng.choice([1, 2, 9]), (rng.randint(7, 14),) * rank
    x = numbers.integers(-300, 300, (c, *size)) if seed % 2 else numbers.normal(size=(c, *size)) * scale
    for layer in (
        Conv(2, kernel_size=k, stride=s, padding=p),
        ConvTranspose(2, kernel_size=k, stride=s, padding=min(p, 1)),
        MaxPool(k, stride=s, padding=min(p, k // 2), ceil_mode=True),
        AvgPool(k, stride=s, padding=min(p, k // 2), ceil_mode=True, count_include_pad=bool(seed % 3)),
    ):
        spec = Spec((1, *x.shape))
        (y, *_) = layer.outputs((spec,), Context())
        at = tuple(rng.randrange(n) for n in y.shape[1:])
        if isinstance(layer, Conv | ConvTranspose):
            w = numbers.normal(size=layer.weights((spec,))["weight"].shape)
            yield conv_value(layer, spec, lambda i: x[i].item(), lambda i, w=w: w[i].item(), at, -0.25)
        else:
            yield pool_value(layer, spec, lambda i: x[i].item(), at)


@pytest.mark.parametrize("seed", range(24))
def test_lines_fit_a_page_and_say_the_value(seed):
    for value in values(seed):
        if hasattr(value, "bias"):
            lines = conv_lines(value, "tanh")
            words = " ".join(line.strip() for line in lines)
            assert f"= {number(value.value)} (one number for the whole filter, added once)" in re.sub(" +", " ", words)
            assert f"at x = {number(value.value)}" in words
        else:
            lines = pool_lines(value, padding_counts=bool(seed % 3))
            assert any(line.endswith((f"= {number(value.value)}", "padding", " 0")) for line in lines)
        assert max(map(len, lines)) <= 80
        assert "\0" not in "".join(lines)
        assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("name", CURVES)
def test_activations_fit_a_page(name):
    for x in (-3, 0.25, -12345.678901):
        value = conv_value(
            Conv(1, kernel_size=1), Spec((1, 1, 1)), lambda _, x=x: x, lambda _: 1, (0, 0)
        )  # one number, weight 1
        lines = conv_lines(value, name, biased=False)
        assert max(map(len, lines)) <= 80
        assert any(line.endswith(number(CURVES[name].at(x))) for line in lines)


def test_a_number_that_is_rounded_is_noted():
    def lines(x):
        value = conv_value(Conv(1, kernel_size=1), Spec((1, 1, 1)), lambda _: x, lambda _: 1, (0, 0))
        return "\n".join(conv_lines(value))

    assert "rounded" in lines(1 / 3)
    assert "rounded" not in lines(0.25)
    assert "rounded" not in lines(10**14)


def test_grids_that_are_too_wide_stand_below_one_another():
    grid = [["-1.23456"] * 5] * 2
    lines = beside(("a", "b", "c"), [grid] * 3, ("*", "="), 60)
    assert [line for line in lines if not line.startswith("-")] == ["a", "* b", "= c"]


def test_large_grids_lose_the_same_columns():
    small, large = [[str(i) for i in range(10)]], [["1234567"] * 10]
    title, first, other, second = beside(("a", "b"), [small, large], ("*",), 40)
    assert (title, first.split(), other, second.split()) == ("a", ["0", "..", "9"], "* b", ["1234567", "..", "1234567"])
