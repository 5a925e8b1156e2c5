"""A number that remembers how it was rounded and compared: for which other numbers the same would come out.

A builder that is given such a number makes the network for it, and with it the interval of all numbers for which it
does the same, exactly. Where an interval ends, the number just beyond is one too: a number is a fraction, and a side.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

from cnnshape.analysis.inverse.budget import Span

__all__ = ["Followed", "Trail", "Unfollowed"]


class Unfollowed(TypeError):
    """Something was done with the number that is not followed, such as a logarithm."""


class Trail:
    """Where the same happens as at one point.

    Parameters
    ----------
    at : the point
    side : -1 just below `at`, 0 at it, 1 just above it
    """

    __slots__ = ("at", "high", "high_in", "low", "low_in", "side")

    def __init__(self, at: Fraction | int, side: int = 0) -> None:
        self.at, self.side = Fraction(at), side
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.low_in = self.high_in = False

    @property
    def span(self) -> Span:
        """The interval so far."""
        return Span(self.low, self.high, self.low_in, self.high_in)

    def number(self) -> Followed:
        """Return the number that is followed from here."""
        return Followed(self, Fraction(1), Fraction(0))

    def above(self, end: Fraction, inside: bool) -> None:
        """Keep what is above `end`; itself too if it is `inside`."""
        if self.low is None or end > self.low or (end == self.low and not inside):
            self.low, self.low_in = end, inside

    def below(self, end: Fraction, inside: bool) -> None:
        """Keep what is below `end`; itself too if it is `inside`."""
        if self.high is None or end < self.high or (end == self.high and not inside):
            self.high, self.high_in = end, inside


def _plain(given: object) -> Fraction | None:
    """Return a number that is not followed as a fraction; None: it is none."""
    if isinstance(given, Followed) or not isinstance(given, int | Fraction):
        return None
    return Fraction(given)


class Followed(Fraction):  # noqa: PLW1641  # its hash is refused below
    """``slope*t + offset``, where t is what the trail follows.

    Examples
    --------
    >>> trail = Trail(Fraction(9, 10))
    >>> (2 * 32 * trail.number() + 8) // 16 * 8, str(trail.span)
    (32, '[0.875, 1.125)')
    """

    __slots__ = ("offset", "slope", "trail")

    trail: Trail
    slope: Fraction
    offset: Fraction

    def __new__(cls, trail: Trail, slope: Fraction, offset: Fraction) -> Followed:
        self = super().__new__(cls)
        self.trail, self.slope, self.offset = trail, slope, offset
        return self

    def _value(self) -> Fraction:
        return self.slope * self.trail.at + self.offset

    def _sign(self, other: Fraction) -> int:
        """Return whether the number is below (-1), at (0) or above (1) another one."""
        difference = self._value() - other
        change = self.slope * self.trail.side
        return (difference > 0) - (difference < 0) or (change > 0) - (change < 0)

    def _keep(self, other: Fraction, above: bool, inside: bool) -> None:
        """Write down that the number is above (or below) another one, or equal to it if `inside`."""
        if self.slope:
            end = (other - self.offset) / self.slope
            (self.trail.above if above == (self.slope > 0) else self.trail.below)(end, inside)

    def _less(self, other: Fraction) -> bool:
        found = self._sign(other) < 0
        self._keep(other, not found, not found)
        return found

    def _more(self, other: Fraction) -> bool:
        found = self._sign(other) > 0
        self._keep(other, found, not found)
        return found

    def _equal(self, other: Fraction) -> bool:
        sign = self._sign(other)
        if sign:
            self._keep(other, sign > 0, False)
        else:
            self._keep(other, True, True)
            self._keep(other, False, True)
        return not sign

    def _compared(self, other: object, how: Callable[[Followed, Fraction], bool]) -> bool:
        if isinstance(other, Followed):
            return how(self - other, Fraction(0))
        number = _plain(other)
        if number is None:
            raise _unknown("compared", other)
        return how(self, number)

    def __lt__(self, other: Any) -> bool:
        return self._compared(other, Followed._less)

    def __le__(self, other: Any) -> bool:
        return not self._compared(other, Followed._more)

    def __gt__(self, other: Any) -> bool:
        return self._compared(other, Followed._more)

    def __ge__(self, other: Any) -> bool:
        return not self._compared(other, Followed._less)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | Fraction) and self._compared(other, Followed._equal)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return not self._equal(Fraction(0))

    def _with(self, other: object, sign: int) -> Followed:
        if isinstance(other, Followed):
            return Followed(self.trail, self.slope + sign * other.slope, self.offset + sign * other.offset)
        number = _plain(other)
        if number is None:
            raise _unknown("added", other)
        return Followed(self.trail, self.slope, self.offset + sign * number)

    def _times(self, factor: object) -> Followed:
        number = _plain(factor)
        if number is None:
            raise _unknown("multiplied", factor)
        return Followed(self.trail, self.slope * number, self.offset * number)

    def __add__(self, other: Any) -> Followed:  # type: ignore[override]
        return self._with(other, 1)

    __radd__ = __add__  # type: ignore[assignment]

    def __sub__(self, other: Any) -> Followed:  # type: ignore[override]
        return self._with(other, -1)

    def __rsub__(self, other: Any) -> Followed:  # type: ignore[override]
        return (-self)._with(other, 1)

    def __neg__(self) -> Followed:
        return self._times(-1)

    def __pos__(self) -> Followed:
        return self

    def __abs__(self) -> Followed:
        return -self if self < 0 else self

    def __mul__(self, other: Any) -> Followed:  # type: ignore[override]
        return self._times(other)

    __rmul__ = __mul__  # type: ignore[assignment]

    def __truediv__(self, other: Any) -> Followed:  # type: ignore[override]
        number = _plain(other)
        if not number:
            raise _unknown("divided", other)
        return self._times(1 / number)

    def __floor__(self) -> int:
        value = self._value()
        found = value.numerator // value.denominator
        if self._sign(Fraction(found)) < 0:
            found -= 1
        self._keep(Fraction(found), above=True, inside=True)
        self._keep(Fraction(found + 1), above=False, inside=False)
        return found

    def __ceil__(self) -> int:
        return -(-self).__floor__()

    def __trunc__(self) -> int:
        return self.__ceil__() if self < 0 else self.__floor__()

    __int__ = __trunc__  # type: ignore[assignment]

    def __round__(self, ndigits: int | None = None) -> int:  # type: ignore[override]
        """Return the nearest whole number; halves go to the even one."""
        if ndigits is not None:
            raise Unfollowed("a number of digits is not followed")
        value = self._value() + Fraction(1, 2)
        found: int = value.numerator // value.denominator
        if self._sign(found - Fraction(1, 2)) < 0 or (found % 2 and not self._sign(found - Fraction(1, 2))):
            found -= 1
        for half, above in ((Fraction(-1, 2), True), (Fraction(1, 2), False)):
            self._keep(found + half, above=above, inside=found % 2 == 0)
        return found

    def __floordiv__(self, other: Any) -> int:
        quotient: Followed = self / other
        return quotient.__floor__()

    def __str__(self) -> str:
        return str(self._value())

    def __repr__(self) -> str:
        return f"Followed({self._value()})"

    def _refuse(self, *_: object) -> NoReturn:
        raise Unfollowed("this is not followed")

    def __reduce__(self) -> NoReturn:
        self._refuse()

    __hash__ = __float__ = __complex__ = __pow__ = __rpow__ = __rtruediv__ = _refuse
    __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __rfloordiv__ = _refuse  # type: ignore[assignment]
    __copy__ = __deepcopy__ = limit_denominator = as_integer_ratio = _refuse  # type: ignore[assignment]
    numerator = denominator = property(_refuse)


def _unknown(what: str, other: object) -> Unfollowed:
    return Unfollowed(f"{what} with a {type(other).__name__}: this is not followed")
