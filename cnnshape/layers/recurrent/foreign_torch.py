"""Recurrent modules of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import Made, Operator, Row, Stored, Use, refuse
from cnnshape.layers.foreign_torch import position, table
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["TABLE"]

_FIELDS = ("num_layers", "bias", "batch_first", "dropout", "bidirectional", "input_size")


def _recurrent(kind: Any, *more: str) -> Row:
    def read(op: Operator) -> Made:
        fields, args = op.attribute("fields"), (*op.attribute("args"), *op.attribute("kwargs").values())
        states = () if len(args) < 2 or args[1] is None else args[1] if isinstance(args[1], tuple) else args[1:2]
        inputs = tuple(position(each) for each in (args[0], *states))
        if op.rank(inputs[0]) != 3:
            refuse("a sequence without a batch")
        wanted = any(op.wants(port) for port in (1, 2))
        given = {name: fields[name] for name in (*_FIELDS, *more)}
        layer = kind(fields["hidden_size"], **given, return_states=wanted)
        stored = tuple((name, Stored(at)) for name, at in op.attribute("weights").items())
        use = Use(layer, inputs, stored)
        count = 3 if kind is LSTM else 2
        return tuple(use.at(port) for port in range(count)) if wanted else (use, *(None,) * (count - 1))

    return Row(kind, read)


TABLE = table(
    {"RNN": _recurrent(RNN, "nonlinearity"), "LSTM": _recurrent(LSTM, "proj_size"), "GRU": _recurrent(GRU)},
)
