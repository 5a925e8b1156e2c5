"""Sizes as flat tables, for pickling: a floor may be nested deeper than pickle recurses."""

from __future__ import annotations

from typing import Any, TypeAlias

from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Symbol, atoms_below, symbol_atom
from cnnshape.symbolic.bounds import maximum, minimum
from cnnshape.symbolic.polynomial import Dim, Size, atom_size, floordiv, product, total

__all__ = ["packed", "unpacked"]

Row: TypeAlias = tuple[Any, ...]
Flat: TypeAlias = int | tuple[tuple[tuple[tuple[int, int], ...], int], ...]


def packed(a: Dim) -> tuple[list[Row], Flat]:
    """Return the atoms inside `a`, innermost first, and its terms with atoms by their place in that list."""
    rows: list[Row] = []
    places: dict[Atom, int] = {}

    def flat(size: Size) -> Flat:
        if type(size) is not Dim:
            return size
        return tuple((tuple((places[atom], e) for atom, e in monomial), c) for monomial, c in size.terms.items())

    for atom in atoms_below((a.terms,), places):
        if type(atom) is Symbol:
            rows.append(("symbol", atom.name, atom.fresh, atom.why))
        elif type(atom) is Floor:
            rows.append(("floor", flat(atom.numerator), atom.divisor))
        else:
            assert type(atom) is Extremum
            rows.append((atom.kind, *map(flat, atom.sizes)))
        places[atom] = len(places)
    return rows, flat(a)


def unpacked(rows: list[Row], terms: Flat) -> Size:
    """Return the size that `packed` took apart."""
    atoms: list[Size] = []

    def built(flat: Flat) -> Size:
        if isinstance(flat, int):
            return flat
        return total(product([c, *(atoms[i] ** e for i, e in monomial)]) for monomial, c in flat)

    for kind, *rest in rows:
        if kind == "symbol":
            atoms.append(atom_size(symbol_atom(*rest)))
        elif kind == "floor":
            atoms.append(floordiv(built(rest[0]), rest[1]))
        else:
            atoms.append((maximum if kind == "max" else minimum)(*map(built, rest)))
    return built(terms)
