"""Shorter formulas where symbols are known to lie in sets: ``16*floor(H/16)`` is H if H is a multiple of 16."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.symbolic import Dim, IntegerSet, Size, bound, complexity, dim, exact_div, floordiv, subs, symbols, total
from cnnshape.symbolic.bounds import Ranges
from cnnshape.symbolic.polynomial import size_of

__all__ = ["put_in", "ranges_of", "shortened"]

_STEP = "__step"
"""Marks the symbols that count steps; no formula that a user writes holds such a name."""


def put_in(sets: Mapping[str, IntegerSet]) -> dict[str, Size]:
    """Return what each symbol is, in terms of a number of steps that is at least 1, where its set is one progression.

    Examples
    --------
    >>> put_in({"H": IntegerSet.residue_class(16, [12]) & IntegerSet.at_least(180)})
    {'H': 16*H__step + 172}
    """
    found: dict[str, Size] = {}
    for name, members in sets.items():
        least = members.minimum()
        if least is None:
            continue
        if members.maximum() == least:
            found[name] = least
        elif len(members.residues) == 1 and not members.head and (members.period > 1 or least > 1):
            found[name] = members.period * dim(name + _STEP) + (least - members.period)
    return found


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
    steps = put_in({name: sets[name] for name in symbols(size) & sets.keys()})
    if not steps:
        return size
    inside = subs(size, steps)
    if not isinstance(inside, Dim):
        return inside
    return min([size, *_written_back(inside, steps)], key=complexity)


def _written_back(inside: Dim, steps: Mapping[str, Size]) -> list[Size]:
    """Return the formula in the symbols themselves, where it has whole coefficients or is linear in the steps."""
    back: dict[str, tuple[Size, int]] = {}
    for name, value in steps.items():
        if isinstance(value, Dim):
            least = value.terms.get((), 0)
            back[name + _STEP] = (dim(name) - least, value.terms[next(m for m in value.terms if m)])
    scale = 1
    for _, period in back.values():
        scale *= period ** _degree(inside)
    # Every step count is (symbol - least)/period; put in over one denominator, and divided at the end.
    whole = _over(inside, back, scale)
    if whole is None:
        return []
    quotient = exact_div(whole, scale)
    if quotient is not None:
        return [quotient]
    return [floordiv(whole, scale)] if _is_linear(inside) else []


def _degree(size: Dim) -> int:
    return max(sum(e for _, e in monomial) for monomial in size.terms)


def _is_linear(size: Dim) -> bool:
    return _degree(size) == 1 and len(size.terms) <= 2


def _over(inside: Dim, back: Mapping[str, tuple[Size, int]], scale: int) -> Size | None:
    """Return `scale` times the formula with the step counts written back; None if one of them is left in a floor."""
    found: list[Size] = []
    for monomial, c in inside.terms.items():
        part: Size = 1
        under = 1
        for atom, e in monomial:
            names = atom.symbols & back.keys()
            if not names:
                part = part * size_of({((atom, e),): 1})
                continue
            if atom.depth:
                return None
            above, period = back[next(iter(names))]
            for _ in range(e):
                part, under = part * above, under * period
        found.append(c * (scale // under) * part)
    return total(found)
