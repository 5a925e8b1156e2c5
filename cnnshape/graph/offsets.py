"""Where in one block of memory tensors lie, if two that are needed in the same step must not overlap."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

__all__ = ["offsets"]


def offsets(blocks: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, ...], int]:
    """Return the place of each block, and the length of the memory that holds them all.

    Parameters
    ----------
    blocks : (first step, last step, length) of each; a block is there in all steps from the first to the last

    Notes
    -----
    The longest block is placed first, each at the lowest place that is free throughout its steps. That is no more than
    a heuristic; the least length would be a packing problem.

    Examples
    --------
    >>> offsets([(0, 1, 10), (1, 2, 20), (2, 3, 5)])
    ((20, 0, 20), 30)
    """
    placed: list[tuple[int, int, int, int]] = []  # start, end, first, last; by start
    found = [0] * len(blocks)
    for i in sorted(range(len(blocks)), key=lambda i: (-blocks[i][2], i)):
        first, last, length = blocks[i]
        start = 0
        for low, high, begins, ends in placed:
            if begins <= last and first <= ends:
                if low - start >= length:
                    break
                start = max(start, high)
        found[i] = start
        if length:
            insort(placed, (start, start + length, first, last))
    return tuple(found), max((end for _, end, _, _ in placed), default=0)
