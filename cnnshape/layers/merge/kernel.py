"""Joins on arrays: everything is computed in the element type of the result."""

from __future__ import annotations

from functools import reduce
from math import fmod, prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, integer
from cnnshape.layers.demands import normal_axis
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Divide

__all__ = [
    "add",
    "concat",
    "divide",
    "dot",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "power",
    "remainder",
    "subtract",
]

_EPSILON = 1e-7
"""The least length that a vector is divided by (Keras's `backend.epsilon()`): the cosine with a zero vector is 0."""


def _alike(inputs: Arrays, y: Array) -> list[Array]:
    """Return the inputs in the element type of the result; half precision as single."""
    dtype: Any = np.float32 if y.dtype == np.float16 else y.dtype
    return [x.astype(dtype, copy=False) for x in inputs]


@np.errstate(all="ignore")
def add(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = reduce(np.add, _alike(inputs, outputs[0]))


@np.errstate(all="ignore")
def subtract(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    a, b = _alike(inputs, outputs[0])
    outputs[0][...] = a != b if a.dtype == bool else a - b


@np.errstate(all="ignore")
def multiply(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = reduce(np.multiply, _alike(inputs, outputs[0]))


@np.errstate(all="ignore")
def divide(layer: Divide, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    a, b = _alike(inputs, outputs[0])
    if layer.rounding_mode == "none":
        outputs[0][...] = a / b
    elif layer.rounding_mode == "floor" or a.dtype.kind in "bu":
        outputs[0][...] = np.floor_divide(a, b)
    elif a.dtype.kind == "i":
        quotient = np.floor_divide(a, b)
        outputs[0][...] = quotient + ((quotient < 0) & (quotient * b != a))
    else:
        outputs[0][...] = np.trunc(np.asarray(a / b, float)) if a.dtype == object else np.trunc(a / b)


@np.errstate(all="ignore")
def remainder(layer: Remainder, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    a, b = _alike(inputs, outputs[0])
    if layer.rounding_mode == "floor":
        outputs[0][...] = np.remainder(a, b)
    else:
        outputs[0][...] = np.fmod(a, b) if a.dtype != object else np.frompyfunc(fmod, 2, 1)(a, b)


@np.errstate(all="ignore")
def power(layer: Pow, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (y,) = outputs
    bases, exponents = _alike((*inputs, np.asarray(layer.exponent)) if layer.exponent is not None else inputs, y)
    if y.dtype.kind != "i":
        y[...] = np.power(bases, exponents)
        return
    made = np.power(bases, np.maximum(exponents, 0))
    # Of the inverses of whole numbers only those of 1 and -1 are whole.
    inverse = np.where(np.abs(bases) == 1, np.where(exponents % 2 == 0, 1, bases), 0)
    y[...] = np.where(exponents < 0, inverse, made)


@np.errstate(all="ignore")
def maximum(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = reduce(np.maximum, _alike(inputs, outputs[0]))


@np.errstate(all="ignore")
def minimum(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = reduce(np.minimum, _alike(inputs, outputs[0]))


@np.errstate(all="ignore")
def mean(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    (y,), count = outputs, len(inputs)
    if y.dtype.kind in "biu":
        total = reduce(np.add, (x.astype(np.int64) for x in inputs))
        y[...] = np.sign(total) * (np.abs(total) // count)  # cut toward 0
    else:
        y[...] = reduce(np.add, _alike(inputs, y)) / count


@np.errstate(all="ignore")
def concat(layer: Concat, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (y,) = outputs
    np.concatenate(inputs, normal_axis(layer.dim, y.ndim), out=y, casting="unsafe")


@np.errstate(all="ignore")
def dot(layer: Dot, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    axes = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    vectors = []
    for axis, x in zip(axes, _alike(inputs, outputs[0]), strict=True):
        last = np.moveaxis(x, integer(axis), -1)
        if layer.normalize:
            last = last / np.maximum(np.sqrt((last * last).sum(-1, keepdims=True)), _EPSILON)
        vectors.append(last.reshape(x.shape[0], prod(last.shape[1:-1]), last.shape[-1]))
    a, b = vectors
    outputs[0][...] = np.matmul(a, b.swapaxes(1, 2)).reshape(outputs[0].shape)
