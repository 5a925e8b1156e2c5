"""Closed integer intervals, and residue patterns read as intervals: the arithmetic under `IntegerSet`.

A list of intervals is sorted, disjoint and never has two neighbors that touch. A pattern is a period and the sorted
residues that belong to it; `runs_of` turns the residues into intervals once, `pattern_intervals` repeats them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import lcm
from typing import TypeAlias

from cnnshape.errors import FormulaError

__all__ = [
    "MAX_INTERVALS",
    "MAX_PERIOD",
    "Interval",
    "Pattern",
    "append",
    "check_intervals",
    "check_period",
    "gaps",
    "last_member",
    "least_period",
    "meet",
    "meet_residues",
    "missing_residues",
    "next_member",
    "pattern_intervals",
    "prime_factors",
    "runs_of",
    "shrink",
]

Interval: TypeAlias = tuple[int, int]
Pattern: TypeAlias = tuple[int, tuple[int, ...]]

MAX_PERIOD = 1_000_000
MAX_INTERVALS = 2_000_000


def check_period(period: int) -> None:
    """Raise FormulaError CS303 if a pattern repeats too slowly to be listed."""
    if period > MAX_PERIOD:
        raise FormulaError(
            f"the sizes that work repeat only every {period} integers",
            code="CS303",
            rule=f"patterns are followed up to a period of {MAX_PERIOD}",
        )


def check_intervals(count: int) -> None:
    """Raise FormulaError CS303 if a set falls into too many pieces to be listed."""
    if count > MAX_INTERVALS:
        raise FormulaError(
            "the sizes that work fall into too many separate pieces",
            code="CS303",
            rule=f"a set is followed up to {MAX_INTERVALS} intervals",
        )


def append(intervals: list[Interval], low: int, high: int) -> None:
    """Add [low, high] at the end of a sorted list; it is joined to the last one if they touch."""
    if intervals and low <= intervals[-1][1] + 1:
        intervals[-1] = (intervals[-1][0], max(high, intervals[-1][1]))
    else:
        intervals.append((low, high))


def gaps(intervals: Iterable[Interval], low: int, high: int) -> Iterator[Interval]:
    """Yield what [low, high] holds beside the intervals."""
    for first, last in intervals:
        if first > high:
            break
        if first > low:
            yield low, first - 1
        low = max(low, last + 1)
    if low <= high:
        yield low, high


def meet(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Return the intersection of two lists in linear time."""
    result: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            append(result, low, high)
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def runs_of(values: Iterable[int]) -> list[Interval]:
    """Return sorted values as intervals.

    Examples
    --------
    >>> runs_of([0, 1, 2, 7])
    [(0, 2), (7, 7)]
    """
    runs: list[Interval] = []
    for value in values:
        append(runs, value, value)
    return runs


def pattern_intervals(runs: Sequence[Interval], period: int, low: int, high: int) -> Iterator[Interval]:
    """Yield the members of a pattern in [low, high]; an interval cut by the period comes in two pieces.

    Examples
    --------
    >>> list(pattern_intervals([(0, 1)], 4, 5, 13))
    [(5, 5), (8, 9), (12, 13)]
    """
    if not runs or low > high:
        return
    if runs[0] == (0, period - 1):
        yield low, high
        return
    base = low - low % period
    index = bisect_left(runs, low % period, key=_end)
    while True:
        if index == len(runs):
            base, index = base + period, 0
        first, last = base + runs[index][0], base + runs[index][1]
        if first > high:
            return
        yield max(first, low), min(last, high)
        index += 1


def _end(interval: Interval) -> int:
    return interval[1]


def last_member(period: int, residues: Sequence[int], x: int) -> int:
    """Return the largest integer <= x whose residue is listed (at least one is)."""
    base, residue = x - x % period, x % period
    index = bisect_right(residues, residue) - 1
    return base + residues[index] - (period if index < 0 else 0)


def next_member(period: int, residues: Sequence[int], x: int) -> int:
    """Return the smallest integer >= x whose residue is listed (at least one is)."""
    base, residue = x - x % period, x % period
    index = bisect_left(residues, residue)
    return base + residues[index] if index < len(residues) else base + period + residues[0]


def _last_outside(period: int, residues: Sequence[int], x: int) -> int | None:
    """Return the largest integer <= x whose residue is not listed, None if all are."""
    if len(residues) == period:
        return None
    residue = x % period
    index = bisect_right(residues, residue) - 1
    while residues[index] == residue:
        x, index = x - 1, index - 1
        residue = x % period
    return x


def shrink(head: list[Interval], start: int, period: int, residues: Sequence[int]) -> int:
    """Move `start` down to the first integer from which the pattern holds; cut the head there, in place."""
    if not residues:
        return head[-1][1] + 1 if head else 1
    while start > 1:
        below = head[-1][1] if head else 0
        absent = last_member(period, residues, start - 1)
        if absent > below:
            return absent + 1
        if not head:
            return 1
        low, high = head[-1]
        extra = _last_outside(period, residues, high)
        if extra is not None and extra >= low:
            head[-1] = (low, extra)
            return extra + 1
        head.pop()
        start = low
    return 1


@lru_cache(maxsize=1024)
def prime_factors(n: int) -> tuple[tuple[int, int], ...]:
    """Return ((prime, exponent), ...) of n >= 1, in ascending order.

    Examples
    --------
    >>> prime_factors(360)
    ((2, 3), (3, 2), (5, 1))
    """
    factors: dict[int, int] = {}
    prime = 2
    while prime * prime <= n:
        while n % prime == 0:
            n //= prime
            factors[prime] = factors.get(prime, 0) + 1
        prime += 1
    if n > 1:
        factors[n] = 1
    return tuple(factors.items())


def least_period(period: int, residues: tuple[int, ...]) -> Pattern:
    """Return the same pattern with its smallest period (a pattern's periods are the multiples of the smallest)."""
    if not residues:
        return 1, ()
    if len(residues) == period:
        return 1, (0,)
    for prime, _ in prime_factors(period):
        while period % prime == 0 and len(residues) % prime == 0:
            shorter, count = period // prime, len(residues) // prime
            if residues[count - 1] >= shorter:
                break
            if any(b - a != shorter for a, b in zip(residues, residues[count:], strict=False)):
                break
            period, residues = shorter, residues[:count]
    return period, residues


def missing_residues(period: int, residues: Sequence[int]) -> tuple[int, ...]:
    """Return the residues of the complement."""
    if period == 1:
        return () if residues else (0,)
    present = frozenset(residues)
    return tuple(r for r in range(period) if r not in present)


def meet_residues(left: Pattern, right: Pattern) -> Pattern:
    """Return the intersection of two patterns (FormulaError CS303 if its period exceeds `MAX_PERIOD`)."""
    if left == right or not left[1] or right == (1, (0,)):
        return left
    if not right[1] or left == (1, (0,)):
        return right
    period = lcm(left[0], right[0])
    check_period(period)
    sparse, dense = (left, right) if len(left[1]) * right[0] <= len(right[1]) * left[0] else (right, left)
    members = frozenset(dense[1])
    listed = (base + r for base in range(0, period, sparse[0]) for r in sparse[1])
    return least_period(period, tuple(x for x in listed if x % dense[0] in members))
