"""Comparisons and logic as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.logic.bits import Bitwise, BitwiseNot
from cnnshape.layers.logic.spec import Compare, IsInf, IsNaN, Logical, LogicalNot, Where
from cnnshape.layers.source import CoderTable, Infix, Piece, Slot, X, call

__all__ = ["TABLE"]

_RELATIONS = {
    "less": " < ",
    "less_equal": " <= ",
    "greater": " > ",
    "greater_equal": " >= ",
    "equal": " == ",
    "not_equal": " != ",
}
_PAIR = (X, Slot(1))


def _infinite(layer: IsInf, case: Case) -> Piece:
    return Piece(None, call({"both": "torch.isinf", "positive": "torch.isposinf"}.get(layer.sign, "torch.isneginf"), X))


def _bitwise(layer: Bitwise, case: Case) -> Piece:
    names = ("and", "or", "xor", "left_shift", "right_shift")
    if layer.operation not in names:
        refuse("PyTorch has no such operation")
    return Piece(None, call(f"torch.bitwise_{layer.operation}", *_PAIR))


TABLE: CoderTable = {
    Compare: lambda layer, case: Piece(None, Infix(_RELATIONS[layer.relation], _PAIR)),
    Where: lambda layer, case: Piece(None, call("torch.where", X, Slot(1), Slot(2))),
    Logical: lambda layer, case: Piece(None, call(f"torch.logical_{layer.operation}", *_PAIR)),
    LogicalNot: lambda layer, case: Piece(None, call("torch.logical_not", X)),
    IsNaN: lambda layer, case: Piece(None, call("torch.isnan", X)),
    IsInf: _infinite,
    Bitwise: _bitwise,
    BitwiseNot: lambda layer, case: Piece(None, call("torch.bitwise_not", X)),
}
