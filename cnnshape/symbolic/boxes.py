"""Conditions on several symbols that split into boxes: ``f(H)*g(W) = P`` over the divisors of P."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from itertools import product as pairs_of
from math import gcd, prod

from cnnshape.symbolic import intervals as iv
from cnnshape.symbolic.dim import Dim, Monomial, Size, Terms, exact_div, product
from cnnshape.symbolic.dim import symbols as symbols_of
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.polynomial import size_of
from cnnshape.symbolic.printing import text
from cnnshape.symbolic.solve import solve

__all__ = ["Box", "boxes", "boxes_text", "factored"]

_LARGEST_PRODUCT = 10**12
_MOST_BOXES = 2_000


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """A rectangle, or a block, of sizes that work.

    Parameters
    ----------
    factors : tuple of int, the values of the factors in the box ("7x7"); None for one that takes any value
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

    factors: tuple[int | None, ...]
    sets: tuple[IntegerSet, ...]

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


def boxes(expr: Size, symbols: Sequence[str] = ("H", "W")) -> list[Box] | None:
    """Return the boxes that make up the solutions of ``expr == 0`` in several symbols, the nearest to a square first.

    Parameters
    ----------
    expr : int or Dim in exactly these symbols
    symbols : their names, two or more

    Returns
    -------
    list of Box, empty if there is no solution; None if `expr` is not ``c*f(H)*g(W)*... - P`` for a fixed P, P is
    beyond 1e12, or there are more than 2000 boxes: then the condition can only be checked on numbers

    Notes
    -----
    Written as a matrix over the monomials in one symbol and those in the others, such an expression has rank 1 up to
    its constant entry. A row and a column through another entry that is not 0 are therefore multiples of the factors,
    and P follows.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> T, H, W = dim("T"), dim("H"), dim("W")
    >>> boxes((H - 1) * (W // 2) - 3)
    [H == 2, W in {6, 7}, H == 4, W in {2, 3}]
    >>> boxes(T * H * W - 3, ("T", "H", "W"))
    [T == 1, H == 1, W == 3, T == 1, H == 3, W == 1, T == 3, H == 1, W == 1]
    >>> boxes(H - W) is None
    True
    """
    names = tuple(symbols)
    if not isinstance(expr, Dim) or len(names) < 2 or symbols_of(expr) != set(names):
        return None
    found = _product(expr, names)
    if found is None:
        return None
    factors, target = found
    if not target:
        return list(_free_boxes(factors, names))
    if target.denominator > 1:
        return []
    if abs(target) > _LARGEST_PRODUCT:
        return None
    made = list(islice(_boxes(factors, names, target.numerator), _MOST_BOXES + 1))
    if len(made) > _MOST_BOXES:
        return None
    return sorted(made, key=_oblong)


def factored(size: Size) -> str:
    """Return a size as text, as a product where each of its symbols has a factor of its own.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> H, W = dim("H"), dim("W")
    >>> factored(16 * (H // 4 - 3) * (W // 4 - 3)), factored(H * W), factored(H * W + 1)
    ('16*(floor(H/4) - 3)*(floor(W/4) - 3)', 'H*W', 'H*W + 1')
    """
    names = sorted(symbols_of(size))
    found = _product(size, names) if isinstance(size, Dim) and len(size.terms) > 1 and len(names) > 1 else None
    if found is None or found[1]:
        return text(size)
    factors, _ = found
    scale = exact_div(size, product(factors))
    if not isinstance(scale, int):
        return text(size)
    words = [text(factor) for factor in factors]
    return "*".join([*([str(scale)] if scale != 1 else []), *(f"({word})" if " " in word else word for word in words)])


def _oblong(box: Box) -> tuple[int, tuple[int, ...]]:
    """Order boxes by how far they are from a square."""
    values = [factor for factor in box.factors if factor is not None]
    sizes = [abs(value) for value in values]
    return max(sizes) - min(sizes), tuple(values)


def _product(expr: Dim, names: Sequence[str]) -> tuple[tuple[Size, ...], Fraction] | None:
    """Return one factor for each symbol and P, so that ``expr == 0`` means ``f*g*... == P``; None if there are none."""
    first, *others = names
    table = _table(expr.terms, first)
    split = None if table is None else _factors(table)
    if split is None:
        return None
    f, g, target = split
    if len(others) == 1:
        return (f, g), target
    inner = _product(g, others) if isinstance(g, Dim) else None
    if inner is None or inner[1]:
        return None
    factors, _ = inner
    whole = exact_div(g, product(factors))
    return ((f, *factors), target / whole) if isinstance(whole, int) else None


def _boxes(factors: Sequence[Size], names: Sequence[str], target: int) -> Iterator[Box]:
    """Yield the boxes of ``f*g*... == target``, which is not 0; a branch without values ends at once."""
    (f, *rest), (name, *others) = factors, names
    if not rest:
        values = solve(f - target, "==", name)
        if values:
            yield Box((target,), (values,))
        return
    for u, v in _divisor_pairs(target):
        values = solve(f - u, "==", name)
        if values:
            for box in _boxes(rest, others, v):
                yield Box((u, *box.factors), (values, *box.sets))


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
    first, *rest = found
    sizes = f"({'x'.join(map(str, first.factors))}) " if all(first.factors) else ""
    if not rest:
        return f"{sizes}{first}"
    thin = "thin" if all(not {1, -1}.isdisjoint(box.factors) for box in rest) else "other"
    return f"{sizes}{first}, and {len(rest)} {thin} shape{'s' if len(rest) > 1 else ''}"


Table = dict[tuple[Monomial, Monomial], int]


def _table(terms: Terms, name: str) -> Table | None:
    """Return the coefficients by (monomial in the symbol, monomial in others); None if an atom mixes them."""
    table: Table = {}
    for monomial, c in terms.items():
        own = tuple(factor for factor in monomial if factor[0].symbols == {name})
        others = tuple(factor for factor in monomial if name not in factor[0].symbols)
        if len(own) + len(others) < len(monomial):
            return None
        table[own, others] = c
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


def _free_boxes(factors: Sequence[Size], names: Sequence[str]) -> Iterator[Box]:
    """Yield the boxes of ``f*g*... == 0``: one factor is 0, the other symbols are free."""
    for i, (f, name) in enumerate(zip(factors, names, strict=True)):
        zero = solve(f, "==", name)
        if zero:
            sets = [IntegerSet.everything().named(other) for other in names]
            sets[i] = zero
            yield Box(tuple(0 if j == i else None for j in range(len(names))), tuple(sets))
