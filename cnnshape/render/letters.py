"""Short names for long sizes: ``h4 = ceil(H/4)``, so that a table of formulas stays a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from cnnshape.render.units import count_text
from cnnshape.symbolic import Dim, Size, dim, subs, text
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, monomial_order
from cnnshape.symbolic.polynomial import atom_size

__all__ = ["Letters", "words_of"]

_LARGEST_PART = 9999


class Letters:
    """Names of the floors that occur in some sizes.

    What is about a quarter of H is named ``h4``; a floor that is no such part of one symbol is named ``s1``, ``s2``.
    The larger of two sizes is no floor and keeps its words, with names inside.

    Parameters
    ----------
    sizes : the sizes that will be written

    Attributes
    ----------
    taken : frozenset of str, the names and symbols that mean something

    Examples
    --------
    >>> from cnnshape.symbolic import ceildiv
    >>> h, w = ceildiv(dim("H"), 4), ceildiv(dim("W"), 4)
    >>> letters = Letters([h, w])
    >>> letters.text(64 * h * w - 9), letters.short(36864 * h * w + 1000)
    ('64*h4*w4 - 9', '36.9K*h4*w4 + 1.00K')
    >>> letters.legend
    ('h4 = ceil(H/4)', 'w4 = ceil(W/4)')
    """

    def __init__(self, sizes: Iterable[Size]) -> None:
        atoms: dict[Atom, None] = {}
        taken: set[str] = set()
        for size in dict.fromkeys(sizes):
            for atom in _outermost(size):
                atoms[atom] = None
                taken |= atom.symbols
        self._names: dict[Atom, str] = {}
        self._written: dict[tuple[Size, bool], str] = {}
        others = 0
        for atom in sorted((a for a in atoms if type(a) is Floor), key=_reading_order):
            name = _part_name(atom)
            if not name:
                others += 1
                name = f"s{others}"
            self._names[atom] = name = _free(name, taken)
            taken.add(name)
        self._order = {atom: i for i, atom in enumerate(self._names)}
        self.taken = frozenset(taken)

    def text(self, size: Size) -> str:
        """Return a size with names in it, exact."""
        return self._remembered(size, short=False)

    def short(self, size: Size) -> str:
        """Return a count with names in it, its factors to three digits."""
        return self._remembered(size, short=True)

    @property
    def legend(self) -> tuple[str, ...]:
        """What each name stands for, in the symbols of the inputs and names before it."""
        return self.legend_of(self._names.values())

    def legend_of(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return what the names among `words` stand for, with the names that this takes."""
        wanted = set(words)
        rows: dict[str, str] = {}
        for atom, name in reversed(self._names.items()):
            if name in wanted:
                rows[name] = self._definition(atom)
                wanted.update(words_of(rows[name]))
        rows = dict(reversed(rows.items()))
        twins = {name: like for name, like in self._twins().items() if name in rows and like[0] in rows}
        return tuple(_without_twins(rows, twins))

    def _remembered(self, size: Size, short: bool) -> str:
        number: Callable[[int], str] = count_text if short else str
        if not isinstance(size, Dim):
            return number(size)
        found = self._written.get((size, short))
        if found is None:
            found = self._written[size, short] = self._sum(size.terms, number)
        return found

    def _sum(self, terms: Terms, number: Callable[[int], str]) -> str:
        out = ""
        for monomial, c in sorted(terms.items(), key=self._place):
            sign = (" - " if c < 0 else " + ") if out else ("-" if c < 0 else "")
            factor = number(abs(c)) if abs(c) != 1 or not monomial else ""
            out += sign + "*".join(filter(None, (factor, *(self._power(atom, e, number) for atom, e in monomial))))
        return out

    def _place(self, term: tuple[Monomial, int]) -> tuple[object, ...]:
        """Sort by degree, what is added before what is taken away, and larger maps before smaller ones."""
        monomial, c = term
        return (
            -sum(e for _, e in monomial),
            c < 0,
            [self._order.get(a, -1) for a, _ in monomial],
            monomial_order(monomial),
        )

    def _power(self, atom: Atom, e: int, number: Callable[[int], str]) -> str:
        if type(atom) is Extremum:
            inside = (self._sum(s.terms, number) if isinstance(s, Dim) else number(s) for s in atom.sizes)
            base = f"{atom.kind}({', '.join(inside)})"
        else:
            base = self._names.get(atom) or str(atom)
        return base if e == 1 else f"{base}**{e}"

    def _definition(self, atom: Atom) -> str:
        """Return a floor in names that stand above it in the legend, or else in the symbols of the inputs."""
        assert type(atom) is Floor
        terms = atom.numerator.terms
        if all(type(a) is Symbol or a in self._names for monomial in terms for a, _ in monomial):
            return text(_renamed(terms, self._names) // atom.divisor)
        return text(atom.numerator // atom.divisor)

    def _twins(self) -> dict[str, tuple[str, str]]:
        """Return names that are another's with the symbol exchanged, as ``w4`` is ``h4`` of W: it, and the symbol."""
        originals: dict[tuple[int, Size], str] = {}
        found: dict[str, tuple[str, str]] = {}
        for atom, name in self._names.items():
            if type(atom) is Floor and len(atom.symbols) == 1:
                (symbol,) = atom.symbols
                first = originals.setdefault((atom.divisor, subs(atom.numerator, {symbol: dim("x")})), name)
                if first != name and first[1:] == name[1:]:
                    found[name] = first, symbol
        return found


def words_of(text: str) -> list[str]:
    """Return the words of a text, names among them."""
    return re.findall(r"\w+", text)


def _outermost(size: Size) -> Iterator[Atom]:
    """Yield the atoms that a size is written with; those of a maximum are written too."""
    stack = [size]
    while stack:
        top = stack.pop()
        if not isinstance(top, Dim):
            continue
        for monomial in top.terms:
            for atom, _ in monomial:
                if type(atom) is Extremum:
                    stack.extend(atom.sizes)
                else:
                    yield atom


def _reading_order(atom: Atom) -> tuple[object, ...]:
    slope = _slope(atom)
    return len(atom.symbols), tuple(sorted(atom.symbols)), -slope if slope else Fraction(1), atom.depth, atom.order


def _slope(atom: Atom) -> Fraction | None:
    """Return how many elements the atom has for each of its only symbol, in the long run; None if that is no number."""
    if len(atom.symbols) != 1:
        return None
    slopes: dict[Atom, Fraction] = {}
    stack = [atom]
    while stack:
        top = stack[-1]
        if type(top) is Symbol:
            slopes[stack.pop()] = Fraction(1)
            continue
        if type(top) is not Floor:
            return None
        rows = [(monomial, c) for monomial, c in top.numerator.terms.items() if monomial]
        if any(len(monomial) != 1 or monomial[0][1] != 1 for monomial, _ in rows):
            return None
        missing = [monomial[0][0] for monomial, _ in rows if monomial[0][0] not in slopes]
        if missing:
            stack += missing
        else:
            slopes[stack.pop()] = sum((c * slopes[m[0][0]] for m, c in rows), Fraction(0)) / top.divisor
    return slopes[atom]


def _part_name(atom: Atom) -> str:
    """Return ``h4`` for about a quarter of H, ``h3_2`` for three halves; "" where there is no such name."""
    slope = _slope(atom)
    if slope is None or slope <= 0 or max(slope.numerator, slope.denominator) > _LARGEST_PART:
        return ""
    (symbol,) = atom.symbols
    # l16 reads as 116.
    letter = symbol if symbol == "L" else symbol.lower() if symbol.isidentifier() else "s"
    over = "" if slope.numerator == 1 else f"{slope.numerator}_"
    return f"{letter}{over}{slope.denominator}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a letter or a number behind it if it is taken."""
    if name not in taken:
        return name
    letters = iter("bcdefghijklmnopqrstuvwxyz")
    suffix = next((letter for letter in letters if name + letter not in taken), "")
    number = 2
    while not suffix or name + suffix in taken:
        suffix = f"_{number}"
        number += 1
    return name + suffix


def _renamed(terms: Terms, names: dict[Atom, str]) -> Size:
    out: Size = 0
    for monomial, c in terms.items():
        product: Size = c
        for atom, e in monomial:
            product = product * (dim(names[atom]) if atom in names else atom_size(atom)) ** e
        out = out + product
    return out


def _without_twins(rows: dict[str, str], twins: dict[str, tuple[str, str]]) -> Iterable[str]:
    """Yield the rows of the legend; three or more twins of one symbol share a row."""
    by_symbol: dict[str, list[str]] = {}
    for name, (_, symbol) in twins.items():
        by_symbol.setdefault(symbol, []).append(name)
    shared = {symbol: names for symbol, names in by_symbol.items() if len(names) > 2}
    hidden = {name for names in shared.values() for name in names}
    yield from (f"{name} = {definition}" for name, definition in rows.items() if name not in hidden)
    for symbol, names in shared.items():
        yield f"{', '.join(names)}: as {', '.join(twins[name][0] for name in names)}, of {symbol}"
