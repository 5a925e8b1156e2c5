"""Arithmetic and concatenation as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_onnx import alike
from cnnshape.layers.foreign_out import Case, Emit, Source, Writer, WriterTable, Written, op, reshaped, written
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.symbolic import product

__all__ = ["TABLE"]

_LEAST = 1e-7
"""What the length of a vector is at least where it divides, as in the layer."""


def _chain(operator: str) -> Writer:
    """Return the writer of an operator of two inputs, applied to one after the other."""

    def write(_: object, case: Case) -> Written:
        first, *others = alike(case)
        made: Source = first
        for other in others:
            made = op(operator, made, other)
        return made if isinstance(made, Emit) else op("Identity", made)

    return write


def _divide(layer: Divide, case: Case) -> Written:
    whole = "float" not in case.outputs[0].dtype
    divided = op("Div", *alike(case))
    if layer.rounding_mode == "none" or (whole and layer.rounding_mode == "trunc"):
        return divided
    if whole or layer.rounding_mode == "trunc":
        refuse(f"a division with rounding_mode = {layer.rounding_mode!r} of {case.outputs[0].dtype}")
    return divided.then("Floor")


def _remainder(layer: Remainder, case: Case) -> Written:
    return op("Mod", *alike(case), fmod=int(layer.rounding_mode == "trunc"))


def _dot(layer: Dot, case: Case) -> Written:
    axes = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    flat, rest = [], []
    for position, (source, axis) in enumerate(zip(alike(case), axes, strict=True)):
        shape, rank = case.shape(position), case.rank(position)
        axis = case.axis(axis, position)
        order = (*(each for each in range(rank) if each != axis), axis)
        moved = op("Transpose", source, perm=order)
        if layer.normalize:
            refuse("not written yet")
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
        Maximum: lambda _, case: op("Max", *alike(case)),
        Minimum: lambda _, case: op("Min", *alike(case)),
        Mean: lambda _, case: op("Mean", *alike(case)),
        Concat: lambda layer, case: op("Concat", *alike(case), axis=layer.dim % len(case.outputs[0].shape)),
        Dot: _dot,
    },
)
