"""Arithmetic and concatenation in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.layers.source_keras import Call, KerasCase, Made, Way, WayTable, either, layer, op, unless

__all__ = ["TABLE"]


def _joined(name: str, operation: str) -> Way:
    def write(_: object, case: KerasCase) -> Made:
        if any("float" not in spec.dtype for spec in case.inputs) or len({spec.dtype for spec in case.inputs}) > 1:
            refuse("arithmetic of numbers that are not all of one floating-point type")
        if len(case.inputs) == 1:
            return layer("Identity")
        every = range(len(case.inputs))
        alike = len({case.rank(k) for k in every}) == 1 and len({case.shape(k)[0] for k in every}) == 1
        if alike and case.rank() > 1:
            return layer(name, *every, together=True)
        if not operation:
            refuse("the mean of tensors of different ranks")
        made: int | Call = 0
        for k in every[1:]:
            made = op(operation, made, k)
        return made

    return either(write)


def _quotient(whole: Callable[[Any, KerasCase], Made]) -> Callable[[Any, KerasCase], Made]:
    def write(given: Any, case: KerasCase) -> Made:
        if any("float" not in spec.dtype for spec in case.inputs):
            refuse("a quotient of whole numbers")
        return whole(given, case)

    return write


def _divide(given: Divide, _: KerasCase) -> Made:
    quotient = op("divide", 0, 1)
    ways = {"none": quotient, "floor": op("floor", quotient), "trunc": op("trunc", quotient)}
    return ways[given.rounding_mode]


def _remainder(given: Remainder, _: KerasCase) -> Made:
    return op("mod" if given.rounding_mode == "floor" else "fmod", 0, 1)


def _power(given: Pow, _: KerasCase) -> Made:
    return op("power", 0, 1) if given.exponent is None else op("power", 0, x2=given.exponent)


def _concat(given: Concat, case: KerasCase) -> Made:
    axis = case.at(given.dim)
    if len(case.inputs) == 1:
        return layer("Identity")
    if axis == 0:
        return op("concatenate", *range(len(case.inputs)), together=True, axis=0)
    return layer("Concatenate", *range(len(case.inputs)), together=True, axis=unless(axis, -1))


TABLE: WayTable = {
    Add: _joined("Add", "add"),
    Subtract: _joined("Subtract", "subtract"),
    Multiply: _joined("Multiply", "multiply"),
    Maximum: _joined("Maximum", "maximum"),
    Minimum: _joined("Minimum", "minimum"),
    Mean: _joined("Average", ""),
    Divide: either(_quotient(_divide)),
    Remainder: either(_quotient(_remainder)),
    Pow: either(_quotient(_power)),
    Concat: either(_concat),
}
