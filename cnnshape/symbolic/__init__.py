"""The algebra of sizes: exact integer formulas with floors, their equality, bounds, solutions and printing."""

from __future__ import annotations

from cnnshape.symbolic.boxes import Box, boxes, boxes_text
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
from cnnshape.symbolic.formula import Assumption, Clause, parse, parse_conditions, parse_set
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.invert import floor_form, windows_for, windows_for_all
from cnnshape.symbolic.printing import compile_numpy, identifier, javascript, latex, numpy_source, text
from cnnshape.symbolic.solve import Relation, inputs_for, solve
from cnnshape.symbolic.sympy_bridge import to_sympy
from cnnshape.symbolic.window import (
    Window,
    WindowMode,
    effective_kernel,
    first_difference,
    left_out,
    output_size,
    padded,
    padding_of,
    scaled,
)

__all__ = [
    "Assumption",
    "Box",
    "Clause",
    "Dim",
    "IntegerSet",
    "Relation",
    "Size",
    "Window",
    "WindowMode",
    "bound",
    "boxes",
    "boxes_text",
    "ceildiv",
    "compile_numpy",
    "complexity",
    "counterexample",
    "dim",
    "effective_kernel",
    "equal",
    "evaluate",
    "evaluate_all",
    "exact_div",
    "first_difference",
    "floor_form",
    "floordiv",
    "fresh",
    "identifier",
    "inputs_for",
    "javascript",
    "latex",
    "left_out",
    "maximum",
    "minimum",
    "mod",
    "numpy_source",
    "output_size",
    "padded",
    "padding_of",
    "parse",
    "parse_conditions",
    "parse_set",
    "product",
    "scaled",
    "solve",
    "subs",
    "subs_all",
    "symbols",
    "text",
    "to_sympy",
    "total",
    "windows_for",
    "windows_for_all",
]
