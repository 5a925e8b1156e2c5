"""Activations: their curves against independent formulas, sampled densely; those formulas against PyTorch."""

from collections import Counter
from math import pi

import numpy as np
import pytest

import cnnshape.layers.activation as act
from cnnshape.layers.activation import FLAT, rounding, trigonometry
from cnnshape.layers.activation.curve import Pointwise
from tests.layers.counted import (
    Counted,
    absolute,
    erf,
    exp,
    largest,
    least,
    log,
    sigmoid,
    sqrt,
    tanh,
    where,
)
from tests.layers.measured import conditions_of, fault_of, refusal, shape_of, weights_of, work_of

# Klambauer et al., arXiv:1706.02515, equation 14
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def softplus(x, beta, threshold):
    scaled = beta * x
    return where(scaled > threshold, x, log(1 + exp(scaled)) / beta)


def hardsigmoid(x, alpha=1 / 6, beta=0.5):
    return least(largest(alpha * x + beta, 0.0), 1.0)


# Each curve as its authors or PyTorch's documentation write it, and the PyTorch module that should agree.
CURVES = [
    (act.Identity(), lambda x: x, ("Identity",)),
    (act.Abs(), absolute, None),
    (act.ReLU(), lambda x: largest(x, 0.0), ("ReLU",)),
    (act.ReLU6(), lambda x: least(largest(x, 0.0), 6.0), ("ReLU6",)),
    (act.LeakyReLU(), lambda x: where(x > 0, x, 0.01 * x), ("LeakyReLU",)),
    (act.LeakyReLU(0.2), lambda x: where(x > 0, x, 0.2 * x), ("LeakyReLU", 0.2)),
    (act.LeakyReLU(-0.5), lambda x: where(x > 0, x, -0.5 * x), ("LeakyReLU", -0.5)),
    (act.LeakyReLU(0), lambda x: where(x > 0, x, 0.0 * x), ("LeakyReLU", 0.0)),
    (act.LeakyReLU(3), lambda x: where(x > 0, x, 3 * x), ("LeakyReLU", 3.0)),
    (act.PReLU(init=0.3), lambda x: where(x > 0, x, 0.3 * x), ("PReLU", 1, 0.3)),
    (act.Softshrink(), lambda x: x - least(largest(x, -0.5), 0.5), ("Softshrink",)),
    (act.Softshrink(2.0), lambda x: x - least(largest(x, -2.0), 2.0), ("Softshrink", 2.0)),
    (act.Hardshrink(), lambda x: where(x > 0.5, x, where(x < -0.5, x, 0.0 * _free(x))), ("Hardshrink",)),
    (act.Hardtanh(), lambda x: least(largest(x, -1.0), 1.0), ("Hardtanh",)),
    (act.Hardtanh(min_val=-2, max_val=0.5), lambda x: least(largest(x, -2.0), 0.5), ("Hardtanh", -2.0, 0.5)),
    (act.Clip(), lambda x: x, None),
    (act.Clip(min=-1.5), lambda x: largest(x, -1.5), None),
    (act.Clip(max=2), lambda x: least(x, 2.0), None),
    (act.Clip(min=0.5, max=0.5), lambda x: least(largest(x, 0.5), 0.5), None),
    (act.Clip(min=0, max=6), lambda x: least(largest(x, 0.0), 6.0), ("ReLU6",)),
    (act.Hardsigmoid(), hardsigmoid, ("Hardsigmoid",)),
    (act.Hardsigmoid(alpha=0.2, beta=0.4), lambda x: hardsigmoid(x, 0.2, 0.4), None),
    (act.Hardswish(), lambda x: x * hardsigmoid(x), ("Hardswish",)),
    (act.Threshold(0.1, value=20), lambda x: where(x > 0.1, x, 20.0), ("Threshold", 0.1, 20.0)),
    (act.Threshold(1.0, value=-2), lambda x: where(x > 1.0, x, -2.0), ("Threshold", 1.0, -2.0)),
    (act.Threshold(2.0, value=2), lambda x: where(x > 2.0, x, 2.0), ("Threshold", 2.0, 2.0)),
    (act.Sigmoid(), sigmoid, ("Sigmoid",)),
    (act.Tanh(), tanh, ("Tanh",)),
    (act.LogSigmoid(), lambda x: -log(1 + exp(-x)), ("LogSigmoid",)),
    (act.Softplus(), lambda x: softplus(x, 1.0, 20.0), ("Softplus",)),
    (act.Softplus(0.5, threshold=8), lambda x: softplus(x, 0.5, 8.0), ("Softplus", 0.5, 8.0)),
    (act.Softplus(threshold=-2), lambda x: softplus(x, 1.0, -2.0), ("Softplus", 1.0, -2.0)),
    (act.Softplus(threshold=-9), lambda x: softplus(x, 1.0, -9.0), ("Softplus", 1.0, -9.0)),
    (act.Softsign(), lambda x: x / (1 + absolute(x)), ("Softsign",)),
    (act.Tanhshrink(), lambda x: x - tanh(x), ("Tanhshrink",)),
    (act.Exp(), exp, None),
    (act.Log(), log, None),
    (act.Sqrt(), sqrt, None),
    (act.Erf(), erf, None),
    (act.ELU(), lambda x: where(x > 0, x, 1.0 * (exp(x) - 1)), ("ELU",)),
    (act.ELU(0.5), lambda x: where(x > 0, x, 0.5 * (exp(x) - 1)), ("ELU", 0.5)),
    (act.ELU(3.0), lambda x: where(x > 0, x, 3.0 * (exp(x) - 1)), ("ELU", 3.0)),
    (act.ELU(-2.0), lambda x: where(x > 0, x, -2.0 * (exp(x) - 1)), ("ELU", -2.0)),
    (act.ELU(0.001), lambda x: where(x > 0, x, 0.001 * (exp(x) - 1)), ("ELU", 0.001)),
    (act.SELU(), lambda x: SCALE * where(x > 0, x, ALPHA * (exp(x) - 1)), ("SELU",)),
    (act.CELU(), lambda x: where(x > 0, x, 1.0 * (exp(x / 1.0) - 1)), ("CELU",)),
    (act.CELU(0.4), lambda x: where(x > 0, x, 0.4 * (exp(x / 0.4) - 1)), ("CELU", 0.4)),
    (act.GELU(), lambda x: x * 0.5 * (1 + erf(x * 2**-0.5)), ("GELU",)),
    (
        act.GELU(approximate="tanh"),
        lambda x: 0.5 * x * (1 + tanh((2 / pi) ** 0.5 * (x + 0.044715 * x * x * x))),
        ("GELU", "tanh"),
    ),
    (act.SiLU(), lambda x: x * sigmoid(x), ("SiLU",)),
    (act.Mish(), lambda x: x * tanh(log(1 + exp(x))), ("Mish",)),
]


