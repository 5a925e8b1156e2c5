"""What every writer of pictures does alike: numbers, text, ids, colors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from cnnshape.render.palette import NAMED
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Polygon, Rect, Style, leaves

__all__ = ["Ids", "between", "clean", "groups", "hexadecimal", "number", "styles", "xml_text"]


def number(value: float) -> str:
    """Return a coordinate to 1/100, never with an exponent.

    Examples
    --------
    >>> number(1234567.0), number(0.125), number(-0.001), number(7.5)
    ('1234567', '0.12', '0', '7.5')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def clean(text: str) -> str:
    r"""Return text on one line; what no font shows and no file may hold (a line's end, ESC, half a letter) is a blank.

    Examples
    --------
    >>> clean("a\nb\x1b[2J\ud800 größe"), clean("(\u202etxt.exe")
    ('a b [2J  größe', '( txt.exe')
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def xml_text(text: str) -> str:
    """Return text for an XML file, in an element or a quoted attribute.

    Examples
    --------
    >>> xml_text('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    return escape(clean(text))


def hexadecimal(color: str, dark: bool = False) -> str:
    """Return a color as ``#RRGGBB``."""
    return NAMED[color][dark] if color in NAMED else color


def between(stroke: str, fill: str) -> str:
    """Return the color of a hatch: half way from the area to its line, so that text on it stays legible.

    Examples
    --------
    >>> between("#404040", "#FFFFFF")
    '#A0A0A0'
    """
    pairs = zip(_channels(stroke), _channels(fill), strict=True)
    return "#" + "".join(f"{(a + b + 1) // 2:02X}" for a, b in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    digits = hexadecimal(color).removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


class Ids:
    """Unique ids of letters, digits, ``-``, ``_`` and ``.``, the first a letter: as asked, or the nearest that is free.

    Examples
    --------
    >>> ids = Ids()
    >>> ids.new("conv1"), ids.new("conv1"), ids.new("1 <x>"), ids.new("")
    ('conv1', 'conv1-2', 'n1--x-', 'n')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        """Return an id that was not returned before."""
        base = re.sub(r"[^A-Za-z0-9_.-]", "-", wanted)
        base = base if base[:1].isalpha() else f"n{base}"
        name, count = base, self._next.get(base, 1)
        while name in self._taken:
            count += 1
            name = f"{base}-{count}"
        self._next[base] = count
        self._taken.add(name)
        return name


def groups(marks: Sequence[Mark]) -> Iterator[Group]:
    """Yield all groups, each before those inside of it."""
    for mark in marks:
        if isinstance(mark, Group):
            yield mark
            yield from groups(mark.marks)


def styles(marks: Sequence[Mark]) -> Iterator[Style]:
    """Yield the style of every mark that has one, repeated as often as it is used."""
    for mark in leaves(marks):
        match mark:
            case Rect() | Circle() | Polygon() | Line() | Curve():
                yield mark.style
            case Label():
                pass
