"""One value of a convolution or a pool: against arrays summed in another way, and against PyTorch."""

import random

import numpy as np
import pytest

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import conv_value, pool_value, reach
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.catalog import lookup
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.symbolic import Window, output_size

# A 5x5 image and a 3x3 kernel of a widely used tutorial with its output map:
# http://deeplearning.stanford.edu/wiki/index.php/Feature_extraction_using_convolution
IMAGE = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
PUBLISHED = np.array([[4, 3, 4], [2, 4, 3], [2, 3, 4]])


def reader(array):
    return lambda place: array[place].item()


def spec(x):
    return Spec((1, *x.shape))


def places(layer, x):
    (y, *_) = layer.outputs((spec(x),), Context())
    return list(np.ndindex(*y.shape[1:]))


def test_the_published_map():
    x, w = IMAGE[None], CROSS[None, None]
    layer = Conv(1, kernel_size=3)
    found = [conv_value(layer, spec(x), reader(x), reader(w), at) for at in places(layer, x)]
    assert np.array([value.value for value in found]).reshape(3, 3).tolist() == PUBLISHED.tolist()
    assert {type(value.value) for value in found} == {int}
    assert [term.product for term in found[0].channels[0].terms] == [1, 0, 1, 0, 1, 0, 0, 0, 1]


def test_the_bias_is_added_once():
    x, w = np.ones((2, 4, 4)), np.ones((1, 2, 3, 3))
    value = conv_value(Conv(1, kernel_size=3), spec(x), reader(x), reader(w), (0, 1, 1), bias=0.5)
    assert (value.sum, value.value) == (18, 18.5)
    assert [channel.sum for channel in value.channels] == [9, 9]


@pytest.mark.parametrize("mode", ["floor", "ceil", "same_upper", "same_lower"])
def test_a_window_reaches_the_taps_of_the_padded_axis(mode):
    """Each tap of the padded axis, found by building that axis as a list."""
    rng = random.Random(mode)
    for _ in range(200):
        size, k, s, d = rng.randint(1, 12), rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 3)
        before, after = (rng.randint(0, 3), rng.randint(0, 3)) if mode in ("floor", "ceil") else (0, 0)
        window = Window(k, s, before, after, d, mode)
        count = output_size(size, window)
        if count < 1:
            continue
        if mode.startswith("same"):
            both = max((count - 1) * s + d * (k - 1) + 1 - size, 0)
            before = both // 2 if mode == "same_upper" else both - both // 2
            after = both - before
        axis = [("padding", i - before) for i in range(before)] + [("input", i) for i in range(size)]
        axis += [("padding", size + i) for i in range(after)]
        for at in range(count):
            found = reach(at, size, window)
            taps = [axis[at * s + t * d] if at * s + t * d < len(axis) else ("beyond", None) for t in range(k)]
            assert [found.where(p) for p in found.positions] == [where for where, _ in taps]
            assert [p for p, (where, _) in zip(found.positions, taps, strict=True) if where != "beyond"] == [
                p for where, p in taps if where != "beyond"
            ]


def test_a_transposed_convolution_is_the_adjoint_of_a_convolution():
    """<conv(x), y> = <x, transposed(y)> for the same weights and arguments, all values by themselves."""
    rng = np.random.default_rng(5)
    for _ in range(15):
        k, s, d = (int(n) for n in rng.integers(1, 4, 3))
        p = int(rng.integers(0, 2))
        x = rng.integers(-4, 5, (3, 7, 8))
        w = rng.integers(-4, 5, (2, 3, k, k))
        there = Conv(2, kernel_size=k, stride=s, padding=p, dilation=d)
        (out, *_) = there.outputs((spec(x),), Context())
        y = rng.integers(-4, 5, out.shape[1:])
        over = [(size + 2 * p - d * (k - 1) - 1) % s for size in x.shape[1:]]
        if any(o >= max(s, d) for o in over):
            continue
        back = ConvTranspose(3, kernel_size=k, stride=s, padding=p, dilation=d, output_padding=tuple(over))
        left = sum(conv_value(there, spec(x), reader(x), reader(w), at).value * int(y[at]) for at in places(there, x))
        right = sum(conv_value(back, spec(y), reader(y), reader(w), at).value * int(x[at]) for at in places(back, y))
        assert left == right


def test_sums_of_floats_are_rounded_once():
    x, w = np.array([[1e16, 1.0, -1e16]]), np.ones((1, 1, 3))
    assert conv_value(Conv(1, kernel_size=3), spec(x), reader(x), reader(w), (0, 0)).value == 1.0


def test_a_window_in_the_padding_has_no_largest_value():
    x = np.ones((1, 2))
    value = pool_value(MaxPool(2, padding=1, dilation=3), spec(x), reader(x), (0, 0))
    assert (value.value, value.largest) == (-np.inf, ())
    mean = AvgPool(2, padding=1, dilation=3, count_include_pad=False)
    assert np.isnan(pool_value(mean, spec(x), reader(x), (0, 0)).value)


