"""The largest network of a builder within a budget: one of its arguments is left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from inspect import signature
from typing import Any

from cnnshape.analysis.inverse.afford import afford_size, falling, formulas, largest_whole, one
from cnnshape.analysis.inverse.budget import Affordable, Counted, Limits, Span, Step, Terms, cost_of
from cnnshape.analysis.report import facts
from cnnshape.errors import CnnshapeError, ShapeError, UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic import IntegerSet, Size, dim, evaluate, product, text, total
from cnnshape.symbolic.signs import forward_differences
from cnnshape.zoo.catalog import entry, parse_call
from cnnshape.zoo.entry import KEYWORDS, ZooEntry
from cnnshape.zoo.followed import Trail, Unfollowed

__all__ = ["afford"]

_MOST_FACTOR = 1 << 20
_MOST_WHOLE = 1 << 20
_SAMPLES, _CHECKS = 6, 3
_FARTHER = 256
_KINDS = {"float": "factor", "Width": "factor", "int": "whole", "Size | str": "formula"}
"""How a builder annotates an argument -> what it is."""


def afford(model: str, name: str, limits: Limits, terms: Terms) -> Affordable:
    """Return the largest value of a builder's argument, or of a symbol, for a published network within limits.

    Parameters
    ----------
    model : name of a network, arguments may follow it in brackets
    name : one of its arguments, or a symbol; several symbols that are equal with commas between them
    limits : Limits
    terms : Terms

    Raises
    ------
    UsageError
        CS009, no such argument, or one that no budget can be solved for; CS004, a symbol that there is not.

    Examples
    --------
    >>> found = afford("mobilenet_v2", "width_mult", Limits(params=3_500_000), Terms())
    >>> str(found.best.span), found.best.costs.params, found.above.costs.params
    ('[0.975, 0.9875)', 3486936, 3504872)
    """
    called, arguments = parse_call(model.removeprefix("zoo:"))
    made = entry(called)
    if name not in made.options:
        network = made(**arguments)
        names = tuple(part.strip() for part in name.split(","))
        if not all(each in network.symbols for each in names):
            raise _unknown(made, name, network)
        return afford_size(network, names, limits, terms, model)
    if name in arguments:
        raise UsageError(
            f"{name} = {arguments[name]!r} is given and asked for",
            code="CS009",
            got=arguments[name],
            rule="what is solved for is left open",
            fix=f"leave {name} out of {model}",
        )
    kind = _KINDS.get(str(signature(made.builder).parameters[name].annotation), "")
    build: Callable[[Any], Network] = lambda value: made(**{**arguments, name: value})  # noqa: E731
    if kind == "factor":
        return _Factors(model, name, build, limits, terms).largest()
    if kind:
        return _whole(model, name, build, limits, terms, made.options[name] if kind == "whole" else "")
    listed = _solvable(made)
    raise UsageError(
        f"{name} of {called} is no single number",
        code="CS009",
        got=made.options[name],
        rule=f"a budget is solved for {', '.join(listed)}, or for a symbol",
        fix="width_mult" if "width_mult" in listed else listed[0],
    )


def _solvable(made: ZooEntry) -> list[str]:
    """Return the arguments that are numbers."""
    found = signature(made.builder).parameters
    return [name for name in made.options if str(found[name].annotation) in _KINDS]


def _unknown(made: ZooEntry, name: str, network: Network) -> UsageError:
    listed = _solvable(made)
    near = KEYWORDS.get(name, next(iter(get_close_matches(name, listed, 1)), ""))
    free = [each for each in network.symbols if each != network.batch]
    return UsageError(
        f"{made.name} has no argument or symbol {name!r}",
        code="CS009",
        got=name,
        rule=f"its arguments that are numbers are {', '.join(listed)}; its symbols are {', '.join(free)}",
        fix=near if near in listed else listed[0],
    )


def _whole(
    model: str, name: str, build: Callable[[Any], Network], limits: Limits, terms: Terms, usual: int | str
) -> Affordable:
    """Return the answer for a whole number; `usual` is the argument's default, "" where it may be a formula."""

    def step(number: int) -> Step | None:
        try:
            network = build(number)
            costs = cost_of(network, terms, limits)
        except CnnshapeError as error:
            if error.code in _OTHERS_FAULT:
                raise
            return None
        return None if costs is None else Step(one(number), costs, network)

    found = largest_whole(step, IntegerSet.everything(), limits, _MOST_WHOLE)
    if found is None:
        raise _why(build(usual or 1), terms)
    smallest, best, above, tried = found
    notes = falling(name, limits, tried)
    if usual != "" and best is not None:
        best, above, more = _farther(name, step, best, above, limits)
        notes = (*more, *notes[: 0 if more else None])
    if usual == "":
        texts = _formulas(name, build, limits, terms)
    else:
        texts = _interpolated(name, step, [each for each in (smallest, best, above) if each], limits)
    return Affordable(model, name, "whole", limits, terms, best, above, smallest, texts, notes)


