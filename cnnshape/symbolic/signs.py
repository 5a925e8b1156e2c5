"""Where an integer-valued polynomial is negative, zero or positive on q = 0, 1, 2, ...: exact, in whole numbers.

A polynomial of degree n is given by its forward differences ``(p(0), Dp(0), ..., D^n p(0))``, which n+1 values
determine, and which are whole numbers even where the coefficients are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

__all__ = ["SignRuns", "forward_differences", "sign_runs"]

SignRuns: TypeAlias = tuple[tuple[int, int], ...]


def forward_differences(values: Sequence[int]) -> tuple[int, ...]:
    """Return the forward differences at 0 of the polynomial through p(0), p(1), ...; zeros at the end are dropped.

    Examples
    --------
    >>> forward_differences([0, 1, 4, 9])
    (0, 1, 2)
    """
    differences: list[int] = []
    row = list(values)
    while row:
        differences.append(row[0])
        row = [b - a for a, b in pairwise(row)]
    while differences and not differences[-1]:
        differences.pop()
    return tuple(differences)


def sign_runs(differences: Sequence[int]) -> SignRuns:
    """Return ``((start, sign), ...)``: from each start on, up to the next, p has that sign (-1, 0 or 1).

    Between two changes of sign of its difference p is monotone, so its own changes are found by bisection.

    Examples
    --------
    >>> sign_runs(forward_differences([(q - 2) * (q - 5) for q in range(3)]))
    ((0, 1), (2, 0), (3, -1), (5, 0), (6, 1))
    """
    if len(differences) <= 1:
        return ((0, _sign(differences[0]) if differences else 0),)
    if len(differences) == 2:
        return _affine_runs(*differences)

    def value(q: int) -> int:
        out, choose = 0, 1
        for k, difference in enumerate(differences):
            out += difference * choose
            choose = choose * (q - k) // (k + 1)
        return out

    slopes = sign_runs(differences[1:])
    runs: list[tuple[int, int]] = []
    for i, (start, slope) in enumerate(slopes):
        stop = slopes[i + 1][0] if i + 1 < len(slopes) else None
        _add_monotone(runs, value, start, stop, slope)
    return tuple(runs)


def _affine_runs(constant: int, slope: int) -> SignRuns:
    if slope < 0:
        return tuple([(start, -sign) for start, sign in _affine_runs(-constant, -slope)])
    zero = max(-(constant // slope), 0)  # the first q with constant + slope*q >= 0
    runs = [(0, -1)] if zero else []
    if constant + slope * zero == 0:
        runs.append((zero, 0))
        zero += 1
    runs.append((zero, 1))
    return tuple(runs)


def _add_monotone(
    runs: list[tuple[int, int]], value: Callable[[int], int], start: int, stop: int | None, slope: int
) -> None:
    """Append the runs of [start, stop), where p rises, falls or stays as `slope` says; None means no end."""
    at: int | None = start
    while at is not None:
        sign = _sign(value(at))
        if not runs or runs[-1][1] != sign:
            runs.append((at, sign))
        at = _next_change(value, at, stop, sign) if slope and sign != slope else None


def _next_change(value: Callable[[int], int], start: int, stop: int | None, sign: int) -> int | None:
    """Return the first q in (start, stop) where p, which moves towards the other sign, has another one."""
    low, step = start, 1
    while True:
        high = low + step if stop is None else min(low + step, stop - 1)
        if high == low:
            return None
        if _sign(value(high)) != sign:
            break
        low, step = high, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        if _sign(value(middle)) == sign:
            low = middle
        else:
            high = middle
    return high


def _sign(x: int) -> int:
    return (x > 0) - (x < 0)