def random_conv(rng):
    rank = rng.randint(1, 3)
    groups = rng.choice([1, 1, 2])
    k = tuple(rng.randint(1, 3) for _ in range(rank))
    s, d = tuple(rng.randint(1, 3) for _ in k), tuple(rng.randint(1, 2) for _ in k)
    p = tuple(rng.randint(0, 2) for _ in k)
    return groups, k, s, d, p, (groups * rng.randint(1, 2), *(rng.randint(5, 8) for _ in k))


def test_convolutions_as_pytorch(torch):
    rng = random.Random(1)
    torch.manual_seed(1)
    for _ in range(60):
        groups, k, s, d, p, shape = random_conv(rng)
        x, filters = torch.randn(shape).double(), groups * 2
        w, b = torch.randn((filters, shape[0] // groups, *k)).double(), torch.randn(filters).double()
        function = getattr(torch.nn.functional, f"conv{len(k)}d")
        y = function(x[None], w, b, s, p, d, groups)[0]
        at = tuple(rng.randrange(size) for size in y.shape)
        layer = Conv(filters, kernel_size=k, stride=s, padding=p, dilation=d, groups=groups)
        value = conv_value(layer, Spec((1, *shape)), reader(x), reader(w), at, b[at[0]].item())
        assert value.value == pytest.approx(y[at].item())


def test_transposed_convolutions_as_pytorch(torch):
    rng = random.Random(2)
    torch.manual_seed(2)
    for _ in range(60):
        groups, k, s, d, p, shape = random_conv(rng)
        p = tuple(min(pad, dil * (size - 1)) for pad, dil, size in zip(p, d, k, strict=True))
        o = tuple(rng.randrange(max(a, b)) for a, b in zip(s, d, strict=True))
        x, own = torch.randn(shape).double(), 2
        w, b = torch.randn((shape[0], own, *k)).double(), torch.randn(own * groups).double()
        function = getattr(torch.nn.functional, f"conv_transpose{len(k)}d")
        y = function(x[None], w, b, s, p, o, groups, d)[0]
        at = tuple(rng.randrange(size) for size in y.shape)
        layer = ConvTranspose(
            own * groups, kernel_size=k, stride=s, padding=p, output_padding=o, groups=groups, dilation=d
        )
        value = conv_value(layer, Spec((1, *shape)), reader(x), reader(w), at, b[at[0]].item())
        assert value.value == pytest.approx(y[at].item())


def test_pools_as_pytorch(torch):
    rng = random.Random(3)
    torch.manual_seed(3)
    for _ in range(80):
        _, k, s, d, p, shape = random_conv(rng)
        p = tuple(min(pad, size // 2) for pad, size in zip(p, k, strict=True))
        ceil, counts = rng.random() < 0.5, rng.random() < 0.5
        x = torch.randn(shape).double()
        for kind in ("max", "avg"):
            if kind == "max":
                y = getattr(torch.nn.functional, f"max_pool{len(k)}d")(x[None], k, s, p, d, ceil)[0]
                layer = MaxPool(k, stride=s, padding=p, dilation=d, ceil_mode=ceil)
            else:
                y = getattr(torch.nn.functional, f"avg_pool{len(k)}d")(x[None], k, s, p, ceil, counts)[0]
                layer = AvgPool(k, stride=s, padding=p, ceil_mode=ceil, count_include_pad=counts)
            at = tuple(rng.randrange(size) for size in y.shape)
            value = pool_value(layer, Spec((1, *shape)), reader(x), at)
            assert value.value == pytest.approx(y[at].item())
            if kind == "max":
                assert x[(at[0], *value.largest)].item() == value.value


def test_every_curve_is_an_activation_of_the_catalogue():
    for name in CURVES:
        entry, _ = lookup(name)
        assert entry.name == name


@pytest.mark.parametrize("name", CURVES)
def test_curves_as_pytorch(torch, name):
    entry, _ = lookup(name)
    module = torch.nn.Identity() if name == "identity" else getattr(torch.nn, entry.layer.__name__)()
    for x in (-1000.0, -30.0, -6.5, -3.0, -1.25, -0.5, 0.0, 0.5, 1.0, 2.75, 6.0, 19.0, 25.0, 1000.0):
        expected = module(torch.tensor(x, dtype=torch.float64)).item()
        assert CURVES[name].at(x) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", CURVES)
def test_the_formula_of_a_curve_is_what_it_computes(name):
    """The formula, read as Python, gives the value."""
    import math

    curve = CURVES[name]
    for x in (-4.0, -0.5, 0.5, 3.0, 7.0):
        names = {n: getattr(math, n) for n in ("exp", "tanh", "erf", "sqrt", "log")} | {"max": max, "min": min}
        formula = curve.formula.replace("|x|", "abs(x)")
        assert eval(formula, {"abs": abs, **names, "x": x}) == pytest.approx(curve.at(x), rel=1e-5)
