"""What a figure of a lesson may be told: how wide, in which colors, about which place, with which numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnshape.render.palette import Palette

__all__ = ["NARROWEST", "WIDEST", "Number", "Numbers", "Options"]

NARROWEST, WIDEST = 252.0, 397.0
"""Points: a column of two, and the text of a page."""
Number = int | float


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers to calculate with in place of small examples.

    Parameters
    ----------
    number : (channel, position on each axis) -> number of the input
    weight : place -> number, in PyTorch's order; None for a pool
    bias : that of each filter; None for none
    """

    number: Callable[[tuple[int, ...]], Number]
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
