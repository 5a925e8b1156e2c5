"""Sizes as sympy expressions, for presentation and as an independent check. Only this file imports sympy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Symbol, Terms, atoms_below
from cnnshape.symbolic.polynomial import Dim, Size

if TYPE_CHECKING:
    import sympy

__all__ = ["to_sympy"]


def to_sympy(a: Size) -> sympy.Expr:
    """Return `a` as a sympy expression over positive integer symbols.

    Notes
    -----
    Floors are built unevaluated: sympy 1.14 turns ``floor(H/49)`` and floors of even symbols into wrong quotients.
    Simplifying the result may do the same; evaluate at numbers with `evaluate`.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> to_sympy((dim("H") + 1) // 2 * 3)
    3*floor(H/2 + 1/2)
    """
    import sympy

    if type(a) is not Dim:
        return sympy.Integer(a)
    known: dict[Atom, sympy.Expr] = {}

    def total(terms: Terms) -> sympy.Expr:
        return sympy.Add(*(c * sympy.Mul(*(known[atom] ** e for atom, e in monomial)) for monomial, c in terms.items()))

    for atom in atoms_below((a.terms,), known):
        if type(atom) is Symbol:
            known[atom] = sympy.Symbol(atom.name, integer=True, positive=True)
        elif type(atom) is Floor:
            known[atom] = sympy.floor(total(atom.numerator.terms) / atom.divisor, evaluate=False)
        else:
            assert type(atom) is Extremum
            pick = sympy.Max if atom.kind == "max" else sympy.Min
            known[atom] = pick(*(total(size.terms) if type(size) is Dim else size for size in atom.sizes))
    return total(a.terms)
