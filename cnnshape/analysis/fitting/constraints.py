"""What a propagated network asks of its symbols: each condition in its simplest form, solved where it can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnnshape.errors import FormulaError
from cnnshape.graph.propagate import Demand
from cnnshape.symbolic import Box, Dim, IntegerSet, Size, bound, boxes, exact_div, solve, subs, symbols
from cnnshape.symbolic.atoms import Monomial
from cnnshape.symbolic.dim import data_dependent
from cnnshape.symbolic.polynomial import size_of

__all__ = ["Constraint", "Constraints", "constraints", "follows", "simplest", "split"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A demand after what is assumed was put in, without factors that are always positive: ``expr op 0``.

    Parameters
    ----------
    demand : Demand
    expr : Dim
    names : the symbols in it
    """

    demand: Demand
    expr: Dim
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Constraints:
    """The conditions of a network; all are in graph order.

    Parameters
    ----------
    single : symbol -> conditions on it alone, each with the values that satisfy it
    several : conditions on several symbols
    open : conditions that can only be checked on numbers
    refused : demands that nothing satisfies once the assumptions are put in
    notes : why a condition was left open
    """

    single: Mapping[str, Sequence[tuple[Constraint, IntegerSet]]]
    several: Sequence[Constraint]
    open: Sequence[Constraint]
    refused: Sequence[Demand]
    notes: Sequence[str]


def constraints(demands: Iterable[Demand], same: Mapping[str, Size]) -> Constraints:
    """Simplify the demands, put in `same` (symbol -> size), and solve those on one symbol."""
    single: dict[str, list[tuple[Constraint, IntegerSet]]] = {}
    several: list[Constraint] = []
    left: list[Constraint] = []
    refused: list[Demand] = []
    notes: dict[str, None] = {}
    for constraint in _tightest(_simplified(demands, same, refused)):
        condition = constraint.demand.condition
        if reasons := data_dependent(constraint.expr):
            left.append(constraint)
            what = " and ".join(sorted(set(filter(None, reasons.values())))) or "data"
            notes[f"{condition} depends on {what}: only a run can tell"] = None
        elif len(constraint.names) > 1:
            several.append(constraint)
        else:
            (name,) = constraint.names
            try:
                found = solve(constraint.expr, condition.op, name)
                single.setdefault(name, []).append((constraint, found))
            except FormulaError as error:
                left.append(constraint)
                notes[f"{condition}: {error.fault.message}; checked on numbers only"] = None
    return Constraints(single, several, left, refused, list(notes))


def _simplified(demands: Iterable[Demand], same: Mapping[str, Size], refused: list[Demand]) -> Iterator[Constraint]:
    for demand in demands:
        condition = demand.condition
        expr: Size = subs(condition.expr, same) if same else condition.expr
        if isinstance(expr, Dim):
            expr = simplest(expr)
        if isinstance(expr, Dim):
            yield Constraint(demand, expr, symbols(expr))
        elif not condition.holds(expr):
            refused.append(demand)


def simplest(expr: Dim) -> Size:
    """Divide by what all terms share if it is at least 1: that changes no sign and no zero."""
    if len(expr.terms) < 2 or () in expr.terms:
        return expr
    terms = iter(expr.terms)
    shared = dict(next(terms))
    for monomial in terms:
        powers = dict(monomial)
        shared = {atom: min(e, powers[atom]) for atom, e in shared.items() if atom in powers}
        if not shared:
            return expr
    positive: Monomial = tuple((a, e) for a, e in shared.items() if (bound(size_of({((a, 1),): 1}))[0] or 0) > 0)
    quotient = exact_div(expr, size_of({positive: 1})) if positive else None
    return expr if quotient is None else quotient


def _tightest(found: Iterable[Constraint]) -> list[Constraint]:
    """Drop repetitions, and of ``P >= c`` for one P and several c all but the tightest: a chain has many of them."""
    kept: dict[object, Constraint] = {}
    for constraint in found:
        terms, op = constraint.expr.terms, constraint.demand.condition.op
        if op == "==":
            kept.setdefault(frozenset(terms.items()), constraint)
            continue
        key = (op, frozenset([row for row in terms.items() if row[0]]))
        other = kept.get(key)
        if other is None:
            kept[key] = constraint
        elif other.expr.terms.get((), 0) > terms.get((), 0):
            del kept[key]  # so that the tighter one stands at its own place in the order
            kept[key] = constraint
    return list(kept.values())


def follows(constraint: Constraint, steps: Mapping[str, Size]) -> bool | None:
    """Tell whether a condition always holds (True), or never, where each symbol is what `shorten.put_in` says."""
    op = constraint.demand.condition.op
    low, high = bound(subs(constraint.expr, steps))
    if high is not None and high < 0:
        return False
    if op == ">=":
        return True if low is not None and low >= 0 else None
    if low is not None and low > 0:
        return False
    return True if low == high == 0 else None


def split(constraint: Constraint, order: Sequence[str]) -> tuple[Box, ...] | None:
    """Return the boxes of a condition on several symbols, named in this order; None if it does not split."""
    if len(constraint.names) < 2 or constraint.demand.condition.op != "==":
        return None
    place = {name: i for i, name in enumerate(order)}
    names = sorted(constraint.names, key=lambda name: (place.get(name, len(place)), name))
    try:
        found = boxes(constraint.expr, names)
    except FormulaError:
        return None
    return None if found is None else tuple(found)
