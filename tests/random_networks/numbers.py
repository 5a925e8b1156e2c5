"""Random numbers for the inputs and weights of a network: every result depends on them, and exists."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import cnnshape.layers as L
from cnnshape.layers.base import Layer
from cnnshape.runtime.plan import Plan

__all__ = ["fed", "weighed"]

POSITIVE = (L.Log, L.Sqrt)
"""What is taken of positive numbers."""


def fed(ready: Plan, seed: int, layer: Layer | None = None) -> dict[str, Any]:
    """Return random numbers in single precision for the inputs of a plan; for one layer alone such as it takes."""
    numbers = np.random.default_rng(seed)
    made = {}
    for place, node in enumerate(ready.network.inputs):
        shape, dtype = ready.places[node.name].shape, ready.places[node.name].dtype
        made[node.name] = _one(numbers, ready, layer, place, shape, dtype)
    return made


def _one(numbers: Any, ready: Plan, layer: Layer | None, place: int, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype == "bool":
        return np.asarray(numbers.random(shape)) < 0.6
    if "int" in dtype:
        return np.asarray(_whole(numbers, ready, layer, place, shape), dtype)
    x = np.asarray(numbers.standard_normal(shape), np.float32)
    if isinstance(layer, POSITIVE) or (isinstance(layer, L.Divide) and place == 1):
        x = np.asarray(np.abs(x) + np.float32(0.1))
    if isinstance(layer, L.GridSample) and place == 1:
        x = numbers.uniform(-1.3, 1.3, shape).astype(np.float32)
    return x.astype(dtype)


def _whole(numbers: Any, ready: Plan, layer: Layer | None, place: int, shape: tuple[int, ...]) -> Any:
    name = type(layer).__name__
    if (name, place) in POSITIONS:
        return POSITIONS[name, place](numbers, ready, layer, shape)
    return numbers.integers(0 if layer is None else -3, 3, shape)


def _unpooled(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    # No position twice: which of two values remains is nobody's rule.
    size = prod(next(place for name, place in ready.places.items() if name.startswith("layer")).shape[2:])
    maps = [numbers.permutation(size)[: prod(shape[2:])] for _ in range(prod(shape[:2]))]
    if layer.counted == "tensor":
        maps = [size * number + places for number, places in enumerate(maps)]
    return np.array(maps).reshape(shape)


def _along(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    return numbers.integers(0, ready.places["x0"].shape[layer.dim], shape)


def _apart(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    """Positions along an axis, none twice in a line while there are enough."""
    size, length = ready.places["x0"].shape[layer.dim], shape[layer.dim]
    lines = list(shape)
    lines[layer.dim] = max(size, length)
    return numbers.random(lines).argsort(layer.dim).take(range(length), layer.dim) % size


def _rows(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    """Positions in the first axes, none twice."""
    skipped = getattr(layer, "batch_dims", 0)
    sizes = ready.places["x0"].shape[skipped : skipped + shape[-1]]
    count = prod(shape[:-1])
    flat = numbers.permutation(max(prod(sizes), count))[:count] % prod(sizes)
    return np.stack(np.unravel_index(flat, sizes), -1).reshape(shape)


POSITIONS: dict[tuple[str, int], Any] = {
    ("MaxUnpool", 1): _unpooled,
    ("Embedding", 0): lambda numbers, _, layer, shape: numbers.integers(0, layer.num_embeddings, shape),
    ("Gather", 1): _along,
    ("GatherElements", 1): _along,
    ("ScatterElements", 1): _apart,
    ("GatherND", 1): _rows,
    ("ScatterND", 1): _rows,
    ("OneHot", 0): lambda numbers, _, layer, shape: numbers.integers(0, layer.num_classes, shape),
    ("ReverseSequence", 1): lambda numbers, ready, layer, shape: numbers.integers(
        1, ready.places["x0"].shape[layer.time_dim] + 1, shape
    ),
    ("TensorScatter", 2): lambda numbers, ready, layer, shape: numbers.integers(
        0, ready.places["x0"].shape[layer.dim] - ready.places["x1"].shape[layer.dim] + 1, shape
    ),
}
"""Inputs that are positions: such as there are."""


def weighed(ready: Plan, seed: int) -> dict[str, Any]:
    """Return random weights in single precision; variances are positive, whole numbers 0."""
    numbers = np.random.default_rng([seed, 1])
    made: dict[str, Any] = {}
    for name in ready.weights:
        shape = ready.shape_of(name)
        if name.endswith("running_var"):
            made[name] = numbers.uniform(0.5, 2, shape)
        else:
            made[name] = numbers.standard_normal(shape) / max(prod(shape[1:]), 1) ** 0.5
    for name in ready.constants:
        place = ready.places[name]
        whole = "int" in place.dtype or place.dtype == "bool"
        # Positions, mostly: 0 is one wherever there is any.
        made[name] = np.zeros(place.shape) if whole else numbers.standard_normal(place.shape)
    real = {name: values.astype(np.float32) for name, values in made.items()}
    return real | {name: made[name].astype(ready.places[name].dtype) for name in ready.constants}
