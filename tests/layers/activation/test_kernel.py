"""Activations on arrays: against PyTorch, and against Python's own functions."""

import math

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.arrays import erf

NUMBERS = np.concatenate(
    [np.linspace(-12, 12, 4801), [0.0, -0.0, 1e-30, -1e-30, 90.0, -90.0, 800.0, -800.0, np.inf, -np.inf, np.nan]]
)


def computed(layer, x, *, out=None, **weights):
    y = np.empty(x.shape if out is None else out, x.dtype)
    catalog.kernel_of(type(layer))(layer, (x,), weights, (y,))
    return y


CURVES = [
    (L.Identity(), lambda F: lambda x: x),
    (L.Abs(), lambda F: lambda x: x.abs()),
    (L.Exp(), lambda F: lambda x: x.exp()),
    (L.Log(), lambda F: lambda x: x.log()),
    (L.Sqrt(), lambda F: lambda x: x.sqrt()),
    (L.Erf(), lambda F: lambda x: x.erf()),
    (L.ReLU(), lambda F: F.relu),
    (L.ReLU6(), lambda F: F.relu6),
    (L.LeakyReLU(0.2), lambda F: lambda x: F.leaky_relu(x, 0.2)),
    (L.ELU(1.5), lambda F: lambda x: F.elu(x, 1.5)),
    (L.SELU(), lambda F: F.selu),
    (L.CELU(0.7), lambda F: lambda x: F.celu(x, 0.7)),
    (L.GELU(), lambda F: F.gelu),
    (L.GELU(approximate="tanh"), lambda F: lambda x: F.gelu(x, approximate="tanh")),
    (L.SiLU(), lambda F: F.silu),
    (L.Mish(), lambda F: F.mish),
    (L.Softplus(beta=2, threshold=5), lambda F: lambda x: F.softplus(x, 2, 5)),
    (L.Softsign(), lambda F: F.softsign),
    (L.Sigmoid(), lambda F: lambda x: x.sigmoid()),
    (L.Tanh(), lambda F: lambda x: x.tanh()),
    (L.Tanhshrink(), lambda F: F.tanhshrink),
    (L.LogSigmoid(), lambda F: F.logsigmoid),
    (L.Hardsigmoid(), lambda F: F.hardsigmoid),
    (L.Hardswish(), lambda F: F.hardswish),
    (L.Hardtanh(min_val=-2, max_val=3), lambda F: lambda x: F.hardtanh(x, -2, 3)),
    (L.Clip(min=-1), lambda F: lambda x: x.clamp(min=-1)),
    (L.Threshold(0.5, value=-3), lambda F: lambda x: F.threshold(x, 0.5, -3)),
    (L.Softshrink(0.3), lambda F: lambda x: F.softshrink(x, 0.3)),
    (L.Hardshrink(0.3), lambda F: lambda x: F.hardshrink(x, 0.3)),
    (L.Sin(), lambda F: lambda x: x.sin()),
    (L.Cos(), lambda F: lambda x: x.cos()),
    (L.Tan(), lambda F: lambda x: x.tan()),
    (L.Asin(), lambda F: lambda x: x.asin()),
    (L.Acos(), lambda F: lambda x: x.acos()),
    (L.Atan(), lambda F: lambda x: x.atan()),
    (L.Sinh(), lambda F: lambda x: x.sinh()),
    (L.Cosh(), lambda F: lambda x: x.cosh()),
    (L.Asinh(), lambda F: lambda x: x.asinh()),
    (L.Acosh(), lambda F: lambda x: x.acosh()),
    (L.Atanh(), lambda F: lambda x: x.atanh()),
    (L.Ceil(), lambda F: lambda x: x.ceil()),
    (L.Floor(), lambda F: lambda x: x.floor()),
    (L.Round(), lambda F: lambda x: x.round()),
    (L.Sign(), lambda F: lambda x: x.sign()),
    (L.Negative(), lambda F: lambda x: x.neg()),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("layer", "peer"), CURVES, ids=[repr(layer) for layer, _ in CURVES])
