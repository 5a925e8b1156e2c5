"""The overview of a network that descends and climbs again: two rows, each skip a straight rung between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnshape.render.figures.architecture.cards import card_marks, inside, link, shadow, words_below
from cnnshape.render.figures.architecture.ink import Ink
from cnnshape.render.figures.architecture.stages import Row
from cnnshape.render.scene import Group, Mark

__all__ = ["Ladder", "rungs_of"]

_BETWEEN, _WIDEST, _RUNG = 7.0, 24.0, 17.0
_STEPS = 12


def rungs_of(row: Row) -> tuple[tuple[int, int], ...]:
    """Return the skips, by columns from the outermost, of a row whose skips lie inside each other; else nothing.

    Examples
    --------
    A U-Net of two levels has the rungs ((1, 7), (3, 5)).
    """
    column_of = [c for c, column in enumerate(row.columns) for _ in column.cards]
    alone = all(len(column.cards) == 1 for column in row.columns)
    far = sorted({(column_of[a], column_of[b]) for a, b, _ in row.links if b > a + 1})
    if not alone or len(far) < 2 or len({a for a, _ in far}) < len(far):
        return ()
    nested = all(b > d for (_, b), (_, d) in pairwise(far))
    chained = all((a, a + 1) in {(x, y) for x, y, _ in row.links} for a in range(len(row.cards) - 1))
    return tuple(far) if nested and chained and far[-1][0] < far[-1][1] else ()


class Ladder:
    """Two rows: the upper leads to the right, the lower back to the left, below its partners.

    Parameters
    ----------
    row : Row
    rungs : as `rungs_of` gives them
    width : points
    ink : Ink
    """

    def __init__(self, row: Row, rungs: Sequence[tuple[int, int]], width: float, ink: Ink) -> None:
        self.row, self.rungs, self.width, self.ink = row, rungs, width, ink
        self.cards = row.cards
        self.turn = self._lowest()
        self.centers: dict[int, float] = {}
        self.fits = self._place(ink.pt(_BETWEEN)) <= width
        if not self.fits:
            return
        low, high = _BETWEEN, _WIDEST
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._place(ink.pt(middle)) <= width else (low, middle)
        used = self._place(ink.pt(low))
        self.shift = (width - used) / 2
        upper, lower = range(self.turn), range(self.turn, len(row.columns))
        words = [max(len(row.columns[c].shape) + bool(row.columns[c].name) for c in part) for part in (upper, lower)]
        tall = [max(card.height for c in part for card in row.columns[c].cards) for part in (upper, lower)]
        self.words = words
        above = words[0] * ink.leading + ink.pt(2) + max(shadow(card, ink) for card in self.cards)
        self.middles = [above + tall[0] / 2, above + tall[0] + ink.pt(_RUNG) + tall[1] / 2]
        self.below = self.middles[1] + tall[1] / 2 + ink.pt(2)
        self.height = self.below + words[1] * ink.leading

    def _lowest(self) -> int:
        """Return the first column of the lower row: behind the smallest map between the innermost skip's ends."""
        first, last = self.rungs[-1]
        between = range(first + 1, last)
        heights = {c: self.row.columns[c].cards[0].height for c in between}
        return max((c for c in between if heights[c] == min(heights.values())), default=first) + 1

    def _place(self, gap: float) -> float:
        """Find the middle of each column for a gap; return the width of all."""
        columns, last = self.row.columns, len(self.row.columns)
        widths = [column.width for column in columns]
        anchors = [(-1, last), *self.rungs, (self.turn, self.turn - 1)]
        x = 0.0
        self.centers = {}
        for (a, b), (c, d) in pairwise(anchors):
            upper, lower = range(a + 1, c), range(b - 1, d, -1)
            halves = [widths[a] / 2 if a >= 0 else 0.0, widths[b] / 2 if b < last else 0.0]
            ends = [widths[c] / 2 if c < self.turn else 0.0, widths[d] / 2 if d >= self.turn else 0.0]
            needed = [
                half + sum(widths[k] for k in part) + gap * (len(part) + (half > 0) - (end == 0)) + end
                for half, part, end in zip(halves, (upper, lower), ends, strict=True)
            ]
            long = max(0.0, *needed)
            for half, part, end, used in zip(halves, (upper, lower), ends, needed, strict=True):
                stretched = (long - used) / max(1, len(part) + 1) if half and end else 0.0
                at = x + half + (gap + stretched if half else (long - used if not half else 0.0))
                for k in part:
                    self.centers[k] = at + widths[k] / 2
                    at += widths[k] + gap + stretched
            x += long
            if c < self.turn:
                self.centers[c] = self.centers[d] = x
        return x + self.ink.pt(7)

    def marks(self, left: float, top: float) -> list[Mark]:
        """Return the overview drawn with its upper left corner at (left, top)."""
        ink, out = self.ink, list[Mark]()
        lefts: list[float] = []
        rights: list[float] = []
        tops: list[float] = []
        for number, card in enumerate(self.cards):
            upper = number < self.turn
            column = self.row.columns[number]
            x = left + self.shift + self.centers[number] - inside(column, ink) / 2
            y = top + self.middles[not upper] - card.height / 2
            lefts.append(x)
            rights.append(x + card.width + shadow(card, ink))
            tops.append(y)
            out.append(card_marks(number, card, x, y, ink))
            lines = len(column.shape) + bool(column.name)
            below = top + (self.words[0] - lines) * ink.leading if upper else top + self.below
            out += words_below(column, left + self.shift + self.centers[number], below, ink)
        lines_out: list[Mark] = []
        for a, b, bad in sorted(self.row.links):
            first, second = top + self.middles[a >= self.turn], top + self.middles[b >= self.turn]
            if b > a + 1:
                x = left + self.shift + self.centers[a]
                ends = (x, tops[a] + self.cards[a].height), (x, tops[b] - shadow(self.cards[b], ink))
                lines_out.append(link(ends, (a, b), bad, ink))
            elif b < self.turn:
                lines_out.append(link(((rights[a], first), (lefts[b], second)), (a, b), bad, ink))
            elif a >= self.turn:
                lines_out.append(link(((lefts[a], first), (rights[b], second)), (a, b), bad, ink))
            else:
                right = max(rights[a], rights[b]) + ink.pt(5)
                way = ((rights[a], first), (right, first), (right, second), (rights[b], second))
                lines_out.append(link(way, (a, b), bad, ink))
        return [Group("links", "", tuple(lines_out)), *out]
