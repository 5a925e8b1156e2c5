"""The contract of the kernels: as many multiplications as the specification counts MACs.

A kernel is run on numbers that count what they are multiplied with. What counts as a MAC is a product with a weight, a
product of two inputs, and both with a zero that was added (padding), but no product with a constant such as a scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers import LinearAttention, catalog
from cnnshape.layers.base import Context, Example, Kind, Spec
from tests.contract.test_layers import concrete, draws

MOST = 20_000
"""MACs of a run: a number that counts takes about a microsecond for one."""


class Tally:
    def __init__(self) -> None:
        self.with_weights = self.of_inputs = 0


class Counting:
    """A number that notes its products in a tally; a result is no weight."""

    def __init__(self, value: float, tally: Tally, *, is_weight: bool = False) -> None:
        self.value, self.tally, self.is_weight = value, tally, is_weight

    def _made(self, value: float) -> Counting:
        return Counting(value, self.tally)

    def __mul__(self, other: Any) -> Counting:
        if self.is_weight or getattr(other, "is_weight", False):
            self.tally.with_weights += 1
        elif isinstance(other, (Counting, int, np.integer)):  # an array of objects is padded with the int 0
            self.tally.of_inputs += 1
        return self._made(self.value * plain(other))

    def __add__(self, other: Any) -> Counting:
        return self._made(self.value + plain(other))

    def __sub__(self, other: Any) -> Counting:
        return self._made(self.value - plain(other))

    def __rsub__(self, other: Any) -> Counting:
        return self._made(plain(other) - self.value)

    def __truediv__(self, other: Any) -> Counting:
        return self._made(self.value / plain(other))

    def __rtruediv__(self, other: Any) -> Counting:
        return self._made(plain(other) / self.value)

    __radd__, __rmul__ = __add__, __mul__

    def __float__(self) -> float:
        return self.value

    def __neg__(self) -> Counting:
        return self._made(-self.value)

    def __abs__(self) -> Counting:
        return self._made(abs(self.value))

    def __lt__(self, other: Any) -> bool:
        return self.value < plain(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= plain(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > plain(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= plain(other)


def plain(x: Any) -> Any:
    return x.value if isinstance(x, Counting) else x


def _method(function: Callable[[float], float]) -> Any:
    return lambda self: self._made(function(self.value))


for _name in ("exp", "tanh", "sqrt"):  # what NumPy calls on the entries of an array of objects
    setattr(Counting, _name, _method(getattr(math, _name)))


def counting(shape: Any, tally: Tally, *, is_weight: bool) -> Any:
    values = np.random.default_rng(0).uniform(0.1, 1, shape)
    make = np.frompyfunc(lambda value: Counting(value, tally, is_weight=is_weight), 1, 1)
    return np.asarray(make(values), object)


def fitting(example: Example) -> Iterator[tuple[Example, tuple[Spec, ...]]]:
    for values in draws(example):
        case = concrete(example, values)
        try:
            yield case, case.layer.outputs(case.inputs, Context())
        except ShapeError:
            continue
        if not values:
            return


def smallest(example: Example, count: int) -> list[tuple[int, Example, tuple[Spec, ...]]]:
    """The runs of an example that take the fewest MACs, all different."""
    runs = {c.layer.work(c.inputs, y).macs: (c, y) for c, y in fitting(example)}
    return [(int(macs), *runs[macs]) for macs in sorted(runs)[:count] if macs]


CASES = [
    pytest.param(example, id=f"{entry.layer.__name__}-{number}")
    for entry in catalog.ENTRIES
    for number, example in enumerate(entry.layer.examples())
    if example.layer.work(example.inputs, example.layer.outputs(example.inputs, Context())).macs != 0
]


@pytest.mark.parametrize("example", CASES)
def test_the_macs_are_the_multiplications_that_are_made(example):
    for macs, case, outputs in smallest(example, 3):
        assert macs < MOST, "an example has small sizes"
        layer, tally = case.layer, Tally()
        inputs = tuple(counting(x.shape, tally, is_weight=False) for x in case.inputs)
        weights = {  # a peephole is a factor of each unit, no matrix
            name: counting(weight.shape, tally, is_weight="peephole" not in name)
            for name, weight in layer.weights(case.inputs).items()
        }
        kernel = catalog.kernel_of(type(layer))
        assert kernel is not None
        kernel(layer, inputs, weights, tuple(np.empty(y.shape, object) for y in outputs))
        made = tally.with_weights + tally.of_inputs
        if layer.kind is Kind.RECURRENT:  # gates and states are multiplied with each other, one by one
            made = tally.with_weights
        if isinstance(layer, LinearAttention):  # decays and gates, each times a state or a value; but for the scale
            made -= layer.work(case.inputs, outputs).muls - math.prod(outputs[0].shape)
        if getattr(layer, "normalize", False):  # the squares in the lengths of the vectors
            made -= sum(math.prod(x.shape) for x in case.inputs)
        assert made == macs, [x.shape for x in case.inputs]


def test_the_layers_with_macs():
    assert {param.id.partition("-")[0] for param in CASES} == {
        "Bilinear", "Conv", "ConvInteger", "ConvTranspose", "ConvWithFilters", "DeformConv", "DepthwiseConv",
        "Dot", "Einsum", "GRU", "LSTM", "Linear", "LinearAttention", "MatMul", "MatMulInteger",
        "MultiheadAttention", "RNN", "ScaledDotProductAttention", "SeparableConv",
    }  # fmt: skip
