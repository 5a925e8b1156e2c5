"""Sizes by counting: windows are slid one step after the other, nothing is computed from a formula."""

from functools import cache


@cache
def positions(d: int, k: int, s: int, p: int = 0, dilation: int = 1) -> int:
    """How many windows lie within the padded axis."""
    n, count, at = d + 2 * p, 0, 0
    while at + dilation * (k - 1) < n:
        count, at = count + 1, at + s
    return count


@cache
def ceil_positions(d: int, k: int, s: int, p: int = 0) -> int:
    """The same, with one more if the last left something, unless it would start beyond the input and its padding."""
    count, at, covered = 0, 0, k - s
    while covered < d + 2 * p and at < d + p:
        count, covered, at = count + 1, at + k, at + s
    return count


@cache
def spread(d: int, k: int, s: int, p: int = 0, dilation: int = 1, added: int = 0) -> int:
    """How long the axis is that a transposed window writes to."""
    touched = {i * s + tap * dilation for i in range(d) for tap in range(k)}
    return max(touched) + 1 - 2 * p + added
