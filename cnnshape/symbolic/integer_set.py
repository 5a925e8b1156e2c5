"""Which sizes work: sets of integers >= 1 that are periodic from some point on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cnnshape.errors import FormulaError
from cnnshape.symbolic import intervals as iv
from cnnshape.symbolic.set_text import set_text

__all__ = ["IntegerSet"]

DEFAULT_SYMBOL = "x"


@dataclass(frozen=True, slots=True, repr=False)
class IntegerSet:
    """A set of integers >= 1: anything on [1, start), then the integers whose residue is listed.

    The four fields are canonical (the smallest start and the smallest period), so two sets are equal exactly if
    their fields are. Make one with `everything`, `nothing`, `interval`, `at_least`, `residue_class`, `of` or
    `build`, and combine them with ``& | - ~``; the plain constructor takes fields that are canonical already.

    Parameters
    ----------
    head : tuple of (first, last), closed intervals inside [1, start), ascending, no two of them touching
    start : int >= 1, from here on the pattern holds
    period : int >= 1, length of the pattern
    residues : tuple of int, the residues modulo `period` that belong to the set, ascending
    symbol : str, the name to print; it takes no part in comparisons

    Raises
    ------
    FormulaError
        CS303 from an operation whose result has a period above 1e6 or more than 2e6 separate pieces.

    Examples
    --------
    >>> valid = IntegerSet.at_least(180).named("H") & IntegerSet.residue_class(16, [12])
    >>> valid
    H >= 188 and H % 16 == 12
    >>> 572 in valid, valid.nearest(512)
    (True, (508, 524))
    >>> ~valid | valid
    any H
    """

    head: tuple[iv.Interval, ...]
    start: int
    period: int
    residues: tuple[int, ...]
    symbol: str = field(default=DEFAULT_SYMBOL, compare=False)

    @classmethod
    def build(
        cls,
        head: Iterable[iv.Interval],
        start: int,
        period: int,
        residues: Iterable[int],
        symbol: str = DEFAULT_SYMBOL,
    ) -> IntegerSet:
        """Return the canonical form of any such description (head ascending and below start, residues ascending)."""
        pieces = list(head)
        iv.check_intervals(len(pieces))
        period, kept = iv.least_period(period, tuple(residues))
        start = iv.shrink(pieces, start, period, kept)
        return cls(tuple(pieces), start, period, kept, symbol)

    @classmethod
    def everything(cls) -> IntegerSet:
        """Return all integers >= 1."""
        return cls((), 1, 1, (0,))

    @classmethod
    def nothing(cls) -> IntegerSet:
        """Return the empty set."""
        return cls((), 1, 1, ())

    @classmethod
    def at_least(cls, low: int) -> IntegerSet:
        """Return the integers >= low."""
        return cls((), max(low, 1), 1, (0,))

    @classmethod
    def interval(cls, low: int, high: int | None) -> IntegerSet:
        """Return the integers in low..high, both included; None means no upper end."""
        low = max(low, 1)
        if high is None:
            return cls.at_least(low)
        return cls(((low, high),), high + 1, 1, ()) if low <= high else cls.nothing()

    @classmethod
    def residue_class(cls, period: int, residues: Iterable[int]) -> IntegerSet:
        """Return the integers whose remainder modulo `period` is one of `residues` (any integers, taken modulo it).

        Raises
        ------
        FormulaError
            CS307 if the period is below 1, CS303 if it is above 1e6.
        """
        if period < 1:
            raise FormulaError(f"a remainder needs a divisor >= 1, not {period}", code="CS307")
        iv.check_period(period)
        return cls.build((), 1, period, sorted({r % period for r in residues}))

    @classmethod
    def of(cls, values: Iterable[int]) -> IntegerSet:
        """Return the set of these integers; those below 1 are no sizes and are dropped."""
        head = iv.runs_of(sorted({v for v in values if v >= 1}))
        return cls.build(head, head[-1][1] + 1 if head else 1, 1, ())

    def named(self, symbol: str) -> IntegerSet:
        """Return the same set, printed with this symbol."""
        return IntegerSet(self.head, self.start, self.period, self.residues, symbol)

    @property
    def is_everything(self) -> bool:
        return self.start == 1 and self.period == 1 and bool(self.residues)

    @property
    def is_empty(self) -> bool:
        return not self.head and not self.residues

    @property
    def is_finite(self) -> bool:
        return not self.residues

    def __bool__(self) -> bool:
        return bool(self.head or self.residues)

    def __contains__(self, x: object) -> bool:
        if not isinstance(x, int) or x < 1:
            return False
        if x >= self.start:
            return bool(self.residues) and iv.last_member(self.period, self.residues, x) == x
        index = bisect_right(self.head, (x, self.start)) - 1
        return index >= 0 and x <= self.head[index][1]

    def __invert__(self) -> IntegerSet:
        head = tuple(iv.gaps(self.head, 1, self.start - 1))
        residues = iv.missing_residues(self.period, self.residues)
        # Smallest start and period of a set are those of its complement.
        return IntegerSet(head, self.start, self.period, residues, self.symbol)

    def __and__(self, other: object) -> IntegerSet:
        if not isinstance(other, IntegerSet):
            return NotImplemented
        symbol = other.symbol if self.symbol == DEFAULT_SYMBOL else self.symbol
        early, late = (self, other) if self.start <= other.start else (other, self)
        period, residues = iv.meet_residues((early.period, early.residues), (late.period, late.residues))
        head = _meet_heads(early, late) if late.head else []
        start = iv.shrink(head, late.start, period, residues)
        return IntegerSet(tuple(head), start, period, residues, symbol)

    def __or__(self, other: object) -> IntegerSet:
        if not isinstance(other, IntegerSet):
            return NotImplemented
        return ~(~self & ~other)

    def __sub__(self, other: object) -> IntegerSet:
        if not isinstance(other, IntegerSet):
            return NotImplemented
        return self & ~other

    def __le__(self, other: object) -> bool:
        """Tell whether this set lies inside the other."""
        if not isinstance(other, IntegerSet):
            return NotImplemented
        return (self & ~other).is_empty

    def __ge__(self, other: object) -> bool:
        """Tell whether this set holds the other."""
        return other <= self if isinstance(other, IntegerSet) else NotImplemented

    def minimum(self) -> int | None:
        """Return the smallest member, None for the empty set."""
        return self.nearest(1)[1]

    def maximum(self) -> int | None:
        """Return the largest member; None if there is none, because the set is infinite or empty."""
        return self.start - 1 if self.head and not self.residues else None

    def up_to(self, limit: int) -> Iterator[int]:
        """Yield the members <= limit, ascending."""
        tail = iv.pattern_intervals(iv.runs_of(self.residues), self.period, self.start, limit)
        for pieces in (self.head, tail):
            for low, high in pieces:
                yield from range(low, min(high, limit) + 1)

    def nearest(self, x: int) -> tuple[int | None, int | None]:
        """Return the largest member <= x and the smallest member >= x; both are x itself if it is a member.

        Examples
        --------
        >>> IntegerSet.residue_class(16, [0]).nearest(500)
        (496, 512)
        >>> IntegerSet.interval(193, 224).nearest(100)
        (None, 193)
        """
        below = above = None
        if self.residues:
            above = iv.next_member(self.period, self.residues, max(x, self.start))
            if x >= self.start:
                below = iv.last_member(self.period, self.residues, x)
                below = below if below >= self.start else None
        index = bisect_right(self.head, (x, self.start)) - 1
        if below is None and index >= 0:
            below = min(x, self.head[index][1])
        if index >= 0 and x <= self.head[index][1]:
            above = x
        elif index + 1 < len(self.head):
            above = self.head[index + 1][0]
        return below, above

    def text(self, symbol: str | None = None) -> str:
        """Return the set as a condition that `parse_set` reads back.

        Examples
        --------
        >>> (IntegerSet.of([7]) | IntegerSet.at_least(9)).text("H")
        'H == 7 or H >= 9'
        """
        return set_text(self.head, self.start, self.period, self.residues, symbol or self.symbol)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def _meet_heads(early: IntegerSet, late: IntegerSet) -> list[iv.Interval]:
    """Return both sets' common members below late.start, as a list of intervals."""
    head = iv.meet(early.head, late.head)
    if not early.residues:
        return head
    runs = iv.runs_of(early.residues)
    first = max(bisect_right(late.head, (early.start, late.start)) - 1, 0)
    for begin, high in late.head[first:]:
        low = max(begin, early.start)
        if early.period > 1:
            iv.check_intervals(len(head) + (high - low) // early.period * len(runs))
        for piece in iv.pattern_intervals(runs, early.period, low, high):
            iv.append(head, *piece)
    return head
