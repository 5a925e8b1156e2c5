"""Putting sizes and numbers in for symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, atoms_below
from cnnshape.symbolic.bounds import maximum, minimum
from cnnshape.symbolic.polynomial import Dim, Size, floordiv, product, size_of, total

__all__ = [
    "LARGEST",
    "complexity",
    "data_dependent",
    "evaluate",
    "evaluate_all",
    "fits_digits",
    "subs",
    "subs_all",
    "symbols",
    "term_count",
]

LARGEST = 10**100
"""Larger than any size that a machine could hold."""
_DEEP = 40  # floors nested deeper are worked on innermost first, so that nothing recurses deeper than this


def symbols(a: Size) -> frozenset[str]:
    """Return the names of the symbols in `a`, those inside floors too."""
    if type(a) is not Dim:
        return frozenset()
    try:
        return a._symbols
    except AttributeError:
        inside = [atom.symbols for monomial in a.terms for atom, _ in monomial]
        a._symbols = inside[0] if len(inside) == 1 else frozenset().union(*inside)
        return a._symbols


def data_dependent(a: Size) -> dict[str, str]:
    """Return the symbols in `a` that `fresh` made, with what each depends on."""
    if type(a) is not Dim:
        return {}
    found = [atom for atom in atoms_below((a.terms,), {}) if isinstance(atom, Symbol) and atom.fresh]
    return {atom.name: atom.why for atom in found}


def complexity(a: Size) -> int:
    """Return a cheap measure of how hard a size is to read: of two equal formulas the smaller is preferred."""
    if type(a) is not Dim:
        return 1
    return sum([1 + (c not in (1, -1)) + sum([atom.weight * e for atom, e in mono]) for mono, c in a.terms.items()])


def term_count(a: Size) -> int:
    """Return how many terms a formula has; 1 for a number."""
    return len(a.terms) if type(a) is Dim else 1


def fits_digits(a: Size) -> bool:
    """Say whether all numbers in a size, those inside floors apart, are at most `LARGEST`."""
    if type(a) is not Dim:
        return -LARGEST <= a <= LARGEST
    return all(-LARGEST <= c <= LARGEST for c in a.terms.values()) and not any(
        type(atom) is Floor and atom.divisor > LARGEST for monomial in a.terms for atom, _ in monomial
    )


def evaluate(a: Size, values: Mapping[str, int]) -> int:
    """Return `a` with a number for each of its symbols.

    Raises
    ------
    FormulaError
        CS305 for a symbol without a value.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> evaluate((dim("H") + 3) // 32, {"H": 224})
    7
    """
    return a if type(a) is not Dim else _number(a.terms, values, {})


def evaluate_all(sizes: Iterable[Size], values: Mapping[str, int]) -> list[int]:
    """Return `evaluate` of each size; common parts are computed once."""
    known: dict[Atom, int] = {}
    return [size if type(size) is not Dim else _number(size.terms, values, known) for size in sizes]


def _number(terms: Terms, values: Mapping[str, int], known: dict[Atom, int]) -> int:
    out = 0
    for monomial, c in terms.items():
        part = c
        for atom, e in monomial:
            number = known.get(atom)
            if number is None:
                number = known[atom] = _atom_number(atom, values, known)
            part *= number if e == 1 else number**e
        out += part
    return out


def _atom_number(atom: Atom, values: Mapping[str, int], known: dict[Atom, int]) -> int:
    if type(atom) is Symbol:
        try:
            return index(values[atom.name])  # a NumPy integer would wrap silently
        except KeyError:
            raise FormulaError(
                f"no value for {atom.name}", code="CS305", got=sorted(values), needed=atom.name
            ) from None
    if atom.depth > _DEEP:
        for inner in atoms_below(atom.inside(), known):
            known[inner] = (
                _atom_number(inner, values, known) if inner.depth <= _DEEP else _shallow(inner, values, known)
            )
    return _shallow(atom, values, known)


def _shallow(atom: Atom, values: Mapping[str, int], known: dict[Atom, int]) -> int:
    """Return the number of a composed atom, whose parts are known or lie at most `_DEEP` levels deep."""
    if type(atom) is Floor:
        return _number(atom.numerator.terms, values, known) // atom.divisor
    assert type(atom) is Extremum
    numbers = [_number(size.terms, values, known) if type(size) is Dim else size for size in atom.sizes]
    return max(numbers) if atom.kind == "max" else min(numbers)


def subs(a: Size, sizes: Mapping[str, Size]) -> Size:
    """Return `a` with sizes (numbers or formulas) for some of its symbols, all put in at once.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H, h = dim("H"), dim("h")
    >>> subs(16 * (H // 16) + H % 16, {"H": 16 * h + 3})
    16*h + 3
    """
    return subs_all((a,), sizes)[0]


def subs_all(formulas: Iterable[Size], sizes: Mapping[str, Size]) -> list[Size]:
    """Return `subs` of each formula; common parts are computed once."""
    if not sizes:
        return list(formulas)
    run = _Substitution(sizes)
    return [a if type(a) is not Dim or run.names.isdisjoint(symbols(a)) else run.terms(a.terms) for a in formulas]


class _Substitution:
    """Sizes for symbols, and for the atoms that were met; None stands for an atom that stays as it is."""

    __slots__ = ("known", "names", "sizes")

    def __init__(self, sizes: Mapping[str, Size]) -> None:
        self.sizes = sizes
        self.names = frozenset(sizes)
        self.known: dict[Atom, Size | None] = {}

    def terms(self, terms: Terms) -> Size:
        known = self.known
        out: Terms = {}
        products: list[Size] = []
        for monomial, c in terms.items():
            factor = c
            kept: list[tuple[Atom, int]] = []
            changed: list[Size] = []
            for row in monomial:
                atom, e = row
                try:
                    size = known[atom]
                except KeyError:
                    size = known[atom] = self.atom(atom)
                if size is None:
                    kept.append(row)
                elif type(size) is Dim:
                    changed.append(size if e == 1 else product([size] * e))
                else:
                    factor *= size if e == 1 else size**e
            if not factor:
                continue
            rest: Monomial = tuple(kept)
            if changed:
                products.append(product([size_of({rest: factor}), *changed]))
            else:
                out[rest] = out.get(rest, 0) + factor
        whole = size_of({monomial: c for monomial, c in out.items() if c} if 0 in out.values() else out)
        return total([whole, *products]) if products else whole

    def atom(self, atom: Atom) -> Size | None:
        if self.names.isdisjoint(atom.symbols):
            return None
        if type(atom) is Symbol:
            size = self.sizes[atom.name]
            return size if type(size) is Dim else index(size)
        if atom.depth > _DEEP:
            for inner in atoms_below(atom.inside(), self.known, self.names):
                self.known[inner] = self.composed(inner) if inner.depth > _DEEP else self.atom(inner)
        return self.composed(atom)

    def composed(self, atom: Atom) -> Size:
        if type(atom) is Floor:
            return floordiv(self.terms(atom.numerator.terms), atom.divisor)
        assert type(atom) is Extremum
        inside = [self.terms(size.terms) if type(size) is Dim else size for size in atom.sizes]
        return (maximum if atom.kind == "max" else minimum)(*inside)
