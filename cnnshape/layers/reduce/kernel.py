"""Reductions on arrays: over any axes, none of them overflows where the result does not."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Kernel, Weights, wide
from cnnshape.layers.demands import normal_axis
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.reduction import Reduction
from cnnshape.layers.reduce.running import Running

__all__ = [
    "arg_max",
    "arg_min",
    "cum_prod",
    "cum_sum",
    "log_sum_exp",
    "reduce_l1",
    "reduce_l2",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
]


def _reduction(function: Callable[[Array, tuple[int, ...]], Array]) -> Kernel:
    """Return the kernel of ``function(x, axes)``, which keeps the axes with size 1."""

    def kernel(layer: Reduction, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
        (x,), (y,) = inputs, outputs
        with np.errstate(all="ignore"):  # infinities and NaN are results like others
            y[...] = function(wide(x), layer.reduced(x.ndim)).reshape(y.shape)

    return kernel


reduce_sum = _reduction(lambda x, axes: x.sum(axes, keepdims=True))
reduce_max = _reduction(lambda x, axes: x.max(axes, keepdims=True))
reduce_min = _reduction(lambda x, axes: x.min(axes, keepdims=True))
reduce_prod = _reduction(lambda x, axes: x.prod(axes, keepdims=True))
reduce_l1 = _reduction(lambda x, axes: np.abs(x).sum(axes, keepdims=True))


@_reduction
def reduce_mean(x: Array, axes: tuple[int, ...]) -> Array:
    total, count = x.sum(axes, keepdims=True), prod(x.shape[axis] for axis in axes)
    if x.dtype.kind in "biu":
        return np.sign(total) * (np.abs(total) // count)  # cut toward 0
    return total / count


@_reduction
def reduce_l2(x: Array, axes: tuple[int, ...]) -> Array:
    x = _floating(x)
    largest = np.abs(x).max(axes, keepdims=True)
    _, exponent = np.frexp(np.where(np.isfinite(largest), largest, 1))
    scaled = np.ldexp(x, -exponent)  # by a power of two: nothing is rounded
    return np.ldexp(np.sqrt((scaled * scaled).sum(axes, keepdims=True)), exponent)


@_reduction
def log_sum_exp(x: Array, axes: tuple[int, ...]) -> Array:
    x = _floating(x)
    largest = x.max(axes, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0)
    return np.log(np.exp(x - shift).sum(axes, keepdims=True)) + shift


def _floating(x: Array) -> Array:
    """Return what roots and logarithms are taken of."""
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def arg_max(layer: ArgMax, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.argmax(inputs[0], layer.dim, keepdims=layer.keepdim)


def arg_min(layer: ArgMin, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.argmin(inputs[0], layer.dim, keepdims=layer.keepdim)


def _running(operation: np.ufunc, start: int) -> Kernel:
    """Return the kernel that joins the positions of an axis one after the other."""

    def kernel(layer: Running, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
        axis, back = normal_axis(layer.dim, inputs[0].ndim), -1 if layer.reverse else 1
        x, y = (np.moveaxis(array, axis, 0)[::back] for array in (wide(inputs[0]), outputs[0]))
        dtype: Any = None if x.dtype.kind in "fO" else y.dtype
        with np.errstate(all="ignore"):
            made = operation.accumulate(x, 0, dtype)
        if layer.exclusive:
            y[0], y[1:] = start, made[:-1]
        else:
            y[...] = made

    return kernel


cum_sum = _running(np.add, 0)
cum_prod = _running(np.multiply, 1)
