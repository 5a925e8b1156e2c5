"""The largest of many sums of tensors, as a formula: those of the sums that no other exceeds everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from math import lcm
from typing import TypeAlias

from cnnshape.errors import FormulaError
from cnnshape.layers.base import Condition
from cnnshape.symbolic import Dim, Size, evaluate, symbols
from cnnshape.symbolic.atoms import Atom, Floor, Symbol

__all__ = ["Form", "Sum", "least_values", "undominated"]

Form: TypeAlias = tuple[Dim, ...]
"""The sizes of a tensor that are formulas; it stands for their product, which is at least 1."""
Sum: TypeAlias = Mapping[Form, int]
"""A sum of products: form -> coefficient, positive."""

_MOST = 32
"""More formulas than this in one maximum help nobody."""
_FAR = 1 << 40
_ORDINARY = 1005
"""Odd, so that a half is rounded and sums of equal areas have different values."""
_LONGEST_PERIOD = 2048
_NONE = Fraction(0)


def undominated(sums: Sequence[Sum], least: Mapping[str, int]) -> list[int]:
    """Return the positions of sums whose maximum is that of all of them; of equal ones the first.

    Parameters
    ----------
    sums : many sums, most of them alike
    least : smallest value of a symbol, 1 where it is not named

    Raises
    ------
    FormulaError
        CS303, more than 32 are left.

    Notes
    -----
    A sum goes if it is at most a weighted mean of sums with one form, or at most another sum, its products matched one
    by one. What is left may still hold one that is never the largest; the maximum is exact all the same.
    """
    order = _Order(least)
    distinct: dict[frozenset[tuple[Form, int]], int] = {}
    for i, each in enumerate(sums):
        distinct.setdefault(frozenset(each.items()), i)
    ranked = sorted(distinct.values(), key=lambda i: (-order.value(sums[i]), i))
    single: dict[Form, int] = {}
    for i in ranked:
        if len(sums[i]) == 1:
            ((form, coefficient),) = sums[i].items()
            # By the coefficient: at an ordinary point a product such as H - 3*K may be negative.
            if form not in single or coefficient > sums[single[form]][form]:
                single[form] = i
    pure: list[int] = []
    for i in single.values():
        order.enter(i, pure, sums)
    mixed: list[int] = []
    limits = [next(iter(sums[i].items())) for i in pure]
    for i in ranked:
        if len(sums[i]) > 1 and not order.under_mean(limits, sums[i]):
            order.enter(i, mixed, sums)
        if len(mixed) > _MOST:
            break
    left = [i for i in pure if not any(order.covers(sums[j], sums[i]) for j in mixed)] + mixed
    if len(left) > _MOST:
        raise FormulaError(
            f"more than {_MOST} formulas compete for a maximum",
            code="CS303",
            rule=f"a maximum has at most {_MOST} entries",
            fix="put a size in for a symbol",
        )
    return sorted(left, key=lambda i: (-order.value(sums[i]), i))


class _Order:
    """Which products are at least how many times which others, wherever the symbols are at least `least`."""

    def __init__(self, least: Mapping[str, int]) -> None:
        self.least = least
        self.ratios: dict[tuple[Dim, Size], Fraction] = {}
        self.values: dict[Form, int] = {}
        self.forms: dict[Form, dict[str, list[Dim]] | None] = {}

    def enter(self, new: int, kept: list[int], sums: Sequence[Sum]) -> None:
        """Add a position to those that are kept, unless one of them covers it; drop what it covers itself."""
        if not any(self.covers(sums[i], sums[new]) for i in kept):
            kept[:] = [i for i in kept if not self.covers(sums[new], sums[i])]
            kept.append(new)

    def value(self, total: Sum) -> int:
        """Return the sum at an ordinary point, far from the least sizes."""
        out = 0
        for form, coefficient in total.items():
            known = self.values.get(form)
            if known is None:
                known = 1
                for size in form:
                    known *= evaluate(size, {name: 4 * self.least.get(name, 1) + _ORDINARY for name in symbols(size)})
                self.values[form] = known
            out += coefficient * known
        return out

    def under_mean(self, limits: Sequence[tuple[Form, int]], total: Sum) -> bool:
        """Say whether weights with a sum of at most 1 make the mean of `limits` at least `total`."""
        used = _NONE
        for form, coefficient in total.items():
            best = max([limit * self.times(other, form) for other, limit in limits], default=_NONE)
            if not best:
                return False
            used += Fraction(coefficient) / best
        return used <= 1

    def covers(self, large: Sum, small: Sum) -> bool:
        """Say whether the products of `small` fit one by one below those of `large`."""
        rest = {form: Fraction(coefficient) for form, coefficient in large.items()}
        for form, coefficient in small.items():
            need = Fraction(coefficient)
            offers = sorted(((self.times(other, form), other) for other in rest), key=lambda offer: -offer[0])
            for ratio, other in offers:
                if need <= 0 or not ratio:
                    break
                taken = min(rest[other], need / ratio)
                rest[other] -= taken
                need -= taken * ratio
            if need > 0:
                return False
        return True

    def times(self, large: Form, small: Form) -> Fraction:
        """Return a number k such that `large >= k*small`; 0 if none is known."""
        if large == small:
            return Fraction(1)
        above, below = self._by_symbol(large), self._by_symbol(small)
        if above is None or below is None:
            return _NONE
        if any(len(above.get(name, ())) < len(sizes) for name, sizes in below.items()):
            return _NONE
        out = Fraction(1)
        for name, others in above.items():
            for a, b in zip_longest(others, below.get(name, ()), fillvalue=1):
                out *= self._ratio(a, b, name)  # type: ignore[arg-type]  # only `below` runs out
        return out

    def _by_symbol(self, form: Form) -> dict[str, list[Dim]] | None:
        if form not in self.forms:
            grouped: dict[str, list[Dim]] | None = {}
            for size in form:
                names = symbols(size)
                if len(names) != 1:
                    grouped = None
                    break
                grouped.setdefault(next(iter(names)), []).append(size)  # type: ignore[union-attr]  # None ends the loop
            self.forms[form] = grouped
        return self.forms[form]

    def _ratio(self, a: Dim, b: Size, name: str) -> Fraction:
        key = (a, b)
        if key not in self.ratios:
            self.ratios[key] = _least_ratio(a, b, name, self.least.get(name, 1))
        return self.ratios[key]


def _least_ratio(a: Dim, b: Size, name: str, least: int) -> Fraction:
    """Return the largest k with ``a >= k*b`` for all values from `least` on; 0 if it is not found. `b` may be 1.

    A period later both have grown by a constant, so a/b has moved towards the ratio of the two constants: it is
    smallest within the first period, or at infinity.
    """
    difference = a - b
    if not isinstance(difference, Dim) and difference >= 0:
        return Fraction(1)
    slope_a, period_a = _slope(a)
    slope_b, period_b = _slope(b) if isinstance(b, Dim) else (_NONE, 1)
    period = lcm(period_a, period_b)
    if slope_a <= 0 or (slope_b <= 0 and isinstance(b, Dim)) or period > _LONGEST_PERIOD:
        return _NONE
    found = slope_a / slope_b if slope_b else Fraction(evaluate(a, {name: least}))
    for value in range(least, least + period):
        above, below = evaluate(a, {name: value}), evaluate(b, {name: value})
        if above < 1 or below < 1:
            return _NONE
        if above < found * below:
            found = Fraction(above, below)
    return found


@lru_cache(maxsize=1 << 14)  # floors share their insides: without it nested ones cost 2**depth
def _slope(formula: Dim) -> tuple[Fraction, int]:
    """Return what a formula of one symbol grows by for each 1, and its period; slope 0 if it is not of that sort."""
    slope, period = _NONE, 1
    for monomial, coefficient in formula.terms.items():
        if not monomial:
            continue
        atom, exponent = monomial[0]
        if len(monomial) > 1 or exponent > 1:
            return _NONE, 1
        if isinstance(atom, Symbol):
            slope += coefficient
        elif isinstance(atom, Floor) and atom.depth < 10:
            inner, inner_period = _slope(atom.numerator)
            if not inner:
                return _NONE, 1
            slope += coefficient * inner / atom.divisor
            period = lcm(period, inner_period * atom.divisor)
        else:
            return _NONE, 1
    return slope, period


def least_values(conditions: Iterable[Condition]) -> dict[str, int]:
    """Return for each symbol a value below which some condition fails.

    Only conditions that ask one symbol to be large enough are read; the others may restrict it further.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=(5, 1), stride=2)(x))
    >>> least_values(demand.condition for demand in propagate(net).demands)
    {'H': 5}
    """
    found: dict[str, int] = {}
    # The last layers ask for most: with them first, the others are met already.
    for condition in reversed(tuple(conditions)):
        names = symbols(condition.expr)
        if condition.op != ">=" or len(names) != 1 or not _increasing(condition.expr):
            continue
        (name,) = names
        low = found.get(name, 1)
        if evaluate(condition.expr, {name: low}) >= 0:
            continue
        step = 1
        while evaluate(condition.expr, {name: low + step}) < 0 and step < _FAR:
            step *= 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if evaluate(condition.expr, {name: middle}) < 0:
                low = middle
            else:
                high = middle
        found[name] = high
    return found


def _increasing(formula: Dim) -> bool:
    """Say whether a formula certainly does not fall while its symbols grow."""
    # Inside of an atom the constant counts too: a product grows with its factors only where none is negative.
    stack = [{monomial: c for monomial, c in formula.terms.items() if monomial}]
    seen: set[Atom] = set()
    while stack:
        for monomial, coefficient in stack.pop().items():
            if coefficient < 0:
                return False
            fresh = {atom for atom, _ in monomial} - seen
            seen |= fresh
            stack.extend(inner for atom in fresh for inner in atom.inside())
    return True
