"""Which sizes of the input fit a network, because of which layers, and which are the nearest that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.propagate import Demand, Propagation
from cnnshape.symbolic import Size
from cnnshape.symbolic.boxes import Box
from cnnshape.symbolic.formula import Assumption
from cnnshape.symbolic.integer_set import IntegerSet

__all__ = ["Reason", "Relation", "Validity", "shortened", "validity"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A layer that restricts the sizes.

    Parameters
    ----------
    node : position in `network.nodes`
    layer : str, its name
    text : str, what it asks, in words
    """

    node: int
    layer: str
    text: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A condition that couples several symbols.

    Parameters
    ----------
    symbols : the symbols that it couples
    text : str, one line: the box nearest to a square and how many others there are, or the condition itself
    boxes : all boxes that it allows, nearest to a square first; empty if it does not split into boxes
    because : the layers that ask for it
    """

    symbols: tuple[str, ...]
    text: str
    boxes: tuple[Box, ...]
    because: tuple[Reason, ...]


@dataclass(frozen=True, eq=False)
class Validity:
    """The sizes that fit.

    Parameters
    ----------
    propagation : Propagation, of the free network
    sets : symbol -> the values that work, for the symbols that are restricted; where a relation splits into boxes,
        those of the box nearest to a square
    relations : the conditions that couple several symbols, and those beyond the limits of sets
    conditions : every demand, in graph order
    because : symbol -> the layers that restrict it, none of which the others imply
    assumed : symbol -> what it was assumed to be
    notes : lines for the reader
    """

    propagation: Propagation
    sets: Mapping[str, IntegerSet]
    relations: tuple[Relation, ...]
    conditions: tuple[Demand, ...]
    because: Mapping[str, tuple[Reason, ...]]
    assumed: Mapping[str, IntegerSet]
    notes: tuple[str, ...]

    def check(self, sizes: Mapping[str, int]) -> bool | None:
        """Tell whether the network takes these sizes; None if symbols without a size leave it undecided."""
        raise NotImplementedError

    def errors_at(self, sizes: Mapping[str, int]) -> tuple[ShapeError | ArgumentError, ...]:
        """Return every fault at these sizes that does not follow from another, in graph order."""
        raise NotImplementedError

    def nearest(self, sizes: Mapping[str, int]) -> tuple[Mapping[str, int], ...]:
        """Return the nearest sizes that fit (smaller first): each differs from `sizes` only where it must."""
        raise NotImplementedError


def validity(
    propagation: Propagation, assumptions: Sequence[Assumption] | Mapping[str, IntegerSet] = MappingProxyType({})
) -> Validity:
    """Return which sizes fit the network that was propagated with free symbols."""
    raise NotImplementedError


def shortened(size: Size, sets: Mapping[str, IntegerSet]) -> Size:
    """Return an equal, simpler formula where the symbols are in these sets (`Validity.sets`, or what is assumed)."""
    raise NotImplementedError
