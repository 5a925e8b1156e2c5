"""Where the words stand: sizes right under their block, names above it in rows, with a line to it where they are far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cnnshape.render.figures.blocks.geometry import Box, overlaps
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Label, Line, Mark, Point, Style

__all__ = ["Board", "Name", "names_above", "sizes_under", "text_box"]

_ASCENT, _DESCENT = 0.74, 0.22
_SHIFTS = (0.0, 0.2, -0.2, 0.42, -0.42)
_MOST_ROWS = 9
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
    outlines: list[tuple[Point, ...]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def is_free(self, box: Box, gap: float, own: int = -1) -> bool:
        """Tell whether nothing stands nearer than `gap` to a box; the block `own` may."""
        return (
            self.left <= box.left
            and box.right <= self.right
            and not any(box.meets(other, gap) for other in self.boxes)
            and not any(overlaps(each, box, gap) for k, each in enumerate(self.outlines) if k != own)
        )


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be placed.

    Parameters
    ----------
    text : str
    block : the position of its block
    anchor : the point that a line from it leads to
    base : the lowest place for it, that is the top of its block there
    minor : True if it may be left out
    color : of its letters
    """

    text: str
    block: int
    anchor: Point
    base: float
    minor: bool
    color: str


def text_box(label: Label) -> Box:
    """Return what a level line of text takes of the page."""
    width = text_width(label.text, label.size, label.bold)
    left = label.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * width
    return Box(left, label.y - _ASCENT * label.size, left + width, label.y + _DESCENT * label.size)


def sizes_under(labels: Sequence[Label], below: Label | None, board: Board, gap: float) -> list[Label]:
    """Return labels on one line, the highest that is free under their blocks, and the one that they share below them.

    Parameters
    ----------
    labels : each at the place right under its block
    below : the shared one, at any height
    board : which they are put on
    gap : to the blocks
    """
    size = (labels[0] if labels else below).size if labels or below else 0.0  # type: ignore[union-attr]  # one of them
    start = max((label.y for label in labels), default=below.y if below else 0.0)
    placed: list[Label] = []
    for step in range(400):
        y = start + step * 0.1 * size
        placed = [_at(label, label.x, y) for label in labels]
        shared = [_at(below, below.x, y + 1.12 * size * bool(labels))] if below else []
        if all(board.is_free(text_box(label), gap) for label in (*placed, *shared)):
            board.boxes += [text_box(label) for label in (*placed, *shared)]
            return [*placed, *shared]
    return []


def names_above(names: Sequence[Name], board: Board, size: float, line: float) -> tuple[list[Mark], bool]:
    """Return names with their lines, and whether all that matter have a place not far from their block."""
    major = [name for name in names if not name.minor]
    minor = [name for name in names if name.minor]
    best: tuple[float, list[Mark], list[Box]] | None = None
    for order in (major, major[::-1], sorted(major, key=lambda name: text_width(name.text, size))):
        trial = Board(board.left, board.right, board.outlines, [*board.boxes])
        cost, marks = 0.0, list[Mark]()
        for name in order:
            found = _placed(name, trial, size, line, _MOST_ROWS)
            cost += found[0] if found else 1000.0
            marks += found[1] if found else []
        if best is None or cost < best[0]:
            best = cost, marks, trial.boxes
    assert best is not None
    cost, marks, boxes = best
    board.boxes[:] = boxes
    for name in minor:
        found = _placed(name, board, size, line, 1)
        marks += found[1] if found else []
    return marks, cost < _ENOUGH_ROWS * max(1, len(major)) and cost < 1000.0


def _placed(name: Name, board: Board, size: float, line: float, rows: int) -> tuple[float, list[Mark]] | None:
    """Put a name on the board where it is nearest to its block."""
    width = text_width(name.text, size)
    for step in range(4 * rows + 1):
        up = 0.3 * size * step
        for shift in _SHIFTS:
            x = min(max(name.anchor[0] + shift * width, board.left + width / 2), board.right - width / 2)
            if not abs(x - name.anchor[0]) <= width / 2:
                continue
            label = Label(x, name.base - up - _DESCENT * size - 0.12 * size, name.text, size, color=name.color)
            box = text_box(label)
            if not board.is_free(box, 0.16 * size):
                continue
            if up <= 0.9 * size and abs(shift) < 0.3:
                board.boxes.append(box)
                return up / size, [label]
            reach = Box(name.anchor[0] - line, box.bottom, name.anchor[0] + line, name.anchor[1])
            if reach.bottom > reach.top and board.is_free(reach, 0.1 * size, name.block):
                board.boxes += [box, reach]
                leader = Line(((name.anchor[0], reach.bottom), (name.anchor[0], reach.top)), Style("", "line", line))
                return up / size + abs(shift), [leader, label]
    return None


def _at(label: Label, x: float, y: float) -> Label:
    return Label(x, y, label.text, label.size, label.anchor, label.bold, label.color)


def boxes_of(labels: Iterable[Label]) -> list[Box]:
    """Return what labels take of the page."""
    return [text_box(label) for label in labels]
