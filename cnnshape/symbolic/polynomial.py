"""`Dim`: an integer polynomial over interned atoms, and the one constructor of floors, `floordiv`.

Every operation returns a plain int when the result has no symbols, so that nobody asks which of the two it got.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count
from math import gcd
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, final

from ..errors import FormulaError
from .atoms import Atom, Floor, Monomial, Symbol, Terms, atoms_below, floor_atom, monomial_order, multiplied, symbol_atom

if TYPE_CHECKING:
    import sympy

__all__ = ["Dim", "Size", "UndecidedError", "ceildiv", "dim", "floordiv", "fresh", "mod", "product", "total"]

_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_RESERVED = frozenset({"and", "any", "ceil", "floor", "in", "max", "min", "or"})
_LARGEST_EXPONENT = 8
_MEMO_CAP = 1 << 15


class UndecidedError(FormulaError, TypeError):
    """A symbolic size was used where only a number can decide (CS306)."""

    default_code = "CS306"


@final
class Dim:
    """A symbolic size: an integer polynomial over symbols and floors, in a normal form; immutable.

    ``==`` compares the normal forms; `equal` decides whether two sizes agree for every value of their symbols.

    Attributes
    ----------
    terms : dict of monomial to coefficient, never zero; the constant stands at ``()``; not to be changed

    Raises
    ------
    UndecidedError
        CS306 when used as a truth value or ordered with ``<``.

    Examples
    --------
    >>> H = dim("H")
    >>> (H + 2 * 3 - 7) // 2 + 1
    floor((H + 1)/2)
    >>> ((H + 1) // 2 + 1) // 2
    floor((H + 3)/4)
    >>> H - H
    0
    """

    __array_ufunc__ = None  # NumPy scalars must not swallow a Dim into an object array
    __slots__ = ("_hash", "_symbols", "_text", "terms")

    terms: Terms
    _hash: int | None
    _symbols: frozenset[str] | None
    _text: str | None

    def __new__(cls) -> Dim:
        raise UndecidedError("a Dim is made by dim('H') and by arithmetic, not by calling the class", code="CS301")

    def __hash__(self) -> int:
        found = self._hash
        if found is None:
            found = self._hash = hash(frozenset(self.terms.items()))
        return found

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is Dim:
            return self.terms == other.terms
        return False if isinstance(other, int) else NotImplemented

    def __ne__(self, other: object) -> bool:
        if type(other) is Dim:
            return self is not other and self.terms != other.terms
        return True if isinstance(other, int) else NotImplemented

    def __add__(self, other: Size) -> Size:
        if type(other) is Dim:
            terms = self.terms.copy()
            for monomial, c in other.terms.items():
                c += terms.get(monomial, 0)
                if c:
                    terms[monomial] = c
                else:
                    del terms[monomial]
            return _size(terms)
        if not isinstance(other, int):
            return NotImplemented
        if not other:
            return self
        terms = self.terms.copy()
        c = terms.get((), 0) + other
        if c:
            terms[()] = c
        else:
            del terms[()]
        return _dim(terms)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return _dim({monomial: -c for monomial, c in self.terms.items()})

    def __pos__(self) -> Dim:
        return self

    def __sub__(self, other: Size) -> Size:
        if type(other) is Dim:
            terms = self.terms.copy()
            for monomial, c in other.terms.items():
                c = terms.get(monomial, 0) - c
                if c:
                    terms[monomial] = c
                else:
                    del terms[monomial]
            return _size(terms)
        return self + -other if isinstance(other, int) else NotImplemented

    def __rsub__(self, other: int) -> Size:
        return -self + other if isinstance(other, int) else NotImplemented

    def __mul__(self, other: Size) -> Size:
        if type(other) is Dim:
            return _size(multiply_terms(self.terms, other.terms))
        if not isinstance(other, int):
            return NotImplemented
        if other == 1:
            return self
        return _dim({monomial: c * other for monomial, c in self.terms.items()}) if other else 0

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Size:
        if not isinstance(exponent, int):
            return NotImplemented
        if not 0 <= exponent <= _LARGEST_EXPONENT:
            raise FormulaError(
                f"exponent {exponent} is not in 0..{_LARGEST_EXPONENT}", code="CS303", got=exponent, needed="0..8"
            )
        return product([self] * exponent)

    def __floordiv__(self, other: Size) -> Size:
        return floordiv(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rfloordiv__(self, other: int) -> Size:
        return floordiv(other, self) if isinstance(other, int) else NotImplemented

    def __mod__(self, other: Size) -> Size:
        return mod(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rmod__(self, other: int) -> Size:
        return mod(other, self) if isinstance(other, int) else NotImplemented

    def __truediv__(self, other: Size) -> Size:
        return _whole(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rtruediv__(self, other: int) -> Size:
        return _whole(other, self) if isinstance(other, int) else NotImplemented

    def _undecided(self, *_: object) -> NoReturn:
        raise UndecidedError(
            "a symbolic size has no truth value", given=f"size {self}", fix="use equal(a, b) or bound(a)"
        )

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _undecided

    def __copy__(self) -> Dim:
        return self

    def __deepcopy__(self, _: object) -> Dim:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, _packed(self)

    def __repr__(self) -> str:
        from .printing import text

        return text(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def _repr_latex_(self) -> str:
        from .printing import latex

        return f"${latex(self)}$"

    def _sympy_(self) -> sympy.Expr:
        from .sympy_bridge import to_sympy

        return to_sympy(self)


Size: TypeAlias = int | Dim

_blank = object.__new__


def _dim(terms: Terms) -> Dim:
    made = _blank(Dim)
    made.terms = terms
    made._hash = made._symbols = made._text = None
    return made


def _size(terms: Terms) -> Size:
    if not terms:
        return 0
    if len(terms) == 1 and () in terms:
        return terms[()]
    return _dim(terms)


def size_of(terms: Terms) -> Size:
    """Return the size of these terms; the dict is taken over and must hold no zero."""
    return _size(terms)


def atom_size(atom: Atom) -> Dim:
    """Return the size that is one atom."""
    return _dim({((atom, 1),): 1})


def multiply_terms(left: Terms, right: Terms) -> Terms:
    """Return the product of two polynomials."""
    out: Terms = {}
    for m, c in left.items():
        for n, d in right.items():
            monomial = multiplied(m, n)
            out[monomial] = out.get(monomial, 0) + c * d
    return {m: c for m, c in out.items() if c} if 0 in out.values() else out


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
    if not _NAME.fullmatch(name) or name in _RESERVED:
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


def total(sizes: Iterable[Size]) -> Size:
    """Return the sum, in time linear in the number of terms."""
    out: Terms = {}
    constant = 0
    for size in sizes:
        if type(size) is Dim:
            for monomial, c in size.terms.items():
                out[monomial] = out.get(monomial, 0) + c
        else:
            constant += size  # type: ignore[operator]
    if constant:
        out[()] = out.get((), 0) + constant
    return _size({m: c for m, c in out.items() if c} if 0 in out.values() else out)


def product(sizes: Iterable[Size]) -> Size:
    """Return the product; 1 for none.

    Examples
    --------
    >>> product([3, dim("H"), 2, dim("W")])
    6*H*W
    """
    factor = 1
    terms: Terms | None = None
    for size in sizes:
        if type(size) is Dim:
            terms = size.terms if terms is None else multiply_terms(terms, size.terms)
        else:
            factor *= size  # type: ignore[operator]
    if terms is None or not factor:
        return factor
    return _size({m: c * factor for m, c in terms.items()} if factor != 1 else terms)


_FLOORS: dict[tuple[Dim, int], Size] = {}


def floordiv(a: Size, m: Size) -> Size:
    """Return ``floor(a / m)`` in normal form, for every integer `a`, negative ones too.

    Parameters
    ----------
    a : int or Dim
    m : int other than 0, or a Dim that divides `a` exactly

    Raises
    ------
    FormulaError
        CS304 if `m` is symbolic and does not divide `a`; CS301 if `m` is 0.

    Examples
    --------
    >>> H = dim("H")
    >>> floordiv(floordiv(H + 1, 2) + 1, 2)
    floor((H + 3)/4)
    >>> floordiv(6 * H + 5, 4)
    H + floor((H + 2)/2)
    """
    if type(m) is not int:
        return _whole(a, m)
    if m <= 0:
        if not m:
            raise FormulaError("division by zero", given=f"{a} // 0")
        a, m = -a, -m
    if type(a) is not Dim:
        return a // m  # type: ignore[operator]
    if m == 1:
        return a
    key = (a, m)
    found = _FLOORS.get(key)
    if found is None:
        found = _floor(a.terms, m)
        if len(_FLOORS) >= _MEMO_CAP:
            _FLOORS.clear()
        _FLOORS[key] = found
    return found


def ceildiv(a: Size, m: Size) -> Size:
    """Return ``ceil(a / m)``; `m` as in `floordiv`.

    Examples
    --------
    >>> ceildiv(dim("H"), 32)
    ceil(H/32)
    """
    return -floordiv(-a, m)


def mod(a: Size, m: Size) -> Size:
    """Return ``a - m*floor(a/m)``, Python's ``a % m``; `m` as in `floordiv`.

    Examples
    --------
    >>> mod(dim("H") + 4, 2)
    H % 2
    """
    if type(a) is Dim or type(m) is Dim:
        return a - m * floordiv(a, m)
    if not m:
        raise FormulaError("division by zero", given=f"{a} % 0")
    return a % m  # type: ignore[operator]


def _whole(a: Size, b: Size) -> Size:
    from .division import exact_div

    if not isinstance(b, Dim) and not b:
        raise FormulaError("division by zero", given=f"{a} / 0")
    found = exact_div(a, b)
    if found is None:
        raise FormulaError(
            f"{a} is not divisible by {b}",
            code="CS304",
            rule="a division is by an int, or exact",
            fix="write // with an int, or floor(...)",
        )
    return found


def _floor(terms: Terms, m: int) -> Size:
    """Establish the normal form of ``floor(terms / m)``, m >= 2; the identities F1 to F4 stand where they act."""
    outside: Terms = {}
    sign = 1
    while True:
        inside: Terms = {}
        constant = terms.get((), 0)
        divisor = m
        for monomial, c in terms.items():
            if not monomial:
                continue
            if -m < c < m:
                inside[monomial] = c
                divisor = gcd(divisor, c)
                continue
            # F4, towards zero, so that floor(-u/m) stays the mirror image of floor(u/m)
            q = c // m if c > 0 else -(-c // m)
            outside[monomial] = outside.get(monomial, 0) + sign * q
            c -= q * m
            if c:
                inside[monomial] = c
                divisor = gcd(divisor, c)
        if divisor != 1 and inside:  # F2
            inside = {monomial: c // divisor for monomial, c in inside.items()}
            constant //= divisor
            m //= divisor
        quotient, constant = divmod(constant, m)
        if quotient:
            outside[()] = outside.get((), 0) + sign * quotient
        if not inside:
            break
        if _leading(inside) < 0:  # F3
            sign = -sign
            inside = {monomial: -c for monomial, c in inside.items()}
            constant = m - 1 - constant
        nested = _nested(inside)
        if nested is None:
            if constant:
                inside[()] = constant
            monomial = ((floor_atom(_dim(inside), m), 1),)
            outside[monomial] = outside.get(monomial, 0) + sign
            break
        # F1; a coefficient of -1 is turned by F3 first: -floor(u/k) = floor((k-1-u)/k)
        inner, c = nested
        k = inner.divisor
        del inside[((inner, 1),)]
        terms = {monomial: k * value for monomial, value in inside.items()}
        terms[()] = k * constant + (k - 1 if c < 0 else 0)
        for monomial, value in inner.numerator.terms.items():
            terms[monomial] = terms.get(monomial, 0) + c * value
        m *= k
    return _size({monomial: c for monomial, c in outside.items() if c})


def _leading(terms: Terms) -> int:
    if len(terms) == 1:
        return next(iter(terms.values()))
    return terms[min(terms, key=monomial_order)]


def _nested(inside: Terms) -> tuple[Floor, int] | None:
    """Return the first floor that stands alone with coefficient 1 or -1 inside a floor."""
    found: Floor | None = None
    for monomial, c in inside.items():
        if (c == 1 or c == -1) and len(monomial) == 1:
            atom, e = monomial[0]
            if e == 1 and type(atom) is Floor and (found is None or atom.order < found.order):
                found = atom
    return None if found is None else (found, inside[((found, 1),)])


_Packed: TypeAlias = tuple[tuple[tuple[tuple[int, int], ...], int], ...]


def _packed(a: Dim) -> tuple[list[tuple[Any, ...]], _Packed]:
    """Return the atoms as a flat table and the terms over it, so that pickling deep floors does not recurse."""
    rows: list[tuple[Any, ...]] = []
    places: dict[Atom, int] = {}

    def flat(size: Size) -> int | _Packed:
        if type(size) is not Dim:
            return size
        return tuple((tuple((places[atom], e) for atom, e in mono), c) for mono, c in size.terms.items())

    for atom in list(atoms_below((a.terms,), places)):
        if isinstance(atom, Symbol):
            rows.append(("symbol", atom.name, atom.fresh, atom.why))
        elif isinstance(atom, Floor):
            rows.append(("floor", flat(atom.numerator), atom.divisor))
        else:
            rows.append((atom.kind, *map(flat, atom.sizes)))  # type: ignore[attr-defined]
        places[atom] = len(places)
    return rows, flat(a)  # type: ignore[return-value]


def _unpacked(rows: list[tuple[Any, ...]], packed: _Packed) -> Size:
    from .bounds import maximum, minimum

    sizes: list[Size] = []

    def built(value: int | _Packed) -> Size:
        if isinstance(value, int):
            return value
        return total(product([c, *(sizes[i] ** e for i, e in mono)]) for mono, c in value)

    for kind, *rest in rows:
        if kind == "symbol":
            sizes.append(atom_size(symbol_atom(*rest)))
        elif kind == "floor":
            sizes.append(floordiv(built(rest[0]), rest[1]))
        else:
            sizes.append((maximum if kind == "max" else minimum)(*map(built, rest)))
    return built(packed)


def substituted(terms: Terms, values: Mapping[Atom, Size]) -> Size:
    """Return the polynomial with sizes for some of its atoms."""
    kept: Terms = {}
    changed: list[Size] = []
    for monomial, c in terms.items():
        rest: Monomial = tuple([factor for factor in monomial if factor[0] not in values])
        if len(rest) == len(monomial):
            kept[monomial] = c
        else:
            powers = [values[atom] ** e if e > 1 else values[atom] for atom, e in monomial if atom in values]
            changed.append(product([_size({rest: c}), *powers]))
    return total([_size(kept), *changed])