def _farther(
    name: str, step: Callable[[int], Step | None], best: Step, above: Step | None, limits: Limits
) -> tuple[Step, Step | None, tuple[str, ...]]:
    """Return the largest step and the next one, with a note, where a number up to twice the largest fits after all.

    Some builders round up to multiples of their argument, so that it may make a network smaller.
    """
    first = number = int(best.span.high or 0)
    known, built = above, 0
    while known is not None and built < _FARTHER and number < (4 if above is None else 2) * first:
        number += 1
        found = step(number)
        built += found is not None
        if found is not None and not found.costs.over(limits):
            best, above = found, None
        elif found is not None and above is None:
            above = found
    if int(best.span.high or 0) == first:
        return best, above, ()
    note = f"{name} does not always make the network larger: all values from {first} to {number} were tried"
    return best, above, (note,)


def _why(network: Network, terms: Terms) -> CnnshapeError:
    """Return why a network has no costs: its layers do not fit one another at these sizes."""
    given = {**network.defaults, **terms.sizes}
    errors = facts(network).validity.errors_at({name: given[name] for name in network.symbols if name in given})
    return errors[0] if errors else ShapeError(f"{network.name} does not fit these sizes")


_OTHERS_FAULT = ("CS001", "CS004")
"""Errors that no value of the argument would change."""


def _formulas(name: str, build: Callable[[Any], Network], limits: Limits, terms: Terms) -> Mapping[Any, str]:
    network = build(name)
    return formulas(network, (name,), {**network.defaults, **terms.sizes}, limits, terms)


def _interpolated(
    name: str, step: Callable[[int], Step | None], ends: Sequence[Step], limits: Limits
) -> Mapping[Counted, str]:
    """Return what is limited as polynomials through the first values, where more values than they have terms agree."""
    start = int(ends[0].span.high or 0)
    steps = [step(number) for number in range(start, start + _SAMPLES)]
    out: dict[Counted, str] = {}
    for counted in limits.given:
        values = [each.costs.of(counted) for each in steps if each is not None]
        known = [value for value in values if value is not None]
        differences = forward_differences(known)
        if len(known) == _SAMPLES and 1 < len(differences) <= _SAMPLES - _CHECKS:
            formula = _polynomial(name, start, differences)
            if formula is not None and all(
                evaluate(formula, {name: int(end.span.high or 0)}) == end.costs.of(counted) for end in ends
            ):
                out[counted] = text(formula)
    return out


def _polynomial(name: str, start: int, differences: Sequence[int]) -> Size | None:
    """Return Newton's polynomial from its forward differences at `start`; None: a coefficient is not whole."""
    coefficients = [Fraction(0)] * len(differences)
    zero, basis = Fraction(0), [Fraction(1)]
    for k, difference in enumerate(differences):
        for power, factor in enumerate(basis):
            coefficients[power] += difference * factor
        # The next product: (n - start - k) / (k + 1) times this one.
        basis = [
            (below - (start + k) * here) / (k + 1) for below, here in zip([zero, *basis], [*basis, zero], strict=True)
        ]
    if any(each.denominator > 1 for each in coefficients):
        return None
    return total([each.numerator * product([dim(name)] * power) for power, each in enumerate(coefficients)])


