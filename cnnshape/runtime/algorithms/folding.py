"""A batch normalization as one factor and one summand for each channel, folded into the weights before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.layers.norm import BatchNorm

__all__ = ["affine", "scaled", "shifted"]


def affine(norm: BatchNorm, weights: Mapping[str, Array], prefix: str = "norm.") -> tuple[Array, Array]:
    """Return factor and summand of a normalization by the statistics of training, in double precision."""
    with np.errstate(all="ignore"):  # without eps, a variance of 0 gives what PyTorch gives
        factor = 1 / np.sqrt(weights[f"{prefix}running_var"].astype(np.float64) + norm.eps)
        if norm.affine:
            factor = factor * weights[f"{prefix}weight"]
        summand = -weights[f"{prefix}running_mean"].astype(np.float64) * factor
        return factor, summand + weights[f"{prefix}bias"] if norm.affine else summand


def scaled(norm: BatchNorm | None, weights: Mapping[str, Array], axis: int = 0) -> Array:
    """Return a layer's weight, times the factor of its normalization along an axis."""
    weight = weights["weight"]
    if norm is None:
        return weight
    factor, _ = affine(norm, weights)
    with np.errstate(all="ignore"):
        shape = [-1 if i == axis else 1 for i in range(weight.ndim)]
        found: Array = weight * factor.astype(weight.dtype).reshape(shape)
        return found


def shifted(norm: BatchNorm | None, weights: Mapping[str, Array]) -> Array | None:
    """Return what is added to each channel: the layer's bias, and what its normalization makes of it."""
    bias = weights.get("bias")
    if norm is None:
        return bias
    factor, summand = affine(norm, weights)
    with np.errstate(all="ignore"):
        found: Array = summand if bias is None else summand + bias * factor
        return found.astype(weights["weight"].dtype)
