"""`Dim`: an integer polynomial over interned atoms, and the one constructor of floors, `floordiv`.

Every operation returns a plain int when the result has no symbols, so that nobody asks which of the two it got.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, final

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Atom, Monomial, Terms
from cnnshape.symbolic.normal_form import floor_terms
from cnnshape.symbolic.terms import added, monomial_product, moved, multiplied, subtracted

if TYPE_CHECKING:
    import sympy

__all__ = ["Dim", "Size", "UndecidedError", "atom_size", "ceildiv", "floordiv", "mod", "product", "size_of", "total"]

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
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> (H + 2 * 3 - 7) // 2 + 1
    ceil(H/2)
    >>> (H // 2 + 1) // 2
    floor((H + 2)/4)
    >>> H - H
    0
    """

    __array_ufunc__ = None  # NumPy scalars must not swallow a Dim into an object array
    __slots__ = ("_hash", "_symbols", "_text", "terms")

    terms: Terms
    _hash: int | None
    # These caches are unset until they are asked for: making a Dim is the hot path, and most are never printed.
    _symbols: frozenset[str]
    _text: str

    def __new__(cls) -> Dim:
        raise FormulaError("a Dim is made by dim('H') and by arithmetic, not by calling the class")

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
        if isinstance(other, int):
            return False
        return NotImplemented

    def __ne__(self, other: object) -> bool:
        if type(other) is Dim:
            return self is not other and self.terms != other.terms
        if isinstance(other, int):
            return True
        return NotImplemented

    def __add__(self, other: Size) -> Size:
        if type(other) is Dim:
            return _size(added(self.terms, other.terms))
        if isinstance(other, int):
            return _dim(moved(self.terms, other)) if other else self
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return _dim({monomial: -c for monomial, c in self.terms.items()})

    def __pos__(self) -> Dim:
        return self

    def __sub__(self, other: Size) -> Size:
        if type(other) is Dim:
            return _size(subtracted(self.terms, other.terms))
        if isinstance(other, int):
            return self + -other
        return NotImplemented

    def __rsub__(self, other: int) -> Size:
        if isinstance(other, int):
            return -self + other
        return NotImplemented

    def __mul__(self, other: Size) -> Size:
        if type(other) is Dim:
            return _size(multiplied(self.terms, other.terms))
        if isinstance(other, int):
            if other == 1:
                return self
            return _dim({monomial: c * other for monomial, c in self.terms.items()}) if other else 0
        return NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Size:
        if not isinstance(exponent, int):
            return NotImplemented
        if 0 <= exponent <= _LARGEST_EXPONENT:
            return product([self] * exponent)
        limits = f"0..{_LARGEST_EXPONENT}"
        raise FormulaError(f"exponent {exponent} is not in {limits}", code="CS303", got=exponent, needed=limits)

    def __floordiv__(self, other: Size) -> Size:
        if isinstance(other, (int, Dim)):
            return floordiv(self, other)
        return NotImplemented

    def __rfloordiv__(self, other: int) -> Size:
        if isinstance(other, int):
            return floordiv(other, self)
        return NotImplemented

    def __mod__(self, other: Size) -> Size:
        if isinstance(other, (int, Dim)):
            return mod(self, other)
        return NotImplemented

    def __rmod__(self, other: int) -> Size:
        if isinstance(other, int):
            return mod(other, self)
        return NotImplemented

    def __truediv__(self, other: Size) -> Size:
        if isinstance(other, (int, Dim)):
            return _whole(self, other)
        return NotImplemented

    def __rtruediv__(self, other: int) -> Size:
        if isinstance(other, int):
            return _whole(other, self)
        return NotImplemented

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
        from cnnshape.symbolic.packing import packed, unpacked

        return unpacked, packed(self)

    def __repr__(self) -> str:
        from cnnshape.symbolic.printing import text

        return text(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def _repr_latex_(self) -> str:
        from cnnshape.symbolic.printing import latex

        return f"${latex(self)}$"

    def _sympy_(self) -> sympy.Expr:
        from cnnshape.symbolic.sympy_bridge import to_sympy

        return to_sympy(self)


Size: TypeAlias = int | Dim

_blank = object.__new__


def _dim(terms: Terms) -> Dim:
    made = _blank(Dim)
    made.terms = terms
    made._hash = None
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


def total(sizes: Iterable[Size]) -> Size:
    """Return the sum, in time linear in the number of terms."""
    out: Terms = {}
    constant = 0
    for size in sizes:
        if type(size) is Dim:
            for monomial, c in size.terms.items():
                out[monomial] = out.get(monomial, 0) + c
        else:
            constant += size
    if constant:
        out[()] = out.get((), 0) + constant
    return _size({m: c for m, c in out.items() if c} if 0 in out.values() else out)


def product(sizes: Iterable[Size]) -> Size:
    """Return the product; 1 for none.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> product([3, dim("H"), 2, dim("W")])
    6*H*W
    """
    factor = 1
    monomial: Monomial = ()
    sums: Terms | None = None
    for size in sizes:
        if type(size) is not Dim:
            factor *= size
        elif len(size.terms) == 1:
            for other, c in size.terms.items():
                monomial = monomial_product(monomial, other)
                factor *= c
        else:
            sums = size.terms if sums is None else multiplied(sums, size.terms)
    if not factor or (sums is None and not monomial):
        return factor
    if sums is None:
        return _dim({monomial: factor})
    return _dim({monomial_product(monomial, other): c * factor for other, c in sums.items()})


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
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> floordiv(floordiv(H, 2) + 1, 2)
    floor((H + 2)/4)
    >>> floordiv(6 * H + 5, 4)
    H + floor(H/2) + 1
    """
    if type(m) is not int:
        return _whole(a, m)
    if m <= 0:
        if not m:
            raise FormulaError("division by zero", given=f"{a} // 0")
        a, m = -a, -m
    if type(a) is not Dim:
        return a // m
    if m == 1:
        return a
    key = (a, m)
    found = _FLOORS.get(key)
    if found is None:
        found = _size(floor_terms(a.terms, m, _dim))
        if len(_FLOORS) >= _MEMO_CAP:
            _FLOORS.clear()
        _FLOORS[key] = found
    return found


def ceildiv(a: Size, m: Size) -> Size:
    """Return ``ceil(a / m)``; `m` as in `floordiv`.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> ceildiv(dim("H"), 32)
    ceil(H/32)
    """
    return -floordiv(-a, m)


def mod(a: Size, m: Size) -> Size:
    """Return ``a - m*floor(a/m)``, Python's ``a % m``; `m` as in `floordiv`.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> mod(dim("H") + 4, 2)
    H % 2
    """
    if type(a) is Dim or type(m) is Dim:
        return a - m * floordiv(a, m)
    if not m:
        raise FormulaError("division by zero", given=f"{a} % 0")
    return a % m


def _whole(a: Size, b: Size) -> Size:
    from cnnshape.symbolic.division import exact_div

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