def _free(x):
    """The number without its tally: what is done with it costs nothing."""
    return x.value if isinstance(x, Counted) else x


STEP = 1e-5
SLACK = 1e-8  # of a central difference
each_curve = pytest.mark.parametrize(("layer", "formula"), [pytest.param(*row[:2], id=repr(row[0])) for row in CURVES])


def evaluate(formula, x):
    with np.errstate(all="ignore"):
        return np.broadcast_to(formula(x), x.shape)


def jumps(layer):
    """Where the curve is not continuous."""
    match layer:
        case act.Threshold():
            return [layer.threshold]
        case act.Hardshrink():
            return [-layer.lambd, layer.lambd]
        case act.Softplus():
            return [layer.threshold / layer.beta]
    return []


def line(layer, low=-30.0, high=30.0):
    """Points between two ends and many near 0, where the curve has a slope."""
    near = np.logspace(-4, 0, 1000)
    x = np.sort(np.concatenate([np.linspace(low, high, 12_001), near, -near]))
    x = x[(x >= low) & (x <= high) & (x > layer.curve.domain[0] + 2 * STEP)]
    for jump in jumps(layer):
        x = x[abs(x - jump) > 2 * STEP]
    return x


def slopes(formula, x):
    return (evaluate(formula, x + STEP) - evaluate(formula, x - STEP)) / (2 * STEP)


def test_every_pointwise_activation_has_its_formula_here():
    functions = {getattr(act, name) for name in (*trigonometry.__all__, *rounding.__all__)}  # test_functions has them
    classes = {entry.layer for entry in act.ENTRIES if issubclass(entry.layer, Pointwise)} - functions
    assert classes == {type(layer) for layer, *_ in CURVES}


