"""What is taken for granted about sizes: comparisons and memberships, joined by "and" and "or"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from cnnshape.symbolic.atoms import Floor, Symbol
from cnnshape.symbolic.bounds import Interval
from cnnshape.symbolic.evaluation import evaluate
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.polynomial import Dim, Size, atom_size

__all__ = ["Assumption", "Clause"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A size lies in one of several intervals.

    Parameters
    ----------
    expr : Size
    within : tuple of (low, high), both included, ascending; None stands for no end. ``a >= b`` is ``a - b`` in
        ``((0, None),)``, ``a != b`` is ``a - b`` in ``((None, -1), (1, None))``
    """

    expr: Size
    within: tuple[Interval, ...]

    def holds(self, values: Mapping[str, int]) -> bool:
        """Tell whether the clause is true at these values of its symbols."""
        number = evaluate(self.expr, values)
        return any((low is None or low <= number) and (high is None or number <= high) for low, high in self.within)

    def numbers(self, symbol: str) -> IntegerSet:
        """Return the values >= 1 of the only symbol for which the clause is true."""
        remainder = _remainder_plus(self.expr) if type(self.expr) is Dim else None
        if remainder is not None:
            return _of_remainders(*remainder, self.within)
        pieces = [_numbers(self.expr, interval, symbol) for interval in self.within]
        while len(pieces) > 1:  # in pairs: a printed list may be long, and each union costs its length
            pairs = [reduce(IntegerSet.__or__, pieces[i : i + 2]) for i in range(0, len(pieces), 2)]
            pieces = pairs
        return pieces[0]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One condition: at least one alternative holds, and in it every clause.

    Parameters
    ----------
    alternatives : tuple of tuples of `Clause`
    names : the symbols that the text names; ``any H`` names one that no clause restricts
    text : str, as written
    """

    alternatives: tuple[tuple[Clause, ...], ...]
    names: frozenset[str]
    text: str

    def __str__(self) -> str:
        return self.text

    def holds(self, values: Mapping[str, int]) -> bool:
        """Tell whether the assumption is true at these values of its symbols.

        Raises
        ------
        FormulaError
            CS305 for a symbol without a value.
        """
        return any(all(clause.holds(values) for clause in clauses) for clauses in self.alternatives)

    def integer_set(self) -> IntegerSet | None:
        """Return the values of the only symbol for which the assumption holds; None if it names several or none.

        Raises
        ------
        FormulaError
            CS303 if the set is too long to write down.

        Examples
        --------
        >>> from cnnshape.symbolic import parse_conditions
        >>> [str(a.integer_set()) for a in parse_conditions("H % 32 == 0, 224 <= W <= 1024")]
        ['H % 32 == 0', 'W in 224..1024']
        """
        if len(self.names) != 1:
            return None
        (symbol,) = self.names
        out = IntegerSet.nothing()
        for clauses in self.alternatives:
            met = reduce(IntegerSet.__and__, [clause.numbers(symbol) for clause in clauses], IntegerSet.everything())
            out |= met
        return out.named(symbol)


def _numbers(expr: Size, interval: Interval, symbol: str) -> IntegerSet:
    low, high = interval
    if type(expr) is not Dim:
        inside = (low is None or low <= expr) and (high is None or expr <= high)
        return IntegerSet.everything() if inside else IntegerSet.nothing()
    plain = _symbol_plus(expr)
    if plain is not None:
        return IntegerSet.interval(1 if low is None else low - plain, None if high is None else high - plain)
    return _solved(expr, low, high, symbol)


def _of_remainders(m: int, shift: int, constant: int, within: tuple[Interval, ...]) -> IntegerSet:
    """Return the x with ``(x + shift) % m + constant`` in one of the intervals."""
    ends = [
        (0 if low is None else max(low - constant, 0), m - 1 if high is None else min(high - constant, m - 1))
        for low, high in within
    ]
    return IntegerSet.residue_class(m, (r - shift for first, last in ends for r in range(first, last + 1)))


def _symbol_plus(expr: Dim) -> int | None:
    """Return c if the size is ``symbol + c``."""
    rest = [(monomial, c) for monomial, c in expr.terms.items() if monomial]
    if len(rest) == 1 and rest[0][1] == 1 and len(rest[0][0]) == 1:
        atom, e = rest[0][0][0]
        if type(atom) is Symbol and e == 1:
            return expr.terms.get((), 0)
    return None


def _remainder_plus(expr: Dim) -> tuple[int, int, int] | None:
    """Return (m, a, c) if the size is ``(symbol + a) % m + c``."""
    floors = [monomial for monomial in expr.terms if monomial and type(monomial[0][0]) is Floor]
    if len(floors) != 1 or len(floors[0]) != 1:
        return None
    floor = floors[0][0][0]
    assert type(floor) is Floor
    m, a = floor.divisor, _symbol_plus(floor.numerator)
    if a is None:
        return None
    remainder = floor.numerator - m * atom_size(floor)
    rest = expr - remainder
    return (m, a, rest) if isinstance(rest, int) else None


def _solved(expr: Dim, low: int | None, high: int | None, symbol: str) -> IntegerSet:
    from cnnshape.symbolic.solve import solve

    if low is not None and low == high:
        return solve(expr - low, "==", symbol)
    above = IntegerSet.everything() if low is None else solve(expr - low, ">=", symbol)
    return above if high is None else above & solve(expr - high - 1, "<", symbol)
