"""Where the words stand: sizes right under their block, names above it in rows, with a line where that is far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnshape.render.figures.blocks.geometry import Box, overlaps
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Label, Line, Mark, Point, Style

__all__ = ["Board", "Name", "names_above", "sizes_under", "text_box"]

_ASCENT, _DESCENT = 0.74, 0.22
_SHIFTS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.44, -0.44)
_NEAR_ENOUGH = 0.8
_LOST = 1000.0
_FAR = 1e4
_ENOUGH_ROWS = 5.0


@dataclass(eq=False)
class Board:
    """What is taken of the page already.

    Parameters
    ----------
    outlines : of the blocks, by position
    boxes : of labels, arcs and arrows
    left, right : the ends of the page
    """

    left: float
    right: float
    outlines: Sequence[tuple[Point, ...]] = ()
    boxes: list[Box] = field(default_factory=list)

    def is_free(self, box: Box, gap: float, own: int = -1) -> bool:
        """Tell whether nothing stands nearer than `gap` to a box; the block `own` may."""
        left, top, right, bottom = box.left - gap, box.top - gap, box.right + gap, box.bottom + gap
        if box.right < self.left or box.left > self.right:
            return False
        for each in self.boxes:
            if left < each.right and each.left < right and top < each.bottom and each.top < bottom:
                return False
        return not any(overlaps(each, box, gap) for k, each in enumerate(self.outlines) if k != own)


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be placed.

    Parameters
    ----------
    text : str
    block : the position of its block
    anchor : the point that a line from it leads to
    base : the lowest place for it, that is the top of its block there
    under : the place under its block and its sizes, where there is none above
    rows : how high above its block it may stand, lines
    minor : True if it may be left out
    along : True if an arrow leads up from its block, beside which it may stand at any height
    color : of its letters
    """

    text: str
    block: int
    anchor: Point
    base: float
    under: Point
    rows: int
    minor: bool
    along: bool
    color: str


def text_box(label: Label) -> Box:
    """Return what a level line of text takes of the page."""
    width = text_width(label.text, label.size, label.bold)
    left = label.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * width
    return Box(left, label.y - _ASCENT * label.size, left + width, label.y + _DESCENT * label.size)


def sizes_under(labels: Sequence[Label], below: Label | None, board: Board, line: float) -> list[Mark]:
    """Return labels on one line, the highest that is free under their blocks, and the one that they share below them.

    Parameters
    ----------
    labels : each at the place right under its block
    below : the shared one, at the same height
    board : which they are put on
    line : width of the line over a label that several share
    """
    every = [*labels, *([below] if below else [])]
    if not every:
        return []
    size, start = every[0].size, max(label.y for label in every)
    ends = (labels[0].x, labels[-1].x) if len(labels) > 1 and below else ()
    for step in range(400):
        y = start + step * 0.1 * size
        placed = [_at(label, y) for label in labels]
        if below:
            placed.append(_at(below, y + size * (1.12 * bool(labels) + 0.3 * bool(ends))))
        boxes = [text_box(label) for label in placed]
        if ends:
            rule = y + (_DESCENT + 0.12) * size
            boxes.append(Box(ends[0], rule - line, ends[1], rule + line))
        if all(board.is_free(box, 0.12 * size) for box in boxes):
            board.boxes += boxes
            shared = [Line(((ends[0], rule), (ends[1], rule)), Style("", "hair", line))] if ends else []
            return [*shared, *placed]
    return []


def names_above(names: Sequence[Name], board: Board, size: float, line: float) -> tuple[list[Mark], bool]:
    """Return names with their lines, and whether all that matter have a place not far from their block."""
    major = [name for name in names if not name.minor]
    minor = [name for name in names if name.minor]
    orders = (major, major[::-1], sorted(major, key=lambda name: text_width(name.text, size)), major[::2] + major[1::2])
    best = None
    for order in orders:
        found = _all_placed(order, board, size, line)
        if best is None or found[0] < best[0] - 1e-6:
            best = found
        if best[0] < _NEAR_ENOUGH * len(major):
            break
    assert best is not None
    cost, marks, boxes = best
    board.boxes[:] = boxes
    for name in minor:
        extra = _placed(name, board, size, line, 0, ())
        marks += extra[1] if extra else []
    return marks, cost < _ENOUGH_ROWS * max(1, len(major)) and cost < _LOST


def _all_placed(names: Sequence[Name], board: Board, size: float, line: float) -> tuple[float, list[Mark], list[Box]]:
    """Put names on a copy of the board, in order; none covers the way to the block of one that has no place yet."""
    trial = Board(board.left, board.right, board.outlines, [*board.boxes])
    ways = {name.block: Box(name.anchor[0] - line, -_FAR, name.anchor[0] + line, name.base) for name in names}
    cost, marks = 0.0, list[Mark]()
    for name in names:
        ways.pop(name.block)
        found = _placed(name, trial, size, line, name.rows, tuple(ways.values()))
        found = found or _placed(name, trial, size, line, name.rows, ()) or _placed_under(name, trial, size)
        cost += found[0] if found else _LOST
        marks += found[1] if found else []
    return cost, marks, trial.boxes


def _placed(
    name: Name, board: Board, size: float, line: float, rows: int, ways: Sequence[Box]
) -> tuple[float, list[Mark]] | None:
    """Put a name on the board where it is nearest to its block, beside its anchor if that is taken."""
    width = text_width(name.text, size)
    beside = 0.5 + 0.62 * size / width
    for step in range(3 * rows + 1):
        up = 0.4 * size * step
        is_near = up <= 0.9 * size
        for shift in (*_SHIFTS, *((beside, -beside) if is_near or name.along else ())):
            x = min(max(name.anchor[0] + shift * width, board.left + width / 2), board.right - width / 2)
            x = max(x, board.left + width / 2)
            y = name.base - up - (_DESCENT + 0.12) * size
            box = Box(x - width / 2, y - _ASCENT * size, x + width / 2, y + _DESCENT * size)
            wide = Box(box.left - 0.25 * size, box.top, box.right + 0.25 * size, box.bottom)
            if not board.is_free(wide, 0.12 * size) or any(box.meets(way) for way in ways):
                continue
            label = Label(x, y, name.text, size, color=name.color)
            if is_near or abs(shift) == beside:
                board.boxes.append(box)
                return up / size + abs(shift), [label]
            reach = Box(name.anchor[0] - line, box.bottom, name.anchor[0] + line, name.anchor[1])
            is_over = abs(x - name.anchor[0]) <= width / 2
            if is_over and reach.bottom > reach.top and board.is_free(reach, 0.1 * size, name.block):
                board.boxes += [box, reach]
                leader = Line(((name.anchor[0], reach.bottom), (name.anchor[0], reach.top)), Style("", "line", line))
                return up / size + abs(shift), [leader, label]
    return None


def _placed_under(name: Name, board: Board, size: float) -> tuple[float, list[Mark]] | None:
    """Put a name on the board under its block."""
    half = text_width(name.text, size) / 2
    x = min(max(name.under[0], board.left + half), board.right - half)
    for step in range(26):
        label = Label(x, name.under[1] + 0.2 * size * step, name.text, size, color=name.color)
        if board.is_free(text_box(label), 0.08 * size):
            board.boxes.append(text_box(label))
            return 2.0 + 0.1 * step, [label]
    return None


def _at(label: Label, y: float) -> Label:
    return Label(label.x, y, label.text, label.size, label.anchor, label.bold, label.color)
