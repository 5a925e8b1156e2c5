"""Shorter formulas where symbols are known to lie in sets: ``16*floor(H/16)`` is H if H is a multiple of 16."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd, lcm

from cnnshape.symbolic import Dim, IntegerSet, Size, bound, complexity, dim, floordiv, subs, symbols, total
from cnnshape.symbolic.atoms import atoms_below
from cnnshape.symbolic.dim import Atom, Extremum, Floor, Ranges, Symbol, Terms
from cnnshape.symbolic.polynomial import atom_size

__all__ = ["put_in", "ranges_of", "shortened"]

_STEP = "__step"
"""Marks the symbols that count steps; no formula that a user writes holds such a name."""


def put_in(sets: Mapping[str, IntegerSet]) -> dict[str, Size]:
    """Return what each symbol is in terms of a number of steps that is at least 1, from the progression that holds it.

    Examples
    --------
    >>> put_in({"H": IntegerSet.residue_class(16, [12]) & IntegerSet.at_least(180), "W": IntegerSet.of([32, 96, 224])})
    {'H': 16*H__step + 172, 'W': 64*W__step - 32}
    """
    found: dict[str, Size] = {}
    for name, members in sets.items():
        least = members.minimum()
        if least is None:
            continue
        step = _step(members, least)
        if not step:
            found[name] = least
        elif step > 1 or least > 1:
            found[name] = step * dim(name + _STEP) + (least - step)
    return found


def _step(members: IntegerSet, least: int) -> int:
    """Return the largest step of an arithmetic progression that holds all members; 0 if there is only one."""
    if any(low < high for low, high in members.head):
        return 1
    step = gcd(*(low - least for low, _ in members.head))
    return gcd(step, members.period, *(r - least for r in members.residues)) if members.residues else step


def ranges_of(sets: Mapping[str, IntegerSet]) -> Ranges:
    """Return the smallest and the largest member of each set."""
    return {name: (members.minimum() or 1, members.maximum()) for name, members in sets.items()}


def shortened(size: Size, sets: Mapping[str, IntegerSet]) -> Size:
    """Return an equal, simpler formula where each symbol is in its set.

    Parameters
    ----------
    size : int or Dim
    sets : symbol -> what it may be: `Validity.sets`, or assumptions

    Examples
    --------
    >>> H = dim("H")
    >>> shortened(16 * (H // 16), {"H": IntegerSet.residue_class(16, [0])})
    H
    >>> shortened((H + 31) // 32, {"H": IntegerSet.interval(193, 224)})
    7
    >>> shortened(2 * (H // 8), {"H": IntegerSet.residue_class(16, [0])})
    floor(H/4)
    """
    if not isinstance(size, Dim) or symbols(size).isdisjoint(sets):
        return size
    low, high = bound(size, ranges_of(sets))
    if low is not None and low == high:
        return low
    steps = put_in({name: sets[name] for name in sorted(symbols(size) & sets.keys())})
    if not any(isinstance(atom, Extremum) for atom in atoms_below((size.terms,), {})):
        # Floors stay the same where a symbol is only shifted; a larger-of-two may be decided by it.
        steps = {name: value for name, value in steps.items() if not _is_shift(value)}
    best: Size = size
    for some in (steps, *({name: value} for name, value in steps.items() if len(steps) > 1)):
        if isinstance(best, Dim) and some:
            best = min([best, *_candidates(best, some)], key=complexity)
    return best


def _is_shift(value: Size) -> bool:
    return isinstance(value, Dim) and all(c == 1 for monomial, c in value.terms.items() if monomial)


def _candidates(size: Dim, steps: Mapping[str, Size]) -> Iterator[Size]:
    """Yield the formula with the steps put in, where floors may vanish, and written back in the symbols themselves."""
    inside = subs(size, steps)
    if not isinstance(inside, Dim):
        yield inside
        return
    back: dict[Atom, Fraction] = {}
    for name, value in steps.items():
        if isinstance(value, Dim):
            (slope,) = (c for monomial, c in value.terms.items() if monomial)
            back[_atom(name + _STEP)] = (dim(name) - value.terms.get((), 0), slope)
    for atom in atoms_below((inside.terms,), back):
        if isinstance(atom, Floor):
            above, under = _over(atom.numerator.terms, back)
            back[atom] = (floordiv(above, atom.divisor * under), 1)
        elif isinstance(atom, Symbol):
            back[atom] = (atom_size(atom), 1)
        else:
            return
    above, under = _over(inside.terms, back)
    # The value is whole, so dividing it with a floor changes nothing.
    yield floordiv(above, under)


Fraction = tuple[Size, int]
"""A size over a whole number."""


def _over(terms: Terms, back: Mapping[Atom, Fraction]) -> Fraction:
    """Return a formula with fractions put in for its atoms, over one denominator."""
    found: list[Fraction] = []
    for monomial, c in terms.items():
        above: Size = c
        under = 1
        for atom, e in monomial:
            for _ in range(e):
                above, under = above * back[atom][0], under * back[atom][1]
        found.append((above, under))
    common = lcm(*(under for _, under in found))
    return total(above * (common // under) for above, under in found), common


def _atom(name: str) -> Atom:
    step = dim(name)
    assert isinstance(step, Dim)
    return next(iter(step.terms))[0][0]
