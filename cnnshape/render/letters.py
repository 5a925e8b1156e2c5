"""Short names for long sizes: ``h4 = ceil(H/4)``, so that a table of formulas stays a table."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from cnnshape.render.units import count_text
from cnnshape.symbolic import Dim, Size, dim, subs, text
from cnnshape.symbolic.atoms import Atom, Floor, Monomial, Symbol, Terms, monomial_order

__all__ = ["Letters"]


class Letters:
    """Names of the floors that occur in some sizes.

    A floor with about a quarter of H is named ``h4``; other floors and extrema are named ``s1``, ``s2``, ...

    Parameters
    ----------
    sizes : the sizes that will be written

    Examples
    --------
    >>> from cnnshape.symbolic import ceildiv
    >>> h, w = ceildiv(dim("H"), 4), ceildiv(dim("W"), 4)
    >>> letters = Letters([h, w])
    >>> letters.text(64 * h * w), letters.short(36864 * h * w + 9), letters.legend
    ('64*h4*w4', '36.9K*h4*w4 + 9', ('h4 = ceil(H/4)', 'w4 = ceil(W/4)'))
    """

    def __init__(self, sizes: Iterable[Size]) -> None:
        atoms: dict[Atom, None] = {}
        taken: set[str] = set()
        for size in dict.fromkeys(size for size in sizes if isinstance(size, Dim)):
            for monomial in size.terms:
                for atom, _ in monomial:
                    atoms[atom] = None
                    taken |= atom.symbols
        self._names: dict[Atom, Dim] = {}
        self._written: dict[Size, str] = {}
        named = sorted((a for a in atoms if type(a) is not Symbol), key=_reading_order)
        for number, atom in enumerate(named, start=1):
            name = _free(_name(atom) or f"s{number}", taken)
            taken.add(name)
            self._names[atom] = dim(name)

    @property
    def legend(self) -> tuple[str, ...]:
        """What each name stands for, in the symbols of the inputs and names before it."""
        rows: dict[str, str] = {}
        for atom, name in self._names.items():
            rows[text(name)] = _definition(atom, self._names)
        return tuple(_without_twins(rows, self._twins()))

    def text(self, size: Size) -> str:
        """Return a size with names in it, exact."""
        return text(self._named(size)) if isinstance(size, Dim) else str(size)

    def short(self, size: Size) -> str:
        """Return a count with names in it, its factors to three digits."""
        found = self._written.get(size)
        if found is None:
            found = self._written[size] = self._short(size)
        return found

    def _short(self, size: Size) -> str:
        if not isinstance(size, Dim):
            return count_text(size)
        out = ""
        for monomial, c in sorted(size.terms.items(), key=_most_first):
            sign = (" - " if c < 0 else " + ") if out else ("-" if c < 0 else "")
            product = "*".join(self._power(atom, e) for atom, e in monomial)
            factor = count_text(abs(c)) if abs(c) != 1 or not product else ""
            out += sign + "*".join(filter(None, (factor, product)))
        return out

    def _power(self, atom: Atom, e: int) -> str:
        base = text(self._names[atom]) if atom in self._names else str(atom)
        return base if e == 1 else f"{base}**{e}"

    def _named(self, size: Dim) -> Size:
        return _replaced(size.terms, self._names)

    def _twins(self) -> dict[str, tuple[str, str]]:
        """Return names that are another's with the symbol exchanged (``w4`` is to W what ``h4`` is to H): it, symbol."""
        originals: dict[tuple[int, Size], str] = {}
        found: dict[str, tuple[str, str]] = {}
        for atom, name in self._names.items():
            if type(atom) is Floor and len(atom.symbols) == 1:
                (symbol,) = atom.symbols
                own = text(name)
                first = originals.setdefault((atom.divisor, subs(atom.numerator, {symbol: dim("x")})), own)
                if first != own and first[1:] == own[1:]:
                    found[own] = first, symbol
        return found


def _most_first(row: tuple[Monomial, int]) -> tuple[object, ...]:
    monomial, c = row
    return -sum(e for _, e in monomial), -abs(c), monomial_order(monomial)


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


def _name(atom: Atom) -> str:
    """Return ``h4`` for about a quarter of H, ``h3_2`` for three halves; "" where there is no such name."""
    slope = _slope(atom)
    if slope is None or slope <= 0:
        return ""
    (symbol,) = atom.symbols
    letter = symbol.lower() if symbol[:1].isalpha() and symbol.isascii() else "s"
    low = "" if slope.numerator == 1 else f"{slope.numerator}_"
    return f"{letter}{low}{slope.denominator}"


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    letters = "bcdefghijklmnopqrstuvwxyz"
    return next(other for n in range(1_000_000) if (other := name + _suffix(n, letters)) not in taken)


def _suffix(n: int, letters: str) -> str:
    return letters[n] if n < len(letters) else f"_{n - len(letters) + 2}"


def _replaced(terms: Terms, names: dict[Atom, Dim]) -> Size:
    out: Size = 0
    for monomial, c in terms.items():
        product: Size = c
        for atom, e in monomial:
            product = product * (names[atom] if atom in names else dim(str(atom))) ** e
        out = out + product
    return out


def _definition(atom: Atom, names: dict[Atom, Dim]) -> str:
    """Return the atom in letters that stand above it in the legend, else in the symbols of the inputs."""
    if type(atom) is Floor:
        inner = {a for monomial in atom.numerator.terms for a, _ in monomial}
        if all(type(a) is Symbol or a in names for a in inner):
            return text(_replaced(atom.numerator.terms, names) // atom.divisor)
        return text(atom.numerator // atom.divisor)
    return str(atom)


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
