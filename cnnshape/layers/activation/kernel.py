"""Activations on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers.activation.clipped import Clip, Hardsigmoid, Hardtanh, Threshold
from cnnshape.layers.activation.groups import GLU, LogSoftmax, Maxout, Softmax
from cnnshape.layers.activation.hardmax import Hardmax
from cnnshape.layers.activation.smooth import Softplus
from cnnshape.layers.activation.spec import Hardshrink, LeakyReLU, PReLU, Softshrink
from cnnshape.layers.activation.units import CELU, ELU, GELU
from cnnshape.layers.arrays import Array, Arrays, Weights, elementwise, erf, logistic, real, wide
from cnnshape.layers.demands import normal_axis

__all__ = [
    "absolute",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "celu",
    "clip",
    "cos",
    "cosh",
    "elu",
    "error_function",
    "exp",
    "floor",
    "gelu",
    "glu",
    "hardmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "identity",
    "leaky_relu",
    "log",
    "log_sigmoid",
    "log_softmax",
    "maxout",
    "mish",
    "nearest",
    "negative",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "sqrt",
    "tan",
    "tanh",
    "tanhshrink",
    "threshold",
]

_ALPHA, _SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""The two constants of SELU (Klambauer et al. 2017, arXiv:1706.02515)."""


def _softplus(x: Array) -> Array:
    """Return log(1 + exp(x)) without an overflow."""
    x = real(x)  # unsigned numbers have no opposite
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _below(x: Array) -> Array:
    """Return exp(x) - 1 where x is negative, and 0 elsewhere."""
    return np.expm1(np.minimum(x, 0))


identity = elementwise(lambda _, x: x)
absolute = elementwise(lambda _, x: np.abs(x))
exp = elementwise(lambda _, x: np.exp(x))
log = elementwise(lambda _, x: np.log(x))
sqrt = elementwise(lambda _, x: np.sqrt(x))
sin = elementwise(lambda _, x: np.sin(x))
cos = elementwise(lambda _, x: np.cos(x))
tan = elementwise(lambda _, x: np.tan(x))
asin = elementwise(lambda _, x: np.arcsin(x))
acos = elementwise(lambda _, x: np.arccos(x))
atan = elementwise(lambda _, x: np.arctan(x))
sinh = elementwise(lambda _, x: np.sinh(x))
cosh = elementwise(lambda _, x: np.cosh(x))
asinh = elementwise(lambda _, x: np.arcsinh(x))
acosh = elementwise(lambda _, x: np.arccosh(x))
atanh = elementwise(lambda _, x: np.arctanh(x))
ceil = elementwise(lambda _, x: x if x.dtype.kind in "biu" else np.ceil(x))
floor = elementwise(lambda _, x: x if x.dtype.kind in "biu" else np.floor(x))
negative = elementwise(lambda _, x: np.negative(x))
error_function = elementwise(lambda _, x: erf(x))
sigmoid = elementwise(lambda _, x: logistic(x))
tanh = elementwise(lambda _, x: np.tanh(x))
log_sigmoid = elementwise(lambda _, x: -_softplus(-real(x)))
softsign = elementwise(lambda _, x: x / (1 + np.abs(x)))
tanhshrink = elementwise(lambda _, x: x - np.tanh(x))
relu = elementwise(lambda _, x: np.maximum(x, 0))
relu6 = elementwise(lambda _, x: np.minimum(np.maximum(x, 0), 6))
silu = elementwise(lambda _, x: x * logistic(x))
mish = elementwise(lambda _, x: x * np.tanh(_softplus(x)))
selu = elementwise(lambda _, x: _SCALE * (np.maximum(x, 0) + _ALPHA * _below(x)))
hardswish = elementwise(lambda _, x: x * np.minimum(np.maximum(x + 3, 0), 6) / 6)


@elementwise
def sign(_: Any, x: Array) -> Array:
    # NaN is neither above 0 nor below, and has the sign 0, as in PyTorch.
    return np.sign(x) if x.dtype == object else np.subtract(x > 0, x < 0, dtype=np.int8)


