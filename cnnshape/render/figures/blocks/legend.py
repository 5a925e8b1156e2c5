"""What the colors, lines and numbers of a figure mean, in centered lines under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnshape.render.figures.architecture.words import wrapped
from cnnshape.render.figures.blocks.presets import Sheet
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import ROLES, Palette, Role, look
from cnnshape.render.scene import Curve, Label, Line, Mark, Rect, Style

__all__ = ["Entry", "arc_entry", "dash_entry", "legend_marks", "role_entry", "words_entry"]

_FAULT_LINES = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign and what it means.

    Parameters
    ----------
    width : of the sign
    sign : gives its marks for the left end and the baseline
    text : what it means
    """

    width: float
    sign: Callable[[float, float], list[Mark]]
    text: str


def role_entry(role: Role, palette: Palette, sheet: Sheet) -> Entry:
    """Return the entry of a color."""
    side = 0.78 * sheet.text

    def sign(x: float, y: float) -> list[Mark]:
        return [Rect(x, y - 0.72 * sheet.text, side, side, look(role, palette, sheet.line))]

    return Entry(side, sign, ROLES[role][3])


def arc_entry(text: str, sheet: Sheet) -> Entry:
    """Return the entry of the arcs over slices."""
    size = sheet.text

    def sign(x: float, y: float) -> list[Mark]:
        points = ((x, y), (x, y - 0.95 * size), (x + 1.2 * size, y - 0.95 * size), (x + 1.2 * size, y))
        return [Curve(points, Style("", "line", 1.4 * sheet.line))]

    return Entry(1.2 * size, sign, text)


def dash_entry(text: str, sheet: Sheet, *, dashed: bool, down: bool = False) -> Entry:
    """Return the entry of an arrow."""
    size, line = sheet.text, sheet.line
    style = Style("", "line", 1.5 * line, (5 * line, 4 * line) if dashed else ())

    def sign(x: float, y: float) -> list[Mark]:
        if down:
            return [Line(((x + 0.25 * size, y - 0.85 * size), (x + 0.25 * size, y + 0.05 * size)), style, arrow="end")]
        return [Line(((x, y - 0.3 * size), (x + 2.2 * size, y - 0.3 * size)), style, arrow="end")]

    return Entry(0.5 * size if down else 2.2 * size, sign, text)


def words_entry(sign: str, text: str, sheet: Sheet, *, bold: bool) -> Entry:
    """Return the entry of the numbers under the blocks."""

    def marks(x: float, y: float) -> list[Mark]:
        return [Label(x, y, sign, sheet.text, "start", bold, "ink" if bold else "faint")]

    return Entry(text_width(sign, sheet.text, bold), marks, text)


def legend_marks(
    entries: Sequence[Entry], lines: Sequence[str], faults: Sequence[str], sheet: Sheet, top: float
) -> tuple[list[Mark], float]:
    """Return the marks of a legend and where it ends.

    Parameters
    ----------
    entries : signs, in order
    lines : what names stand for, below the signs
    faults : what does not fit, below these
    sheet : whose width they share
    top : where the legend begins
    """
    size, room = sheet.text, sheet.width - 2 * sheet.margin
    rows: list[list[Entry]] = []
    used = 0.0
    for entry in (*entries, *(Entry(0.0, _no_sign, text) for text in lines)):
        width = _width(entry, size)
        if rows and (rows[-1][0].sign is _no_sign) == (entry.sign is _no_sign) and used + 1.2 * size + width <= room:
            rows[-1].append(entry)
            used += 1.2 * size + width
        else:
            rows.append([entry])
            used = width
    marks: list[Mark] = []
    y = top + 0.74 * size
    end = top
    for row in rows:
        x = (sheet.width - sum(_width(entry, size) for entry in row) - 1.2 * size * (len(row) - 1)) / 2
        for entry in row:
            x = max(x, sheet.margin)
            after = x + entry.width + 0.4 * size * (entry.sign is not _no_sign)
            words = fitted(entry.text, sheet.width - sheet.margin - after, size)
            color = "faint" if entry.sign is _no_sign else "ink"
            marks += [*entry.sign(x, y), Label(after, y, words, size, "start", color=color)]
            x += _width(entry, size) + 1.2 * size
        end, y = y + 0.3 * size, y + 1.45 * size
    for fault in faults:
        for words in wrapped(fault, room, size, _FAULT_LINES):
            marks.append(Label(sheet.width / 2, y, words, size, color="fault"))
            end, y = y + 0.3 * size, y + 1.45 * size
    return marks, end


def _no_sign(_x: float, _y: float) -> list[Mark]:
    return []


def _width(entry: Entry, size: float) -> float:
    return entry.width + 0.4 * size * (entry.sign is not _no_sign) + text_width(entry.text, size)
