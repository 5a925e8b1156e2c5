"""Activations in place: against the catalogue's kernels, and the error function against Python's."""

import math

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.runtime.kernels.activations import SCRATCH, factor, finish, handles

ACTIVATIONS = [
    L.Abs(),
    L.CELU(0.7),
    L.Clip(min=-1),
    L.Clip(max=2),
    L.Clip(min=-1, max=2),
    L.ELU(),
    L.ELU(1.5),
    L.Exp(),
    L.GELU(),
    L.GELU(approximate="tanh"),
    L.Hardsigmoid(),
    L.Hardsigmoid(alpha=0.2),
    L.Hardswish(),
    L.Hardtanh(min_val=-2, max_val=3),
    L.Identity(),
    L.LeakyReLU(),
    L.LeakyReLU(-0.5),
    L.LeakyReLU(0),
    L.LeakyReLU(3),
    L.Mish(),
    L.ReLU(),
    L.ReLU6(),
    L.SELU(),
    L.SiLU(),
    L.Sigmoid(),
    L.Sqrt(),
    L.Tanh(),
]
NUMBERS = np.concatenate([np.linspace(-12, 12, 4801), [0.0, -0.0, 1e-30, -1e-30, 30.0, -30.0, 87.0, -87.0]])
EXTREMES = np.array([800.0, -800.0, np.inf, -np.inf, np.nan])


def finished(layer, view, **options):
    scratch = np.full(view.size * SCRATCH, np.nan, view.dtype)
    calls = list(finish(layer, view, scratch, **options))
    with np.errstate(all="ignore"):
        for call in calls:
            call()
    return calls


def plain(layer, x):
    y = np.empty_like(x)
    catalog.kernel_of(type(layer))(layer, (x,), {}, (y,))
    return y


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 3e-7), ("float64", 1e-14)])
@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
def test_an_activation_in_place_is_the_plain_kernel_s(layer, dtype, tolerance):
    assert handles(layer)
    x = np.abs(NUMBERS) if isinstance(layer, L.Sqrt) else NUMBERS
    x = x.astype(dtype)
    expected = plain(layer, x)
    finished(layer, x)
    np.testing.assert_allclose(x, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
def test_an_activation_of_scaled_numbers_is_that_of_the_numbers(layer, dtype, tolerance):
    x = np.abs(NUMBERS) if isinstance(layer, L.Sqrt) else NUMBERS
    expected = plain(layer, x)
    x = (x * factor(layer)).astype(dtype)
    assert len(finished(layer, x, scaled=True)) <= len(finished(layer, NUMBERS.astype(dtype)))
    np.testing.assert_allclose(x, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer", [layer for layer in ACTIVATIONS if layer != L.LeakyReLU(0)], ids=repr)
def test_infinities_and_what_is_no_number_are_the_plain_kernel_s(layer, dtype):
    x = EXTREMES.astype(dtype)
    expected = plain(layer, x)
    finished(layer, x)
    np.testing.assert_allclose(x, expected, rtol=1e-6)


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
def test_only_the_view_is_changed(layer):
    buffer = np.random.default_rng(0).random((2, 5, 4, 9), "float32")
    before, view = buffer.copy(), buffer[:, 1:4, :, 2:7]
    calls = finished(layer, view)
    np.testing.assert_allclose(view, plain(layer, before[:, 1:4, :, 2:7]), rtol=1e-6, atol=1e-6)
    view[...] = before[:, 1:4, :, 2:7]
    np.testing.assert_array_equal(buffer, before)
    for call in calls:
        call()
    np.testing.assert_allclose(view, plain(layer, before[:, 1:4, :, 2:7]), rtol=1e-6, atol=1e-6)


def test_gelu_in_single_precision_is_that_of_python_s_error_function():
    x = np.linspace(-12, 12, 20001, dtype="float32")
    expected = np.array([value * math.erfc(-value / math.sqrt(2)) / 2 for value in x.tolist()])
    finished(L.GELU(), x)
    assert np.max(np.abs(x - expected) / np.maximum(np.abs(expected), 1)) < 2.5e-7


def test_a_leak_of_0_is_a_rectifier_for_infinities_too():
    x = EXTREMES.copy()
    finished(L.LeakyReLU(0), x)
    np.testing.assert_array_equal(x, [800, 0, np.inf, 0, np.nan])


def test_a_small_rectified_value_keeps_its_digits():
    x = np.array([-1e-6, -1e-3, -0.5], "float32")
    expected = [math.expm1(value) for value in x.tolist()]
    finished(L.ELU(), x)
    np.testing.assert_allclose(x, expected, rtol=4e-7)


def test_nothing_is_wrong_with_an_empty_view():
    for layer in ACTIVATIONS:
        finished(layer, np.empty((0, 3, 3, 2), "float32"))


def test_what_needs_weights_or_other_elements_is_left_to_the_plain_kernel():
    assert not any(map(handles, (L.PReLU(), L.Softmax(1), L.GLU(1), L.Softplus())))
