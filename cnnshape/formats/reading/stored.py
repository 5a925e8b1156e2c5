"""Weights as another system stores them -> the arrays of our layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnshape.errors import DesignError
from cnnshape.layers.arrays import Array

__all__ = ["arranged", "turned"]


_STEPS: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "transpose": lambda array: array.T,
        "permute": lambda array, axes: array.transpose(axes),
        "flatten": lambda array: array.reshape(-1),
        "take": lambda array, place: array[place],
        "part": lambda array, place, count: np.split(array, count)[place],
        "reshape": lambda array, sizes: array.reshape(sizes),
        "order": lambda array, order: np.concatenate([np.split(array, len(order))[place] for place in order]),
        "repeat": np.repeat,
        "scale": lambda array, factor: array * np.asarray(factor, array.dtype),
        "fill": lambda array, count: np.full(count, array[0], array.dtype),
    }
)
"""The steps of `layers.foreign.Stored`."""


def turned(array: Array, steps: Sequence[tuple[Any, ...]]) -> Array:
    """Return an array after the steps of `layers.foreign.Stored`."""
    for name, *given in steps:
        array = _STEPS[name](array, *given)
    return array


def arranged(array: Array, steps: Sequence[tuple[Any, ...]], shape: tuple[Any, ...]) -> Array:
    """Return a stored array as the layer has it.

    Raises
    ------
    DesignError
        CS128, it does not have the shape that the layer needs.

    Examples
    --------
    >>> arranged(np.array([[1, 2], [3, 4]]), [("transpose",), ("take", 0)], (2,)).tolist()
    [1, 3]
    """
    array = turned(array, steps)
    if array.shape != shape:
        raise DesignError(
            f"a weight of shape {array.shape}, {shape} is needed",
            code="CS128",
            got=array.shape,
            needed=shape,
            rule="a weight has the shape that its operator needs",
        )
    return array
