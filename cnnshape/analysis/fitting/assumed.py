"""Assumptions about symbols in the form that the analysis uses: a set for each symbol, and sizes that are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic import Assumption, Clause, Dim, IntegerSet, Size, dim, solve, subs, symbols

__all__ = ["NOTHING", "Assumed", "assumed", "check_assumed"]

_CONVENTIONAL = frozenset({"N", "T", "H", "W", "L"})
"""Symbols that may be named for any network."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for granted.

    Parameters
    ----------
    sets : symbol -> what it may be
    same : symbol -> the size that it equals, in other symbols
    notes : assumptions that could not be used
    given : the assumptions as they were read
    """

    sets: Mapping[str, IntegerSet]
    same: Mapping[str, Size]
    notes: tuple[str, ...] = ()
    given: tuple[Assumption, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sets or self.same or self.notes)

    @property
    def texts(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The assumptions as text, each with its symbols."""
        if self.given:
            return tuple((str(each), each.names) for each in self.given)
        return tuple((each.text(name), frozenset({name})) for name, each in self.sets.items())

    def broken(self, sizes: Mapping[str, int]) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return the assumptions that are false at these sizes; one with a symbol that has no size is none of them."""
        if not self.given:
            return tuple(row for row in self.texts if any(sizes.get(n, 1) not in self.sets[n] for n in row[1]))
        known = [each for each in self.given if each.names <= sizes.keys()]
        return tuple((str(each), each.names) for each in known if not each.holds(sizes))


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
    return Assumed(sets, same, tuple(notes), tuple(assumptions))


def check_assumed(assumptions: Sequence[Assumption], network: Network) -> None:
    """Refuse what says nothing about the network.

    Raises
    ------
    UsageError
        CS004, a symbol that the network does not have, or an assumption that nothing fulfills.
    """
    for each in assumptions:
        unknown = sorted(each.names.difference(network.symbols, _CONVENTIONAL))
        if unknown:
            names = ", ".join(network.symbols) or "none"
            near = next(iter(get_close_matches(unknown[0], network.symbols, 1)), "")
            raise UsageError(
                f"assumed {each}: there is no symbol {unknown[0]!r}",
                code="CS004",
                got=unknown[0],
                rule=f"the network has the symbols {names}",
                fix=f"did you mean {near}?" if near else "leave it out",
            )
    for name, members in assumed(assumptions).sets.items():
        if members.is_empty:
            taken = ", ".join(str(each) for each in assumptions if name in each.names)
            raise UsageError(
                f"assumed {taken}: no {name} fulfills it",
                code="CS004",
                got=taken,
                rule="some size fulfills everything that is assumed; sizes are at least 1",
                fix="assume less",
            )


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
