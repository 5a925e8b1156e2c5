"""Sizes in the words of SymPy's `srepr`, as an exported program has them -> sizes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

from cnnshape.symbolic import Size, ceildiv, dim, floordiv, maximum, minimum, mod, product, total

__all__ = ["size_of"]

_LONGEST = 4000


def _power(base: Size, exponent: Size) -> Size:
    if not isinstance(exponent, int) or not 0 <= exponent <= 16:
        raise ValueError("a size has small whole exponents")
    return product([base] * exponent)


_CALLS: Mapping[str, Callable[..., Size]] = {
    "Add": lambda *terms: total(terms),
    "Mul": lambda *factors: product(factors),
    "Pow": _power,
    "FloorDiv": floordiv,
    "CleanDiv": floordiv,
    "CeilDiv": ceildiv,
    "Mod": mod,
    "PythonMod": mod,
    "Max": lambda *sizes: reduce(maximum, sizes),
    "Min": lambda *sizes: reduce(minimum, sizes),
}


@lru_cache(4096)
def size_of(text: str) -> Size:
    """Return the size that a text means; nothing in it is run.

    Raises
    ------
    ValueError
        It is not understood.

    Examples
    --------
    >>> size_of("Add(Integer(1), FloorDiv(Add(Symbol('s0', positive=True, integer=True), Integer(-1)), Integer(2)))")
    ceil(s0/2)
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a size of {len(text)} characters")
    try:
        return _size(ast.parse(text, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError("a size is nested too deeply, or is none") from None


def _size(tree: Any) -> Size:
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ValueError(f"a size with {type(tree).__name__}")
    name = tree.func.id
    if name in ("Symbol", "Integer"):
        (given,) = tree.args
        value = ast.literal_eval(given)
        if name == "Integer":
            return int(value)
        if not isinstance(value, str) or not value.isidentifier() or len(value) > 100:
            raise ValueError("a symbol without a name")
        return dim(value)
    if name not in _CALLS or tree.keywords:
        raise ValueError(f"a size with {name}")
    return _CALLS[name](*(_size(each) for each in tree.args))
