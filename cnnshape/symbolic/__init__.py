"""The algebra of sizes: exact integer formulas with floors, their equality, bounds, solutions and printing."""

from __future__ import annotations

from .dim import (
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

__all__ = [
    "Dim",
    "Size",
    "bound",
    "ceildiv",
    "complexity",
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
