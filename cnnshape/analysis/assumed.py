"""Assumptions about symbols in the form that the analysis uses: a set for each symbol, and sizes that are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.symbolic import Assumption, Clause, Dim, IntegerSet, Size, dim, solve, subs, symbols

__all__ = ["NOTHING", "Assumed", "assumed"]


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for granted.

    Parameters
    ----------
    sets : symbol -> what it may be
    same : symbol -> the size that it equals, in other symbols
    notes : assumptions that could not be used
    """

    sets: Mapping[str, IntegerSet]
    same: Mapping[str, Size]
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sets or self.same or self.notes)


NOTHING = Assumed(MappingProxyType({}), MappingProxyType({}))


def assumed(assumptions: Sequence[Assumption] | Mapping[str, IntegerSet]) -> Assumed:
    """Sort assumptions into sets of one symbol and equalities of several.

    Examples
    --------
    >>> from cnnshape.symbolic import parse_conditions
    >>> found = assumed(parse_conditions("H % 32 == 0, 224 <= H <= 1024, W == H"))
    >>> found.sets, found.same
    ({'H': H in 224..1024 and H % 32 == 0}, {'W': H})
    """
    if isinstance(assumptions, Mapping):
        return Assumed({name: each.named(name) for name, each in assumptions.items()}, {}) if assumptions else NOTHING
    sets: dict[str, IntegerSet] = {}
    same: dict[str, Size] = {}
    notes: list[str] = []
    for assumption in assumptions:
        found = assumption.integer_set()
        if found is not None:
            _narrow(sets, found)
        elif len(assumption.alternatives) != 1 or not all(
            [_taken(clause, sets, same) for clause in assumption.alternatives[0]]
        ):
            notes.append(f"{assumption} couples several symbols: it is not used")
    for name, value in same.items():
        _carry_over(name, value, sets, notes)
    return Assumed(sets, same, tuple(notes))


def _narrow(sets: dict[str, IntegerSet], found: IntegerSet) -> None:
    known = sets.get(found.symbol)
    sets[found.symbol] = found if known is None else known & found


def _taken(clause: Clause, sets: dict[str, IntegerSet], same: dict[str, Size]) -> bool:
    """Add a clause on one symbol to `sets`, or ``symbol := size`` to `same` if the clause is such an equality."""
    expr = subs(clause.expr, same)
    names = sorted(symbols(expr), reverse=True)
    if len(names) == 1:
        _narrow(sets, Clause(expr, clause.within).numbers(names[0]).named(names[0]))
        return True
    if clause.within != ((0, 0),) or not isinstance(expr, Dim):
        return False
    for name in names:
        value = _value_of(name, expr)
        if value is not None:
            same.update({other: subs(size, {name: value}) for other, size in same.items()})
            same[name] = value
            return True
    return False


def _value_of(name: str, expr: Dim) -> Size | None:
    """Return what the symbol is where ``expr == 0``, if that is a size without it."""
    symbol = dim(name)
    assert isinstance(symbol, Dim)
    (monomial,) = symbol.terms
    slope = expr.terms.get(monomial)
    if slope not in (1, -1):
        return None
    rest = expr - slope * symbol
    return None if name in symbols(rest) else -slope * rest


def _carry_over(name: str, value: Size, sets: dict[str, IntegerSet], notes: list[str]) -> None:
    """Restrict the symbols of `value` by what is known of `name`, which it equals: at least that it is a size."""
    known = sets.pop(name, None)
    others = symbols(value)
    if len(others) != 1:
        if known is not None:
            notes.append(f"{known} is not used: {name} is {value}")
        return
    (other,) = others
    _narrow(sets, solve(value - 1, ">=", other).named(other))
    if known is None:
        return
    if value == dim(other):
        _narrow(sets, known.named(other))
    else:
        notes.append(f"{known} is not used: {name} is {value}")
