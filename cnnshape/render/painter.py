"""A scene on a page of cairo, which writes it as PDF or PNG.

Every letter is taken from the first of some fonts that has it: few fonts hold the brackets of rounding beside letters.
That, hatches that stay lines, and the same bytes twice are why no program is asked to convert the SVG.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import pi, radians
from typing import Any

from cnnshape.errors import ExtraMissing
from cnnshape.render.geometry import Segment, bounds, drawn, hatched
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Polygon, Rect, Scene, Style
from cnnshape.render.writing import between, clean, hexadecimal
from cnnshape.runtime.extras import needed

__all__ = ["cairo", "paint"]

_FAMILIES = ("Helvetica", "DejaVu Sans", "Noto Sans", "Noto Sans Math", "Noto Sans CJK SC", "Arial Unicode MS")
_WORDS = {"\u2308": "ceil(", "\u230a": "floor(", "\u2309": ")", "\u230b": ")"}
_WIDER = 1.01  # of the width that the figure was laid out for; what is wider is drawn narrower


def cairo() -> Any:
    """Return the module of the library that paints.

    Raises
    ------
    ExtraMissing
        CS010, the package or the library behind it is not installed.
    """
    instead = "draw it as SVG, which needs no package"
    try:
        return needed("cairocffi", "figures", "a picture as PDF or PNG", instead)
    except OSError:
        raise ExtraMissing(
            "a picture as PDF or PNG needs the library libcairo",
            rule="the package cairocffi is installed, the library that it calls is not found",
            fix=f"apt install libcairo2, or brew install cairo, or {instead}",
        ) from None


def paint(scene: Scene, page: Any) -> None:
    """Paint a scene on a surface of cairo, one unit a point."""
    _Painter(scene, page).marks(scene.marks)


class _Painter:
    """A page while it is painted."""

    def __init__(self, scene: Scene, page: Any) -> None:
        self.cairo = cairo()
        self.scene = scene
        self.pen = self.cairo.Context(page)
        self.pen.set_line_join(self.cairo.LINE_JOIN_ROUND)
        self.options = self.cairo.FontOptions()
        self.options.set_hint_style(self.cairo.HINT_STYLE_NONE)
        self.options.set_hint_metrics(self.cairo.HINT_METRICS_OFF)
        self.pen.set_font_options(self.options)
        self.fonts: dict[tuple[str, bool], Any] = {}
        self.families: dict[tuple[str, bool], str] = {}

    def marks(self, marks: Sequence[Mark]) -> None:
        for mark in marks:
            match mark:
                case Group():
                    self.marks(mark.marks)
                case Rect() | Circle() | Polygon():
                    self._outline(mark)
                    self._area(mark)
                case Line() | Curve():
                    self._line(mark)
                case Label():
                    self._label(mark)

    def _outline(self, mark: Rect | Circle | Polygon) -> None:
        pen = self.pen
        pen.new_path()
        match mark:
            case Rect(x, y, width, height, _, radius):
                r = min(radius, width / 2, height / 2)
                if r <= 0:
                    pen.rectangle(x, y, width, height)
                    return
                pen.arc(x + width - r, y + r, r, -pi / 2, 0)
                pen.arc(x + width - r, y + height - r, r, 0, pi / 2)
                pen.arc(x + r, y + height - r, r, pi / 2, pi)
                pen.arc(x + r, y + r, r, pi, 3 * pi / 2)
            case Circle(x, y, radius):
                pen.arc(x, y, radius, 0, 2 * pi)
            case Polygon(points):
                for point in points:
                    pen.line_to(*point)
        pen.close_path()

    def _area(self, mark: Rect | Circle | Polygon) -> None:
        style = mark.style
        if style.fill:
            self._ink(style.fill)
            self.pen.fill_preserve()
        box = bounds((mark,))
        if style.hatch and style.fill and box:
            self.pen.save()
            outline = self.pen.copy_path()
            self.pen.clip()
            self._ink(between(style.stroke or style.fill, style.fill))
            self.pen.set_line_width(0.4)
            left, top, right, bottom = box
            shown = (max(left, 0), max(top, 0), min(right, self.scene.width), min(bottom, self.scene.height))
            for start, end in hatched(style.hatch, *shown):
                self.pen.move_to(*start)
                self.pen.line_to(*end)
            self.pen.stroke()
            self.pen.restore()
            self.pen.append_path(outline)
        self._stroke(style)

    def _line(self, mark: Line | Curve) -> None:
        way, heads = drawn(mark)
        self._way(way)
        if mark.style.fill:
            self._ink(mark.style.fill)
            self.pen.fill_preserve()
        self._stroke(mark.style)
        for head in heads if mark.style.stroke else ():
            self._ink(mark.style.stroke)
            for point in head:
                self.pen.line_to(*point)
            self.pen.fill()

    def _way(self, way: Sequence[Segment]) -> None:
        self.pen.new_path()
        for letter, points in way:
            if letter == "M":
                self.pen.move_to(*points[0])
            elif letter == "L":
                self.pen.line_to(*points[0])
            else:
                self.pen.curve_to(*(number for point in points for number in point))

    def _stroke(self, style: Style) -> None:
        if style.stroke and style.width > 0:
            self._ink(style.stroke)
            self.pen.set_line_width(style.width)
            self.pen.set_dash(style.dash if sum(style.dash) > 0 else ())
            self.pen.stroke()
            self.pen.set_dash(())
        self.pen.new_path()

    def _ink(self, color: str) -> None:
        digits = hexadecimal(color).removeprefix("#")
        self.pen.set_source_rgb(*(int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)))

    def _label(self, label: Label) -> None:
        if label.size <= 0:
            return
        runs = list(self._runs(clean(label.text), label.bold))
        width = sum(self._advance(text, self._font(family, label.bold)) for text, family in runs) * label.size
        known = text_width(clean(label.text), label.size, label.bold) * _WIDER
        narrow = known / width if width > known else 1.0
        self.pen.save()
        self.pen.translate(label.x, label.y)
        self.pen.rotate(radians(label.angle))
        self.pen.scale(narrow, 1)
        self._ink(label.color)
        self.pen.set_font_size(label.size)
        x = {"start": 0.0, "middle": -width / 2, "end": -width}[label.anchor]
        for text, family in runs:
            self.pen.set_font_face(self._font(family, label.bold))
            self.pen.move_to(x, 0)
            self.pen.show_text(text)
            x += self._advance(text, self._font(family, label.bold)) * label.size
        self.pen.restore()

    def _runs(self, text: str, bold: bool) -> Iterator[tuple[str, str]]:
        """Yield a text in pieces of one font each, from left to right."""
        for family, letters in groupby(_from_the_left(text), key=lambda letter: self._family(letter, bold)):
            piece = "".join(letters)
            if family:
                yield piece, family
            else:
                yield "".join(_WORDS.get(letter, letter) for letter in piece), _FAMILIES[0]

    def _family(self, letter: str, bold: bool) -> str:
        """Return the first font that has a letter, "" if none has."""
        key = letter, bold
        if key not in self.families:
            self.families[key] = next((family for family in _FAMILIES if self._has(letter, family, bold)), "")
        return self.families[key]

    def _has(self, letter: str, family: str, bold: bool) -> bool:
        glyphs = self._scaled(self._font(family, bold)).text_to_glyphs(0, 0, letter, with_clusters=False)
        return all(glyph[0] != 0 for glyph in glyphs)

    def _font(self, family: str, bold: bool) -> Any:
        if (family, bold) not in self.fonts:
            weight = self.cairo.FONT_WEIGHT_BOLD if bold else self.cairo.FONT_WEIGHT_NORMAL
            self.fonts[family, bold] = self.cairo.ToyFontFace(family, self.cairo.FONT_SLANT_NORMAL, weight)
        return self.fonts[family, bold]

    def _scaled(self, font: Any) -> Any:
        one = self.cairo.Matrix()
        return self.cairo.ScaledFont(font, one, one, self.options)

    def _advance(self, text: str, font: Any) -> float:
        """Return how wide a text is, of its size."""
        return float(self._scaled(font).text_extents(text)[4])


_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+(?: +[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+)*"
)


def _from_the_left(text: str) -> str:
    """Return the letters in the order in which they stand from left to right."""
    return _RIGHT_TO_LEFT.sub(lambda found: _backward(found[0]), text)


def _backward(text: str) -> str:
    """Return letters from the last to the first, marks behind the letter that they belong to."""
    clusters: list[str] = []
    for letter in text:
        if clusters and unicodedata.combining(letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return "".join(reversed(clusters))
