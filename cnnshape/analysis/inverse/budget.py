"""The largest network within a budget: limits, what a network costs, and the answer with its two neighbors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from cnnshape.analysis.conventions import tally
from cnnshape.analysis.counts import counts
from cnnshape.analysis.memory import memory
from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import Dim, Size, symbols

__all__ = ["COUNTED", "Affordable", "Costs", "Counted", "Limits", "Span", "Step", "Terms", "cost_of", "decimal"]

Counted = Literal["params", "macs", "memory"]
COUNTED: Mapping[Counted, str] = MappingProxyType({"params": "parameters", "macs": "MACs", "memory": "bytes"})
"""What a budget may limit -> the word for it."""

_DIGITS = 12
_USUAL = {"H": 224, "W": 224, "T": 16, "L": 16_000, "c": 64}


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of numbers.

    Parameters
    ----------
    low, high : its ends; None: it has none
    low_in, high_in : whether the ends belong to it

    Examples
    --------
    >>> span = Span(Fraction("0.975"), Fraction("0.9875"), True, False)
    >>> str(span), Fraction("0.9875") in span, str(span.shortest())
    ('[0.975, 0.9875)', False, '49/50')
    """

    low: Fraction | None
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True

    def __contains__(self, number: Fraction | int) -> bool:
        above = self.low is None or number > self.low or (number == self.low and self.low_in)
        below = self.high is None or number < self.high or (number == self.high and self.high_in)
        return above and below

    def __str__(self) -> str:
        if self.low is not None and self.low == self.high:
            return decimal(self.low)
        low, high = ("" if end is None else decimal(end) for end in (self.low, self.high))
        return f"{'[' if self.low_in else '('}{low}, {high}{']' if self.high_in else ')'}"

    def joined(self, other: Span) -> Span:
        """Return this interval together with the one behind it."""
        return Span(self.low, other.high, self.low_in, other.high_in)

    def touches(self, other: Span) -> bool:
        """Tell whether nothing lies between this interval and the one behind it."""
        return self.high == other.low and (self.high_in or other.low_in)

    def shortest(self) -> Fraction:
        """Return the number with the fewest decimals in a bounded interval, of several the largest."""
        assert self.low is not None
        assert self.high is not None
        for digits in range(_DIGITS):
            number = Fraction(int(self.high * 10**digits), 10**digits)
            if number not in self:
                number -= Fraction(1, 10**digits)
            if number in self:
                return number
        return self.high if self.high_in else (self.low + self.high) / 2


