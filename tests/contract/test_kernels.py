"""The contract of the kernels: each fills outputs of the specified shape and type, whatever the strides.

Every layer's own examples are run at random sizes, on random numbers.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Example, Spec
from tests.contract.test_layers import concrete, draws

CASES = [
    pytest.param(example, id=f"{entry.layer.__name__}-{number}")
    for entry in catalog.ENTRIES
    if entry.kernel
    for number, example in enumerate(entry.layer.examples())
]
FEW = 3


def fitting(example: Example) -> Any:
    """A few runs of an example: the layer and its specs with numbers in them."""
    found = 0
    for values in draws(example):
        case = concrete(example, values)
        try:
            outputs = case.layer.outputs(case.inputs, Context())
        except ShapeError:
            continue
        yield case, outputs
        found += 1
        if found == FEW or not values:
            return


def filled(spec: Spec, numbers: np.random.Generator, dtype: str) -> np.ndarray:
    """Random numbers of a shape; integers where the specification has them."""
    if spec.dtype.startswith(("int", "uint")):
        return numbers.integers(0, 2, spec.shape).astype(spec.dtype)
    if spec.dtype == "bool":
        return numbers.integers(0, 2, spec.shape).astype(bool)
    return numbers.standard_normal(spec.shape).astype(dtype)


def empty(spec: Spec, dtype: str) -> np.ndarray:
    """An output to be filled: NaN, or a number that no kernel gives."""
    kind = np.dtype(dtype if spec.dtype.startswith("float") else spec.dtype)
    return np.full(spec.shape, np.nan if kind.kind == "f" else 0, kind)


def channels_last(x: np.ndarray) -> np.ndarray:
    """The same array with its second axis last in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if x.ndim > 1 else x


def run(case: Example, outputs: tuple[Spec, ...], dtype: str, *, strided: bool = False) -> list[np.ndarray]:
    numbers = np.random.default_rng(random.Random(repr(case)).getrandbits(32))
    inputs = [filled(x, numbers, dtype) for x in case.inputs]
    weights = {
        name: np.abs(numbers.standard_normal(weight.shape)).astype(dtype) + 0.5
        for name, weight in case.layer.weights(case.inputs).items()
    }
    made = [empty(y, dtype) for y in outputs]
    if strided:
        inputs, made = [channels_last(x) for x in inputs], [channels_last(y) for y in made]
    kept = [x.copy() for x in inputs]
    kernel = catalog.kernel_of(type(case.layer))
    assert kernel is not None
    assert kernel(case.layer, tuple(inputs), weights, tuple(made)) is None
    for before, after in zip(kept, inputs, strict=True):
        np.testing.assert_array_equal(before, after, "the kernel changed its input")
    return made


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("example", CASES)
def test_a_kernel_fills_what_the_specification_says(example):
    for case, outputs in fitting(example):
        exact = run(case, outputs, "float64")
        for y, spec in zip(exact, outputs, strict=True):
            assert y.shape == spec.shape
        for y, strided in zip(exact, run(case, outputs, "float64", strided=True), strict=True):
            np.testing.assert_allclose(strided, y, rtol=1e-12, atol=1e-12)
        if isinstance(case.layer, L.Tan):  # near a pole, what is rounded in the input is large in the result
            continue
        for y, single in zip(exact, run(case, outputs, "float32"), strict=True):
            np.testing.assert_allclose(single, y, rtol=2e-4, atol=2e-4)


GIVEN = {
    "Unknown": "nobody knows what it computes",
    "Input": "its values are fed",
    "Constant": "a design states its shape; whoever runs the network gives its values",
}
"""Layers without a kernel, and why."""


def test_every_layer_is_computed():
    assert {entry.layer.__name__ for entry in catalog.ENTRIES if not catalog.kernel_of(entry.layer)} == set(GIVEN)


OTHER = {
    "BatchNorm": "the root of the variances that it holds is no work of a pass",
    "InstanceNorm": "as BatchNorm",
    "DynamicQuantizeLinear": "it rounds",
    "QuantizeLinear": "it rounds",
    "GridSample": "its coordinates are rounded to positions",
    "RoIAlign": "as GridSample",
    "RoIPool": "as GridSample",
    "DeformConv": "as GridSample",
}
"""Layers that do more than add, multiply, divide, compare and move numbers, though no more is counted."""


def is_rational(example: Example) -> bool:
    if type(example.layer).__name__ in OTHER:
        return False
    return example.layer.work(example.inputs, example.layer.outputs(example.inputs, Context())).transcendental == 0


@pytest.mark.parametrize("example", [param for param in CASES if is_rational(*param.values)])
def test_a_kernel_computes_with_objects_too(example):
    for case, outputs in fitting(example):
        numbers = np.random.default_rng(3)
        inputs = [filled(x, numbers, "float64") for x in case.inputs]
        weights = {n: numbers.uniform(0.5, 1.5, w.shape) for n, w in case.layer.weights(case.inputs).items()}
        kernel = catalog.kernel_of(type(case.layer))
        exact = [empty(y, "float64") for y in outputs]
        kernel(case.layer, tuple(inputs), weights, tuple(exact))
        made = [np.empty(y.shape, object if "float" in y.dtype else y.dtype) for y in outputs]
        boxed = [x.astype(object) if x.dtype.kind == "f" else x for x in inputs]
        kernel(case.layer, tuple(boxed), {n: w.astype(object) for n, w in weights.items()}, tuple(made))
        for y, objects in zip(exact, made, strict=True):
            np.testing.assert_allclose(objects.astype(y.dtype), y, rtol=1e-12, atol=1e-12)
        return
