"""A followed number against the same function of plain fractions, on a fine grid around every end."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.zoo.followed import Trail, Unfollowed
from cnnshape.zoo.parts import divisible, scaled

EPSILON = Fraction(1, 10**9)
FUNCTIONS = {
    "floor": lambda t: floor(7 * t - Fraction(1, 3)),
    "ceil": lambda t: ceil(5 * t + 2),
    "round": lambda t: round(3 * t + Fraction(1, 2)),
    "round down a slope": lambda t: round(Fraction(1, 2) - 3 * t),
    "int": lambda t: int(9 * t - 4),
    "floor division": lambda t: (2 * 24 * t + 8) // 16,
    "minus": lambda t: floor(3 - 8 * t),
    "compare": lambda t: (t < 1, 2 * t <= 3, t > Fraction(7, 10), t <= 1, t == 1, t != 2),
    "max": lambda t: floor(100 * max(Fraction(1), t)),
    "divided": lambda t: ceil(t / Fraction(3, 7)),
    "two of them": lambda t: (3 * t - 1 < t, abs(t - 1) > Fraction(1, 4)),
    "truth": lambda t: bool(t - 1),
    "scaled": lambda t: [scaled(width, t) for width in (5, 64, 96)],
    "divisible": lambda t: [divisible(width * t) for width in (16, 24, 320)],
}


def followed(function, at, side):
    trail = Trail(at, side)
    return function(trail.number()), trail.span


def plain(function, at):
    return function(Fraction(at))


@pytest.mark.parametrize("name", FUNCTIONS)
@given(at=st.fractions(Fraction(1, 100), 3, max_denominator=840), side=st.sampled_from([-1, 0, 1]))
def test_the_same_comes_out_inside_and_the_number_lies_inside(name, at, side):
    function = FUNCTIONS[name]
    found, span = followed(function, at, side)
    near = at + side * EPSILON
    assert near in span
    assert found == plain(function, near)
    low = Fraction(0) if span.low is None else span.low
    high = Fraction(5) if span.high is None else span.high
    inside = [low + (high - low) * Fraction(i, 12) for i in range(1, 12)]
    inside += [low] * span.low_in + [high] * span.high_in
    inside = [each for each in inside if each > 0]
    assert all(plain(function, each) == found for each in inside)


@pytest.mark.parametrize("name", ["floor", "ceil", "floor division", "divided"])
@given(at=st.fractions(Fraction(1, 2), 3, max_denominator=840))
def test_just_outside_something_else_comes_out(name, at):
    function = FUNCTIONS[name]
    found, span = followed(function, at, 0)
    outside = [span.high if not span.high_in else span.high + EPSILON]
    if span.low > 0:
        outside.append(span.low if not span.low_in else span.low - EPSILON)
    assert all(plain(function, each) != found for each in outside)


REFUSED = (
    float, hash, lambda t: t**2, lambda t: 1 / t, lambda t: t % 1, lambda t: t * 0.5, lambda t: t * t, lambda t: t / 0,
    lambda t: t + "1", lambda t: t < "1", lambda t: t.numerator, lambda t: round(t, 2), lambda t: divmod(t, 1),
)  # fmt: skip


@pytest.mark.parametrize("function", REFUSED, ids=map(str, range(len(REFUSED))))
def test_what_is_not_followed_is_refused(function):
    with pytest.raises(Unfollowed):
        function(Trail(1).number())


def test_a_followed_number_is_shown_as_what_it_is():
    assert str(Trail(Fraction(3, 4)).number()) == "3/4"
    assert repr(Trail(2).number() + 1) == "Followed(3)"