def decimal(number: Fraction) -> str:
    """Return a fraction as a decimal number, or as a fraction where that is shorter or the only exact way.

    Examples
    --------
    >>> decimal(Fraction(39, 40)), decimal(Fraction(10, 27)), decimal(Fraction(2))
    ('0.975', '10/27', '2')
    """
    rest, places = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest > 1 or places > _DIGITS:
        return str(number)
    whole, part = divmod(number.numerator * 10**places // number.denominator, 10**places)
    return f"{whole}.{part:0{places}}" if places else str(whole)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent at most; None: it is not limited.

    Bytes are those of all weights and of the most activations that are alive at once, for one input.
    """

    params: int | None = None
    macs: int | None = None
    memory: int | None = None

    @property
    def given(self) -> Mapping[Counted, int]:
        """What is limited -> the limit."""
        found: dict[Counted, int | None] = {"params": self.params, "macs": self.macs, "memory": self.memory}
        return {name: limit for name, limit in found.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Costs:
    """What a network costs; None where it is a formula at the sizes at hand."""

    params: int | None
    macs: int | None
    memory: int | None

    def of(self, name: Counted) -> int | None:
        found: int | None = getattr(self, name)
        return found

    def over(self, limits: Limits) -> tuple[Counted, ...]:
        """Return which limits are exceeded."""
        return tuple(name for name, limit in limits.given.items() if (self.of(name) or 0) > limit)


@dataclass(frozen=True, slots=True)
class Terms:
    """How costs are counted.

    Parameters
    ----------
    sizes : symbol -> size; the others have the network's default, where it has one
    convention : how MACs are counted
    dtype : what a number is stored as
    """

    sizes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    convention: str = "torchvision"
    dtype: str = "float32"

    def __reduce__(self) -> tuple[object, ...]:
        return Terms, ({**self.sizes}, self.convention, self.dtype)


@dataclass(frozen=True, slots=True)
class Step:
    """One network, and the values that make it.

    Parameters
    ----------
    span : Span, of a factor every number, else every whole number in it makes this network
    costs : Costs
    network : Network
    """

    span: Span
    costs: Costs
    network: Network = field(repr=False)


@dataclass(frozen=True, eq=False)
class Affordable:
    """The largest value of an argument or a symbol that stays within limits.

    Parameters
    ----------
    model : str, as it was asked for
    name : str, the argument or the symbols
    kind : "factor", any number; "whole", a whole number; "size", a symbol of the network
    limits : Limits
    terms : Terms
    best : Step, the largest that fits; None: even the smallest does not
    above : Step, the next larger one, which does not fit; None: there is none
    smallest : Step
    formulas : what is limited -> its formula in `name`, where there is one
    notes : lines for the reader
    """

    model: str
    name: str
    kind: Literal["factor", "whole", "size"]
    limits: Limits
    terms: Terms
    best: Step | None
    above: Step | None
    smallest: Step
    formulas: Mapping[Counted, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return Affordable, tuple({**values, "formulas": {**self.formulas}}.values())

    @property
    def binding(self) -> tuple[Counted, ...]:
        """Which limits the next larger network exceeds; where nothing fits, those that the smallest one exceeds."""
        step = self.smallest if self.best is None else self.above
        return () if step is None else step.costs.over(self.limits)

    @property
    def value(self) -> Fraction | int | None:
        """A value to use: of a factor the one with the fewest decimals; None: nothing fits."""
        if self.best is None:
            return None
        span = self.best.span
        if self.kind != "factor":
            return int(span.high or 0)
        found = Fraction(1) if 1 in span else span.shortest()
        return found.numerator if found.denominator == 1 else found


def cost_of(network: Network, terms: Terms, limits: Limits) -> Costs | None:
    """Return what a network costs; None: its layers do not fit one another at these sizes.

    Raises
    ------
    UsageError
        CS004, what is limited depends on a size that is not given; CS001, it cannot be counted.
    """
    given, known = {**network.defaults, **terms.sizes}, frozenset(network.symbols)
    found = propagate(network, {name: size for name, size in given.items() if name in known})
    if found.faults:
        return None
    counted = counts(found)
    bytes_ = memory(counted, terms.dtype)
    operations = tally(counted, terms.convention)
    if limits.macs is not None and not operations.complete:
        first = operations.incomplete[0]
        countable = terms.convention != "torchvision" and tally(counted).complete
        raise UsageError(
            f"the MACs of {network.name} are not all known: {first.layer}: {first.why}",
            rule="a limit needs a count that leaves no layer out",
            fix="--convention torchvision" if countable else "",
        )
    params, macs, peak = counted.params.total, operations.macs.total, bytes_.peak.bytes
    total: Size | None = None if peak is None else bytes_.weights.total + peak
    _check_sizes(network, {"params": params, "macs": macs, "memory": total}, limits)
    return Costs(*(None if isinstance(each, Dim) else each for each in (params, macs, total)))


def _check_sizes(network: Network, costs: Mapping[Counted, Size | None], limits: Limits) -> None:
    """Refuse limits on what is still a formula.

    Raises
    ------
    UsageError
        CS004.
    """
    for name in limits.given:
        size = costs[name]
        if isinstance(size, int):
            continue
        used = symbols(size) if isinstance(size, Dim) else frozenset(network.symbols)
        free = [each for each in network.symbols if each in used and each != network.batch]
        given = ",".join(f"{each}={_USUAL.get(each, 1)}" for each in free)
        raise UsageError(
            f"the {'memory' if name == 'memory' else COUNTED[name]} of {network.name} depend{'s' * (name == 'memory')} "
            f"on {', '.join(free)}",
            code="CS004",
            needed=free,
            rule="a limit is held against a number: every size that it depends on is given",
            fix=f"--set {given}, in Python {given}",
        )
