"""Sizes: symbols, arithmetic, floors, substitution and bounds. The names that the rest of the package uses.

>>> H = dim("H")
>>> chain = floordiv(floordiv(H + 6 - 7, 2) + 1 + 2 - 3, 2) + 1
>>> chain
ceil(H/4)
>>> evaluate(chain, {"H": 224}), bound(chain)
(56, (1, None))
"""

from __future__ import annotations

from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms
from cnnshape.symbolic.bounds import Interval, Ranges, bound, maximum, minimum
from cnnshape.symbolic.division import exact_div
from cnnshape.symbolic.evaluation import complexity, data_dependent, evaluate, evaluate_all, subs, subs_all, symbols
from cnnshape.symbolic.names import dim, fresh
from cnnshape.symbolic.polynomial import Dim, Size, UndecidedError, ceildiv, floordiv, mod, product, total

__all__ = [
    "Atom",
    "Dim",
    "Extremum",
    "Floor",
    "Interval",
    "Monomial",
    "Ranges",
    "Size",
    "Symbol",
    "Terms",
    "UndecidedError",
    "bound",
    "ceildiv",
    "complexity",
    "data_dependent",
    "dim",
    "evaluate",
    "evaluate_all",
    "exact_div",
    "floordiv",
    "fresh",
    "maximum",
    "minimum",
    "mod",
    "product",
    "subs",
    "subs_all",
    "symbols",
    "total",
]