class _Factors:
    """The steps of a factor: intervals that make one network each."""

    def __init__(self, model: str, name: str, build: Callable[[Any], Network], limits: Limits, terms: Terms) -> None:
        self.model, self.name, self.build, self.limits, self.terms = model, name, build, limits, terms
        self.tried: list[Step] = []

    def at(self, number: Fraction | int, side: int = 0) -> tuple[Span, Step | None]:
        """Return the interval around a number, or just beside it, and its step; None: there is no network."""
        trail = Trail(number, side)
        network: Network | None = None
        try:
            network = self.build(trail.number())
            costs = cost_of(network, self.terms, self.limits)
        except CnnshapeError as error:
            if error.code in _OTHERS_FAULT:
                raise
            costs = None
        except Unfollowed:
            raise UsageError(
                f"{self.name} of {self.model} cannot be solved for",
                code="CS009",
                rule="it is rounded in a way that has no exact intervals, such as through a logarithm",
                fix="report the network at some values, or leave another argument open",
            ) from None
        if costs is None or network is None:
            return trail.span, None
        self.tried.append(Step(trail.span, costs, network))
        return trail.span, self.tried[-1]

    def largest(self) -> Affordable:
        start = self.at(1)
        if start[1] is None:
            raise _why(self.build(1), self.terms)
        lowest = self.at(0, 1)
        if lowest[1] is None:
            lowest = self._edge(lowest, start, lambda step: step is not None)[1]
        assert lowest[1] is not None
        smallest = self._grown(lowest)[1]
        assert smallest is not None
        if smallest.costs.over(self.limits):
            return self._answer(smallest, None, None)
        beyond, low = start, lowest
        while not self._too_much(beyond[1]) and beyond[0].high is not None and beyond[0].high < _MOST_FACTOR:
            low, beyond = beyond, self.at(2 * beyond[0].high)
        if not self._too_much(beyond[1]):
            return self._answer(smallest, self._grown(beyond)[1], None)
        below, above = self._edge(low, beyond, self._too_much)
        return self._answer(smallest, self._grown(below)[1], self._grown(above)[1])

    def _too_much(self, step: Step | None) -> bool:
        return step is None or bool(step.costs.over(self.limits))

    def _edge(self, low: Any, high: Any, beyond: Callable[[Step | None], bool]) -> Any:
        """Return the two intervals that touch where `beyond` becomes true."""
        while not low[0].touches(high[0]):
            a, b = low[0].high, high[0].low
            middle = self.at((a + b) / 2)
            if beyond(middle[1]):
                high = middle
            else:
                low = middle
        return low, high

    def _grown(self, found: tuple[Span, Step | None]) -> tuple[Span, Step | None]:
        """Return a step with all intervals beside it that make the same network."""
        span, step = found
        if step is None:
            return found
        while span.high is not None and span.high < _MOST_FACTOR:
            after, other = self.at(span.high, 1 if span.high_in else 0)
            if other is None or other.network != step.network:
                break
            span = span.joined(after)
        while span.low is not None and span.low > 0:
            before, other = self.at(span.low, -1 if span.low_in else 0)
            if other is None or other.network != step.network:
                break
            span = before.joined(span)
        return span, Step(span, step.costs, step.network)

    def _answer(self, smallest: Step, best: Step | None, above: Step | None) -> Affordable:
        tried = sorted(self.tried, key=lambda step: step.span.high or _MOST_FACTOR)
        notes = falling(self.name, self.limits, tried)
        return Affordable(self.model, self.name, "factor", self.limits, self.terms, best, above, smallest, notes=notes)
