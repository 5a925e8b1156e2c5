"""Where the windows of one axis lie, and which positions a figure shows of an axis that is too long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cnnshape.symbolic import Window, evaluate, output_size, padded, padding_of

__all__ = ["Slide", "Strip", "slide"]

_GAP = 15.0
"""Points that the dots take where an axis is cut."""


@dataclass(frozen=True)
class Slide:
    """A window on one axis; that of a transposed convolution lies on the output, one for each position of the input.

    Parameters
    ----------
    size : of the axis that the windows lie on
    before, after : padding around it; of a transposed convolution what is cut from the output
    count : windows, the size of the axis on the other side
    stride : from one window to the next
    taps : where a window reads, counted from its first position
    up : whether the windows are those of a transposed convolution
    """

    size: int
    before: int
    after: int
    count: int
    stride: int
    taps: tuple[int, ...]
    up: bool

    def window(self, i: int) -> tuple[int, ...]:
        """Return the positions that a window reads; below 0, or from `size` on, it reads padding."""
        return tuple(i * self.stride - self.before + tap for tap in self.taps)

    @property
    def whole(self) -> int:
        """The size with its padding."""
        return self.size + self.before + self.after

    @property
    def low(self) -> int:
        """The first position that is there, or that a window reads: with negative padding, 0."""
        return min(0, -self.before)

    @property
    def high(self) -> int:
        """The last position that is there, or that a window reads: with ceil mode it may lie beyond the padding."""
        last = self.window(self.count - 1)[-1]
        return max(self.size - 1 + max(self.after, 0), last)

    @cached_property
    def read(self) -> frozenset[int]:
        """Every position that some window reads."""
        return frozenset(position for i in range(self.count) for position in self.window(i))

    def is_padding(self, position: int) -> bool:
        return not 0 <= position < self.size

    def shown(self, most: int) -> tuple[tuple[int, int], ...]:
        """Return the stretches (first, last) that a figure shows: all, or the first windows and the last one."""
        if self.high - self.low < most:
            return ((self.low, self.high),)
        head = self.window(min(1, self.count - 1))[-1] + 1
        tail = self.window(self.count - 1)[0] - 1
        return ((self.low, head), (tail, self.high)) if tail - head > 2 else ((self.low, self.high),)

    def shown_windows(self, most: int) -> tuple[tuple[int, int], ...]:
        """Return the same for the positions of the other side."""
        return ((0, self.count - 1),) if self.count <= most else ((0, 2), (self.count - 2, self.count - 1))


def slide(d: int, w: Window) -> Slide:
    """Return where the windows lie on an axis of size `d`.

    Examples
    --------
    >>> found = slide(6, Window(kernel=3, stride=2, before=1, after=1))
    >>> found.count, found.window(0), found.window(found.count - 1), found.high
    (3, (-1, 0, 1), (3, 4, 5), 6)
    >>> slide(3, Window(kernel=3, stride=2, before=1, after=1, mode="transposed")).window(1)
    (1, 2, 3)
    """
    kernel, dilation, out = evaluate(w.kernel, {}), evaluate(w.dilation, {}), evaluate(output_size(d, w), {})
    taps = tuple(tap * dilation for tap in range(kernel))
    if w.mode == "transposed":
        before = evaluate(w.before, {})
        return Slide(out, before, evaluate(padded(d, w), {}) - out - before, d, w.stride, taps, True)
    before, after = (evaluate(side, {}) for side in padding_of(d, w))
    return Slide(d, before, after, out, w.stride, taps, False)


@dataclass(frozen=True)
class Strip:
    """Positions side by side on a line of the picture, cut where some are left out.

    Parameters
    ----------
    start : where the first one begins, points
    cell : width of a position
    stretches : (first, last) of each run of positions
    """

    start: float
    cell: float
    stretches: tuple[tuple[int, int], ...]

    @staticmethod
    def fit(room: float, *strips: tuple[tuple[int, int], ...]) -> float:
        """Return the cell with which some strips fill a length together."""
        cells = sum(last - first + 1 for stretches in strips for first, last in stretches)
        return (room - _GAP * sum(len(stretches) - 1 for stretches in strips)) / cells

    @property
    def end(self) -> float:
        return self.at(self.stretches[-1][1]) + self.cell

    @property
    def length(self) -> float:
        return self.end - self.start

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(p for first, last in self.stretches for p in range(first, last + 1))

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Where positions are left out: from, to."""
        return tuple(
            (self.at(last) + self.cell, self.at(after))
            for (_, last), (after, _) in zip(self.stretches, self.stretches[1:], strict=False)
        )

    def runs(self) -> tuple[tuple[float, float], ...]:
        """Return where each stretch begins and ends in the picture."""
        return tuple((self.at(first), self.at(last) + self.cell) for first, last in self.stretches)

    def has(self, position: int) -> bool:
        return any(first <= position <= last for first, last in self.stretches)

    def at(self, position: int) -> float:
        """Return where a position begins in the picture."""
        start = self.start
        for first, last in self.stretches:
            if position <= last:
                return start + self.cell * (position - first)
            start += self.cell * (last - first + 1) + _GAP
        raise AssertionError(position)
