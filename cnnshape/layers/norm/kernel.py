"""Norms on arrays. Sums of single precision are added up in double: a mean far above the deviation costs no digits."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, integer, wide
from cnnshape.layers.demands import normal_axis
from cnnshape.layers.norm.response import GRN, L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm

__all__ = [
    "batch_norm",
    "grn",
    "group_norm",
    "instance_norm",
    "l2_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]

_quiet = np.errstate(all="ignore")  # without eps, a variance of 0 gives what PyTorch gives: infinities and NaN


@_quiet
def batch_norm(layer: BatchNorm, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    _by_channel(layer, wide(inputs[0]), weights, (0,), outputs[0])


@_quiet
def instance_norm(layer: InstanceNorm, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    _by_channel(layer, wide(inputs[0]), weights, (), outputs[0])


def _by_channel(layer: BatchNorm | InstanceNorm, x: Array, weights: Weights, axes: tuple[int, ...], y: Array) -> None:
    """Fill `y` with a map normalized by the statistics of training, or by its own over space and the axes given."""
    if layer.track_running_stats:
        weights = _as_trained(weights, layer.eps)
    else:
        x = _normalized(x, (*axes, *range(2, x.ndim)), layer.eps)
    y[...] = _by_channels(x, weights)


def _as_trained(weights: Weights, eps: float) -> Weights:
    """Return the affine map that the statistics of training and the learned one are together."""
    scale = 1 / np.sqrt(_exact(weights["running_var"]) + eps)
    if "weight" in weights:
        scale = scale * _exact(weights["weight"])
    shift = -_exact(weights["running_mean"]) * scale
    return {"weight": scale, "bias": shift + _exact(weights["bias"]) if "bias" in weights else shift}


@_quiet
def group_norm(layer: GroupNorm, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x, groups = wide(inputs[0]), integer(layer.num_groups)
    parts = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    normal = _normalized(parts, tuple(range(2, parts.ndim)), layer.eps).reshape(x.shape)
    outputs[0][...] = _by_channels(normal, weights)


@_quiet
def layer_norm(layer: LayerNorm, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x = wide(inputs[0])
    normal = _normalized(x, _last(layer, x), layer.eps)
    outputs[0][...] = _affine(normal, weights.get("weight"), weights.get("bias"))


@_quiet
def rms_norm(layer: RMSNorm, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x = wide(inputs[0])
    spacing = float(np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps)
    square = _mean(x * x, _last(layer, x))
    normal = x * (1 / np.sqrt(square + (spacing if layer.eps is None else layer.eps)))
    outputs[0][...] = _affine(normal, weights.get("weight"), None)


def _last(layer: LayerNorm | RMSNorm, x: Array) -> tuple[int, ...]:
    """Return the axes that the layer normalizes."""
    given = layer.normalized_shape
    return tuple(range(x.ndim - (len(given) if isinstance(given, tuple) else 1), x.ndim))


@_quiet
def local_response_norm(layer: LocalResponseNorm, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, size = wide(inputs[0]), integer(layer.size)
    squares, channels = x * x, x.shape[1]
    sums = squares.copy()
    for before in range(1, min(size // 2, channels - 1) + 1):
        sums[:, before:] += squares[:, :-before]
    for after in range(1, min((size - 1) // 2, channels - 1) + 1):
        sums[:, :-after] += squares[:, after:]
    outputs[0][...] = x / (sums * (layer.alpha / size) + layer.k) ** layer.beta


@_quiet
def l2_norm(layer: L2Norm, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x = wide(inputs[0])
    length = _length(x, (normal_axis(layer.dim, x.ndim),))
    outputs[0][...] = x / np.maximum(length, layer.eps)


@_quiet
def grn(layer: GRN, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x = wide(inputs[0])
    axis = normal_axis(layer.dim, x.ndim)
    length = _length(x, tuple(each for each in range(1, x.ndim) if each != axis))
    strength = length / (_mean(length, (axis,)) + layer.eps)
    scale, shift = (_along(weights[name], axis, x) for name in ("gamma", "beta"))
    outputs[0][...] = _affine(x * strength, scale, shift) + x


def _normalized(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    """Return (x - mean)/sqrt(variance + eps), the statistics taken over some axes."""
    centered = x - _mean(x, axes)
    centered *= 1 / np.sqrt(_mean(centered * centered, axes) + eps)
    return centered


def _length(x: Array, axes: tuple[int, ...]) -> Array:
    """Return the Euclidean length over some axes, which are kept."""
    return np.sqrt(_sum(x * x, axes))


def _mean(x: Array, axes: Sequence[int]) -> Array:
    return _sum(x, axes) / prod(x.shape[axis] for axis in axes)


def _sum(x: Array, axes: Sequence[int]) -> Array:
    """Return the sum over some axes, which are kept."""
    exact = np.float64 if x.dtype == np.float32 else x.dtype
    return x.sum(tuple(axes), dtype=exact, keepdims=True).astype(x.dtype)


def _exact(vector: Array) -> Array:
    return vector.astype(np.float64) if vector.dtype.kind == "f" else vector


def _along(vector: Array | None, axis: int, x: Array) -> Array | None:
    """Return a vector in the type of `x`, to be broadcast along one of its axes."""
    return None if vector is None else vector.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - axis))


def _by_channels(x: Array, weights: Weights) -> Array:
    """Return the map after the affine map, if there is one, of its channels."""
    return _affine(x, *(_along(weights.get(name), 1, x) for name in ("weight", "bias")))


def _affine(x: Array, scale: Array | None, shift: Array | None) -> Array:
    """Return ``scale*x + shift``; a part that is None is left out."""
    x = x if scale is None else wide(scale) * x
    return x if shift is None else x + wide(shift)
