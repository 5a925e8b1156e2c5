"""What a builder asks of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cnnshape.errors import FormulaError, UsageError
from cnnshape.symbolic import Dim, Size, parse

__all__ = ["channels", "counts", "one_of", "ratio", "within"]

_MOST = 10_000
_UNITS = "how many units each stage has"


def one_of(argument: str, given: object, known: tuple[object, ...]) -> None:
    """Refuse a value that a builder does not know.

    Raises
    ------
    UsageError
        CS009.
    """
    if given not in known:
        listed = ", ".join(repr(each) for each in known)
        raise UsageError(
            f"{argument} = {given!r} is not known",
            code="CS009",
            got=given,
            rule=f"{argument} is one of {listed}",
            fix=f"{argument}={known[0]!r}",
        )


def ratio(argument: str, given: object, most: int = 1000) -> Fraction:
    """Return a factor as the decimal number that is written: 1.14 times 200 is 228, where floats give 227.99...

    Raises
    ------
    UsageError
        CS009, it is a formula or not in (0, most].

    Examples
    --------
    >>> int(ratio("width_mult", 1.14) * 200), int(1.14 * 200)
    (228, 227)
    """
    if isinstance(given, int | float | Fraction) and not isinstance(given, bool) and 0 < given <= most:
        return given if isinstance(given, Fraction) else Fraction(str(given))
    why = "; this network rounds its channels, which a formula cannot" if isinstance(given, str | Dim) else ""
    raise UsageError(
        f"{argument} = {given} is no factor",
        code="CS009",
        got=given,
        rule=f"{argument} is a number above 0, up to {most}{why}",
        fix=f"{argument}=0.5",
    )


def counts(argument: str, given: object, stages: int | None = None, what: str = _UNITS) -> tuple[int, ...]:
    """Return a list of whole numbers: how many units each stage has, or `what` else.

    Raises
    ------
    UsageError
        CS009, they are not `stages` whole numbers (None: any number of them) from 1 to 10 000; of units there are as
        many in all.
    """
    if isinstance(given, Sequence) and not isinstance(given, str):
        units = tuple(
            each for each in given if isinstance(each, int) and not isinstance(each, bool) and 1 <= each <= _MOST
        )
        fits = len(units) == len(given) and (len(units) == stages if stages else units)
        if fits and (what != _UNITS or sum(units) <= _MOST):
            return units
    listed = f"{stages} whole numbers" if stages else "whole numbers"
    raise UsageError(
        f"{argument} = {given} does not say {what}",
        code="CS009",
        got=given,
        rule=f"{argument} is a list of {listed} from 1 to {_MOST}{', and as many in all' * (what == _UNITS)}",
        fix=f"{argument}={(2,) * (stages or 4)}",
    )


def channels(argument: str, given: object) -> Size:
    """Return a number of channels, which may be written as a formula.

    Raises
    ------
    UsageError
        CS009, it is no formula and no whole number from 1 to 1 000 000.
    FormulaError
        CS3xx, a text is no formula.
    """
    if isinstance(given, Dim):
        return given
    if isinstance(given, str):
        try:
            return parse(given)
        except FormulaError as error:
            raise error.at(message=f"{argument} = {given!r}: {error.fault.message}") from None
    return int(within(argument, given, 1, 1_000_000))


def within(argument: str, given: object, least: float, most: float, *, whole: bool = True) -> float:
    """Return a number from `least` to `most`; whole, unless `whole` is False.

    Raises
    ------
    UsageError
        CS009.
    """
    kinds: tuple[type, ...] = (int,) if whole else (int, float, Fraction)
    number: Any = given
    if isinstance(given, kinds) and not isinstance(given, bool) and least <= number <= most:
        return number  # type: ignore[no-any-return]
    raise UsageError(
        f"{argument} = {given} does not fit",
        code="CS009",
        got=given,
        rule=f"{argument} is a {'whole ' if whole else ''}number from {least} to {most}",
        fix=f"{argument}={least}",
    )
