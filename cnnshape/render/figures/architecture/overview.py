"""The overview: cards from left to right, in as many rows as the width needs, and the links that pass cards by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnshape.render.figures.architecture.ink import BLACK, LINE, Ink, tint
from cnnshape.render.figures.architecture.stages import Card, Column, Row
from cnnshape.render.palette import ROLES, Role, look
from cnnshape.render.scene import Group, Label, Line, Mark, Polygon, Rect, Style

__all__ = ["Overview"]

_BETWEEN, _WIDEST = 8.0, 30.0  # columns, points
_INSIDE = 4.0  # cards of a column
_LANE = 4.5


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a card stands: its borders, the middle of its row, and its row."""

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
        self.cards = [card for column in row.columns for card in column.cards]
        self.column_of = [c for c, column in enumerate(row.columns) for _ in column.cards]
        rows = self._wrapped(width)
        self.margin = 0.0
        if len(rows) > 1:
            row_of = {c: r for r, columns in enumerate(rows) for c in columns}
            across = [
                (a, b) for a, b, _ in row.links if b > a + 1 and row_of[self.column_of[a]] != row_of[self.column_of[b]]
            ]
            self.margin = ink.pt(6) + ink.pt(_LANE) * len(across)
            rows = self._wrapped(width - 2 * self.margin)
        self.rows = rows
        self.row_of = {c: r for r, columns in enumerate(rows) for c in columns}
        self._place()

    @property
    def roles(self) -> set[Role]:
        """The roles of the layers in the row."""
        return {card.role for card in self.cards if card.type_number < 0 and card.items}

    def _wrapped(self, width: float) -> list[list[int]]:
        """Return the columns of each row: as few rows as possible, as even as possible."""
        widths = [column.width for column in self.row.columns]
        gap = self.ink.pt(_BETWEEN)
        sums = [0.0]
        for each in widths:
            sums.append(sums[-1] + each + gap)

        def long(a: int, b: int) -> float:
            return sums[b] - sums[a] - gap

        n = len(widths)
        best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
        for b in range(1, n + 1):
            options = []
            for a in range(b - 1, -1, -1):
                if a < b - 1 and long(a, b) > width:
                    break
                rows, waste, _ = best[a]
                options.append((rows + 1, waste + (max(0.0, width - long(a, b)) / width) ** 2, a))
            best.append(min(options))
        rows, b = [], n
        while b:
            a = best[b][2]
            rows.append(list(range(a, b)))
            b = a
        return rows[::-1]

    def _place(self) -> None:
        """Find the places of all cards and the lanes above each row."""
        ink, columns = self.ink, self.row.columns
        self.lanes = self._levels()
        self.spots: list[_Spot] = []
        self.middles: list[float] = []
        self.channels: list[float] = []
        self.centers: list[float] = []
        self.ends: list[float] = []
        inner = self.width - 2 * self.margin
        widths = [sum(columns[c].width for c in row) for row in self.rows]
        gaps = [(inner - used) / (len(row) - 1) for used, row in zip(widths, self.rows, strict=True) if len(row) > 1]
        self.gap = min([ink.pt(_WIDEST), *gaps])
        longest = max(used + self.gap * (len(row) - 1) for used, row in zip(widths, self.rows, strict=True))
        self.left = self.margin + (inner - longest) / 2
        self.right = self.left + longest
        y = 0.0
        for r, row in enumerate(self.rows):
            levels = 1 + max((level for (_, _, at), level in self.lanes.items() if at == r), default=-1)
            self.channels.append(y)
            y += ink.pt(_LANE) * levels + (ink.pt(3) if levels else 0) + ink.pt(2)
            high = max(card.height for c in row for card in columns[c].cards)
            middle = y + high / 2
            self.middles.append(middle)
            x = self.left
            for c in row:
                column = columns[c]
                self.centers.append(x + column.width / 2)
                self.ends.append(x + column.width)
                inside = sum(card.width for card in column.cards) + ink.pt(_INSIDE) * (len(column.cards) - 1)
                inside += sum(ink.pt(3) for card in column.cards if card.times > 1)
                at = x + (column.width - inside) / 2
                for card in column.cards:
                    self.spots.append(_Spot(at, at + card.width, middle - card.height / 2, r))
                    at += card.width + ink.pt(_INSIDE) + (ink.pt(3) if card.times > 1 else 0)
                x += column.width + self.gap
            y = middle + high / 2 + ink.pt(2)
            y += (max(len(columns[c].shape) + bool(columns[c].name) for c in row)) * ink.leading + ink.pt(4)
        self.height = y - ink.pt(4)

    def _levels(self) -> dict[tuple[int, int, int], int]:
        """Return the lane of each part of a link that leads over cards: (source, target, row) -> its number."""
        parts: list[tuple[int, int, int, int, int]] = []
        for a, b, _ in self.row.links:
            if b == a + 1 and self._row(a) == self._row(b):
                continue
            first, last = self._row(a), self._row(b)
            if first == last:
                parts.append((a, b, a, b, first))
                continue
            if b > a + 1:
                parts.append((a, len(self.cards), a, b, first))
            parts.append((-1, b if b > a + 1 else len(self.cards), a, b, last))
        levels: dict[tuple[int, int, int], int] = {}
        taken: dict[int, list[list[tuple[int, int]]]] = {}
        for low, high, a, b, r in sorted(parts, key=lambda part: (part[1] - part[0], part)):
            rows = taken.setdefault(r, [])
            level = next(
                (n for n, lane in enumerate(rows) if all(high <= x or y <= low for x, y in lane)), len(rows)
            )
            if level == len(rows):
                rows.append([])
            rows[level].append((low, high))
            levels[a, b, r] = level
        return levels

    def _row(self, card: int) -> int:
        return self.row_of[self.column_of[card]]

    def marks(self, y: float) -> list[Mark]:
        """Return the overview drawn below `y`."""
        out: list[Mark] = [Group("links", "", tuple(self._lines(y)))]
        for number, card in enumerate(self.cards):
            out.append(self._card(number, card, y))
        out += self._below(y)
        return out

    def _lines(self, y: float) -> Iterator[Mark]:
        ink = self.ink
        out_of: dict[int, int] = {}
        into: dict[int, int] = {}
        across = 0
        for a, b, bad in sorted(self.row.links, key=lambda link: (link[1] - link[0], link)):
            style = Style("", "fault" if bad else "line", ink.pt(0.7), dash=(2, 1.5) if bad else ())
            ends = (_id(a), _id(b))
            start, end = self.spots[a], self.spots[b]
            middle = y + self.middles[start.row]
            if b == a + 1 and start.row == end.row:
                shadow = ink.pt(2.6) if self.cards[a].times > 1 else 0.0
                arrow = self.column_of[a] != self.column_of[b]
                points = ((start.right + shadow, middle), (end.left, middle))
                yield Line(points, style, arrow="end" if arrow else "", ends=ends)
                continue
            if b == a + 1:
                lane = self._lane(y, a, b, end.row)
                low = y + self.middles[end.row]
                shadow = ink.pt(2.6) if self.cards[a].times > 1 else 0.0
                right, left = self.ends[self.column_of[a]] + ink.pt(4), self.left - ink.pt(4)
                yield Line(
                    ((start.right + shadow, middle), (right, middle), (right, lane), (left, lane), (left, low), (end.left, low)),
                    style, ink.pt(3), "end", ends,
                )  # fmt: skip
                continue
            leave = (start.left + start.right) / 2 + ink.pt(3) + ink.pt(2) * out_of.setdefault(a, 0)
            enter = (end.left + end.right) / 2 - ink.pt(3) - ink.pt(2.5) * into.setdefault(b, 0)
            out_of[a] += 1
            into[b] += 1
            above = y + start.top - (ink.pt(2.6) if self.cards[a].times > 1 else 0)
            top = y + end.top - (ink.pt(2.6) if self.cards[b].times > 1 else 0)
            if start.row == end.row:
                lane = self._lane(y, a, b, start.row)
                yield Line(((leave, above), (leave, lane), (enter, lane), (enter, top)), style, ink.pt(3), "end", ends)
                continue
            first, last = self._lane(y, a, b, start.row), self._lane(y, a, b, end.row)
            right = self.right + ink.pt(5) + ink.pt(_LANE) * (across + 1)
            across += 1
            yield Line(
                ((leave, above), (leave, first), (right, first), (right, last), (enter, last), (enter, top)),
                style, ink.pt(3), "end", ends,
            )  # fmt: skip

    def _lane(self, y: float, a: int, b: int, r: int) -> float:
        levels = 1 + max(level for (_, _, at), level in self.lanes.items() if at == r)
        return y + self.channels[r] + self.ink.pt(_LANE) * (levels - 1 - self.lanes[a, b, r]) + self.ink.pt(1)

    def _card(self, number: int, card: Card, y: float) -> Group:
        ink, spot = self.ink, self.spots[number]
        x, top = spot.left, y + spot.top
        style = look(card.role, ink.palette, card.border) if card.type_number < 0 else tint(card.type_number, ink, True)
        if card.type_number >= 0:
            style = Style(style.fill, style.stroke, card.border, style.dash)
        if card.fault:
            style = Style(style.fill, "#B00020", max(1.4, card.border), style.dash, style.hatch)
        out: list[Mark] = []
        for shift in (2.6, 1.3) if card.times > 1 else ():
            d = ink.pt(shift)
            out.append(self._body(card, x + d, top - d, Style(style.fill, style.stroke, 0.5, style.dash, style.hatch)))
        out.append(self._body(card, x, top, style))
        first = top + (card.height - len(card.lines) * ink.leading) / 2 + ink.pt(6)
        mid = x + card.width / 2
        for n, line in enumerate(card.lines):
            named = card.type_number >= 0 and n == 0
            size = ink.letter if named else ink.operator
            out.append(Label(mid, first + n * ink.leading + (ink.pt(0.6) if named else 0), line, size, bold=named, color=BLACK))
        return Group(_id(number), card.tip, tuple(out), node=True)

    def _body(self, card: Card, x: float, y: float, style: Style) -> Mark:
        if card.role == "concat" and card.type_number < 0:
            slant = self.ink.pt(3)
            return Polygon(
                ((x, y), (x + card.width, y + slant), (x + card.width, y + card.height - slant), (x, y + card.height)),
                style,
            )
        return Rect(x, y, card.width, card.height, style, self.ink.pt(2))

    def _below(self, y: float) -> Iterator[Mark]:
        ink = self.ink
        for r, row in enumerate(self.rows):
            columns: Sequence[tuple[int, Column]] = [(c, self.row.columns[c]) for c in row]
            high = max(card.height for _, column in columns for card in column.cards)
            for c, column in columns:
                baseline = y + self.middles[r] + high / 2 + ink.pt(2) + ink.pt(5.6)
                for line in column.shape:
                    yield Label(self.centers[c], baseline, line, ink.shape)
                    baseline += ink.leading
                if column.name:
                    yield Label(self.centers[c], baseline, column.name, ink.shape, color="faint")


def _id(number: int) -> str:
    return f"card-{number}"


_ = ROLES, LINE