@elementwise
def nearest(_: Any, x: Array) -> Array:
    if x.dtype == object:
        return np.asarray(np.frompyfunc(round, 1, 1)(x))
    return x if x.dtype.kind in "biu" else np.rint(x)


@elementwise
def softplus(layer: Softplus, x: Array) -> Array:
    scaled = layer.beta * x
    return np.where(scaled > layer.threshold, x, _softplus(scaled) / layer.beta)


@elementwise
def leaky_relu(layer: LeakyReLU, x: Array) -> Array:
    return np.where(x > 0, x, layer.negative_slope * x)


@elementwise
def elu(layer: ELU, x: Array) -> Array:
    return np.where(x > 0, x, layer.alpha * _below(x))


@elementwise
def celu(layer: CELU, x: Array) -> Array:
    return np.maximum(x, 0) + layer.alpha * _below(x / layer.alpha)


@elementwise
def gelu(layer: GELU, x: Array) -> Array:
    x = real(x)  # its constants are no whole numbers
    if layer.approximate == "tanh":
        return x * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + 0.044715 * (x * x * x)))) / 2
    return x * (1 + erf(x * np.sqrt(0.5).astype(x.dtype))) / 2


@elementwise
def hardsigmoid(layer: Hardsigmoid, x: Array) -> Array:
    return np.minimum(np.maximum(layer.alpha * x + layer.beta, 0), 1)


@elementwise
def hardtanh(layer: Hardtanh, x: Array) -> Array:
    return np.minimum(np.maximum(x, layer.min_val), layer.max_val)


@elementwise
def clip(layer: Clip, x: Array) -> Array:
    above = x if layer.min is None else np.maximum(x, layer.min)
    return above if layer.max is None else np.minimum(above, layer.max)


@elementwise
def threshold(layer: Threshold, x: Array) -> Array:
    return np.where(x <= layer.threshold, layer.value, x)


@elementwise
def softshrink(layer: Softshrink, x: Array) -> Array:
    return x - np.minimum(np.maximum(x, -layer.lambd), layer.lambd)


@elementwise
def hardshrink(layer: Hardshrink, x: Array) -> Array:
    return np.where(np.abs(x) <= layer.lambd, 0, x)


def prelu(layer: PReLU, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x, slope = wide(inputs[0]), wide(weights["weight"])
    if layer.num_parameters != 1:
        slope = slope.reshape(-1, *(1,) * (x.ndim - 2))
    outputs[0][...] = np.where(x > 0, x, slope * x)


def glu(layer: GLU, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x = wide(inputs[0])
    values, gates = np.split(x, 2, normal_axis(layer.dim, x.ndim))
    outputs[0][...] = values * logistic(gates)


def maxout(layer: Maxout, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    axis = normal_axis(layer.dim, x.ndim)
    units = outputs[0].shape[axis]
    parts = x.reshape(*x.shape[:axis], units, x.shape[axis] // units, *x.shape[axis + 1 :])
    np.max(parts, axis=axis + 1, out=outputs[0])


def hardmax(layer: Hardmax, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    axis = normal_axis(layer.dim, x.ndim)
    y[...] = 0
    np.put_along_axis(y, x.argmax(axis, keepdims=True), 1, axis)


def softmax(layer: Softmax, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    shifted, axis = _shifted(wide(inputs[0]), layer.dim)
    powers = np.exp(shifted)
    outputs[0][...] = powers / powers.sum(axis, keepdims=True)


def log_softmax(layer: LogSoftmax, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    shifted, axis = _shifted(wide(inputs[0]), layer.dim)
    outputs[0][...] = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def _shifted(x: Array, dim: int) -> tuple[Array, int]:
    """Return the entries less the largest of their row, so that no power overflows, and the row's axis."""
    axis = normal_axis(dim, x.ndim)
    return x - x.max(axis, keepdims=True), axis
