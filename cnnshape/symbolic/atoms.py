"""The indivisible parts of a size: symbols, floors, and undecided extrema, with the order that sorts them.

Atoms are interned: two equal atoms that are alive are one object, so that they compare and hash by identity.
The tables hold them weakly, so that a long-running program does not grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from threading import RLock
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from cnnshape.symbolic.polynomial import Dim

__all__ = ["Atom", "Extremum", "Floor", "Monomial", "Symbol", "Terms", "atoms_below", "monomial_order"]

ExtremumKind = Literal["max", "min"]


class Atom:
    """Common part of the three kinds of atom.

    Attributes
    ----------
    order : tuple, sorts atoms by content (the same in every process)
    digest : int, the same in every process, for the order of floors
    symbols : frozenset of str, names of the symbols inside
    depth : int, 0 for a symbol, else 1 + the largest depth inside
    weight : int, how hard the atom is to read
    """

    __slots__ = ("__weakref__", "depth", "digest", "order", "symbols", "weight")

    rank: ClassVar[int]
    depth: int
    digest: int
    order: tuple[object, ...]
    symbols: frozenset[str]
    weight: int

    def inside(self) -> tuple[Terms, ...]:
        """Return the terms of the sizes that the atom is made of."""
        return ()

    def content(self) -> tuple[object, ...]:
        """Return what tells apart atoms of one kind over the same symbols, in ints and texts."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> object:
        # Reached only while the slot is empty: most atoms are never sorted.
        if name == "digest":
            self.digest = hash(self.content())
            return self.digest
        if name == "order":
            self.order = (type(self).rank, tuple(sorted(self.symbols)), self.depth, *self.content())
            return self.order
        raise AttributeError(name)


class Symbol(Atom):
    """A free integer of at least 1. `fresh` marks one whose value depends on data; `why` says on what."""

    __slots__ = ("fresh", "name", "why")

    rank = 0
    name: str
    fresh: bool
    why: str

    def __reduce__(self) -> tuple[object, ...]:
        return symbol_atom, (self.name, self.fresh, self.why)

    def __repr__(self) -> str:
        return self.name


class Floor(Atom):
    """``floor(numerator / divisor)`` in normal form; only `floordiv` makes one."""

    __slots__ = ("divisor", "numerator")

    rank = 1
    numerator: Dim
    divisor: int

    def inside(self) -> tuple[Terms, ...]:
        return (self.numerator.terms,)

    def content(self) -> tuple[object, ...]:
        return self.divisor, _digest(self.numerator.terms)

    def __reduce__(self) -> tuple[object, ...]:
        return floor_atom, (self.numerator, self.divisor)

    def __repr__(self) -> str:
        return f"floor(({self.numerator})/{self.divisor})"


class Extremum(Atom):
    """The largest or smallest of several sizes, where no bound could decide which one it is."""

    __slots__ = ("kind", "sizes")

    rank = 2
    kind: ExtremumKind
    sizes: tuple[int | Dim, ...]

    def inside(self) -> tuple[Terms, ...]:
        return tuple(size.terms for size in self.sizes if not isinstance(size, int))

    def content(self) -> tuple[object, ...]:
        return self.kind == "max", *(
            _digest({(): size} if isinstance(size, int) else size.terms) for size in self.sizes
        )

    def __reduce__(self) -> tuple[object, ...]:
        return extremum_atom, (self.kind, self.sizes)

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.sizes))})"


Monomial: TypeAlias = tuple[tuple[Atom, int], ...]
Terms: TypeAlias = dict[Monomial, int]

_lock = RLock()  # a finalizer that runs meanwhile may make sizes too
_symbols: WeakValueDictionary[str, Symbol] = WeakValueDictionary()
_floors: WeakValueDictionary[tuple[Dim, int], Floor] = WeakValueDictionary()
_extrema: WeakValueDictionary[tuple[str, tuple[int | Dim, ...]], Extremum] = WeakValueDictionary()


def symbol_atom(name: str, fresh: bool = False, why: str = "") -> Symbol:
    """Return the symbol of that name; the first call settles what it is marked with."""
    with _lock:
        atom = _symbols.get(name)
        if atom is None:
            atom = Symbol()
            atom.name, atom.fresh, atom.why = name, fresh, why
            atom.symbols, atom.depth, atom.weight = frozenset((name,)), 0, 1
            atom.digest = hash(int.from_bytes(name.encode(), "big"))
            atom.order = (atom.rank, name)
            _symbols[name] = atom
    return atom


def live_symbol(name: str) -> Symbol | None:
    """Return the symbol of that name if something still uses it."""
    return _symbols.get(name)


def floor_atom(numerator: Dim, divisor: int) -> Floor:
    """Return the atom of a numerator and divisor that already are in normal form."""
    key = (numerator, divisor)
    with _lock:
        atom = _floors.get(key)
        if atom is None:
            atom = Floor()
            atom.numerator, atom.divisor = numerator, divisor
            _describe(atom, (numerator.terms,))
            _floors[key] = atom
    return atom


def extremum_atom(kind: ExtremumKind, sizes: tuple[int | Dim, ...]) -> Extremum:
    """Return the atom of the extremum of sizes that are already sorted and undecided."""
    key = (kind, sizes)
    with _lock:
        atom = _extrema.get(key)
        if atom is None:
            atom = Extremum()
            atom.kind, atom.sizes = kind, sizes
            _describe(atom, atom.inside())
            _extrema[key] = atom
    return atom


def _describe(atom: Atom, inside: tuple[Terms, ...]) -> None:
    found = [inner for terms in inside for monomial in terms for inner, _ in monomial]
    if len(found) == 1:
        (inner,) = found
        atom.symbols, atom.depth, atom.weight = inner.symbols, inner.depth + 1, inner.weight + 2 + len(inside[0])
    else:
        atom.symbols = frozenset().union(*[inner.symbols for inner in found])
        atom.depth = 1 + max([inner.depth for inner in found])
        atom.weight = 2 + sum([inner.weight for inner in found]) + sum(map(len, inside))
    if atom.depth > 1:
        atom.digest = hash(atom.content())  # now, so that asking the outermost of many nested atoms does not recurse


def _digest(terms: Terms) -> int:
    # Hashes of ints and of tuples of ints do not depend on PYTHONHASHSEED, so this is the same in every process.
    # -1 and -2 hash alike; shifting the negative coefficients keeps them apart.
    return hash(
        frozenset(
            [(tuple([(atom.digest, e) for atom, e in mono]), c if c >= 0 else c - 1) for mono, c in terms.items()]
        )
    )


def monomial_order(monomial: Monomial) -> tuple[object, ...]:
    """Return the sort key of a monomial: by total degree downwards, then lexicographically (graded lex)."""
    return -sum([e for _, e in monomial]), tuple([(atom.order, -e) for atom, e in monomial])


def atoms_below(
    roots: Iterable[Terms], known: Mapping[Atom, object], names: frozenset[str] | None = None
) -> Iterator[Atom]:
    """Return the atoms inside `roots` that are not `known`, each after the atoms it is made of.

    With `names`, atoms that contain none of these symbols are passed over. There is no recursion: floors may be
    nested a hundred thousand deep.
    """
    found: dict[Atom, None] = {}
    stack = list(roots)
    while stack:
        for monomial in stack.pop():
            for atom, _ in monomial:
                if atom not in known and atom not in found and (names is None or not names.isdisjoint(atom.symbols)):
                    found[atom] = None
                    if atom.depth:
                        stack.extend(atom.inside())
    return iter(found if len(found) < 2 else sorted(found, key=_depth))


def _depth(atom: Atom) -> int:
    return atom.depth
