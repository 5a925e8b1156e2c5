"""Comparisons, choices and bits as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import alike, dtype_out
from cnnshape.layers.foreign_out import Case, Source, WriterTable, Written, op, simply, written
from cnnshape.layers.join import promoted
from cnnshape.layers.logic.bits import Bitwise, BitwiseNot
from cnnshape.layers.logic.spec import Compare, IsInf, IsNaN, Logical, LogicalNot, Where

__all__ = ["TABLE"]

_RELATIONS = {
    "less": "Less",
    "less_equal": "LessOrEqual",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "equal": "Equal",
}


def _cast(case: Case, positions: tuple[int, ...], dtype: str) -> list[Source]:
    """Return some inputs in one element type."""
    return [
        place if case.inputs[place].dtype == dtype else op("Cast", place, to=dtype_out(case, dtype))
        for place in positions
    ]


def _compare(layer: Compare, case: Case) -> Written:
    both = _cast(case, (0, 1), promoted([spec.dtype for spec in case.inputs]))
    if layer.relation == "not_equal":
        return op("Equal", *both).then("Not")
    return op(_RELATIONS[layer.relation], *both)


def _logical(layer: Logical, case: Case) -> Written:
    return op(layer.operation.capitalize(), *_cast(case, (0, 1), "bool"))


def _is_inf(layer: IsInf, _: Case) -> Written:
    return op("IsInf", 0, detect_negative=int(layer.sign != "positive"), detect_positive=int(layer.sign != "negative"))


def _where(_: Where, case: Case) -> Written:
    return op("Where", 0, *_cast(case, (1, 2), case.outputs[0].dtype))


def _bitwise(layer: Bitwise, case: Case) -> Written:
    if layer.operation.endswith("shift"):
        return op("BitShift", *alike(case), direction=layer.operation.removesuffix("_shift").upper())
    name = layer.operation.capitalize()
    return op(name if case.outputs[0].dtype == "bool" else f"Bitwise{name}", *alike(case))


TABLE: WriterTable = written(
    "onnx",
    {
        Compare: _compare,
        Logical: _logical,
        LogicalNot: lambda _, case: op("Not", *_cast(case, (0,), "bool")),
        IsNaN: simply("IsNaN"),
        IsInf: _is_inf,
        Where: _where,
        Bitwise: _bitwise,
        BitwiseNot: lambda _, case: op("Not" if case.dtype == "bool" else "BitwiseNot", 0),
    },
)
