"""Curves, against formulas written anew."""

from math import erf, exp, inf, sqrt, tanh

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError
from cnnshape.render.figures.lesson import figure
from cnnshape.render.figures.lesson.sampled import activation_of, activations_of, sampled
from cnnshape.render.scene import Line, leaves
from tests.render.figures.lesson.conftest import drawn, texts

FORMULAS = {  # value, and slope by the rules of differentiation
    "relu": (L.ReLU(), lambda x: max(x, 0), lambda x: float(x > 0)),
    "sigmoid": (L.Sigmoid(), lambda x: 1 / (1 + exp(-x)), lambda x: exp(-x) / (1 + exp(-x)) ** 2),
    "tanh": (L.Tanh(), tanh, lambda x: 1 - tanh(x) ** 2),
    "leaky": (L.LeakyReLU(0.2), lambda x: x if x > 0 else 0.2 * x, lambda x: 1.0 if x > 0 else 0.2),
    "elu": (L.ELU(), lambda x: x if x > 0 else exp(x) - 1, lambda x: 1.0 if x > 0 else exp(x)),
    "relu6": (L.ReLU6(), lambda x: min(max(x, 0), 6), lambda x: float(0 < x < 6)),
    "gelu": (
        L.GELU(),
        lambda x: x * (1 + erf(x / sqrt(2))) / 2,
        lambda x: (1 + erf(x / sqrt(2))) / 2 + x * exp(-x * x / 2) / sqrt(2 * 3.141592653589793),
    ),
    "hardswish": (
        L.Hardswish(),
        lambda x: x * min(max(x + 3, 0), 6) / 6,
        lambda x: 0.0 if x < -3 else 1.0 if x > 3 else (2 * x + 3) / 6,
    ),
    "prelu": (L.PReLU(), lambda x: x if x > 0 else 0.25 * x, lambda x: 1.0 if x > 0 else 0.25),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_slopes(name):
    layer, value, slope = FORMULAS[name]
    found = sampled(layer)
    assert len(found.x) == 240
    assert found.y == pytest.approx([value(x) for x in found.x], abs=1e-9)
    assert found.slope == pytest.approx([slope(x) for x in found.x], abs=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_saturated_part_is_where_the_slope_is_below_a_hundredth(name):
    layer, _, slope = FORMULAS[name]
    scene = drawn("curve", layer, 3, 8, 8)
    flat = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.stroke == "#B00020"]
    red = {round(x, 2) for mark in flat for x, _ in mark.points}
    found = sampled(layer)
    frame = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.width == 1.3]
    curve = frame[0].points
    assert len(curve) == 240
    below, above = layer.curve.saturates
    step = (found.high - found.low) / 240
    for (x, _), place in zip(curve, found.x, strict=True):
        ends = (-inf if below is None else below, inf if above is None else above)
        if min(abs(place - end) for end in ends) < step:
            continue
        outside = place < ends[0] or place > ends[1]
        assert (round(x, 2) in red) == outside
        if outside:
            assert abs(slope(place)) < 0.01


def test_what_the_notes_say_of_relu_and_sigmoid():
    """The lecture notes print max(x), and 0.5 as the middle of sigmoid's input, which is its output there."""
    assert "y = max(0, x)" in texts(drawn("curve", L.ReLU(), 3, 8, 8))
    found = texts(drawn("curve", L.Sigmoid(), 3, 8, 8))
    assert "range (0, 1), slope 0 to 0.25" in found
    # log(1/f - 1) with f(1 - f) = 0.01
    assert "saturated below −4.585 and above 4.585" in found
    scene = drawn("curve", L.Sigmoid(), 3, 8, 8)
    curve = next(mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.width == 1.3)
    middle = [y for _, y in curve.points][119:121]
    low, high = max(y for _, y in curve.points), min(y for _, y in curve.points)
    assert sum(middle) / 2 == pytest.approx((low + high) / 2, abs=0.05)


def test_a_convolution_has_the_curve_of_what_follows_it(small):
    assert isinstance(activation_of(small, "conv1"), L.ReLU)
    assert figure(small, "conv1", "curve").title == "The activation of conv1"


def test_all_activations_of_a_network_once(small):
    assert [(type(layer).__name__, len(nodes)) for layer, nodes in activations_of(small)] == [("ReLU", 1), ("Tanh", 1)]
    found = texts(figure(small, "", "curve"))
    assert {"ReLU", "Tanh", "small: 2 activations"} <= set(found)


def test_every_activation_of_one_number_has_a_curve():
    from cnnshape.layers.activation.curve import Pointwise
    from cnnshape.layers.catalog import ENTRIES

    classes = [entry.layer for entry in ENTRIES if issubclass(entry.layer, Pointwise)]
    assert len(classes) > 30
    for cls in classes:
        scene = drawn("curve", cls.examples()[0].layer, 3, 8, 8)
        assert any(isinstance(mark, Line) and mark.style.width == 1.3 for mark in leaves(scene.marks)), cls


def test_one_that_works_on_several_numbers_has_none():
    with pytest.raises(UsageError, match="no activation of one number"):
        drawn("curve", L.Softmax(), 10)
    x = Input("image", (3, 8, 8))
    network = Network("net", inputs=x, outputs=L.Conv(1, kernel_size=3)(x))
    with pytest.raises(UsageError, match="net has no activation"):
        figure(facts(network), "", "curve")
