"""The largest of many sizes, as a formula: a maximum of the few that no other exceeds everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cnnshape.errors import FormulaError
from cnnshape.layers.base import Condition
from cnnshape.symbolic import Dim, Size, bound, evaluate, evaluate_all, maximum, symbols

__all__ = ["largest", "least_values", "undominated"]

_MOST = 32
"""More formulas than this in one maximum help nobody, and to tell them apart is quadratic."""
_FAR = 1 << 40


def undominated(sizes: Iterable[Size], least: Mapping[str, int]) -> list[Size]:
    """Return the sizes of which no other is at least as large for all values, largest first at ordinary sizes.

    Parameters
    ----------
    sizes : many sizes, most of them equal
    least : smallest value of a symbol, 1 where it is not named

    Raises
    ------
    FormulaError
        CS303, more than 32 remain.

    Notes
    -----
    Sorted by their value at one point, a size can only be exceeded by those before it. Each is compared with the few
    that remain, so the time is linear.
    """
    distinct = dict.fromkeys(sizes)
    formulas = [size for size in distinct if isinstance(size, Dim)]
    numbers = [size for size in distinct if not isinstance(size, Dim)]
    if not formulas:
        return [max(numbers)] if numbers else []
    names = frozenset().union(*(symbols(size) for size in formulas))
    ordinary = {name: 4 * least.get(name, 1) + 1000 for name in names}
    ranges = {name: (least.get(name, 1), None) for name in names}
    candidates = formulas + ([max(numbers)] if numbers else [])
    values = evaluate_all(candidates, ordinary)
    kept: list[Size] = []
    for _, size in sorted(zip(values, candidates, strict=True), key=lambda pair: -pair[0]):
        if any(_exceeds(other, size, ranges) for other in kept):
            continue
        kept.append(size)
        if len(kept) > _MOST:
            raise FormulaError(
                f"more than {_MOST} formulas compete for a maximum",
                code="CS303",
                rule=f"a maximum has at most {_MOST} entries",
                fix="put a size in for a symbol",
            )
    return kept


def _exceeds(a: Size, b: Size, ranges: Mapping[str, tuple[int | None, int | None]]) -> bool:
    low, _ = bound(a - b, ranges)
    return low is not None and low >= 0


def largest(kept: Sequence[Size], least: Mapping[str, int]) -> Size:
    """Return the maximum of the sizes that `undominated` returned; 0 for none."""
    return maximum(*kept, ranges={name: (value, None) for name, value in least.items()}) if kept else 0


def least_values(conditions: Iterable[Condition]) -> dict[str, int]:
    """Return for each symbol a value below which some condition fails.

    Only conditions that ask one symbol to be large enough are read; the others may restrict it further.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> least_values([Condition(H // 4 - 3, ">=", H // 4, 3, "CS203")])
    {'H': 12}
    """
    found: dict[str, int] = {}
    # The last layers ask for most: with them first, the others are met already.
    for condition in reversed(tuple(conditions)):
        names = symbols(condition.expr)
        if condition.op != ">=" or len(names) != 1 or not _increasing(condition.expr):
            continue
        (name,) = names
        low = found.get(name, 1)
        if evaluate(condition.expr, {name: low}) >= 0:
            continue
        step = 1
        while evaluate(condition.expr, {name: low + step}) < 0 and step < _FAR:
            step *= 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if evaluate(condition.expr, {name: middle}) < 0:
                low = middle
            else:
                high = middle
        found[name] = high
    return found


def _increasing(formula: Dim) -> bool:
    """Say whether a formula certainly does not fall while its symbols grow."""
    # Inside of an atom the constant counts too: a product grows with its factors only where none is negative.
    stack = [{monomial: c for monomial, c in formula.terms.items() if monomial}]
    while stack:
        for monomial, coefficient in stack.pop().items():
            if coefficient < 0:
                return False
            stack.extend(inner for atom, _ in monomial for inner in atom.inside())
    return True
