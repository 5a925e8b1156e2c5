"""Where a drawing that is too high is folded into columns."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["cuts"]

_COLUMN = 1.0
_LINE = 0.5
"""What a column costs, and a line that leads over beside the first; an empty column costs one more."""


def cuts(tops: Sequence[int], bottoms: Sequence[int], lines: Sequence[int], most: int) -> list[int]:
    """Return the first layer of each column: few columns, filled evenly, cut where few lines lead over.

    Parameters
    ----------
    tops, bottoms : of the layers of the drawing in one column
    lines : how many lead over from each layer but the last to the next
    most : how high a column may be; a layer that is higher stands alone
    """
    count = len(tops)
    best = [0.0] + [float("inf")] * count
    start = [0] * (count + 1)
    for end in range(1, count + 1):
        over = 0.0 if end == count else _LINE * (lines[end - 1] - 1)
        for first in range(end - 1, -1, -1):
            height = bottoms[end - 1] - tops[first]
            if height > most and first < end - 1:
                break
            empty = max(0.0, 1 - height / most) ** 2
            cost = best[first] + _COLUMN + over + empty
            if cost < best[end]:
                best[end], start[end] = cost, first
    found = [count]
    while found[-1]:
        found.append(start[found[-1]])
    return found[:0:-1]
