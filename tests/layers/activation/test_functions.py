"""Sines and their kin, rounding and signs: ranges, slopes and flat ends against PyTorch's values and derivatives."""

from math import inf, pi

import numpy as np
import pytest

import cnnshape.layers.activation as act
from cnnshape.layers.activation import FLAT, rounding, trigonometry
from tests.layers.measured import fault_of, shape_of, work_of

FUNCTIONS = [
    (act.Sin(), "sin"),
    (act.Cos(), "cos"),
    (act.Tan(), "tan"),
    (act.Asin(), "asin"),
    (act.Acos(), "acos"),
    (act.Atan(), "atan"),
    (act.Sinh(), "sinh"),
    (act.Cosh(), "cosh"),
    (act.Asinh(), "asinh"),
    (act.Acosh(), "acosh"),
    (act.Atanh(), "atanh"),
    (act.Ceil(), "ceil"),
    (act.Floor(), "floor"),
    (act.Round(), "round"),
    (act.Sign(), "sign"),
    (act.Negative(), "neg"),
]
each_function = pytest.mark.parametrize(("layer", "name"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
CLOSE = 0.01


def inside(layer, ends=True):
    """Points all over the domain, close to its ends too; both ends themselves if they are wanted."""
    low, high = layer.curve.domain
    near = np.logspace(-12, 2, 3000)
    left = low + near if low > -inf else -np.logspace(-3, 2.5, 3000)
    right = high - near if high < inf else np.logspace(-3, 2.5, 3000)
    x = np.concatenate([left, right, np.linspace(max(low, -20), min(high, 20), 4001)[1:-1]])
    exact = [end for end in (low, high, 0.0) if low <= end <= high and ends and abs(end) < inf]
    return np.sort(np.concatenate([x[(x > low) & (x < high)], exact]))


def derivative(torch, name, x):
    tensor = torch.from_numpy(x).requires_grad_()
    getattr(torch, name)(tensor).sum().backward()
    return tensor.grad.numpy()


def test_every_function_is_here():
    written = {*trigonometry.__all__, *rounding.__all__}
    assert {type(layer).__name__ for layer, _ in FUNCTIONS} == written


@each_function
def test_range(layer, name, torch):
    x, curve = inside(layer), layer.curve
    y = getattr(torch, name)(torch.from_numpy(x)).numpy()
    y = y[np.isfinite(y)]
    assert curve.low <= y.min()
    assert y.max() <= curve.high
    # Tight; the inverse of a tangent comes near its ends slowly, and an inverse hyperbolic one leaves them slowly.
    assert y.min() < (-5 if curve.low == -inf else curve.low + CLOSE)
    assert y.max() > (5 if curve.high == inf else curve.high - CLOSE)
    for value, bound, reached in zip((y.min(), y.max()), (curve.low, curve.high), curve.reached, strict=True):
        assert abs(value - bound) < 1e-4 if reached else value != bound


@each_function
def test_slope(layer, name, torch):
    slope, (low, high) = derivative(torch, name, inside(layer, ends=False)), layer.curve.slope
    assert low - 1e-9 <= slope.min()
    assert slope.max() <= high + 1e-9
    assert slope.min() < (-20 if low == -inf else low + CLOSE)
    assert slope.max() > (20 if high == inf else high - CLOSE)


@each_function
def test_where_it_saturates(layer, name, torch):
    low, high = layer.curve.domain
    for side, end, border in zip((-1, 1), layer.curve.saturates, (low, high), strict=True):
        if end is None:
            far = np.linspace(200, 240, 4001) if abs(border) == inf else 1 - np.logspace(-9, -1, 99)
            assert abs(derivative(torch, name, side * far)).max() >= FLAT or abs(border) < inf
            continue
        beyond = np.linspace(end + side * 1e-3, end + side * 600, 6001)
        assert (abs(derivative(torch, name, beyond)) < FLAT).all()
        if end != 0:
            assert abs(derivative(torch, name, np.array([end - side * 1e-3])))[0] >= FLAT


@each_function
def test_shape_and_work(layer, name):
    assert shape_of(layer, ("N", 3, "H")) == ("N", 3, "H")
    expected = {"ceil": {"compares": 6}, "floor": {"compares": 6}, "round": {"compares": 6}, "sign": {"compares": 12}}
    assert work_of(layer, (2, 3)) == expected.get(name, {"adds": 6} if name == "neg" else {"transcendental": 6})


def test_ranges_in_words():
    assert [str(layer.curve) for layer in (act.Sin(), act.Acosh(), act.Sign())] == ["[-1, 1]", "[0, inf)", "[-1, 1]"]
    assert act.Acos().curve.high == pi


def test_hardmax():
    assert shape_of(act.Hardmax(-1), ("N", 3, "L")) == ("N", 3, "L")
    assert work_of(act.Hardmax(1), (2, 5, 4)) == {"compares": 2 * 4 * (5 - 1)}, "the largest of n: n - 1 comparisons"
    assert fault_of(act.Hardmax(3), (2, 5, 4)).startswith("CS207")
