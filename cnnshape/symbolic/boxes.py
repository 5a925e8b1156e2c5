"""Conditions on two symbols that split into boxes: ``f(H)*g(W) = P`` over the divisor pairs of P."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as pairs_of
from math import gcd, prod
from operator import itemgetter

from cnnshape.symbolic import intervals as iv
from cnnshape.symbolic.dim import Dim, Monomial, Size, Terms
from cnnshape.symbolic.dim import symbols as symbols_of
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.polynomial import size_of
from cnnshape.symbolic.solve import solve

__all__ = ["Box", "boxes", "boxes_text"]

_LARGEST_PRODUCT = 10**12


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """A rectangle of sizes that work.

    Parameters
    ----------
    factors : tuple of int, the values of the two factors in the box ("7x7"); None for one that takes any value
    sets : tuple of IntegerSet, each named after its symbol

    Examples
    --------
    >>> from cnnshape.symbolic.dim import ceildiv, dim
    >>> first, *thin = boxes(512 * ceildiv(dim("H"), 32) * ceildiv(dim("W"), 32) - 25088)
    >>> first
    H in 193..224, W in 193..224
    >>> first.factors, first["W"], {"H": 200, "W": 224} in first
    ((7, 7), W in 193..224, True)
    """

    factors: tuple[int | None, int | None]
    sets: tuple[IntegerSet, IntegerSet]

    def __getitem__(self, symbol: str) -> IntegerSet:
        return self.as_dict()[symbol]

    def __contains__(self, sizes: Mapping[str, int]) -> bool:
        return all(sizes[s.symbol] in s for s in self.sets)

    def as_dict(self) -> dict[str, IntegerSet]:
        """Return the set of each symbol."""
        return {s.symbol: s for s in self.sets}

    def text(self) -> str:
        """Return the box as a condition that reads back."""
        return ", ".join(map(str, self.sets))

    __str__ = __repr__ = text


def boxes(expr: Size, symbols: tuple[str, str] = ("H", "W")) -> list[Box] | None:
    """Return the boxes that make up the solutions of ``expr == 0`` in two symbols, the nearest to a square first.

    Parameters
    ----------
    expr : int or Dim in exactly these two symbols
    symbols : tuple of str, their names

    Returns
    -------
    list of Box, empty if there is no solution; None if `expr` is not ``c*f(H)*g(W) - P`` for a fixed P, or P is
    beyond 1e12: then the condition can only be checked on numbers

    Notes
    -----
    Written as a matrix over the monomials in H and those in W, such an expression has rank 1 up to its constant
    entry. A row and a column through another entry that is not 0 are therefore multiples of g and f, and P follows.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> H, W = dim("H"), dim("W")
    >>> boxes((H - 1) * (W // 2) - 3)
    [H == 2, W in {6, 7}, H == 4, W in {2, 3}]
    >>> boxes(H - W) is None
    True
    """
    if not isinstance(expr, Dim) or symbols_of(expr) != set(symbols):
        return None
    table = _table(expr.terms, symbols)
    split = None if table is None else _factors(table)
    if split is None:
        return None
    f, g, target = split
    if target.denominator > 1:
        return []
    if not target:
        return list(_free_boxes(f, g, symbols))
    if abs(target) > _LARGEST_PRODUCT:
        return None
    found = []
    for u, v in _divisor_pairs(target.numerator):
        sides = (solve(f - u, "==", symbols[0]), solve(g - v, "==", symbols[1]))
        if all(sides):
            found.append(((abs(abs(u) - abs(v)), u), Box((u, v), sides)))
    return [box for _, box in sorted(found, key=itemgetter(0))]


def boxes_text(found: Sequence[Box]) -> str:
    """Return one line: the first box, and how many there are besides.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import ceildiv, dim
    >>> boxes_text(boxes(ceildiv(dim("H"), 32) * ceildiv(dim("W"), 32) - 49))
    '(7x7) H in 193..224, W in 193..224, and 2 thin shapes'
    """
    if not found:
        return "no size works"
    (u, v), rest = found[0].factors, found[1:]
    first = f"({u}x{v}) {found[0]}" if u and v else str(found[0])
    if not rest:
        return first
    thin = "thin" if all(not {1, -1}.isdisjoint(box.factors) for box in rest) else "other"
    return f"{first}, and {len(rest)} {thin} shape{'s' if len(rest) > 1 else ''}"


Table = dict[tuple[Monomial, Monomial], int]


def _table(terms: Terms, names: tuple[str, str]) -> Table | None:
    """Return the coefficients by (monomial in the first symbol, monomial in the second); None if an atom mixes them."""
    table: Table = {}
    for monomial, c in terms.items():
        sides = tuple(tuple(factor for factor in monomial if factor[0].symbols == {name}) for name in names)
        if len(sides[0]) + len(sides[1]) < len(monomial):
            return None
        table[sides[0], sides[1]] = c
    return table


def _factors(table: Table) -> tuple[Size, Size, Fraction] | None:
    """Return f, g without common divisors and P, so that ``expr == 0`` means ``f*g == P``; None if there are none."""
    pivot = next((key for key in table if key[0] and key[1]), None)
    if pivot is None:
        return None
    row, column = pivot
    scale = table[pivot]
    left = {m: c for (m, n), c in table.items() if n == column}
    right = {n: c for (m, n), c in table.items() if m == row}
    entries = {*table, *pairs_of(left, right)} - {((), ())}
    if any(scale * table.get((m, n), 0) != left.get(m, 0) * right.get(n, 0) for m, n in entries):
        return None
    target = left.get((), 0) * right.get((), 0) - scale * table.get(((), ()), 0)
    sign = 1 if scale > 0 else -1
    f_content, g_content = (sign * gcd(*side.values()) for side in (left, right))
    f = size_of({m: c // f_content for m, c in left.items()})
    g = size_of({n: c // g_content for n, c in right.items()})
    return f, g, Fraction(target, f_content * g_content)


def _divisor_pairs(target: int) -> Iterator[tuple[int, int]]:
    """Yield every (u, v) of ints, negative ones too, with u*v == target; target is not 0."""
    primes = iv.prime_factors(abs(target))
    for exponents in pairs_of(*(range(e + 1) for _, e in primes)):
        u = prod(prime**e for (prime, _), e in zip(primes, exponents, strict=True))
        yield u, target // u
        yield -u, -(target // u)


def _free_boxes(f: Size, g: Size, names: tuple[str, str]) -> Iterator[Box]:
    anything = IntegerSet.everything()
    zero = solve(f, "==", names[0])
    if zero:
        yield Box((0, None), (zero, anything.named(names[1])))
    zero = solve(g, "==", names[1])
    if zero:
        yield Box((None, 0), (anything.named(names[0]), zero))
