"""Sizes as NumPy code: source text, and compiled functions whose arithmetic is proved not to overflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, atoms_below
from cnnshape.symbolic.bounds import Interval, Ranges, bound
from cnnshape.symbolic.polynomial import Dim, Size, atom_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column: TypeAlias = NDArray[np.int64] | NDArray[np.object_]

__all__ = ["compile_numpy", "identifier", "largest_intermediate", "numpy_source"]

_CHUNK = 32_768  # entries; a chunk with its temporaries stays in the second-level cache
_INT64 = 2**63 - 1
# Reserved in JavaScript but not in Python; identifiers are shared by both languages.
_SCRIPT_WORDS = frozenset(
    {"arguments", "case", "catch", "const", "debugger", "default", "delete", "do", "enum", "eval", "export", "extends"}
    | {"false", "function", "implements", "instanceof", "interface", "let", "new", "null", "package", "private", "true"}
    | {"protected", "public", "static", "super", "switch", "this", "throw", "typeof", "undefined", "var", "void"}
    | {"Math", "NaN", "Infinity", "np"}
)


def identifier(name: str) -> str:
    """Return a name that Python and JavaScript accept for a symbol; different symbols get different names.

    Examples
    --------
    >>> identifier("H"), identifier("seq.len"), identifier("for")
    ('H', 'seq_x2e_len', 'for_')
    """
    safe = re.sub(r"[^A-Za-z0-9_]", lambda match: f"_x{ord(match[0]):x}_", name)
    return f"{safe}_" if iskeyword(safe) or safe in _SCRIPT_WORDS else safe


def numpy_source(a: Size, names: Mapping[str, str] | None = None) -> str:
    """Return `a` as a Python expression for NumPy integer arrays (or ints), written with ``//`` and ``>>``.

    Parameters
    ----------
    names : mapping of symbol to the expression that holds its value; the rest are called `identifier`

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> numpy_source((dim("H") + 48) // 49 - dim("H") // 2)
    '(H + 48)//49 - (H >> 1)'
    """
    if type(a) is not Dim:
        return str(a)
    known: dict[Atom, str] = {}
    for atom in atoms_below((a.terms,), known):
        known[atom] = (
            (names or {}).get(atom.name) or identifier(atom.name) if type(atom) is Symbol else _code(atom, known)
        )
    return _sum(a.terms, known)


def compile_numpy(
    exprs: Sequence[Size],
    symbols: Sequence[str],
    ranges: Ranges,
    dtype: Literal["auto", "int64", "object"] = "auto",
) -> Callable[..., tuple[Column, ...]]:
    """Compile sizes to one function of integer arrays, shared floors computed once.

    Parameters
    ----------
    exprs : sizes to compute
    symbols : names of the arguments, in order
    ranges : mapping of symbol to (low, high), what the arguments will hold; checked at every call
    dtype : "int64" or "object" (Python ints); "auto" takes int64 if no intermediate value can leave it

    Returns
    -------
    callable of one integer array per symbol (shapes that broadcast), giving a tuple of arrays of the common shape;
    its attribute ``dtype`` names the type of the results

    Raises
    ------
    FormulaError
        CS305 if a symbol of an expression is no argument; CS303 if int64 can't be proved to suffice (a bound is
        missing, or a value may pass 2**63), and, from the compiled function, for an argument outside its range.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> halved = compile_numpy([(dim("H") + 1) // 2], ["H"], {"H": (1, 1024)})
    >>> halved([1, 2, 7])[0].tolist(), halved.dtype
    ([1, 1, 4], 'int64')
    """
    _refuse_missing(exprs, symbols)
    if dtype == "auto" or dtype == "int64":
        largest = _largest(exprs, symbols, ranges)
        fits = largest is not None and largest <= _INT64
        if not fits and (dtype == "int64" or largest is None):
            reason = "has no upper bound" if largest is None else f"may reach {largest}"
            raise FormulaError(
                f"a value {reason}, int64 ends at 2**63 - 1",
                code="CS303",
                given=", ".join(f"{name} in {ranges.get(name, (1, None))}" for name in symbols),
                fix="give every symbol a smaller range, or dtype='object'",
            )
        dtype = "int64" if fits else "object"
    compute = _compiled(exprs, symbols)
    return _Compiled(compute, tuple(symbols), tuple(ranges.get(name, (1, None)) for name in symbols), dtype)


class _Compiled:
    """A compiled function: checks its arguments, then works in chunks where all have one long axis."""

    def __init__(
        self, compute: Callable[..., tuple[Any, ...]], names: tuple[str, ...], limits: tuple[Interval, ...], dtype: str
    ) -> None:
        self.compute, self.names, self.limits, self.dtype = compute, names, limits, dtype

    def __call__(self, *values: Any) -> tuple[Column, ...]:
        import numpy as np

        if len(values) != len(self.names):
            raise FormulaError(f"{len(values)} arrays for {len(self.names)} symbols", code="CS305", needed=self.names)
        columns = [self._checked(i, value) for i, value in enumerate(values)]
        shape = np.broadcast_shapes(*(column.shape for column in columns))
        flat = len(shape) == 1 and shape[0] > _CHUNK and all(column.shape == shape for column in columns)
        if not flat:
            return tuple(_spread(result, shape, self.dtype) for result in self.compute(*columns))
        out: list[Column] | None = None
        for start in range(0, shape[0], _CHUNK):
            part = slice(start, start + _CHUNK)
            results = self.compute(*[column[part] for column in columns])
            if out is None:
                out = [np.empty(shape, self.dtype) for _ in results]
            for target, result in zip(out, results, strict=True):
                target[part] = result
        return tuple(out or ())

    def _checked(self, place: int, value: Any) -> Column:
        import numpy as np

        name, (low, high) = self.names[place], self.limits[place]
        column = np.asarray(value)
        whole = all(isinstance(x, int) for x in column.flat) if column.dtype == object else column.dtype.kind in "iu"
        if not whole and column.size:
            raise FormulaError(f"{name} holds {column.dtype}, not integers", code="CS305", got=str(column.dtype))
        if column.size:
            least, most = int(column.min()), int(column.max())
            if (low is not None and least < low) or (high is not None and most > high):
                raise FormulaError(
                    f"{name} holds {least}..{most}, compiled for {low}..{high}", code="CS303", got=(least, most)
                )
        return column.astype(self.dtype, copy=False)


def _spread(result: Any, shape: tuple[int, ...], dtype: str) -> Column:
    import numpy as np

    if isinstance(result, np.ndarray) and result.shape == shape and result.dtype == dtype:
        return result
    out: Column = np.empty(shape, dtype)
    out[...] = result
    return out


def largest_intermediate(a: Size, ranges: Ranges) -> int | None:
    """Return a number that no intermediate value of `a` exceeds in magnitude, or None without a bound."""
    return _largest([a], [], ranges)


def _largest(exprs: Sequence[Size], symbols: Sequence[str], ranges: Ranges) -> int | None:
    limits: dict[Atom, int] = {}
    worst = 0
    sums = [expr.terms for expr in exprs if type(expr) is Dim]
    for atom in atoms_below(sums, limits):
        low, high = bound(atom_size(atom), ranges)
        if low is None or high is None:
            return None
        limits[atom] = max(-low, high)
        sums.extend(atom.inside())
        worst = max(worst, limits[atom], atom.divisor if type(atom) is Floor else 0)
    for name in symbols:
        worst = max([worst, *(abs(end) for end in ranges.get(name, ()) if end is not None)])
    for terms in sums:
        worst = max(worst, _magnitude(terms, limits))
    return max([worst, *(abs(expr) for expr in exprs if type(expr) is not Dim)])


def _magnitude(terms: Terms, limits: Mapping[Atom, int]) -> int:
    out = 0
    for monomial, c in terms.items():
        size = abs(c)
        for atom, e in monomial:
            size *= max(limits[atom], 1) ** e
        out += size
    return out


def _refuse_missing(exprs: Sequence[Size], symbols: Sequence[str]) -> None:
    used = {
        name for expr in exprs if type(expr) is Dim for mono in expr.terms for atom, _ in mono for name in atom.symbols
    }
    missing = sorted(used.difference(symbols))
    if missing:
        raise FormulaError(f"no value for {', '.join(missing)}", code="CS305", got=list(symbols), needed=missing)


def _compiled(exprs: Sequence[Size], symbols: Sequence[str]) -> Callable[..., tuple[Any, ...]]:
    arguments = {name: f"x{i}" for i, name in enumerate(symbols)}
    known: dict[Atom, str] = {}
    lines: list[str] = []
    numbers = count()
    for atom in atoms_below([expr.terms for expr in exprs if type(expr) is Dim], known):
        if type(atom) is Symbol:
            known[atom] = arguments[atom.name]
        else:
            local = f"t{next(numbers)}"
            lines.append(f"    {local} = {_code(atom, known)}")
            known[atom] = local
    results = "".join(f"{_sum(expr.terms, known) if type(expr) is Dim else expr}, " for expr in exprs)
    source = "\n".join([f"def compute({', '.join(arguments.values())}):", *lines, f"    return ({results})"])
    space: dict[str, Any] = {}
    if "np." in source:
        import numpy as np

        space["np"] = np
    # The source is made of our own names, integers and operators only: no text of a user reaches it.
    exec(compile(source, "<compiled sizes>", "exec"), space)  # noqa: S102
    compute: Callable[..., tuple[Any, ...]] = space["compute"]
    return compute


def _code(atom: Atom, known: Mapping[Atom, str]) -> str:
    if type(atom) is Floor:
        numerator = _sum(atom.numerator.terms, known)
        if not _FACTOR.fullmatch(numerator):
            numerator = f"({numerator})"
        m = atom.divisor
        # Shifting an integer right is floor division by a power of two, for negative numbers too.
        return f"({numerator} >> {m.bit_length() - 1})" if m & (m - 1) == 0 else f"{numerator}//{m}"
    assert type(atom) is Extremum
    first, *rest = [_sum(size.terms, known) if type(size) is Dim else str(size) for size in atom.sizes]
    for other in rest:
        first = f"np.{atom.kind}imum({first}, {other})"
    return first


_FACTOR = re.compile(r"\w+")


def _sum(terms: Terms, known: Mapping[Atom, str]) -> str:
    rows = sorted([(c, monomial) for monomial, c in terms.items() if monomial], key=lambda row: row[0] < 0)
    out = ""
    for c, monomial in rows:
        sign = (" - " if c < 0 else " + ") if out else ("-" if c < 0 else "")
        out += sign + _product(abs(c), monomial, known, bare=sign != "-")
    constant = terms.get((), 0)
    if constant:
        out += (f" - {-constant}" if constant < 0 else f" + {constant}") if out else str(constant)
    return out


def _product(c: int, monomial: Monomial, known: Mapping[Atom, str], bare: bool) -> str:
    factors = [known[atom] for atom, e in monomial for _ in range(e)]
    if bare and c == 1 and len(factors) == 1:
        return factors[0]
    # 2*a//b would divide the product, -a//b the opposite: a floor inside a product needs its brackets.
    grouped = [f"({factor})" if "//" in factor else factor for factor in factors]
    return "*".join(grouped if c == 1 else [str(c), *grouped])
