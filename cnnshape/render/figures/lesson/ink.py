"""What the figures of a lesson have in common: sizes of text, titles, arrows, rules as they are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnshape.render.figures.lesson.options import NARROWEST, WIDEST
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import NAMED, Palette, look
from cnnshape.render.scene import Anchor, Label, Line, Mark, Point, Scene, Style

__all__ = [
    "BLACK",
    "BODY",
    "DARK",
    "FIRST",
    "HAIR",
    "MARGIN",
    "RED",
    "SMALL",
    "TITLE",
    "Words",
    "area",
    "arrow",
    "bracket",
    "cross",
    "head",
    "lines_of",
    "minus",
    "natural",
    "paragraph",
    "pretty",
    "scene",
    "tints",
    "words",
]

TITLE, BODY, SMALL = 9.0, 7.5, 6.5
"""Points; nothing is smaller."""
MARGIN = 4.0
BLACK = "#000000"
DARK, RED = NAMED["line"][0], NAMED["fault"][0]
"""Text and lines on what keeps its color on a dark page."""
HAIR = Style("", "#8C8C8C", 0.35)
FIRST = 17.0
"""Where what is below the title begins."""


def tints(palette: Palette) -> tuple[Style, Style, Style]:
    """Return three looks that are told apart by color, in print by gray and hatch."""
    return look("conv", palette), look("pool", palette), look("add", palette)


def area(look: Style) -> Style:
    """Return a look without its outline; the stroke stays where a hatch has its color."""
    return replace(look, stroke=look.stroke if look.hatch else "", width=0)


def words(
    x: float,
    y: float,
    text: str,
    size: float = BODY,
    anchor: Anchor = "start",
    *,
    bold: bool = False,
    color: str = "ink",
    width: float = 0,
    angle: float = 0,
) -> Label:
    """Return a line of text, cut in the middle to a width."""
    return Label(x, y, fitted(text, width, size, bold) if width else text, size, anchor, bold, color, angle)


def head(title: str, about: str, width: float) -> list[Mark]:
    """Return the first line of a figure: the layer in bold, and beside it what is shown of it."""
    room = width - 2 * MARGIN
    second = fitted(about, room * 0.75, BODY) if about else ""
    first = fitted(title, room - text_width(second, BODY) - (8 if second else 0), TITLE, bold=True)
    out: list[Mark] = [words(MARGIN, MARGIN + 7, first, TITLE, bold=True)]
    if second:
        out.append(words(width - MARGIN, MARGIN + 7, second, BODY, "end", color="faint"))
    return out


def natural(drawn: float, title: str, about: str) -> float:
    """Return the width of a figure whose drawing is so wide: its first line has room too, within what is allowed."""
    line = text_width(title, TITLE, bold=True) + text_width(about, BODY) + 10 + 2 * MARGIN
    return min(max(drawn, line, NARROWEST), WIDEST)


def cross(x: float, y: float, cell: float, color: str = "fault") -> list[Mark]:
    """Return the sign of a pixel that no window reads, in the cell whose upper left corner is given."""
    a, style = cell * 0.25, Style("", color, 0.7 if cell > 6 else 0.5)
    return [
        Line(((x + a, y + a), (x + cell - a, y + cell - a)), style),
        Line(((x + a, y + cell - a), (x + cell - a, y + a)), style),
    ]


def arrow(points: Sequence[Point], width: float = 0.7) -> Line:
    """Return an arrow along some points."""
    return Line(tuple(points), Style("", "line", width), arrow="end")


def bracket(start: float, end: float, y: float, text: str) -> list[Mark]:
    """Return a dimension line above a grid with its text over the middle."""
    style = Style("", "line", 0.6)
    return [
        Line(((start, y), (end, y)), style),
        Line(((start, y - 2), (start, y + 2)), style),
        Line(((end, y - 2), (end, y + 2)), style),
        words((start + end) / 2, y - 3, text, SMALL, "middle"),
    ]


@dataclass(frozen=True, slots=True)
class Words:
    """A line below a figure: what it says, and behind it, or below where that is too long, what is less important."""

    text: str
    faint: str = ""


_LEADING = 10.5


def paragraph(lines: Sequence[Words], x: float, y: float, width: float) -> tuple[list[Mark], float]:
    """Return lines of text below `y`, broken where they are too wide, and where they end."""
    out: list[Mark] = []
    for line in lines:
        wide = text_width(line.text, BODY)
        beside = line.text and wide + 12 + text_width(line.faint, BODY) <= width
        for text in lines_of(line.text, width) if line.text else ():
            y += _LEADING
            out.append(words(x, y, text))
        if beside and line.faint:
            out.append(words(x + wide + 12, y, line.faint, color="faint"))
            continue
        for text in lines_of(line.faint, width) if line.faint else ():
            y += _LEADING
            out.append(words(x, y, text, color="faint"))
    return out, y + 2


def lines_of(text: str, width: float, size: float = BODY, between: str = " ") -> list[str]:
    """Return a text as lines that are no wider than `width`; a word that is too wide is cut in the middle."""
    out: list[str] = []
    for word in text.split(between):
        longer = f"{out[-1]}{between}{word}" if out else word
        if out and text_width(longer, size) <= width:
            out[-1] = longer
        else:
            out.append(fitted(word, width, size))
    return out


def minus(number: object) -> str:
    """Return a number with the sign of print."""
    return str(number).replace("-", "−")


_PRODUCT = re.compile(r"(?<=[\dA-Za-z)])\*(?=[\dA-Za-z(])")
_LETTERS = re.compile(r"(?<![\w.])(\d+)×([A-Za-z])(?!\w)")


def pretty(rule: str) -> str:
    """Return a rule in the signs of print.

    Examples
    --------
    >>> pretty("floor((d - N + 2*p)/s) + 1"), pretty("ceil(224/2) = 112"), pretty("(5 - 1)*2 + 3 - 2*1 = 9")
    ('⌊(d − N + 2p)/s⌋ + 1', '⌈224/2⌉ = 112', '(5 − 1)×2 + 3 − 2×1 = 9')
    """
    out, closing = "", list[str]()
    i = 0
    while i < len(rule):
        opened = next((word for word in ("floor(", "ceil(") if rule.startswith(word, i)), "")
        if opened:
            out += "⌊" if opened == "floor(" else "⌈"
            closing.append("⌋" if opened == "floor(" else "⌉")
            i += len(opened)
            continue
        if rule[i] == "(":
            closing.append(")")
        out += closing.pop() if rule[i] == ")" and closing else rule[i]
        i += 1
    return _LETTERS.sub(r"\1\2", _PRODUCT.sub("×", out).replace("-", "−"))


def scene(width: float, height: float, marks: Sequence[Mark], title: str, desc: str) -> Scene:
    """Return a figure."""
    return Scene(round(width, 2), round(height, 2), tuple(marks), title, desc, dark=True)
