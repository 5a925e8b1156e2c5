"""The overview: cards from left to right, in as many rows as the width needs, and the links that pass cards by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnshape.render.figures.architecture.cards import INSIDE, card_marks, inside, link, shadow, words_below
from cnnshape.render.figures.architecture.ink import Ink
from cnnshape.render.figures.architecture.stages import Row
from cnnshape.render.scene import Group, Mark

__all__ = ["Overview"]

_BETWEEN, _WIDEST = 8.0, 30.0  # columns, points
_LANE = 4.5
_LANES, _MARGIN_LANES = 16, 8
"""More lines above a row, and beside the rows, run on each other."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a card stands: its borders, its upper edge, and its row."""

    left: float
    right: float
    top: float
    row: int


class Overview:
    """The row of stages at a width.

    Parameters
    ----------
    row : Row
    width : points
    ink : Ink
    """

    def __init__(self, row: Row, width: float, ink: Ink) -> None:
        self.row, self.width, self.ink = row, width, ink
        self.cards = row.cards
        self.column_of = [c for c, column in enumerate(row.columns) for _ in column.cards]
        rows = self._wrapped(width)
        self.margin = 0.0
        lanes = -1
        # Margins make the rows shorter, so that more lines may lead from one to another.
        while len(rows) > 1 and (needed := min(self._across(rows), _MARGIN_LANES)) > lanes:
            lanes = needed
            self.margin = ink.pt(6) + ink.pt(_LANE) * lanes
            rows = self._wrapped(width - 2 * self.margin)
        self.rows = rows
        self.row_of = {c: r for r, columns in enumerate(rows) for c in columns}
        self.lanes = self._levels()
        self._place()

    def _across(self, rows: list[list[int]]) -> int:
        """Return how many lines lead past cards from one row to another."""
        row_of = {c: r for r, columns in enumerate(rows) for c in columns}
        place = [row_of[c] for c in self.column_of]
        return sum(b > a + 1 and place[a] != place[b] for a, b, _ in self.row.links)

    def _wrapped(self, width: float) -> list[list[int]]:
        """Return the columns of each row: as few rows as possible, as even as possible."""
        widths = [column.width for column in self.row.columns]
        gap = self.ink.pt(_BETWEEN)
        sums = [0.0]
        for each in widths:
            sums.append(sums[-1] + each + gap)
        best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
        for b in range(1, len(widths) + 1):
            options = []
            for a in range(b - 1, -1, -1):
                used = sums[b] - sums[a] - gap
                if a < b - 1 and used > width:
                    break
                count, waste, _ = best[a]
                options.append((count + 1, waste + (max(0.0, width - used) / width) ** 2, a))
            best.append(min(options))
        rows, b = [], len(widths)
        while b:
            a = best[b][2]
            rows.append(list(range(a, b)))
            b = a
        return rows[::-1]

    def _place(self) -> None:
        """Find the places of all cards and the channels above each row."""
        ink, columns = self.ink, self.row.columns
        self.spots: list[_Spot] = []
        self.middles: list[float] = []
        self.channels: list[float] = []
        self.centers: list[float] = []
        self.ends: list[float] = []
        room = self.width - 2 * self.margin
        widths = [sum(columns[c].width for c in row) for row in self.rows]
        gaps = [(room - used) / (len(row) - 1) for used, row in zip(widths, self.rows, strict=True) if len(row) > 1]
        gap = min([ink.pt(_WIDEST), *gaps])
        longest = max(used + gap * (len(row) - 1) for used, row in zip(widths, self.rows, strict=True))
        self.left = self.margin + (room - longest) / 2
        self.right = self.left + longest
        y = 0.0
        for r, row in enumerate(self.rows):
            levels = 1 + max((level for (_, _, at), level in self.lanes.items() if at == r), default=-1)
            self.channels.append(y)
            y += ink.pt(_LANE) * levels + (ink.pt(3) if levels else 0)
            y += max(shadow(card, ink) for c in row for card in columns[c].cards)
            high = max(card.height for c in row for card in columns[c].cards)
            self.middles.append(y + high / 2)
            x = self.left
            for c in row:
                self._fill(c, r, x)
                x += columns[c].width + gap
            y += high + ink.pt(2)
            y += max(len(columns[c].shape) + bool(columns[c].name) for c in row) * ink.leading + ink.pt(4)
        self.height = y - ink.pt(4)

    def _fill(self, c: int, r: int, x: float) -> None:
        ink, column = self.ink, self.row.columns[c]
        self.centers.append(x + column.width / 2)
        self.ends.append(x + column.width)
        at = x + (column.width - inside(column, ink)) / 2
        for card in column.cards:
            self.spots.append(_Spot(at, at + card.width, self.middles[r] - card.height / 2, r))
            at += card.width + ink.pt(INSIDE) + shadow(card, ink)

    def _levels(self) -> dict[tuple[int, int, int], int]:
        """Return the lane of each part of a link that leads over cards: (source, target, row) -> its number."""
        parts: list[tuple[int, int, int, int, int]] = []
        for a, b, _ in self.row.links:
            first, last = self._row(a), self._row(b)
            if first == last:
                if b > a + 1:
                    parts.append((a, b, a, b, first))
                continue
            if b > a + 1:
                parts.append((a, len(self.cards), a, b, first))
            parts.append((b if b > a + 1 else -1, len(self.cards), a, b, last))
        levels: dict[tuple[int, int, int], int] = {}
        taken: dict[int, list[list[tuple[int, int]]]] = {}
        for low, high, a, b, r in sorted(parts, key=lambda part: (part[1] - part[0], part)):
            rows = taken.setdefault(r, [])
            level = next((n for n, lane in enumerate(rows) if all(high <= x or y <= low for x, y in lane)), len(rows))
            if level == len(rows):
                rows.append([])
            rows[level].append((low, high))
            levels[a, b, r] = level % _LANES
        return levels

    def _row(self, card: int) -> int:
        return self.row_of[self.column_of[card]]

    def marks(self, left: float, top: float) -> list[Mark]:
        """Return the overview drawn with its upper left corner at (left, top)."""
        ink = self.ink
        out: list[Mark] = [Group("links", "", tuple(self._lines(left, top)))]
        for number, (card, spot) in enumerate(zip(self.cards, self.spots, strict=True)):
            out.append(card_marks(number, card, left + spot.left, top + spot.top, ink))
        for r, row in enumerate(self.rows):
            high = max(card.height for c in row for card in self.row.columns[c].cards)
            below = top + self.middles[r] + high / 2 + ink.pt(2)
            for c in row:
                out += words_below(self.row.columns[c], left + self.centers[c], below, ink)
        return out

    def _lines(self, left: float, top: float) -> Iterator[Mark]:
        ink = self.ink
        out_of: dict[int, int] = {}
        into: dict[int, int] = {}
        across = 0
        for a, b, bad in sorted(self.row.links, key=lambda each: (each[1] - each[0], each)):
            start, end = self.spots[a], self.spots[b]
            middle, low = top + self.middles[start.row], top + self.middles[end.row]
            if b == a + 1:
                beside = left + start.right + shadow(self.cards[a], ink)
                if start.row == end.row:
                    arrow = self.column_of[a] != self.column_of[b]
                    yield link(((beside, middle), (left + end.left, low)), (a, b), bad, ink, arrow)
                    continue
                lane = self._lane(top, a, b, end.row)
                right, back = left + self.ends[self.column_of[a]] + ink.pt(4), left + self.left - ink.pt(4)
                way = ((beside, middle), (right, middle), (right, lane), (back, lane), (back, low))
                yield link((*way, (left + end.left, low)), (a, b), bad, ink)
                continue
            leave = left + (start.left + start.right) / 2 + ink.pt(3) + ink.pt(2) * out_of.setdefault(a, 0)
            enter = left + (end.left + end.right) / 2 - ink.pt(3) - ink.pt(2.5) * into.setdefault(b, 0)
            out_of[a] += 1
            into[b] += 1
            above, onto = top + start.top - shadow(self.cards[a], ink), top + end.top - shadow(self.cards[b], ink)
            first, last = self._lane(top, a, b, start.row), self._lane(top, a, b, end.row)
            if start.row == end.row:
                yield link(((leave, above), (leave, first), (enter, first), (enter, onto)), (a, b), bad, ink)
                continue
            right = left + self.right + ink.pt(4) + ink.pt(_LANE) * (across % _MARGIN_LANES + 1)
            across += 1
            way = ((leave, above), (leave, first), (right, first), (right, last), (enter, last))
            yield link((*way, (enter, onto)), (a, b), bad, ink)

    def _lane(self, top: float, a: int, b: int, r: int) -> float:
        levels = 1 + max(level for (_, _, at), level in self.lanes.items() if at == r)
        return top + self.channels[r] + self.ink.pt(_LANE) * (levels - 1 - self.lanes[a, b, r]) + self.ink.pt(1)
