"""Activation curves: the value, the slope, the range, and the parts where hardly a gradient passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf, isfinite

from cnnshape.analysis.report import Facts
from cnnshape.layers.activation import FLAT
from cnnshape.layers.activation.curve import Pointwise
from cnnshape.render.figures.lesson.ink import (
    BODY,
    DARK,
    FIRST,
    MARGIN,
    RED,
    SMALL,
    head,
    lines_of,
    minus,
    pretty,
    scene,
    words,
)
from cnnshape.render.figures.lesson.legend import Item, legend
from cnnshape.render.figures.lesson.options import NARROWEST, WIDEST, Options
from cnnshape.render.figures.lesson.sampled import Sampled, activation_of, activations_of, formula, sampled
from cnnshape.render.figures.lesson.subject import Subject
from cnnshape.render.metrics import text_width
from cnnshape.render.palette import NAMED, ROLES
from cnnshape.render.scene import Line, Mark, Point, Rect, Scene, Style

__all__ = ["MOST", "draw", "draw_all", "refusal"]

MOST = 12
"""Curves of one figure."""
_HIGH, _BETWEEN = 116.0, 26.0
_LEFT = 14.0
_CURVE = Style("", DARK, 1.3)
_FLAT_PART = Style("", RED, 2.2)
_SLOPE = Style("", DARK, 0.8, (3.0, 2.0))
_BOUND = Style("", NAMED["faint"][0], 0.6, (1.0, 1.6))
_AXIS = Style("", NAMED["faint"][0], 0.5)
_ON_PAGE = {DARK: "line", RED: "fault", NAMED["faint"][0]: "faint"}
"""The frame is white on a dark page too; the legend stands on the page."""


def refusal(about: Subject) -> str:
    """Return why the layer has no such figure, or ""."""
    return "" if activation_of(about.facts, about.name) else "it is no activation of one number, and none follows it"


def draw(about: Subject, options: Options) -> Scene:
    """Return the curve of a layer's activation."""
    layer = activation_of(about.facts, about.name)
    assert layer is not None
    return _figure([(layer, "")], about.name, options)


def draw_all(facts: Facts, options: Options) -> Scene:
    """Return the curves of all activations in a network, each once."""
    found = activations_of(facts)
    shown = found[:MOST]
    named = [(layer, f"{len(nodes)} times" if len(nodes) > 1 else nodes[0].name) for layer, nodes in shown]
    return _figure(named, facts.model, options, len(found) - len(shown))


def _figure(curves: Sequence[tuple[Pointwise, str]], name: str, options: Options, more: int = 0) -> Scene:
    width = options.width or (NARROWEST if len(curves) == 1 else WIDEST)
    columns = 1 if len(curves) == 1 or width < 330 else 2
    panel = (width - 2 * MARGIN - _BETWEEN * (columns - 1)) / columns
    title = f"{name}: {curves[0][0].label()}" if len(curves) == 1 else f"{name}: {len(curves)} activations"
    about = "value and slope" if len(curves) == 1 else f"{more} more are not drawn" if more else ""
    marks = head(title, about, width)
    y, texts = FIRST + 4, list[str]()
    for start in range(0, len(curves), columns):
        below = y
        for i, (layer, used) in enumerate(curves[start : start + columns]):
            plot = _Plot(layer, sampled(layer), MARGIN + i * (panel + _BETWEEN), y, panel)
            made, end, text = plot.marks("" if len(curves) == 1 else f"{layer.label()}", used)
            marks += made
            texts.append(f"{layer.label()}: {text}")
            below = max(below, end)
        y = below + 8
    named = [("value", _CURVE), ("slope", _SLOPE), ("bound of the values", _BOUND)]
    if any(_ends(layer) != (None, None) for layer, _ in curves):
        named.append((f"saturated: slope below {FLAT}", _FLAT_PART))
    items = [Item(words_, replace(style, stroke=_ON_PAGE[style.stroke]), True) for words_, style in named]
    key, y = legend(items, MARGIN, y - 3, width - 2 * MARGIN)
    title = f"The activation of {name}" if len(curves) == 1 else f"The activations of {name}"
    return scene(width, y + 1, [*marks, *key], title, " ".join(texts))


def _ends(layer: Pointwise) -> tuple[float | None, float | None]:
    return layer.curve.saturates


