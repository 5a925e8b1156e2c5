"""Intervals of numbers, and what a network costs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape import Input, Network, zoo
from cnnshape import layers as L
from cnnshape.analysis.inverse.budget import Costs, Limits, Span, Terms, cost_of, decimal
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError

FRACTIONS = st.fractions(0, 100, max_denominator=10**6)


@given(FRACTIONS)
def test_a_decimal_is_exact(number):
    assert Fraction(decimal(number)) == number


@given(FRACTIONS, FRACTIONS, st.booleans(), st.booleans())
def test_the_shortest_number_of_an_interval(low, high, low_in, high_in):
    low, high = sorted((low, high))
    if low == high:
        low_in = high_in = True
    span = Span(low, high, low_in, high_in)
    found = span.shortest()
    assert found in span
    for digits in range(4):
        scale = 10**digits
        shorter = [Fraction(i, scale) for i in range(int(low * scale), int(high * scale) + 2)][:2000]
        if any(each in span for each in shorter):
            assert (found * scale).denominator == 1
            break


def test_intervals():
    below, above = Span(Fraction(0), Fraction(1), True, False), Span(Fraction(1), None, True, True)
    assert below.touches(above)
    assert not below.touches(Span(Fraction(1), Fraction(2), False, True))
    assert str(below.joined(above)) == "[0, ]"
    assert str(Span(Fraction(1, 3), Fraction(1, 3))) == "1/3"
    assert (1 in below, 0 in below, 1 in above, 10**9 in above) == (False, True, True, True)


def test_costs_are_those_of_a_report():
    network = zoo("mobilenet_v2")
    found = facts(network, dtype="int8").at(H=96, W=96)
    costs = cost_of(network, Terms({"H": 96, "W": 96}, dtype="int8"), Limits(memory=1))
    assert costs == Costs(found.params, found.macs, found.totals.weight_bytes + found.totals.peak_activation_bytes)
    assert costs.over(Limits(1, found.macs, costs.memory - 1)) == ("params", "memory")


def test_costs_of_sizes_that_do_not_fit():
    assert cost_of(zoo("unet"), Terms({"H": 100}), Limits(params=1)) is None


def test_sizes_that_are_missing():
    x = Input("image", (3, "H", "W"))
    network = Network("tiny", inputs=x, outputs=L.Conv("c", kernel_size=3)(x))
    assert cost_of(network, Terms({"c": 4}), Limits(params=1)) == Costs(112, None, None)
    with pytest.raises(UsageError, match="the MACs of tiny depend on H, W") as caught:
        cost_of(network, Terms({"c": 4}), Limits(macs=1))
    assert caught.value.fault.fix == "--set H=224,W=224, in Python H=224,W=224"
    with pytest.raises(UsageError, match="the parameters of tiny depend on c"):
        cost_of(network, Terms({"H": 4, "W": 4}), Limits(params=1))
    with pytest.raises(UsageError, match="the memory of tiny depends on W"):
        cost_of(network, Terms({"H": 4, "c": 4}), Limits(memory=1))


def test_macs_that_are_not_all_known():
    with pytest.raises(UsageError, match="the MACs of resnet18 are not all known"):
        cost_of(zoo("resnet18"), Terms(convention="fvcore"), Limits(macs=1))
    assert cost_of(zoo("resnet18"), Terms(convention="fvcore"), Limits(params=1)).params == 11_689_512
