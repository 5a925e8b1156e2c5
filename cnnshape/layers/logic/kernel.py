"""Comparisons, choices and bits on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights
from cnnshape.layers.join import promoted
from cnnshape.layers.logic.bits import Bitwise
from cnnshape.layers.logic.spec import Compare, IsInf, Logical

__all__ = ["bitwise", "bitwise_not", "compare", "is_inf", "is_nan", "logical", "logical_not", "where"]


def compare(layer: Compare, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    with np.errstate(all="ignore"):
        outputs[0][...] = getattr(np, layer.relation)(*_of_one_type(inputs))


def _of_one_type(inputs: Arrays) -> Arrays:
    """Return the inputs in the element type that holds both, which is not always NumPy's: int64 with float32."""
    if any(x.dtype == object for x in inputs):
        return inputs
    dtype = promoted([x.dtype.name for x in inputs])
    return tuple(x.astype(dtype, copy=False) for x in inputs)


def logical(layer: Logical, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = getattr(np, f"logical_{layer.operation}")(*map(_truth, inputs))


def logical_not(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = ~_truth(inputs[0])


def _truth(x: Array) -> Array:
    """Return what is not 0; NaN is not."""
    return x if x.dtype == bool else np.asarray(x != 0, bool)


def is_nan(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    outputs[0][...] = x != x  # NaN alone differs from itself


def is_inf(layer: IsInf, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    ends = {"both": (np.inf, -np.inf), "positive": (np.inf,), "negative": (-np.inf,)}[layer.sign]
    outputs[0][...] = np.logical_or.reduce([np.asarray(x == end, bool) for end in ends])


def where(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    condition, a, b = inputs
    (y,) = outputs
    y[...] = b
    np.copyto(y, a, "unsafe", where=condition)


def bitwise(layer: Bitwise, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    name = layer.operation if layer.operation.endswith("shift") else f"bitwise_{layer.operation}"
    (y,) = outputs
    y[...] = getattr(np, name)(*(x.astype(y.dtype, copy=False) for x in inputs))


def bitwise_not(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    np.invert(inputs[0], out=outputs[0])
