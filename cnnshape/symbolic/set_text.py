"""The text of an integer set: the shortest condition we know that reads back as the same set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import prod

from cnnshape.symbolic import intervals as iv

__all__ = ["set_text"]

# Pieces are read as repeating from five on, if a group of at most eight comes four times: fewer is often chance.
FEWEST_PIECES = 5
FEWEST_REPEATS = 4
LONGEST_GROUP = 8
MOST_EXCEPTIONS = 3


def set_text(head: Sequence[iv.Interval], start: int, period: int, residues: Sequence[int], name: str) -> str:
    """Return the condition on `name` that describes the set with these canonical fields.

    Examples
    --------
    >>> set_text((), 173, 16, (12,), "H")
    'H >= 188 and H % 16 == 12'
    >>> set_text(((16, 19), (112, 115)), 116, 1, (), "H")
    'H in {16..19, 112..115}'
    >>> set_text(((1, 9),), 11, 1, (0,), "H")
    'H != 10'
    """
    if not residues:
        return " or ".join(_finite(head, name)) or f"no {name} works"
    remainder = _remainder(name, period, residues)
    if start == 1:
        return remainder or f"any {name}"
    exceptions = _exceptions(head, start, period, residues)
    if exceptions:
        return " and ".join(filter(None, [remainder, *(f"{name} != {x}" for x in exceptions)]))
    reach = _reach(head, start, period, residues)
    first = iv.next_member(period, residues, reach)
    bounded = iv.last_member(period, residues, first - 1) >= 1
    tail = " and ".join(filter(None, [f"{name} >= {first}" if bounded else "", remainder]))
    extras = _finite(_beside_tail(head, start, period, residues, reach), name)
    return " or ".join([*extras, tail] if bounded else [tail, *extras])


def _exceptions(head: Sequence[iv.Interval], start: int, period: int, residues: Sequence[int]) -> list[int]:
    """Return the few pattern members that are absent, if that is all the head says; else an empty list."""
    runs = iv.runs_of(residues)
    absent = (
        x
        for low, high in iv.gaps(head, 1, start - 1)
        for a, b in iv.pattern_intervals(runs, period, low, high)
        for x in range(a, b + 1)
    )
    found = list(islice(absent, MOST_EXCEPTIONS + 1))
    if len(found) > MOST_EXCEPTIONS or not found or found[0] == iv.next_member(period, residues, 1):
        return []
    return [] if any(True for _ in _outside(head, period, residues)) else found


def _outside(head: Sequence[iv.Interval], period: int, residues: Sequence[int]) -> Iterator[iv.Interval]:
    """Yield the parts of the head that the pattern does not hold."""
    runs = iv.runs_of(iv.missing_residues(period, residues))
    for low, high in head:
        yield from iv.pattern_intervals(runs, period, low, high)


def _reach(head: Sequence[iv.Interval], start: int, period: int, residues: Sequence[int]) -> int:
    """Return the smallest number from which no member of the pattern is absent."""
    top = start - 1
    for low, high in reversed(head):
        absent = iv.last_member(period, residues, top)
        if absent > high:
            return absent + 1
        top = low - 1
    return max(iv.last_member(period, residues, top) + 1, 1) if top else 1


def _beside_tail(
    head: Sequence[iv.Interval], start: int, period: int, residues: Sequence[int], reach: int
) -> list[iv.Interval]:
    """Return the head without the pattern members >= reach."""
    below = iv.meet(head, [(1, reach - 1)]) if reach > 1 else []
    for piece in _outside(iv.meet(head, [(reach, start)]), period, residues):
        iv.append(below, *piece)
    return below


def _pieces(runs: Sequence[iv.Interval]) -> str:
    parts = [str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}..{b}" for a, b in runs]
    return "{" + ", ".join(parts) + "}"


def _listed(runs: Sequence[iv.Interval], name: str) -> str:
    low, high = runs[0]
    if len(runs) > 1 or high == low + 1:
        return f"{name} in {_pieces(runs)}"
    if low == high:
        return f"{name} == {low}"
    return f"{name} <= {high}" if low == 1 else f"{name} in {low}..{high}"


def _finite(runs: Sequence[iv.Interval], name: str) -> list[str]:
    """Return the clauses of a finite set: what repeats as a bounded remainder, the rest as one list."""
    clauses: list[str] = []
    rest: list[iv.Interval] = []
    at = 0
    while at < len(runs):
        stop, clause = _progression(runs, at, name)
        if clause and len(clause) < len(_pieces(runs[at:stop])):
            clauses.append(clause)
            at = stop
        else:
            rest.append(runs[at])
            at += 1
    return ([_listed(rest, name)] if rest else []) + clauses


def _progression(runs: Sequence[iv.Interval], at: int, name: str) -> tuple[int, str]:
    """Return the longest repeating stretch of intervals that begins at `at`, as (its end, its text or "")."""
    best, group = at, 0
    for size in range(1, min(LONGEST_GROUP, (len(runs) - at) // FEWEST_REPEATS) + 1):
        stop = _stretch(runs, at, size)
        if stop > best and stop - at >= max(FEWEST_PIECES, FEWEST_REPEATS * size):
            best, group = stop, size
    if not group:
        return at, ""
    step = runs[at + group][1] - runs[at][1]
    residues = sorted(x % step for a, b in runs[at + 1 : at + 1 + group] for x in range(a, b + 1))
    low, high = runs[at][0], runs[best - 1][1]
    if step > iv.MAX_PERIOD:
        return at, ""
    first = iv.last_member(step, residues, low - 1) < 1
    bounds = f"{name} <= {high}" if first else f"{name} in {low}..{high}"
    return best, f"{bounds} and {_remainder(name, step, residues)}"


def _stretch(runs: Sequence[iv.Interval], at: int, size: int) -> int:
    """Return the end of the stretch in which every interval repeats the one `size` places before it.

    A bound may cut the very first interval at its front and the very last at its back.
    """
    if at + size >= len(runs):
        return at
    step = runs[at + size][1] - runs[at][1]
    stop = at + size
    while stop < len(runs):
        (low, high), (next_low, next_high) = runs[stop - size], runs[stop]
        low_fits = next_low == low + step or (stop == at + size and next_low < low + step)
        if not low_fits or next_high > high + step:
            break
        stop += 1
        if next_high < high + step:
            break
    return stop


def _remainder(name: str, period: int, residues: Sequence[int]) -> str:
    """Return the text of a pattern; one that splits over coprime divisors is written as several remainders."""
    if period == 1:
        return ""
    whole = _one_remainder(name, period, residues)
    free, split = period, []
    for prime, exponent in iv.prime_factors(period):
        divisor = prime**exponent
        inside = sorted({r % divisor for r in residues})
        if len(inside) * len({r % (period // divisor) for r in residues}) == len(residues):
            split.append((divisor, inside))
            free //= divisor
    single = prod(divisor for divisor, inside in split if len(inside) == 1)
    groups = [(single, [residues[0] % single])] if single > 1 else []
    groups += [group for group in split if len(group[1]) > 1]
    if free > 1:
        groups.append((free, sorted({r % free for r in residues})))
    parts = " and ".join(_one_remainder(name, *group) for group in sorted(groups))
    return parts if len(parts) < len(whole) else whole


def _one_remainder(name: str, period: int, residues: Sequence[int]) -> str:
    if len(residues) == 1:
        return f"{name} % {period} == {residues[0]}"
    if len(residues) == period - 1:
        return f"{name} % {period} != {iv.missing_residues(period, residues)[0]}"
    return f"{name} % {period} in {_pieces(iv.runs_of(residues))}"
