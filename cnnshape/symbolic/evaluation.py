"""Putting sizes and numbers in for symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, atoms_below
from cnnshape.symbolic.bounds import maximum, minimum
from cnnshape.symbolic.polynomial import Dim, Size, floordiv, product, size_of, total

__all__ = ["complexity", "data_dependent", "evaluate", "evaluate_all", "subs", "subs_all", "symbols"]


def symbols(a: Size) -> frozenset[str]:
    """Return the names of the symbols in `a`, those inside floors too."""
    if type(a) is not Dim:
        return frozenset()
    found = a._symbols
    if found is None:
        inside = [atom.symbols for monomial in a.terms for atom, _ in monomial]
        found = a._symbols = inside[0] if len(inside) == 1 else frozenset().union(*inside)
    return found


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
    return a if type(a) is not Dim else _Evaluation(values).at(a.terms)


def evaluate_all(sizes: Iterable[Size], values: Mapping[str, int]) -> list[int]:
    """Return `evaluate` of each size; common parts are computed once."""
    run = _Evaluation(values)
    return [size if type(size) is not Dim else run.at(size.terms) for size in sizes]


class _Evaluation:
    __slots__ = ("known", "values")

    def __init__(self, values: Mapping[str, int]) -> None:
        self.values = values
        self.known: dict[Atom, int] = {}

    def at(self, terms: Terms) -> int:
        known = self.known
        for atom in atoms_below((terms,), known):
            known[atom] = self.atom(atom)
        return _number(terms, known)

    def atom(self, atom: Atom) -> int:
        known = self.known
        if type(atom) is Floor:
            return _number(atom.numerator.terms, known) // atom.divisor
        if type(atom) is Symbol:
            try:
                return self.values[atom.name]
            except KeyError:
                raise FormulaError(
                    f"no value for {atom.name}", code="CS305", got=sorted(self.values), needed=atom.name
                ) from None
        assert type(atom) is Extremum
        numbers = [_number(size.terms, known) if type(size) is Dim else size for size in atom.sizes]
        return max(numbers) if atom.kind == "max" else min(numbers)


def _number(terms: Terms, known: Mapping[Atom, int]) -> int:
    out = 0
    for monomial, c in terms.items():
        for atom, e in monomial:
            c *= known[atom] if e == 1 else known[atom] ** e
        out += c
    return out


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
    names = frozenset(sizes)
    known: dict[Atom, Size] = {}
    out: list[Size] = []
    for a in formulas:
        if type(a) is Dim and not names.isdisjoint(symbols(a)):
            for atom in atoms_below((a.terms,), known, names):
                known[atom] = _replaced(atom, sizes, known)
            a = _substituted(a.terms, known)
        out.append(a)
    return out


def _replaced(atom: Atom, sizes: Mapping[str, Size], known: Mapping[Atom, Size]) -> Size:
    if type(atom) is Symbol:
        return sizes[atom.name]
    if type(atom) is Floor:
        return floordiv(_substituted(atom.numerator.terms, known), atom.divisor)
    assert type(atom) is Extremum
    inside = [_substituted(size.terms, known) if type(size) is Dim else size for size in atom.sizes]
    return (maximum if atom.kind == "max" else minimum)(*inside)


def _substituted(terms: Terms, values: Mapping[Atom, Size]) -> Size:
    """Return the polynomial with sizes for some of its atoms."""
    kept: Terms = {}
    changed: list[Size] = []
    for monomial, c in terms.items():
        rest: Monomial = tuple([factor for factor in monomial if factor[0] not in values])
        if len(rest) == len(monomial):
            kept[monomial] = c
        else:
            powers = [values[atom] ** e if e > 1 else values[atom] for atom, e in monomial if atom in values]
            changed.append(product([size_of({rest: c}), *powers]))
    return total([size_of(kept), *changed])