@each_curve
def test_range(layer, formula):
    far = np.logspace(-300, 15, 1001)
    x = np.concatenate([line(layer), far, [] if layer.curve.domain[0] == 0 else -far])
    y, curve = evaluate(formula, x), layer.curve
    assert curve.low - 1e-12 <= y.min()
    assert y.max() <= curve.high + 1e-12
    # tight: the bound is come near, and where there is none the curve goes far
    assert y.min() < (-20 if curve.low == -np.inf else curve.low + 0.006)
    assert y.max() > (20 if curve.high == np.inf else curve.high - 0.006)


@each_curve
def test_whether_the_ends_of_the_range_are_reached(layer, formula):
    curve = layer.curve
    # as far as floating point can tell a value from a limit that is never reached
    y = evaluate(
        formula,
        np.append(line(layer, -5, 5), [0.0 if type(layer) is act.Sqrt else 1.0, 7.0 if curve.reached[1] else 1.0]),
    )
    for value, bound, reached in zip((y.min(), y.max()), (curve.low, curve.high), curve.reached, strict=True):
        assert abs(value - bound) < 1e-5 if reached else value != bound


@each_curve
def test_slope(layer, formula):
    far = [] if layer.curve.domain[0] < 0 else [1e5]
    slope, (low, high) = slopes(formula, np.append(line(layer), far)), layer.curve.slope
    if type(layer) is act.PReLU:
        assert (low, high) == (-np.inf, np.inf)  # it is learned
        return
    assert low - SLACK <= slope.min() + 1e-6 * abs(slope.min())
    assert slope.max() <= high + 1e-6 * abs(high)
    assert slope.min() < low + 2e-3
    assert slope.max() > (20 if high == np.inf else high - 2e-3)


@each_curve
def test_where_it_saturates(layer, formula):
    for side, end in zip((-1, 1), layer.curve.saturates, strict=True):
        if end is None:
            far = line(layer, 29, 30) if side > 0 else line(layer, -30, -29)
            assert (abs(slopes(formula, far)) >= FLAT - SLACK).all()
            continue
        beyond = np.linspace(end + side * 1e-4, end + side * 60, 6_001)
        assert (abs(slopes(formula, beyond)) < FLAT + SLACK).all()
        if layer.curve.low < layer.curve.high:
            inside = end - side * 1e-4
            assert abs(slopes(formula, np.array([inside])))[0] >= FLAT - SLACK


@pytest.mark.parametrize(
    ("layer", "formula", "module"), [pytest.param(*row, id=repr(row[0])) for row in CURVES if row[2]]
)
def test_formula_is_that_of_pytorch(torch, layer, formula, module):
    name, *arguments = module
    x = line(layer, -12, 12)[::20]
    theirs = getattr(torch.nn, name)(*arguments).double()(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(theirs, evaluate(formula, x), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "layer"),
    [("abs", act.Abs()), ("exp", act.Exp()), ("log", act.Log()), ("sqrt", act.Sqrt()), ("erf", act.Erf())],
)
def test_function_is_that_of_pytorch(torch, name, layer):
    formula = next(row[1] for row in CURVES if row[0] == layer)
    x = line(layer, -12, 12)[::20]
    assert np.allclose(getattr(torch, name)(torch.from_numpy(x)).numpy(), evaluate(formula, x), rtol=1e-7)


@each_curve
def test_work_is_what_the_formula_does_to_one_number(layer, formula):
    tally = Counter()
    formula(Counted(0.3, tally))
    inside = {sort: 6 * n for sort, n in tally.items()}
    tally.clear()
    formula(Counted(0.7, tally))
    most = {sort: max(inside.get(sort, 0), 6 * n) for sort, n in tally.items()}
    assert work_of(layer, (2, 3)) == most


@each_curve
def test_shape_stays(layer, formula):
    for x in [("N", 3, "H", "W"), ("N",), ("N", "C", "L"), ("N", 2, "T", "H", "W"), ()]:
        assert shape_of(layer, x) == x
    assert weights_of(layer, ("N", 3)) == ({"weight": (1,)} if type(layer) is act.PReLU else {})


