"""The algebra of sizes: exact integer formulas with floors, their equality, bounds, solutions and printing."""

from __future__ import annotations

from cnnshape.symbolic.dim import (
    Dim,
    Size,
    bound,
    ceildiv,
    complexity,
    dim,
    evaluate,
    evaluate_all,
    exact_div,
    floordiv,
    fresh,
    maximum,
    minimum,
    mod,
    product,
    subs,
    subs_all,
    symbols,
    total,
)
from cnnshape.symbolic.equality import counterexample, equal
from cnnshape.symbolic.printing import compile_numpy, identifier, javascript, latex, numpy_source, text
from cnnshape.symbolic.sympy_bridge import to_sympy

__all__ = [
    "Dim",
    "Size",
    "bound",
    "ceildiv",
    "compile_numpy",
    "complexity",
    "counterexample",
    "dim",
    "equal",
    "evaluate",
    "evaluate_all",
    "exact_div",
    "floordiv",
    "fresh",
    "identifier",
    "javascript",
    "latex",
    "maximum",
    "minimum",
    "mod",
    "numpy_source",
    "product",
    "subs",
    "subs_all",
    "symbols",
    "text",
    "to_sympy",
    "total",
]
