"""Numbers of a model that is read: single ones, short lists, and weights in the order that a layer has."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

from cnnshape.formats.reading.records import Known
from cnnshape.layers.foreign import Fixed, Kept, Stored

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["is_short", "number_of", "stored_as"]

_MOST_TOLD = 64
"""A longer list is no argument that a network computes."""


def stored_as(known: Known, stored: Stored | Kept, shape: tuple[Any, ...]) -> Callable[[], Array]:
    """Return what loads a stored weight as a layer has it."""

    def load() -> Array:
        from cnnshape.formats.reading.stored import arranged

        return arranged(known.load(), stored.steps, shape)

    return load


def is_short(known: Known | None) -> bool:
    """Say whether numbers are so few that a network may compute them as an argument."""
    return known is not None and len(known.shape) < 2 and prod(known.shape) <= _MOST_TOLD


def number_of(fixed: Fixed) -> Known:
    """Return a number among the inputs of a layer as a tensor without axes."""

    def load() -> Array:
        import numpy as np

        return np.array(fixed.value, fixed.dtype)

    return Known((), fixed.dtype, load)