def test_a_curve_is_pytorchs(layer, peer, torch):
    function = peer(torch.nn.functional)
    ours, theirs = computed(layer, NUMBERS), function(torch.from_numpy(NUMBERS)).numpy()
    finite = np.isfinite(theirs)
    np.testing.assert_allclose(ours[finite], theirs[finite], rtol=1e-11, atol=1e-13)
    ends = ~(np.abs(NUMBERS) > 90)  # beyond, PyTorch's own infinities differ from layer to layer
    np.testing.assert_array_equal(ours[~finite & ends], theirs[~finite & ends])
    x = NUMBERS.astype(np.float32)
    single, theirs = computed(layer, x), function(torch.from_numpy(x)).numpy()
    assert single.dtype == np.float32
    np.testing.assert_allclose(single[finite & ends], theirs[finite & ends], rtol=3e-6, atol=1e-6)


def test_every_curve_is_compared():
    named = {type(layer).__name__ for layer, _ in CURVES}
    assert {entry.layer.__name__ for entry in catalog.ENTRIES if "activation" in entry.layer.__module__} - named == {
        "GLU", "Hardmax", "LogSoftmax", "Maxout", "PReLU", "Softmax",
    }  # fmt: skip


def test_half_precision_is_computed_in_single(torch):
    x = np.linspace(-8, 8, 999).astype(np.float16)
    np.testing.assert_array_equal(computed(L.SiLU(), x), computed(L.SiLU(), x.astype(np.float32)).astype(np.float16))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_groups_of_elements(dim, torch):
    x = np.random.default_rng(1).normal(0, 30, (4, 6, 2, 8))
    tensor, F = torch.from_numpy(x), torch.nn.functional
    halved = [size // 2 if axis == dim % 4 else size for axis, size in enumerate(x.shape)]
    np.testing.assert_allclose(computed(L.Softmax(dim), x), F.softmax(tensor, dim).numpy(), rtol=1e-12)
    np.testing.assert_allclose(computed(L.LogSoftmax(dim), x), F.log_softmax(tensor, dim).numpy(), 1e-12, 1e-14)
    np.testing.assert_allclose(computed(L.GLU(dim), x, out=halved), F.glu(tensor, dim).numpy(), rtol=1e-12)


def test_maxout_is_the_largest_of_neighbours():
    x = np.arange(12.0).reshape(1, 6, 2)[:, ::-1]
    assert computed(L.Maxout(3), x, out=(1, 3, 2))[0, :, 0].tolist() == [10, 6, 2]


@pytest.mark.parametrize("slopes", [1, 3])
def test_prelu_has_a_slope_for_all_or_for_each_channel(slopes, torch):
    x, weight = np.random.default_rng(2).normal(size=(2, 3, 4)), np.linspace(-0.5, 2, slopes)
    theirs = torch.nn.functional.prelu(torch.from_numpy(x), torch.from_numpy(weight)).numpy()
    np.testing.assert_allclose(computed(L.PReLU(slopes), x, weight=weight), theirs)


def test_the_error_function_is_pythons():
    x = np.concatenate([np.linspace(-6.5, 6.5, 13_001), [1e-300, 0.46875, 4.0, 30.0, np.inf, -np.inf]])
    np.testing.assert_allclose(erf(x), [math.erf(value) for value in x], rtol=1e-15)
    assert np.isnan(erf(np.array([np.nan])))[0]


def test_hardmax_is_one_hot(torch):
    x = np.random.default_rng(3).integers(0, 4, (3, 6, 5)).astype(np.float64)
    for dim in (0, 1, -1):
        best = torch.from_numpy(x).argmax(dim)
        theirs = torch.movedim(torch.nn.functional.one_hot(best, x.shape[dim]), -1, dim)
        assert computed(L.Hardmax(dim), x).tolist() == theirs.double().tolist()


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_whole_numbers_are_rounded_to_themselves(dtype, torch):
    x = np.array([0, 1, 7, np.iinfo(dtype).max], dtype)
    for layer in (L.Ceil(), L.Floor(), L.Round()):
        assert computed(layer, x).tolist() == x.tolist()
    assert computed(L.Sign(), x).tolist() == torch.sign(torch.from_numpy(x)).tolist()
    assert computed(L.Negative(), x).tolist() == torch.neg(torch.from_numpy(x)).tolist()
