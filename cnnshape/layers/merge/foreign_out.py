"""Arithmetic and concatenation as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import ONNX_NUMBERS, alike
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Numbers,
    Writer,
    WriterTable,
    Written,
    numbers,
    op,
    reshaped,
    written,
)
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.symbolic import product

__all__ = ["TABLE"]

_LEAST = 1e-7
"""What the length of a vector is at least where it divides, as in the layer."""


_OF_BOOL = {"Add": "Or", "Sub": "Xor", "Mul": "And", "Max": "Or", "Min": "And"}
"""What arithmetic is on true and false."""


def _chain(operator: str) -> Writer:
    """Return the writer of an operator of two inputs, applied to one after the other."""

    def write(_: object, case: Case) -> Written:
        made = _folded(_OF_BOOL.get(operator, operator) if case.outputs[0].dtype == "bool" else operator, case)
        return made if isinstance(made, Emit) else op("Identity", made)

    return write


def _folded(operator: str, case: Case) -> int | Emit:
    made, *others = alike(case)
    for other in others:
        made = op(operator, made, other)
    return made


def _mean(_: Mean, case: Case) -> Written:
    dtype = case.outputs[0].dtype
    if "float" in dtype:
        return op("Mean", *alike(case))
    wide = [op("Cast", place, to=ONNX_NUMBERS["int64"]) for place in range(len(case.inputs))]
    total = wide[0]
    for other in wide[1:]:
        total = op("Add", total, other)
    return total.then("Div", Numbers((len(wide),), (), "int64")).then("Cast", to=ONNX_NUMBERS[dtype])


def _divide(layer: Divide, case: Case) -> Written:
    a, b = alike(case)
    if layer.rounding_mode == "none":
        return op("Div", a, b)
    if "float" not in case.outputs[0].dtype:  # ONNX's quotient of whole numbers is cut toward 0, its remainder is not
        whole = a if layer.rounding_mode == "trunc" else op("Sub", a, op("Mod", a, b))
        return op("Div", whole, b)
    quotient = op("Div", a, b)
    if layer.rounding_mode == "floor":
        return quotient.then("Floor")
    return quotient.then("Abs").then("Floor").then("Mul", op("Sign", quotient))


def _remainder(layer: Remainder, case: Case) -> Written:
    a, b = alike(case)
    if layer.rounding_mode == "trunc":
        return op("Mod", a, b, fmod=1)
    if "float" not in case.outputs[0].dtype:
        return op("Mod", a, b)
    return op("Sub", a, op("Div", a, b).then("Floor").then("Mul", b))


def _power(layer: Pow, case: Case) -> Written:
    base, *exponents = alike(case)
    if layer.exponent is None:
        return op("Pow", base, *exponents)
    return op("Pow", base, Numbers((layer.exponent,), (), case.outputs[0].dtype))


def _dot(layer: Dot, case: Case) -> Written:
    axes = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    flat, rest = [], []
    for position, (source, axis) in enumerate(zip(alike(case), axes, strict=True)):
        shape, rank = case.shape(position), case.rank(position)
        axis = case.axis(axis, position)
        order = (*(each for each in range(rank) if each != axis), axis)
        moved = op("Transpose", source, perm=order)
        if layer.normalize:
            length = moved.then("ReduceL2", numbers((-1,)), keepdims=1)
            moved = moved.then("Div", length.then("Max", case.number(_LEAST)))
        kept = tuple(shape[each] for each in order)
        rest.append(kept)
        flat.append(reshaped(case, moved, kept, (shape[0], product(kept[1:-1]), kept[-1])))
    joined = op("MatMul", flat[0], op("Transpose", flat[1], perm=(0, 2, 1)))
    between = (case.shape()[0], product(rest[0][1:-1]), product(rest[1][1:-1]))
    return reshaped(case, joined, between, case.outputs[0].shape)


TABLE: WriterTable = written(
    "onnx",
    {
        Add: _chain("Add"),
        Subtract: _chain("Sub"),
        Multiply: _chain("Mul"),
        Divide: _divide,
        Remainder: _remainder,
        Pow: _power,
        Maximum: _chain("Max"),
        Minimum: _chain("Min"),
        Mean: _mean,
        Concat: lambda layer, case: op("Concat", *alike(case), axis=layer.dim % len(case.outputs[0].shape)),
        Dot: _dot,
    },
)
