"""Whether two sizes agree for every value of their symbols: decided exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as points_of
from math import factorial, lcm, prod
from typing import NamedTuple

from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, atoms_below
from cnnshape.symbolic.bounds import bound
from cnnshape.symbolic.evaluation import evaluate, symbols
from cnnshape.symbolic.numpy_source import compile_numpy
from cnnshape.symbolic.polynomial import Dim, Size, size_of

__all__ = ["counterexample", "equal", "period_and_degree"]

_MOST_POINTS = 4_000_000
_FEW_POINTS = 200  # below it a Python loop beats compiling for NumPy
_BLOCK = 1 << 18
_PROBES = 8
_MEMO_CAP = 1 << 14


class _Verdict(NamedTuple):
    equal: bool | None
    point: Mapping[str, int] | None


_MEMO: dict[Dim, _Verdict] = {}


def equal(a: Size, b: Size) -> bool | None:
    """Tell whether `a` and `b` agree for all values >= 1 of their symbols.

    Returns
    -------
    True or False, both proved; None if more than about four million points would have to be looked at, or if an
    undecided maximum or minimum is involved and no difference was found

    Notes
    -----
    On each residue class of the symbols the difference is a polynomial, so that it vanishes everywhere if it
    vanishes on the grid ``1 .. period*(degree + 1)`` of every symbol.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> equal(H // 2 + (H + 1) // 2, H), equal(16 * (H // 16), H)
    (True, False)
    """
    return _verdict(a - b).equal


def counterexample(a: Size, b: Size) -> Mapping[str, int] | None:
    """Return values of the symbols for which `a` and `b` differ; None if `equal` gives True or None.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> counterexample(16 * (H // 16), H)
    {'H': 1}
    """
    point = _verdict(a - b).point
    return None if point is None else {**dict.fromkeys(sorted(symbols(a) | symbols(b)), 1), **point}


def _verdict(d: Size) -> _Verdict:
    if type(d) is not Dim:
        return _Verdict(True, None) if d == 0 else _Verdict(False, {})
    found = _MEMO.get(d)
    if found is None:
        found = _decided(d)
        if len(_MEMO) >= _MEMO_CAP:
            _MEMO.clear()
        _MEMO[d] = found
    return found


def _decided(d: Dim) -> _Verdict:
    names = sorted(symbols(d))
    low, high = bound(d)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return _Verdict(False, dict.fromkeys(names, 1))
    for point in _probes(names):
        if evaluate(d, point):
            return _Verdict(False, point)
    if any(isinstance(atom, Extremum) for atom in atoms_below((d.terms,), {})):
        return _Verdict(None, None)
    undecided = False
    for part in _coefficients(d):
        verdict = _on_grid(part)
        if verdict.equal is False:
            return _Verdict(False, _completed(d, verdict.point or {}, names))
        undecided = undecided or verdict.equal is None
    return _Verdict(None if undecided else True, None)


def _probes(names: Sequence[str]) -> Iterator[dict[str, int]]:
    yield dict.fromkeys(names, 1)
    state = 12345
    for step in range(_PROBES):
        point = {}
        for name in names:
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64  # Knuth's MMIX generator
            point[name] = 1 + (state >> 33) % (40 if step % 2 else 10**6)
        yield point


def _coefficients(d: Dim) -> list[Size]:
    """Split off the symbols that occur in no floor: `d` vanishes iff each coefficient of their monomials does."""
    bound_names = frozenset[str]().union(
        *(atom.symbols for monomial in d.terms for atom, _ in monomial if type(atom) is not Symbol)
    )
    groups: dict[Monomial, Terms] = {}
    for monomial, c in d.terms.items():
        free = tuple([row for row in monomial if type(row[0]) is Symbol and row[0].name not in bound_names])
        rest = tuple([row for row in monomial if row not in free])
        groups.setdefault(free, {})[rest] = c
    return [size_of(terms) for terms in groups.values()]


def _completed(d: Dim, point: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Extend a point where one coefficient differs to one where `d` does, over the symbols split off."""
    missing = [name for name in names if name not in point]
    degree = max([sum([e for _, e in monomial]) for monomial in d.terms])
    for values in points_of(range(1, degree + 2), repeat=len(missing)):
        full = {**point, **dict(zip(missing, values, strict=True))}
        if evaluate(d, full):
            return full
    raise AssertionError("a polynomial that is not zero vanished on a grid beyond its degree")


def period_and_degree(a: Size) -> dict[str, tuple[int, int]]:
    """Return for each symbol a period L and a degree n: on each residue class modulo L, `a` is a polynomial
    of degree at most n in that symbol, whatever the others are.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H, W = dim("H"), dim("W")
    >>> sorted(period_and_degree(((H + 1) // 2) * ((W * W) // 3)).items())
    [('H', (2, 1)), ('W', (3, 2))]
    """
    if type(a) is not Dim:
        return {}
    known: dict[Atom, dict[str, tuple[int, int]]] = {}
    for atom in atoms_below((a.terms,), known):
        if type(atom) is Symbol:
            known[atom] = {atom.name: (1, 1)}
        else:
            assert type(atom) is Floor
            inside = _of_terms(atom.numerator.terms, known)
            # An integer-valued polynomial of degree n on a residue class has period m*n! modulo m, one with
            # integer coefficients has period m.
            nested = any([row[0].depth for monomial in atom.numerator.terms for row in monomial])
            known[atom] = {
                name: (period * atom.divisor * (factorial(degree) if nested else 1), degree)
                for name, (period, degree) in inside.items()
            }
    return _of_terms(a.terms, known)


def _of_terms(terms: Terms, known: Mapping[Atom, Mapping[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    out: dict[str, tuple[int, int]] = {}
    for monomial in terms:
        degrees: dict[str, int] = {}
        for atom, e in monomial:
            for name, (period, degree) in known[atom].items():
                degrees[name] = degrees.get(name, 0) + e * degree
                out[name] = lcm(out.get(name, (1, 0))[0], period), out.get(name, (1, 0))[1]
        for name, degree in degrees.items():
            out[name] = out[name][0], max(out[name][1], degree)
    return out


def _on_grid(d: Size) -> _Verdict:
    if type(d) is not Dim:
        return _Verdict(False, {})
    shape = {name: period * (degree + 1) for name, (period, degree) in sorted(period_and_degree(d).items())}
    if all(not row[0].depth for monomial in d.terms for row in monomial):
        return _first_difference(d, shape, {})  # a polynomial in normal form that is not zero
    count = prod(shape.values())
    if count > _MOST_POINTS:
        return _Verdict(None, None)
    if count <= _FEW_POINTS:
        return _first_difference(d, shape, {})
    return _by_numpy(d, shape)


def _first_difference(d: Dim, shape: Mapping[str, int], fixed: Mapping[str, int]) -> _Verdict:
    for values in points_of(*(range(1, size + 1) for size in shape.values())):
        point = {**fixed, **dict(zip(shape, values, strict=True))}
        if evaluate(d, point):
            return _Verdict(False, point)
    return _Verdict(True, None)


def _by_numpy(d: Dim, shape: Mapping[str, int]) -> _Verdict:
    """Evaluate on the grid, a block of the longest axis at a time: floors are computed on the axes only."""
    import numpy as np

    names = sorted(shape, key=shape.__getitem__, reverse=True)
    compute = compile_numpy([d], names, {name: (1, size) for name, size in shape.items()})
    axes = [
        np.arange(1, shape[name] + 1).reshape([-1 if i == j else 1 for j in range(len(names))])
        for i, name in enumerate(names)
    ]
    rows = max(1, _BLOCK // prod(shape[name] for name in names[1:]))
    for start in range(0, shape[names[0]], rows):
        (values,) = compute(axes[0][start : start + rows], *axes[1:])
        if values.any():
            place = np.argwhere(values)[0]
            place[0] += start
            return _Verdict(False, {name: int(i) + 1 for name, i in zip(names, place, strict=True)})
    return _Verdict(True, None)