def test_dtype_stays():
    from cnnshape.layers.base import Context, Spec

    spec = Spec((1, 2), "float16")
    assert act.ReLU().outputs((spec,), Context()) == (spec,)


def test_identity_is_a_view_and_no_other():
    assert [entry.name for entry in act.ENTRIES if entry.layer.is_view] == ["identity"]


def test_ranges_in_words():
    assert [
        str(layer.curve) for layer in (act.Sigmoid(), act.ReLU6(), act.ELU(2), act.Clip(max=1.5), act.LogSigmoid())
    ] == [
        "(0, 1)",
        "[0, 6]",
        "(-2, inf)",
        "(-inf, 1.5]",
        "(-inf, 0)",
    ]


class TestPReLU:
    def test_weights(self):
        assert weights_of(act.PReLU(3), (1, 3, 8)) == {"weight": (3,)}

    def test_as_pytorch(self, torch):
        for parameters, shape in [(1, (2, 5, 4)), (5, (2, 5, 4)), (5, (2, 5)), (1, (7,))]:
            with torch.device("meta"):
                module = torch.nn.PReLU(parameters)
            assert tuple(module(torch.empty(shape, device="meta")).shape) == shape_of(act.PReLU(parameters), shape)
            assert weights_of(act.PReLU(parameters), shape) == {"weight": tuple(module.weight.shape)}

    def test_condition(self):
        assert conditions_of(act.PReLU(8), ("N", "C", "H", "W")) == ["C == 8"]
        assert conditions_of(act.PReLU(1), ("N", "C", "H", "W")) == []

    def test_fault(self):
        assert fault_of(act.PReLU(8), (1, 3, 4, 4)) == (
            "CS202: num_parameters = 8, the input (1, 3, 4, 4) has 3 channels\n"
            "  rule: num_parameters is 1, or the number of channels\n"
            "  fix: num_parameters: 3, or leave num_parameters out: one slope for all channels"
        )


REFUSED = [
    (
        lambda: act.Hardtanh(min_val=1, max_val=1),
        "CS401: Hardtanh: max_val = 1: it is not above min_val = 1",
        "rule: min_val < max_val",
        "fix: exchange min_val and max_val, or use clip, which may hold a single value",
    ),
    (
        lambda: act.Clip(min=2, max=1),
        "CS401: Clip: max = 1: it is below min = 2",
        "rule: min <= max",
        "fix: exchange min and max",
    ),
    (
        lambda: act.Softshrink(-0.1),
        "CS401: Softshrink: lambd = -0.1: it is below 0",
        "rule: lambd >= 0",
        "fix: lambd: 0.5, or any number >= 0",
    ),
    (
        lambda: act.CELU(0),
        "CS401: CELU: alpha = 0: it is not above 0",
        "rule: the curve is alpha*(exp(x/alpha) - 1) below 0",
        "fix: alpha: 1.0, or any number above 0",
    ),
    (
        lambda: act.Softplus(-1),
        "CS401: Softplus: beta = -1: it is not above 0",
        "rule: the curve is log(1 + exp(beta*x))/beta",
        "fix: beta: 1.0, or any number above 0",
    ),
    (
        lambda: act.Hardsigmoid(alpha=float("nan")),
        "CS401: Hardsigmoid: alpha = nan: it is not above 0",
        "rule: the line alpha*x + beta rises from 0 to 1",
        "fix: alpha: 1.0, or any number above 0",
    ),
    (
        lambda: act.GELU(approximate="erf"),
        "CS401: GELU: approximate = 'erf' is not one of none, tanh",
        "rule: approximate is one of none, tanh",
        "fix: such as approximate: none",
    ),
    (
        lambda: act.Threshold(0.1, 20),
        f"CS403: Threshold takes one positional argument, threshold; PyTorch's {act.Threshold.pytorch}",
        "rule: one positional argument, the output side (for pools the kernel); the rest by keyword",
        "fix: name the other arguments: value",
    ),
]


@pytest.mark.parametrize(("make", "lines"), [(make, lines) for make, *lines in REFUSED])
def test_refused_arguments(make, lines):
    assert refusal(make) == "\n  ".join(lines)