class _Plot:
    """One curve in its frame."""

    def __init__(self, layer: Pointwise, points: Sampled, left: float, top: float, width: float) -> None:
        self.layer, self.points = layer, points
        self.left, self.top, self.width = left, top, width
        shown = [value for value in points.y if isfinite(value) and abs(value) <= 8]
        shown += [value for value in points.slope if isfinite(value) and abs(value) <= 2]
        low, high = min([0.0, *shown]), max([0.0, *shown])
        edge = (high - low) * 0.07 or 0.5
        self.low, self.high = low - edge, high + edge

    def x(self, value: float) -> float:
        share = (value - self.points.low) / (self.points.high - self.points.low)
        return self.left + _LEFT + share * (self.width - _LEFT)

    def y(self, value: float) -> float:
        return self.frame + _HIGH - (value - self.low) / (self.high - self.low) * _HIGH

    def marks(self, title: str, used: str) -> tuple[list[Mark], float, str]:
        """Return the marks, where they end, and what they say."""
        out: list[Mark] = []
        y = self.top
        if title:
            shown = words(self.left, y + 7, title, BODY, bold=True, width=self.width * 0.7)
            out.append(shown)
            room = self.width - text_width(shown.text, BODY, bold=True) - 8
            out.append(words(self.left + self.width, y + 7, used, SMALL, "end", color="faint", width=room))
            y += 12
        self.frame = y
        left = self.left + _LEFT
        out.append(Rect(left, self.frame, self.width - _LEFT, _HIGH, Style("#FFFFFF", "", 0)))
        out += [*self._bands(), *self._axes(), *self._bounds()]
        out += self._lines(self.points.slope, _SLOPE)
        out += self._lines(self.points.y, _CURVE)
        out += self._flat()
        y = self.frame + _HIGH + 9
        said = list(self._said())
        for line in said:
            for part in lines_of(line, self.width, SMALL):
                y += 8.5
                out.append(words(self.left, y, part, SMALL))
        return out, y, " ".join(said)

    def _spans(self) -> Iterator[tuple[float, float]]:
        """Yield where the curve is saturated, as far as it is drawn."""
        below, above = _ends(self.layer)
        low, high = self.points.low, self.points.high
        if below is not None and above is not None and below == above:
            yield low, high
            return
        if below is not None and below > low:
            yield low, min(below, high)
        if above is not None and above < high:
            yield max(above, low), high

    def _bands(self) -> Iterator[Mark]:
        for low, high in self._spans():
            left, right = self.x(low), self.x(high)
            yield Rect(left, self.frame, right - left, _HIGH, Style(ROLES["other"][0], "", 0))

    def _axes(self) -> Iterator[Mark]:
        left, right, bottom = self.left + _LEFT, self.left + self.width, self.frame + _HIGH
        yield Rect(left, self.frame, right - left, _HIGH, Style("", "#BFBFBF", 0.5))
        if self.points.low < 0 < self.points.high:
            yield Line(((self.x(0), self.frame), (self.x(0), bottom)), _AXIS)
        yield Line(((left, self.y(0)), (right, self.y(0))), _AXIS)
        for value in _ticks(self.points.low, self.points.high, 6):
            yield Line(((self.x(value), bottom), (self.x(value), bottom + 2)), replace(_AXIS, stroke="faint"))
            x = min(max(self.x(value), left + 3), right - 3)
            yield words(x, bottom + 8.5, _text(value), SMALL, "middle", color="faint")
        for value in _ticks(self.low, self.high, 6):
            yield words(left - 3, self.y(value) + 2.3, _text(value), SMALL, "end", color="faint")

    def _bounds(self) -> Iterator[Mark]:
        left, right = self.left + _LEFT, self.left + self.width
        for bound in (self.layer.curve.low, self.layer.curve.high):
            if isfinite(bound) and self.low < bound < self.high:
                yield Line(((left, self.y(bound)), (right, self.y(bound))), _BOUND)

    def _lines(self, values: Sequence[float], style: Style) -> Iterator[Mark]:
        """Yield the curve in pieces: cut where it jumps, and where it leaves the frame."""
        run: list[Point] = []
        step = (self.points.high - self.points.low) / len(values)
        before = None
        for place, value, slope in zip(self.points.x, values, self.points.slope, strict=True):
            inside = isfinite(value) and self.low <= value <= self.high
            steep = max(abs(slope), 1.0) if values is self.points.y and isfinite(slope) else 2.0
            jumps = before is not None and abs(value - before) > 4 * steep * step + 1e-3
            if (not inside or jumps) and run:
                if len(run) > 1:
                    yield Line(tuple(run), style)
                run = []
            if inside:
                run.append((self.x(place), self.y(value)))
            before = value
        if len(run) > 1:
            yield Line(tuple(run), style)

    def _flat(self) -> Iterator[Mark]:
        """Yield the saturated parts of the curve."""
        spans = list(self._spans())
        step = (self.points.high - self.points.low) / len(self.points.x)
        for low, high in spans:
            kept = [
                value if low - step / 2 <= place <= high + step / 2 else inf
                for place, value in zip(self.points.x, self.points.y, strict=True)
            ]
            yield from self._lines_of(kept)

    def _lines_of(self, values: Sequence[float]) -> Iterator[Mark]:
        points = [
            (self.x(place), self.y(value))
            for place, value in zip(self.points.x, values, strict=True)
            if isfinite(value) and self.low <= value <= self.high
        ]
        runs: list[list[Point]] = []
        for point in points:
            if runs and abs(point[1] - runs[-1][-1][1]) < _HIGH / 12:
                runs[-1].append(point)
            else:
                runs.append([point])
        for run in runs:
            if len(run) > 1:
                yield Line(tuple(run), _FLAT_PART)

    def _said(self) -> Iterator[str]:
        curve = self.layer.curve
        yield pretty(formula(self.layer))
        least, most = curve.slope
        slope = _text(least) if least == most else f"{_text(least)} to {_text(most)}"
        bounded = isfinite(least) and isfinite(most)
        yield f"range {minus(str(curve))}, slope {slope if bounded else 'without bound'}"
        below, above = curve.saturates
        if below is not None and below == above:
            yield "saturated everywhere"
        elif below is None and above is None:
            yield "never saturated"
        else:
            parts = [f"below {_text(below)}"] if below is not None else []
            parts += [f"above {_text(above)}"] if above is not None else []
            yield f"saturated {' and '.join(parts)}"


def _text(value: float) -> str:
    return minus(f"{value:.4g}") if value else "0"


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers between two others, 0 among them if it lies there."""
    for step in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0):
        if (high - low) / step <= most:
            first = -int(-low // step) if low < 0 else int(-(-low // step))
            found, value = [], first * step
            while value <= high + 1e-9:
                if value >= low - 1e-9:
                    found.append(value)
                value += step
            return found
    return [low, high]
