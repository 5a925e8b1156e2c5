"""What the algorithms are written in: calls without arguments, run in order, and what finishes a part of an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from cnnshape.layers.arrays import Array

__all__ = ["Call", "Calls", "Fill", "Tail"]

Call: TypeAlias = Callable[[], object]
Calls: TypeAlias = Iterator[Call]
Tail: TypeAlias = Callable[[Array, tuple[slice, ...]], Calls]
"""``tail(view, place)`` finishes a part of the output in place; `place` is its (images, rows, columns, channels)."""
Fill: TypeAlias = Callable[[slice, slice, Array], Calls]
"""``fill(images, rows, into)`` makes the input for some images and rows of an output in a contiguous array."""
