"""Exact division of sizes as polynomials over their atoms."""

from __future__ import annotations

from cnnshape.symbolic.atoms import Monomial, Terms, monomial_order
from cnnshape.symbolic.polynomial import Dim, Size, size_of

__all__ = ["exact_div"]


def exact_div(a: Size, b: Size) -> Size | None:
    """Return ``q`` with ``q*b == a`` as polynomials with whole coefficients, or None.

    Floors count as variables: ``2*floor(H/2)`` divides by 2 and by ``floor(H/2)``, not by ``H``.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H, W = dim("H"), dim("W")
    >>> exact_div(6 * H * W + 4 * H, 2 * H)
    3*W + 2
    >>> exact_div(H * H - W * W, H - W)
    H + W
    >>> exact_div(H, 2) is None
    True
    """
    if type(b) is not Dim:
        return _by_int(a, b)
    if type(a) is not Dim:
        return None if a else 0
    if len(b.terms) == 1:
        return _by_monomial(a.terms, *next(iter(b.terms.items())))
    return _by_polynomial(a.terms, b.terms)


def _by_int(a: Size, b: int) -> Size | None:
    if not b:
        return None
    if type(a) is not Dim:
        return None if a % b else a // b
    if b == 1:
        return a
    if any([c % b for c in a.terms.values()]):
        return None
    return size_of({monomial: c // b for monomial, c in a.terms.items()})


def _by_monomial(terms: Terms, divisor: Monomial, coefficient: int) -> Size | None:
    out: Terms = {}
    for monomial, c in terms.items():
        rest = None if c % coefficient else _quotient(monomial, divisor)
        if rest is None:
            return None
        out[rest] = c // coefficient
    return size_of(out)


def _quotient(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    left = dict(monomial)
    for atom, e in divisor:
        rest = left.get(atom, 0) - e
        if rest < 0:
            return None
        if rest:
            left[atom] = rest
        else:
            del left[atom]
    return tuple(left.items())


def _by_polynomial(terms: Terms, divisor: Terms) -> Size | None:
    lead = min(divisor, key=monomial_order)
    c_lead = divisor[lead]
    rest = dict(terms)
    out: Terms = {}
    while rest:
        top = min(rest, key=monomial_order)
        c, remainder = divmod(rest[top], c_lead)
        monomial = None if remainder else _quotient(top, lead)
        if monomial is None:
            return None
        out[monomial] = c
        step = size_of({monomial: c}) * size_of(dict(divisor))
        rest_size = size_of(rest) - step
        rest = rest_size.terms if type(rest_size) is Dim else ({(): rest_size} if rest_size else {})
    return size_of(out)
