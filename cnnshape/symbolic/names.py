"""The makers of symbols."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import live_symbol, symbol_atom
from cnnshape.symbolic.polynomial import Dim, atom_size

__all__ = ["RESERVED", "dim", "fresh", "is_fresh", "numbered", "renewed", "restored"]

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


_everywhere = Counter[str]()
_here: ContextVar[Counter[str] | None] = ContextVar("numbers", default=None)


@contextmanager
def numbered() -> Iterator[None]:
    """Count the symbols that `fresh` makes inside from 1, so that reading a network twice gives the same names.

    Symbols of one name are one symbol: what joins two networks renews those of one of them.
    """
    token = _here.set(Counter())
    try:
        yield
    finally:
        _here.reset(token)


def fresh(name: str, why: str = "") -> Dim:
    """Return a new symbol for a size that depends on data; it equals no other.

    Inside of `numbered` it equals no other that was made there.

    Parameters
    ----------
    name : str, the stem; the symbol is called ``name#1``, ``name#2``, ...
    why : str, what the value depends on
    """
    stem = name if _NAME.fullmatch(name) else "size"
    here = _here.get()
    numbers = _everywhere if here is None else here
    label = _next(stem, numbers)
    while here is None and live_symbol(label) is not None:
        label = _next(stem, numbers)
    return atom_size(symbol_atom(label, True, why))


def is_fresh(name: str) -> bool:
    """Say whether the symbol of that name is one that `fresh` makes: `dim` makes none of them."""
    return "#" in name


def _next(stem: str, numbers: Counter[str]) -> str:
    numbers[stem] += 1
    return f"{stem}#{numbers[stem]}"


def renewed(names: Iterable[str]) -> dict[str, Dim]:
    """Return a new symbol for each of `names` that `fresh` made: for a second use of a network, on other data."""
    old = {name: symbol for name in names if is_fresh(name) and (symbol := live_symbol(name)) is not None}
    new: dict[str, Dim] = {}
    for name, symbol in old.items():
        new[name] = fresh(name.partition("#")[0], symbol.why)
        while str(new[name]) in old:  # numbers begin anew inside of `numbered`
            new[name] = fresh(name.partition("#")[0], symbol.why)
    return new


def restored(name: str, why: str = "") -> Dim:
    """Return the symbol that `fresh` made under that name, such as ``name#1``, wherever that was."""
    return atom_size(symbol_atom(name, True, why))
