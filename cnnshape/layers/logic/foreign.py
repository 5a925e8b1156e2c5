"""Comparisons, choices and bits in other systems."""

from __future__ import annotations

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Operator, Row, Table, Use, keyed, reads, wrong
from cnnshape.layers.logic.bits import Bitwise, BitwiseNot
from cnnshape.layers.logic.spec import Compare, IsInf, IsNaN, Logical, LogicalNot, Where
from cnnshape.layers.merge.foreign import second

__all__ = ["TABLE"]


def _pair(layer: Layer) -> Row:
    return Row(type(layer), lambda op: Use(layer, (0, second(op))))


def _is_inf(op: Operator) -> Made:
    found = op.attribute("detect_negative", 1), op.attribute("detect_positive", 1)
    if not any(found):
        return Use(Logical("and"), (Use(IsInf()), Fixed(0, "bool")))
    return Use(IsInf(sign=_SIGNS[found]))


_SIGNS = {(1, 1): "both", (0, 1): "positive", (1, 0): "negative"}


def _shift(op: Operator) -> Made:
    direction = op.attribute("direction")
    if direction not in ("LEFT", "RIGHT"):
        wrong(f"direction is {direction!r}")
    return Use(Bitwise(f"{direction.lower()}_shift"), (0, 1))


TABLE: Table = keyed(
    "onnx",
    {
        "Less": _pair(Compare("less")),
        "LessOrEqual": _pair(Compare("less_equal")),
        "Greater": _pair(Compare("greater")),
        "GreaterOrEqual": _pair(Compare("greater_equal")),
        "Equal": _pair(Compare("equal")),
        "And": _pair(Logical("and")),
        "Or": _pair(Logical("or")),
        "Xor": _pair(Logical("xor")),
        "Not": reads(LogicalNot),
        "Where": reads(Where),
        "IsNaN": reads(IsNaN),
        "IsInf": reads(IsInf, _is_inf),
        "BitwiseAnd": _pair(Bitwise("and")),
        "BitwiseOr": _pair(Bitwise("or")),
        "BitwiseXor": _pair(Bitwise("xor")),
        "BitwiseNot": reads(BitwiseNot),
        "BitShift": reads(Bitwise, _shift),
    },
)
