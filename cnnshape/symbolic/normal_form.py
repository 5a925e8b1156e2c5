"""The normal form of a floor: the identities that make equal chains of windows one and the same atom."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import TYPE_CHECKING

from cnnshape.symbolic.atoms import Floor, Terms, floor_atom, monomial_order

if TYPE_CHECKING:
    from cnnshape.symbolic.polynomial import Dim

__all__ = ["floor_terms"]


def floor_terms(terms: Terms, m: int, make: Callable[[Terms], Dim]) -> Terms:
    """Return the polynomial ``floor(terms / m)`` in normal form.

    Parameters
    ----------
    terms : the numerator
    m : int >= 2
    make : turns the terms of a numerator into a size

    Notes
    -----
    With whole-valued u and v, for every integer, negative ones too:

    F1  floor((floor(u/k) + v)/n) = floor((u + k*v)/(k*n))
    F2  floor((g*u + b)/(g*m)) = floor((u + floor(b/g))/m)
    F3  floor(-u/m) = -floor((u + m - 1)/m)
    F4  terms whose coefficient is divisible by m leave the floor

    Inside the atom, every coefficient is below m in magnitude, the leading one positive, their greatest common
    divisor with m is 1, the constant is in 0..m-1, and no floor stands alone with coefficient 1 or -1.
    """
    outside: Terms = {}
    sign = 1
    while True:
        constant = terms.get((), 0)
        inside, divisor = _reduced(terms, m, sign, outside)
        if divisor != 1 and inside:  # F2
            inside = {monomial: c // divisor for monomial, c in inside.items()}
            constant //= divisor
            m //= divisor
        quotient, constant = divmod(constant, m)
        if quotient:
            outside[()] = outside.get((), 0) + sign * quotient
        if not inside:
            break
        if _leading(inside) < 0:  # F3
            sign = -sign
            inside = {monomial: -c for monomial, c in inside.items()}
            constant = m - 1 - constant
        nested = _lone_floor(inside)
        if nested is None:
            if constant:
                inside[()] = constant
            monomial = ((floor_atom(make(inside), m), 1),)
            outside[monomial] = outside.get(monomial, 0) + sign
            break
        terms, m = _unfolded(inside, constant, nested), m * nested.divisor
    return {monomial: c for monomial, c in outside.items() if c} if 0 in outside.values() else outside


def _reduced(terms: Terms, m: int, sign: int, outside: Terms) -> tuple[Terms, int]:
    """Move what leaves the floor (F4) to `outside`; return the rest without constant, and its gcd with m."""
    inside: Terms = {}
    divisor = m
    for monomial, c in terms.items():
        rest = c
        if not -m < c < m:
            if not monomial:
                continue
            # Towards zero, so that floor(-u/m) stays the mirror image of floor(u/m).
            q = c // m if c > 0 else -(-c // m)
            outside[monomial] = outside.get(monomial, 0) + sign * q
            rest = c - q * m
        if rest and monomial:
            inside[monomial] = rest
            divisor = gcd(divisor, rest)
    return inside, divisor


def _leading(terms: Terms) -> int:
    if len(terms) == 1:
        for c in terms.values():
            return c
    return terms[min(terms, key=monomial_order)]


def _lone_floor(inside: Terms) -> Floor | None:
    """Return the first floor that stands alone with coefficient 1 or -1."""
    found: Floor | None = None
    for monomial, c in inside.items():
        if (c == 1 or c == -1) and len(monomial) == 1:
            atom, e = monomial[0]
            if e == 1 and type(atom) is Floor and (found is None or atom.order < found.order):
                found = atom
    return found


def _unfolded(inside: Terms, constant: int, floor: Floor) -> Terms:
    """Return the numerator after F1; a coefficient of -1 is turned by F3 first: -floor(u/k) = floor((k-1-u)/k)."""
    k = floor.divisor
    own = ((floor, 1),)
    c = inside[own]
    out = {monomial: k * value for monomial, value in inside.items() if monomial != own}
    out[()] = k * constant + (k - 1 if c < 0 else 0)
    for monomial, value in floor.numerator.terms.items():
        out[monomial] = out.get(monomial, 0) + c * value
    return out
