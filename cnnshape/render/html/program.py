"""Sizes as one straight-line JavaScript function of the symbols, exact for numbers of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import Any

from cnnshape.symbolic import Dim, Size, symbols
from cnnshape.symbolic.atoms import Atom, Floor, Monomial, Symbol, Terms, atoms_below

__all__ = ["HELPERS", "NONE", "Sizes", "program", "whole"]

NONE = -1
"""The reference that stands for no size."""

_LARGEST_NUMBER = 2**53 - 1


class Sizes:
    """Every size that a page shows, each once, and the references to them.

    A reference is an int: `NONE`; a formula, by its position in `formulas`; or a number that no symbol changes, at
    position ``-2 - reference`` of `numbers`.
    """

    def __init__(self) -> None:
        self.formulas: list[Dim] = []
        self.numbers: list[int | str | None] = []
        self._known: dict[Size | Fraction | None, int] = {None: NONE}

    def of(self, size: Size | Fraction | None) -> int:
        """Return the reference to a size."""
        found = self._known.get(size)
        if found is None:
            found = self._known[size] = self._new(size)
        return found

    def all_of(self, sizes: Sequence[Size | Fraction | None]) -> list[int]:
        """Return the references to several sizes."""
        return [self.of(size) for size in sizes]

    def _new(self, size: Size | Fraction | None) -> int:
        if isinstance(size, Dim):
            self.formulas.append(size)
            return len(self.formulas) - 1
        if isinstance(size, Fraction) and size.denominator == 1:
            return self.of(size.numerator)
        self.numbers.append(str(size) if isinstance(size, Fraction) else whole(size))
        return -1 - len(self.numbers)


def whole(number: int | None) -> int | str | None:
    """Return a number as JSON that no reader rounds: as digits if it is large."""
    return number if number is None or abs(number) <= _LARGEST_NUMBER else str(number)


def program(name: str, formulas: Sequence[Size], order: Sequence[str]) -> str:
    """Return the source of a JavaScript function of an array of BigInt; it needs `HELPERS`.

    Parameters
    ----------
    name : of the function
    formulas : what it computes
    order : names of the symbols, as their values stand in the array

    Returns
    -------
    str
        From the symbols' values to the array of the formulas' values; null for one with another symbol. No name of a
        symbol stands in it, so that no text of a user becomes code. Floors that formulas share are computed once.

    Examples
    --------
    >>> from cnnshape.symbolic import ceildiv, dim
    >>> h = ceildiv(dim("H"), 4)
    >>> print(program("evaluate", [64 * h * h, (h - 1) // 7], ["H"]))
    function evaluate(v){
    const s0=v[0];
    const t0=floor(s0+27n,28n);
    const t1=s0+3n>>2n;
    return [64n*t1*t1,t0-1n];
    }
    """
    names = {name: f"s{i}" for i, name in enumerate(order)}
    wanted = [size if symbols(size) <= names.keys() else None for size in formulas]
    known: dict[Atom, str] = {}
    numbers = count()
    lines = [f"const {local}=v[{i}];" for i, local in enumerate(names.values())]
    for atom in atoms_below([size.terms for size in wanted if isinstance(size, Dim)], known):
        if isinstance(atom, Symbol):
            known[atom] = names[atom.name]
        else:
            known[atom] = f"t{next(numbers)}"
            lines.append(f"const {known[atom]}={_code(atom, known)};")
    values = ",".join("null" if size is None else _size(size, known) for size in wanted)
    return "\n".join([f"function {name}(v){{", *lines, f"return [{values}];", "}"])


HELPERS = (
    "const floor=(a,m)=>a>=0n||a%m===0n?a/m:a/m-1n,"
    "max=(...a)=>a.reduce((x,y)=>x>y?x:y),min=(...a)=>a.reduce((x,y)=>x<y?x:y);\n"
)
"""What the functions call: BigInt division rounds toward 0, not down."""


def _code(atom: Any, known: Mapping[Atom, str]) -> str:
    if isinstance(atom, Floor):
        numerator, m = _sum(atom.numerator.terms, known), atom.divisor
        # Shifting a BigInt right is floor division by a power of two, for negative numbers too.
        return f"{numerator}>>{m.bit_length() - 1}n" if m & (m - 1) == 0 else f"floor({numerator},{m}n)"
    return f"{atom.kind}({','.join(_size(size, known) for size in atom.sizes)})"


def _size(size: Size, known: Mapping[Atom, str]) -> str:
    return _sum(size.terms, known) if isinstance(size, Dim) else f"{size}n"


def _sum(terms: Terms, known: Mapping[Atom, str]) -> str:
    # A subtraction first would need a sign of its own; the order of a sum does not matter to whole numbers.
    rows = sorted(terms.items(), key=lambda row: (row[1] < 0, not row[0]))
    out = "".join([("-" if c < 0 else "+") + _product(abs(c), monomial, known) for monomial, c in rows])
    return out.removeprefix("+")


def _product(c: int, monomial: Monomial, known: Mapping[Atom, str]) -> str:
    factors = [known[atom] for atom, e in monomial for _ in range(e)]
    return "*".join(factors if c == 1 and factors else [f"{c}n", *factors])
