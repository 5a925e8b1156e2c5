"""Intervals that contain every value of a size, and the extrema that they decide."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TypeAlias

from cnnshape.symbolic.atoms import (
    Atom,
    Extremum,
    ExtremumKind,
    Floor,
    Monomial,
    Symbol,
    Terms,
    atoms_below,
    extremum_atom,
    monomial_order,
)
from cnnshape.symbolic.polynomial import Dim, Size, atom_size
from cnnshape.symbolic.terms import multiplied

__all__ = ["Interval", "Ranges", "bound", "maximum", "minimum"]

Interval: TypeAlias = tuple[int | None, int | None]
Ranges: TypeAlias = Mapping[str, Interval]

_MEMO: dict[Dim, Interval] = {}
_MEMO_CAP = 1 << 15
_MOST_TERMS = 40  # beyond it the refinements cost more than they are worth
_MOST_RELAXED = 12


def bound(a: Size, ranges: Ranges | None = None) -> Interval:
    """Return ``(low, high)`` with ``low <= a <= high``; None stands for no bound.

    Parameters
    ----------
    a : int or Dim
    ranges : mapping of symbol to (low, high), either may be None; a symbol that is not named is in (1, None)

    Notes
    -----
    Exact when every symbol acts in one direction; ``P - m*floor(P/m)`` is known to lie in 0..m-1. Otherwise the
    interval may be too wide, never too narrow.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> bound((H + 1) // 2)
    (1, None)
    >>> bound(H % 16)
    (0, 15)
    >>> bound((H + 3) // 32, {"H": (29, 224)})
    (1, 7)
    """
    if type(a) is not Dim:
        return a, a
    if ranges:
        return _bound(a, ranges)
    found = _MEMO.get(a)
    if found is None:
        found = _bound(a, {})
        if len(_MEMO) >= _MEMO_CAP:
            _MEMO.clear()
        _MEMO[a] = found
    return found


def maximum(*sizes: Size, ranges: Ranges | None = None) -> Size:
    """Return the largest of the sizes; a marked atom if no bound decides which one it is.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> maximum(H + 2, 3, H)
    H + 2
    >>> maximum(H, 2)
    max(2, H)
    """
    return _extremum("max", sizes, ranges)


def minimum(*sizes: Size, ranges: Ranges | None = None) -> Size:
    """Return the smallest of the sizes; see `maximum`."""
    return _extremum("min", sizes, ranges)


def _extremum(kind: ExtremumKind, sizes: tuple[Size, ...], ranges: Ranges | None) -> Size:
    kept: list[Size] = []
    for size in _flattened(kind, sizes):
        if any(_beats(kind, other, size, ranges) for other in kept):
            continue
        kept = [other for other in kept if not _beats(kind, size, other, ranges)]
        kept.append(size)
    if len(kept) == 1:
        return kept[0]
    return atom_size(extremum_atom(kind, tuple(sorted(kept, key=_size_order))))


def _flattened(kind: ExtremumKind, sizes: tuple[Size, ...]) -> list[Size]:
    out: list[Size] = []
    for size in sizes:
        lone = next(iter(size.terms.items())) if type(size) is Dim and len(size.terms) == 1 else None
        if lone is not None and lone[1] == 1 and len(lone[0]) == 1:
            atom, e = lone[0][0]
            if e == 1 and type(atom) is Extremum and atom.kind == kind:
                out.extend(atom.sizes)
                continue
        out.append(size)
    return out


def _beats(kind: ExtremumKind, a: Size, b: Size, ranges: Ranges | None) -> bool:
    low, _ = bound(a - b if kind == "max" else b - a, ranges)
    return low is not None and low >= 0


def _size_order(size: Size) -> tuple[object, ...]:
    if type(size) is not Dim:
        return 0, size
    return 1, sorted([(monomial_order(monomial), c) for monomial, c in size.terms.items()])


def _bound(a: Dim, ranges: Ranges) -> Interval:
    known: dict[Atom, Interval] = {}
    for atom in atoms_below((a.terms,), known):
        known[atom] = _atom_bound(atom, known, ranges)
    return _terms_bound(a.terms, known)


def _atom_bound(atom: Atom, known: Mapping[Atom, Interval], ranges: Ranges) -> Interval:
    if type(atom) is Symbol:
        return ranges.get(atom.name, (1, None))
    if type(atom) is Floor:
        low, high = _terms_bound(atom.numerator.terms, known)
        return None if low is None else low // atom.divisor, None if high is None else high // atom.divisor
    assert type(atom) is Extremum
    parts = [_terms_bound(size.terms, known) if type(size) is Dim else (size, size) for size in atom.sizes]
    lows = [-inf if low is None else low for low, _ in parts]
    highs = [inf if high is None else high for _, high in parts]
    pick = max if atom.kind == "max" else min
    return _closed(pick(lows), pick(highs))


def _terms_bound(terms: Terms, known: Mapping[Atom, Interval]) -> Interval:
    found = _plain(terms, known)
    if len(terms) > _MOST_TERMS or len({c > 0 for monomial, c in terms.items() if monomial}) < 2:
        return found
    shared = _shared(terms)
    if shared:
        rest = {_without(monomial, shared): c for monomial, c in terms.items()}
        return _met(found, _times(_plain({shared: 1}, known), _terms_bound(rest, known)))
    relaxed, scale, (below, above) = _relaxed(terms)
    low, high = _met(_plain(relaxed, known), _shifted(relaxed, known))
    wide = (
        None if low is None else -((below - low) // scale),
        None if high is None else (high + above) // scale,
    )
    return _met(_met(found, _shifted(terms, known)), wide)


def _plain(terms: Terms, known: Mapping[Atom, Interval]) -> Interval:
    """Return the interval sum of the terms, each bounded by itself."""
    low: int | None = 0
    high: int | None = 0
    for monomial, c in terms.items():
        below: int | None = 1
        above: int | None = 1
        for atom, e in monomial:
            factor = known[atom] if e == 1 else _power(known[atom], e)
            below, above = _times((below, above), factor)
        if c < 0:
            below, above = above, below
        low = None if low is None or below is None else low + c * below
        high = None if high is None or above is None else high + c * above
    return low, high


def _relaxed(terms: Terms) -> tuple[Terms, int, tuple[int, int]]:
    """Write floors as ``(P - r)/m``, r in 0..m-1, where that lets terms cancel.

    Returns terms R, a scale q and (below, above) with ``R - below <= q*terms <= R + above``.
    """
    work = terms
    scale, below, above = 1, 0, 0
    for _ in range(_MOST_RELAXED):
        monomial = _cancelling(work)
        if monomial is None:
            break
        floor = monomial[0][0]
        assert type(floor) is Floor
        m = floor.divisor
        c = work[monomial]
        scaled = {other: m * value for other, value in work.items() if other != monomial}
        for other, value in floor.numerator.terms.items():
            scaled[other] = scaled.get(other, 0) + c * value
        work = {other: value for other, value in scaled.items() if value}
        scale *= m
        below = below * m + (c * (m - 1) if c > 0 else 0)
        above = above * m + (-c * (m - 1) if c < 0 else 0)
    return work, scale, (below, above)


def _cancelling(terms: Terms) -> Monomial | None:
    """Return the deepest lone floor that shares a symbol with a term of the other sign."""
    best: Monomial | None = None
    for monomial, c in terms.items():
        if len(monomial) != 1 or monomial[0][1] != 1 or type(monomial[0][0]) is not Floor:
            continue
        if best is not None and best[0][0].depth >= monomial[0][0].depth:
            continue
        names = monomial[0][0].symbols
        if any(
            [
                (d > 0) != (c > 0) and any([not names.isdisjoint(a.symbols) for a, _ in other])
                for other, d in terms.items()
            ]
        ):
            best = monomial
    return best


def _shifted(terms: Terms, known: Mapping[Atom, Interval]) -> Interval:
    """Return the bound with atoms written as lower end + t, t >= 0: exact where all coefficients then agree."""
    if max([sum([e for _, e in monomial]) for monomial in terms], default=0) < 2:
        return None, None
    moved: Terms = {}
    ends: dict[Atom, Interval] = {}
    for monomial, c in terms.items():
        product: Terms = {(): c}
        for atom, e in monomial:
            low, high = known[atom]
            ends[atom] = (None, high) if low is None else (0, None if high is None else high - low)
            step: Terms = {((atom, 1),): 1, (): low} if low else {((atom, 1),): 1}
            for _ in range(e):
                product = multiplied(product, step)
            if len(product) > _MOST_TERMS:
                return None, None
        for other, value in product.items():
            moved[other] = moved.get(other, 0) + value
    return _plain({monomial: c for monomial, c in moved.items() if c}, ends)


def _shared(terms: Terms) -> Monomial:
    """Return the greatest monomial that divides every term."""
    first, *rest = terms
    common = dict(first)
    for monomial in rest:
        if not common:
            break
        powers = dict(monomial)
        common = {atom: min(e, powers[atom]) for atom, e in common.items() if atom in powers}
    return tuple(common.items())


def _without(monomial: Monomial, divisor: Monomial) -> Monomial:
    taken = dict(divisor)
    return tuple([(atom, e - taken.get(atom, 0)) for atom, e in monomial if e != taken.get(atom, 0)])


def _met(a: Interval, b: Interval) -> Interval:
    low = b[0] if a[0] is None else a[0] if b[0] is None else max(a[0], b[0])
    high = b[1] if a[1] is None else a[1] if b[1] is None else min(a[1], b[1])
    return low, high


def _power(interval: Interval, e: int) -> Interval:
    low, high = interval
    if e % 2 or (low is not None and low >= 0):
        return None if low is None else low**e, None if high is None else high**e
    if high is not None and high <= 0:
        return high**e, None if low is None else low**e
    return 0, None if low is None or high is None else max(low**e, high**e)


def _times(a: Interval, b: Interval) -> Interval:
    (low, high), (below, above) = a, b
    if low is not None and below is not None and low >= 0 and below >= 0:
        if high is None or above is None:
            return low * below, 0 if high == 0 or above == 0 else None
        return low * below, high * above
    corners = [
        _corner(x, y)
        for x in (-inf if low is None else low, inf if high is None else high)
        for y in (-inf if below is None else below, inf if above is None else above)
    ]
    return _closed(min(corners), max(corners))


def _corner(x: float, y: float) -> float:
    # An int beyond the floats must not meet an infinity in a product.
    if not x or not y:
        return 0
    if x in (inf, -inf) or y in (inf, -inf):
        return inf if (x > 0) == (y > 0) else -inf
    return x * y


def _closed(low: float, high: float) -> Interval:
    return None if low == -inf else low, None if high == inf else high  # type: ignore[return-value]
