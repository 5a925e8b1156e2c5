"""The makers of symbols."""

from __future__ import annotations

import re
from itertools import count

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import symbol_atom
from cnnshape.symbolic.polynomial import Dim, atom_size

__all__ = ["RESERVED", "dim", "fresh"]

_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
RESERVED = frozenset({"and", "any", "ceil", "floor", "in", "max", "min", "or"})


def dim(name: str) -> Dim:
    """Return the symbol `name`, an integer of at least 1.

    Raises
    ------
    FormulaError
        CS301 if the name is no identifier (dots between identifiers are allowed) or a word of the formula language.

    Examples
    --------
    >>> dim("H") * dim("W")
    H*W
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise FormulaError(f"{name!r} cannot be the name of a size", rule="letters, digits, _ and inner dots", got=name)
    return atom_size(symbol_atom(name))


_fresh_numbers: dict[str, count[int]] = {}


def fresh(name: str, why: str = "") -> Dim:
    """Return a new symbol that equals no other, for a size that depends on data.

    Parameters
    ----------
    name : str, the stem; the symbol is called ``name#1``, ``name#2``, ...
    why : str, what the value depends on
    """
    stem = name if _NAME.fullmatch(name) else "size"
    number = next(_fresh_numbers.setdefault(stem, count(1)))
    return atom_size(symbol_atom(f"{stem}#{number}", True, why))
