"""For which values of one symbol a condition on a size holds: an exact set, never a sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from cnnshape.errors import FormulaError
from cnnshape.symbolic import intervals as iv
from cnnshape.symbolic.atoms import atoms_below
from cnnshape.symbolic.dim import (
    Atom,
    Dim,
    Extremum,
    Floor,
    Size,
    Symbol,
    Terms,
    bound,
    evaluate,
    floordiv,
    maximum,
    minimum,
    product,
    symbols,
    total,
)
from cnnshape.symbolic.equality import period_and_degree
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.numpy_source import compile_numpy
from cnnshape.symbolic.polynomial import atom_size
from cnnshape.symbolic.signs import SignRuns, forward_differences, sign_runs

__all__ = ["Relation", "inputs_for", "solve"]

Relation: TypeAlias = Literal["==", "!=", ">=", "<"]

_SIGNS: Mapping[Relation, frozenset[int]] = {
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
    ">=": frozenset({0, 1}),
    "<": frozenset({-1}),
}
_MOST_SCANNED = 20_000_000
_FEW_POINTS = 500  # below it a Python loop beats compiling for NumPy
_MEMO: dict[tuple[Dim, Relation], IntegerSet] = {}
_MEMO_CAP = 1 << 14


def solve(expr: Size, op: Relation, symbol: str) -> IntegerSet:
    """Return the values >= 1 of `symbol` for which ``expr op 0`` holds.

    Parameters
    ----------
    expr : int or Dim, `symbol` is the only one in it
    op : "==", "!=", ">=" or "<"
    symbol : str

    Raises
    ------
    FormulaError
        CS305 if another symbol occurs; CS303 if the answer repeats only beyond 1e6 integers, or stays irregular
        beyond 2e7.

    Notes
    -----
    On each residue class of its period a size is a polynomial. Its sign changes are found in whole numbers, by
    bisection between those of its forward difference, so the length of the irregular part costs nothing.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> H = dim("H")
    >>> solve((H + 21) // 32 - 2 - 1, ">=", "H")
    H >= 75
    >>> solve(H // 4 - 2 * (H // 8), "==", "H")
    H % 8 in {0..3}
    >>> solve(512 * ((H + 31) // 32) ** 2 - 25088, "==", "H")
    H in 193..224
    """
    if not isinstance(expr, Dim):
        return _constant(expr, op).named(symbol)
    key = (expr, op)
    found = _MEMO.get(key)
    if found is None or found.symbol != symbol:
        others = sorted(symbols(expr) - {symbol})
        if others:
            raise FormulaError(
                f"{', '.join(others)} must have a value before this can be solved for {symbol}",
                code="CS305",
                given=f"{expr} {op} 0",
                got=others,
                needed=symbol,
            )
        found = _solved(expr, op).named(symbol)
        if len(_MEMO) >= _MEMO_CAP:
            _MEMO.clear()
        _MEMO[key] = found
    return found


def inputs_for(size: Size, target: int, symbol: str) -> IntegerSet:
    """Return the values of `symbol` for which `size` is `target`.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import ceildiv, dim
    >>> inputs_for(ceildiv(dim("H"), 32), 7, "H")
    H in 193..224
    """
    return solve(size - target, "==", symbol)


def _constant(value: int, op: Relation) -> IntegerSet:
    return IntegerSet.everything() if _sign(value) in _SIGNS[op] else IntegerSet.nothing()


def _solved(expr: Dim, op: Relation) -> IntegerSet:
    low, high = bound(expr)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return _constant(1 if high is None or high > 0 else -1, op)
    extremum = next((atom for atom in atoms_below((expr.terms,), {}) if isinstance(atom, Extremum)), None)
    if extremum is not None:
        return _by_cases(expr, op, extremum)
    argument = _only_argument(expr)
    return _by_period(expr, op) if argument is None else _by_argument(expr, op, *argument)


def _solution(expr: Size, op: Relation) -> IntegerSet:
    return _solved(expr, op) if isinstance(expr, Dim) else _constant(expr, op)


def _by_cases(expr: Dim, op: Relation, extremum: Extremum) -> IntegerSet:
    """Put in each size of the extremum where it is the largest (smallest) one."""
    sign = 1 if extremum.kind == "max" else -1
    found = IntegerSet.nothing()
    for size in extremum.sizes:
        where = IntegerSet.everything()
        for other in extremum.sizes:
            where = where & _solution(sign * (size - other), ">=")
        if where:
            found = found | where & _solution(_with(expr, extremum, size), op)
    return found


def _with(expr: Dim, atom: Atom, size: Size) -> Size:
    """Return the size with `size` in the place of an atom."""
    known: dict[Atom, Size] = {atom: size}
    for inner in atoms_below((expr.terms,), known):
        if isinstance(inner, Floor):
            known[inner] = floordiv(_rebuilt(inner.numerator.terms, known), inner.divisor)
        elif isinstance(inner, Extremum):
            parts = [_rebuilt(part.terms, known) if isinstance(part, Dim) else part for part in inner.sizes]
            known[inner] = maximum(*parts) if inner.kind == "max" else minimum(*parts)
        else:
            known[inner] = atom_size(inner)
    return _rebuilt(expr.terms, known)


def _rebuilt(terms: Terms, known: Mapping[Atom, Size]) -> Size:
    return total(product([c, *(known[atom] for atom, e in mono for _ in range(e))]) for mono, c in terms.items())


def _only_argument(expr: Dim) -> tuple[int, int, int] | None:
    """Return (k, a, m) if `expr` is a polynomial in the one atom ``floor((k*x + a)/m)``, k > 0; else None."""
    atoms = {atom for monomial in expr.terms for atom, _ in monomial}
    atom = atoms.pop()
    if atoms:
        return None
    if isinstance(atom, Symbol):
        return 1, 0, 1
    assert isinstance(atom, Floor)
    inside = atom.numerator.terms
    slopes = [c for monomial, c in inside.items() if monomial]
    linear = all(sum(e for _, e in mono) <= 1 and all(isinstance(x, Symbol) for x, _ in mono) for mono in inside)
    return (slopes[0], inside.get((), 0), atom.divisor) if linear and len(slopes) == 1 and slopes[0] > 0 else None


def _by_argument(expr: Dim, op: Relation, k: int, a: int, m: int) -> IntegerSet:
    """Solve a polynomial in v = floor((k*x + a)/m) for v, and v >= t is x >= ceil((m*t - a)/k)."""
    first = (k + a) // m
    degree = max(e for monomial in expr.terms for _, e in monomial)
    values = [
        sum(c * (first + i) ** sum(e for _, e in mono) for mono, c in expr.terms.items()) for i in range(degree + 1)
    ]

    def reached(step: int) -> int:
        return max(-((a - m * (first + step)) // k), 1)

    head: list[iv.Interval] = []
    runs = sign_runs(forward_differences(values))
    start = reached(runs[-1][0])
    for (begin, sign), (end, _) in pairwise(runs):
        low, high = reached(begin), reached(end) - 1
        if sign in _SIGNS[op] and low <= high:
            iv.append(head, low, high)
    return IntegerSet.build(head, start, 1, (0,) if runs[-1][1] in _SIGNS[op] else ())


def _by_period(expr: Dim, op: Relation) -> IntegerSet:
    """Solve on each residue class for itself, and put the classes together."""
    ((period, degree),) = period_and_degree(expr).values()
    iv.check_period(period)
    values = _first_values(expr, period * (degree + 1))
    wanted, known = _SIGNS[op], dict[tuple[int, ...], SignRuns]()
    present = bytearray(period)
    changes: list[tuple[int, int]] = []
    for x in range(1, period + 1):
        differences = forward_differences(values[x - 1 :: period])
        runs = known.get(differences)
        if runs is None:
            runs = known[differences] = _holding(sign_runs(differences), wanted)
        present[x % period] = runs[0][1]
        changes.extend([(x + period * start, x % period) for start, _ in runs[1:]])
    changes.sort()
    return _assembled(present, changes)


def _holding(runs: SignRuns, wanted: frozenset[int]) -> SignRuns:
    """Return the runs of "the condition holds", as 0 and 1."""
    marked = [(start, int(sign in wanted)) for start, sign in runs]
    return tuple(next(group) for _, group in groupby(marked, key=_mark))


def _mark(run: tuple[int, int]) -> int:
    return run[1]


def _first_values(expr: Dim, count: int) -> Sequence[int]:
    """Return the size at 1, 2, ..., count."""
    (name,) = symbols(expr)
    if count <= _FEW_POINTS:
        return [evaluate(expr, {name: x}) for x in range(1, count + 1)]
    (column,) = compile_numpy([expr], [name], {name: (1, count)})(range(1, count + 1))
    values: list[int] = column.tolist()
    return values


def _assembled(present: bytearray, changes: Sequence[tuple[int, int]]) -> IntegerSet:
    """Return the set whose residues are `present` at first and change, one at a time, at the given integers."""
    period, members = len(present), sum(present)
    head: list[iv.Interval] = []
    scanned, at = 0, 1
    for x, residue in changes:
        if x > at and members:
            scanned += 0 if members == period else x - at
            _check_scanned(scanned)
            for piece in _pieces(present, members, at, x - 1):
                iv.append(head, *piece)
            iv.check_intervals(len(head))
        at = x
        members += 1 - 2 * present[residue]
        present[residue] ^= 1
    return IntegerSet.build(head, at, period, [r for r in range(period) if present[r]])


def _pieces(present: bytearray, members: int, low: int, high: int) -> Iterator[iv.Interval]:
    period = len(present)
    if members == period:
        yield low, high
    elif high - low >= period:
        yield from iv.pattern_intervals(iv.runs_of(r for r in range(period) if present[r]), period, low, high)
    else:
        yield from ((x, x) for x in range(low, high + 1) if present[x % period])


def _check_scanned(count: int) -> None:
    if count > _MOST_SCANNED:
        raise FormulaError(
            f"the sizes that work follow no pattern up to {count}",
            code="CS303",
            rule=f"an irregular stretch is followed up to {_MOST_SCANNED} integers",
        )


def _sign(x: int) -> int:
    return (x > 0) - (x < 0)
