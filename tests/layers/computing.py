"""Layers computed on arrays, for the tests of the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Layer, Spec


def computed_all(layer: Layer, *inputs: Any, **weights: Any) -> list[Any]:
    """All outputs of a layer, in the shapes and element types of its specification; memory in a strange order."""
    specs = tuple(Spec(x.shape, x.dtype.name) for x in inputs)
    outputs = [scattered(np.ones(y.shape, y.dtype)) for y in layer.outputs(specs, Context())]
    kernel = catalog.kernel_of(type(layer))
    assert kernel is not None
    kernel(layer, tuple(scattered(x) for x in inputs), weights, tuple(outputs))
    return outputs


def computed(layer: Layer, *inputs: Any, **weights: Any) -> Any:
    """The only output of a layer."""
    (y,) = computed_all(layer, *inputs, **weights)
    return y


def scattered(x: Any) -> Any:
    """The same array with its axes in reverse order in memory, and gaps in it."""
    apart = np.zeros([2 * size for size in reversed(x.shape)], x.dtype).T[(..., *(slice(None, None, 2),) * x.ndim)]
    apart[...] = x
    return apart


def numbers(source: np.random.Generator, shape: Any, dtype: str) -> Any:
    """Random numbers of an element type; small ones where they are integers."""
    if dtype == "bool":
        return source.random(shape) < 0.5
    if "int" in dtype:
        return source.integers(0 if dtype.startswith("u") else -20, 20, shape).astype(dtype)
    return source.standard_normal(shape).astype(dtype)


TOLERANCE = {"float64": 1e-10, "float32": 1e-4, "float16": 1e-3}


def same(ours: Any, theirs: Any) -> None:
    """Assert that a result is a peer's: its element type, its shape and its numbers."""
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    tolerance = TOLERANCE.get(ours.dtype.name, 0)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
