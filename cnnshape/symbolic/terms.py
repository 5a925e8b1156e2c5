"""Arithmetic of polynomials as dicts from monomial to coefficient; no zero is stored, no argument is changed."""

from __future__ import annotations

from cnnshape.symbolic.atoms import Atom, Monomial, Terms

__all__ = ["added", "monomial_product", "moved", "multiplied", "subtracted"]

_PRODUCTS: dict[tuple[Monomial, Monomial], Monomial] = {}
_PRODUCTS_CAP = 1 << 15


def monomial_product(left: Monomial, right: Monomial) -> Monomial:
    """Return the product of two monomials (remembered)."""
    if not left:
        return right
    if not right:
        return left
    key = (left, right)
    found = _PRODUCTS.get(key)
    if found is None:
        exponents = dict(left)
        for atom, e in right:
            exponents[atom] = exponents.get(atom, 0) + e
        found = tuple(sorted(exponents.items(), key=_atom_order))
        if len(_PRODUCTS) >= _PRODUCTS_CAP:
            _PRODUCTS.clear()
        _PRODUCTS[key] = found
    return found


def _atom_order(factor: tuple[Atom, int]) -> tuple[object, ...]:
    return factor[0].order


def moved(terms: Terms, by: int) -> Terms:
    """Return ``terms + by``; `terms` holds more than a constant."""
    out = terms.copy()
    c = out.get((), 0) + by
    if c:
        out[()] = c
    else:
        del out[()]
    return out


def added(left: Terms, right: Terms) -> Terms:
    """Return the sum of two polynomials."""
    out = left.copy()
    for monomial, d in right.items():
        c = out.get(monomial, 0) + d
        if c:
            out[monomial] = c
        else:
            del out[monomial]
    return out


def subtracted(left: Terms, right: Terms) -> Terms:
    """Return the difference of two polynomials."""
    out = left.copy()
    for monomial, d in right.items():
        c = out.get(monomial, 0) - d
        if c:
            out[monomial] = c
        else:
            del out[monomial]
    return out


def multiplied(left: Terms, right: Terms) -> Terms:
    """Return the product of two polynomials."""
    out: Terms = {}
    for m, c in left.items():
        for n, d in right.items():
            monomial = monomial_product(m, n)
            out[monomial] = out.get(monomial, 0) + c * d
    return {m: c for m, c in out.items() if c} if 0 in out.values() else out
