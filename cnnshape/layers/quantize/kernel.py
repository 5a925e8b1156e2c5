"""Quantized numbers on arrays. Sums of products of integers are made in double precision, which holds them exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, convolve, integer, padded, wide
from cnnshape.layers.quantize.integer import ConvInteger, MatMulInteger
from cnnshape.layers.quantize.spec import DequantizeLinear, DynamicQuantizeLinear, QuantizeLinear

__all__ = ["conv_integer", "dequantize", "dynamic_quantize", "matmul_integer", "quantize"]


def quantize(layer: QuantizeLinear, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, scale, *points), (y,) = inputs, outputs
    with np.errstate(all="ignore"):  # a scale may be 0, a quotient beyond all integers
        rounded = np.rint(wide(x) / wide(_spread(layer, scale, x)))
        if y.dtype.itemsize > 2:
            rounded = rounded.astype(np.float64)  # single precision has no largest int32
        for point in points:
            rounded = rounded + _spread(layer, point, x)
        y[...] = _kept(rounded, y)


def dequantize(layer: DequantizeLinear, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, scale, *points), (y,) = inputs, outputs
    # Single precision holds all integers of 16 bits, and their differences.
    numbers: Array = x.astype(np.float32 if x.dtype.itemsize <= 2 else np.float64)
    for point in points:
        numbers = numbers - _spread(layer, point, x)
    with np.errstate(all="ignore"):  # half precision ends at 65504
        y[...] = numbers * wide(_spread(layer, scale, x))


def dynamic_quantize(_: DynamicQuantizeLinear, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    (x,), (y, scale, zero) = inputs, outputs
    x = wide(x)
    with np.errstate(all="ignore"):  # no range, if there is no number
        low, high = np.minimum(x.min(), 0), np.maximum(x.max(), 0)
        step = (high - low if high != low else x.dtype.type(1)) / x.dtype.type(255)
        point = np.rint(np.clip(-low / step, 0, 255))
        scale[...], zero[...] = step, point
        y[...] = _kept(np.rint(x / step) + point, y)


def conv_integer(layer: ConvInteger, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (y,) = outputs
    x, filters = _centered(inputs)
    windows = layer.windows(x.ndim - 2)
    convolve(padded(x, windows, y.shape[2:]), windows, filters, None, integer(layer.groups), y)


def matmul_integer(_: MatMulInteger, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    a, b = _centered(inputs)
    outputs[0][...] = np.matmul(a, b)


def _centered(inputs: Arrays) -> Sequence[Array]:
    """Return the two factors less their zero points."""
    factors = [each if each.dtype.kind == "O" else each.astype(np.float64) for each in inputs[:2]]
    return [*(factor - point for factor, point in zip(factors, inputs[2:], strict=False)), *factors[len(inputs) - 2 :]]


def _spread(layer: QuantizeLinear | DequantizeLinear, side: Array, x: Array) -> Array:
    """Return a scale or zero point that can be broadcast to the tensor beside it: blocks are repeated."""
    if not layer.block_size:
        return side
    axis = layer.axis % x.ndim
    return np.repeat(side, layer.block_size, axis)[(*(slice(None),) * axis, slice(x.shape[axis]))]


def _kept(numbers: Array, y: Array) -> Array:
    """Return numbers within the type of the output."""
    limits = np.iinfo(y.dtype)
    return np.clip(numbers, limits.min, limits.max)
