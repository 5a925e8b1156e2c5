"""A batch normalization as one factor and one summand for each channel, folded into the weights before or after it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.layers.norm import BatchNorm

__all__ = ["absorbed", "affine", "scaled", "shifted"]


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


def absorbed(norm: BatchNorm, weights: Mapping[str, Array]) -> tuple[dict[str, Array], Array, Array]:
    """Return the weights of filters of one pixel behind a normalization, named ``before.``, and a ReLU; and two limits.

    max(f*x + s, 0) is f*max(x, -s/f) + s for a factor f above 0, and f*min(x, -s/f) + s for one below: factor and
    summand are the filters', what remains to do is to keep each channel between a low and a high limit. A channel whose
    factor is 0, or so near that the limit overflows, is max(s, 0) everywhere.
    """
    weight = weights["weight"]
    with np.errstate(all="ignore"):
        factor, summand = affine(norm, weights, "before.")
        limit = (-summand / factor).astype(weight.dtype)
        constant = np.isinf(limit) | ((factor == 0) & np.isfinite(summand))
        low = np.where((factor < 0) | constant, -np.inf, limit).astype(weight.dtype)
        high = np.where((factor < 0) & ~constant, limit, np.inf).astype(weight.dtype)
        factor = np.where(constant, 0, factor)
        summand = np.where(constant, np.maximum(summand, 0), summand)
        matrix = weight[:, :, 0, 0].astype(np.float64)
        bias = matrix @ summand
        if "bias" in weights:
            bias = bias + weights["bias"]
        scaled_weight = (matrix * factor).astype(weight.dtype)[:, :, None, None]
    return {**weights, "weight": scaled_weight, "bias": bias.astype(weight.dtype)}, low, high
