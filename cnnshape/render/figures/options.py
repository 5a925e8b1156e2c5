"""What may be chosen about a picture; every style reads the same options and leaves alone what does not concern it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args

from cnnshape.errors import UsageError
from cnnshape.graph.fold import Detail
from cnnshape.render.palette import Palette

__all__ = ["WIDTHS", "DrawOptions", "points"]

Preset: TypeAlias = Literal["paper", "slides", "readme"]
Direction: TypeAlias = Literal["down", "right"]
Scale: TypeAlias = Literal["log", "sqrt", "linear"]
LayoutName: TypeAlias = Literal["own", "dot"]
Border: TypeAlias = Literal["params", "macs", "none"]

WIDTHS = {"col": 252.0, "text": 397.0, "full": 516.0}
"""Widths by name, in points: a column of IEEE, the text of NeurIPS, two columns of IEEE."""
_UNITS = {"pt": 1.0, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "px": 0.75}
_LEAST, _MOST = 60.0, 5000.0


@dataclass(frozen=True, slots=True)
class DrawOptions:
    r"""How a picture is drawn.

    Parameters
    ----------
    detail : how much is folded into a box; None: the finest with at most `max_nodes` rows
    width : final size, ``252pt``, ``88mm``, ``col``, ``text``, ``full``, or points; "" for what suits
    palette : "color", or "print" for grays and hatches
    preset : where it will stand: "paper", "slides" (16:9) or "readme" (880 px, also on dark pages)
    direction : where the graph leads: "down" or "right"; None: what suits the style
    scale : how sizes become lengths in blocks: "log", "sqrt" or "linear"
    layout : who places the boxes of a graph: "own", or the program "dot"
    border : what the width of a border stands for: "params", "macs" or "none"
    legend : False to leave out what the colors and names mean
    max_nodes : rows at most where no detail is asked for
    dpi : pixels an inch of a PNG
    standalone : False for TeX that a paper takes by ``\input``, instead of a document of its own

    Raises
    ------
    UsageError
        CS001, a word that an option does not take, or a width that is none.
    """

    detail: Detail | None = None
    width: str | float = ""
    palette: Palette = "color"
    preset: Preset = "paper"
    direction: Direction | None = None
    scale: Scale = "log"
    layout: LayoutName = "own"
    border: Border = "none"
    legend: bool = True
    max_nodes: int = 60
    dpi: float = 200
    standalone: bool = True

    def __post_init__(self) -> None:
        for name, words in CHOICES.items():
            given = getattr(self, name)
            if given not in words and not (given is None and name in _OPEN):
                raise _no_such(name, given, words)
        points(self.width)

    @property
    def points(self) -> float | None:
        """The width in points; None for what the preset or the picture takes."""
        return points(self.width)


CHOICES: dict[str, tuple[str, ...]] = {
    "detail": get_args(Detail),
    "palette": get_args(Palette),
    "preset": get_args(Preset),
    "direction": get_args(Direction),
    "scale": get_args(Scale),
    "layout": get_args(LayoutName),
    "border": get_args(Border),
}
_OPEN = frozenset(field.name for field in fields(DrawOptions) if field.default is None)


def points(width: str | float) -> float | None:
    """Return a width in points, None for ""; a number is one of points.

    Raises
    ------
    UsageError
        CS001, a text that is no width, or one below 60 or above 5000 points.

    Examples
    --------
    >>> points("col"), points("88mm"), points("")
    (252.0, 249.449, None)
    """
    word = str(width).strip().lower()
    if not word:
        return None
    if word in WIDTHS:
        return WIDTHS[word]
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", word)
    value = float(found[1]) * _UNITS.get(found[2] or "pt", 0.0) if found else 0.0
    if not _LEAST <= value <= _MOST:
        raise UsageError(
            f"{width!r} is no width of a picture",
            got=width,
            rule=f"a width is a number with {', '.join(_UNITS)}, from {_LEAST:g} to {_MOST:g} points, "
            f"or one of {', '.join(WIDTHS)}",
            fix="--width 252pt, or --width col",
        )
    return round(value, 3)


def _no_such(name: str, given: object, words: tuple[str, ...]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(str(given), words, 1)
    return UsageError(
        f"there is no {name} {given!r}",
        got=given,
        rule=f"{name} is one of {', '.join(words)}",
        fix=f"did you mean {near[0]}?" if near else f"{name}: {words[0]}",
    )
