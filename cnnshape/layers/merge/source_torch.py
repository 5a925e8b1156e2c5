"""Joins as PyTorch code."""

from __future__ import annotations

from functools import reduce
from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.layers.source import Coder, CoderTable, Infix, Listed, Opt, Piece, Slot, Value, X, call, real

__all__ = ["TABLE"]


def _slots(case: Case) -> tuple[Slot, ...]:
    return tuple(map(Slot, range(len(case.inputs))))


def _signed(sign: str) -> Coder:
    return lambda layer, case: Piece(None, Infix(sign, _slots(case)) if len(case.inputs) > 1 else X)


def _folded(name: str) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        def pair(first: Value, second: Value) -> Value:
            return call(name, first, second)

        first, *others = _slots(case)
        start: Value = first
        return Piece(None, reduce(pair, others, start))

    return code


def _divide(layer: Divide, case: Case) -> Piece:
    if layer.rounding_mode == "none":
        return Piece(None, Infix(" / ", _slots(case)))
    return Piece(None, call("torch.div", X, Slot(1), rounding_mode=layer.rounding_mode))


def _remainder(layer: Remainder, case: Case) -> Piece:
    return Piece(None, call("torch.fmod" if layer.rounding_mode == "trunc" else "torch.remainder", X, Slot(1)))


def _power(layer: Pow, case: Case) -> Piece:
    exponent: Value = Slot(1) if layer.exponent is None else real(layer.exponent)
    return Piece(None, call("torch.pow", X, exponent))


def _mean(layer: Mean, case: Case) -> Piece:
    if "float" not in case.dtype:
        refuse("a mean of integers")
    slots = _slots(case)
    return Piece(None, Infix(" / ", (Infix(" + ", slots), len(slots))) if len(slots) > 1 else X)


def _concat(layer: Concat, case: Case) -> Piece:
    return Piece(None, call("torch.cat", Listed(_slots(case)), dim=Opt(layer.dim, 0)))


def _dot(layer: Dot, case: Case) -> Piece:
    refuse("PyTorch has no such product")


TABLE: CoderTable = {
    Add: _signed(" + "),
    Subtract: _signed(" - "),
    Multiply: _signed(" * "),
    Divide: _divide,
    Remainder: _remainder,
    Pow: _power,
    Maximum: _folded("torch.maximum"),
    Minimum: _folded("torch.minimum"),
    Mean: _mean,
    Concat: _concat,
    Dot: _dot,
}
