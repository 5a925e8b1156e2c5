"""Random numbers for the inputs and weights of a network: every result depends on them, and exists."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import cnnshape.layers as L
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.runtime.plan import Plan

__all__ = ["alone", "fed", "weighed"]

POSITIVE = (L.Log, L.Sqrt)
"""What is taken of positive numbers."""


def alone(layer: Layer, specs: Any) -> Network:
    """Return the network of one layer, each of its inputs fed."""
    from cnnshape.graph.network import Node

    inputs = [Node(f"x{i}", L.Input(spec.shape, dtype=spec.dtype)) for i, spec in enumerate(specs)]
    node = Node("layer", layer, tuple(each.name for each in inputs))
    return Network.of_nodes("alone", [*inputs, node], {"y": "layer"})


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
        return numbers.random(shape) < 0.6
    if "int" in dtype:
        return _whole(numbers, ready, layer, place, shape).astype(dtype)
    x = numbers.standard_normal(shape).astype(np.float32)
    if isinstance(layer, POSITIVE) or (isinstance(layer, L.Divide) and place == 1):
        x = np.abs(x) + np.float32(0.1)
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
    size = prod(ready.places["layer"].shape[2:])
    maps = [numbers.permutation(size)[: prod(shape[2:])] for _ in range(prod(shape[:2]))]
    return np.array(maps).reshape(shape)


def _along(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    return numbers.integers(0, ready.places["x0"].shape[layer.dim], shape)


def _apart(numbers: Any, ready: Plan, layer: Any, shape: tuple[int, ...]) -> Any:
    """Positions along an axis, none twice in a line."""
    order = numbers.random(
        (*shape[: layer.dim], ready.places["x0"].shape[layer.dim], *shape[layer.dim % len(shape) + 1 :])
    )
    return order.argsort(layer.dim).take(range(shape[layer.dim]), layer.dim)


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
    """Return random weights in single precision; variances are positive, and positions of a table lie in it."""
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
        made[name] = numbers.integers(0, 2, place.shape) if whole else numbers.standard_normal(place.shape)
    real = {name: values.astype(np.float32) for name, values in made.items()}
    return real | {name: made[name].astype(ready.places[name].dtype) for name in ready.constants}
