"""What a figure of a lesson may be told: how wide, in which colors, about which place, with which numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnshape.errors import UsageError
from cnnshape.render.figures.options import points
from cnnshape.render.palette import PALETTES, Palette

__all__ = ["NARROWEST", "WIDEST", "Number", "Numbers", "Options", "options_of"]

NARROWEST, WIDEST = 252.0, 397.0
"""Points: a column of two, and the text of a page."""
_LEAST = 240.0
Number = int | float


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers to calculate with in place of small examples.

    Parameters
    ----------
    number : (channel, position on each axis) -> number of the input; None for small examples
    weight : place -> number, in PyTorch's order; None for small examples
    bias : filter -> number; None for none
    """

    number: Callable[[tuple[int, ...]], Number] | None = None
    weight: Callable[[tuple[int, ...]], Number] | None = None
    bias: Callable[[int], Number] | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How a figure is made.

    Parameters
    ----------
    width : points; None: as the figure needs, from 252 to 397
    palette : "color", or "print" for grays
    at : the output position that is looked at, (row, column) or (filter, row, column), counted from 0; (): the figure
        chooses one
    numbers : what "values" calculates with; None: small whole numbers, which the figure says are examples
    activation : what follows a value, a name of `analysis.activation_values.CURVES`; "": that of the network
    """

    width: float | None = None
    palette: Palette = "color"
    at: tuple[int, ...] = ()
    numbers: Numbers | None = None
    activation: str = ""


def options_of(
    *,
    width: str | float | None = None,
    palette: str = "color",
    at: Sequence[int] = (),
    numbers: Numbers | None = None,
    activation: str = "",
) -> Options:
    """Return options from words.

    Raises
    ------
    UsageError
        CS001, a width that is none or beyond what a figure is drawn at, or an unknown palette.

    Examples
    --------
    >>> options_of(width="col").width, options_of(width=300).width
    (252.0, 300.0)
    """
    asked = points(f"{width:g}pt" if isinstance(width, int | float) else width or "")
    if asked is not None and not _LEAST <= asked <= WIDEST:
        raise UsageError(
            f"a figure {width} wide",
            got=width,
            rule=f"figures of a layer are {_LEAST:g} to {WIDEST:g} points wide, so that their text can be read",
            fix="252pt, or 397pt",
        )
    if palette not in PALETTES:
        raise UsageError(
            f"there is no palette {palette!r}", got=palette, rule=f"a palette is {', '.join(PALETTES)}", fix="print"
        )
    found: Palette = "print" if palette == "print" else "color"
    return Options(asked, found, tuple(at), numbers, activation)
