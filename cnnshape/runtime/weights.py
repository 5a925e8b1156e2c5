"""Weights before training: seeded random numbers, each drawn as its layer asks."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from typing import Any, TypeAlias

import numpy as np

from cnnshape.layers.base import Weight
from cnnshape.runtime.plan import Plan

__all__ = ["initial"]

Array: TypeAlias = "np.ndarray[Any, Any]"


def initial(plan: Plan, seed: int = 0) -> dict[str, Array]:
    """Return weights for a plan: name, as in PyTorch's state dict -> array; the same for the same seed.

    Parameters
    ----------
    plan : Plan
    seed : what the random numbers start from

    Notes
    -----
    With fan_in the values that one output is summed from, and fan_out those that one input goes to:

    =================  ====================================================================
    kaiming_uniform    between -b and b, b = sqrt(6/fan_in) [1]
    xavier_uniform     between -b and b, b = sqrt(6/(fan_in + fan_out)) [2]
    fan_in_uniform     between -b and b, b = 1/sqrt(fan_in), of the weight beside it
    normal             mean 0, deviation 1
    constant           one value
    =================  ====================================================================

    Every weight has random numbers of its own: adding a layer leaves those of the others as they are.

    References
    ----------
    [1] He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015, arXiv:1502.01852
    [2] Glorot, Bengio: Understanding the Difficulty of Training Deep Feedforward Neural Networks, AISTATS 2010
    """
    made: dict[str, Array] = {}
    for name, weight in plan.weights.items():
        shape = plan.shape_of(name)
        numbers = np.random.default_rng([seed, *name.encode()])
        made[name] = _drawn(numbers, weight, shape, _fan_in(plan, name)).astype(plan.dtype)
    return made


def _fan_in(plan: Plan, name: str) -> int:
    """Return the fan of a weight; one that is no matrix, such as a bias, has that of the matrix beside it."""
    layer = name.rpartition(".")[0]
    for known in (name, f"{layer}.weight"):
        if known in plan.weights and len(shape := plan.shape_of(known)) > 1:
            return max(prod(shape[1:]), 1)
    return max(prod(plan.shape_of(name)), 1)


def _drawn(numbers: np.random.Generator, weight: Weight, shape: tuple[int, ...], fan_in: int) -> Array:
    if weight.init == "constant":
        return np.full(shape, weight.value)
    if weight.init == "normal":
        return numbers.standard_normal(shape)
    fan_out = shape[0] * prod(shape[2:]) if len(shape) > 1 else prod(shape)
    bound: Mapping[str, float] = {
        "kaiming_uniform": sqrt(6 / fan_in),
        "xavier_uniform": sqrt(6 / (fan_in + fan_out)),
        "fan_in_uniform": 1 / sqrt(fan_in),
    }
    return numbers.uniform(-bound[weight.init], bound[weight.init], shape)
