"""Recurrent layers as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.demands import stated
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN
from cnnshape.layers.source import ME, Arg, Call, CoderTable, Item, Opt, Piece, Slot, Value, call, real

__all__ = ["TABLE"]


def _recurrent(layer: Any, case: Case) -> Piece:
    lstm = isinstance(layer, LSTM)
    if layer.bias and not layer.recurrent_bias:
        refuse("PyTorch's has two biases")
    if getattr(layer, "peepholes", False) or not getattr(layer, "reset_after", True):
        refuse("PyTorch's has no peepholes, and resets after the product")
    if lstm and len(case.inputs) == 2:
        refuse("PyTorch's takes both states or none")
    more: dict[str, Any] = {}
    if isinstance(layer, RNN):
        more["nonlinearity"] = Opt(layer.nonlinearity, "tanh")
    if lstm:
        more["proj_size"] = Opt(layer.proj_size, 0)
    made = call(
        f"nn.{type(layer).__name__}",
        stated(layer.input_size, case.shape()[-1]),
        layer.hidden_size,
        num_layers=Opt(layer.num_layers, 1),
        bias=Opt(layer.bias, True),
        batch_first=Opt(layer.batch_first, False),
        dropout=Opt(real(layer.dropout) if layer.num_layers > 1 else 0.0, 0.0),
        bidirectional=Opt(layer.bidirectional, False),
        **more,
    )
    states: tuple[Value, ...] = tuple(map(Slot, range(1, len(case.inputs))))
    if lstm and states:
        states = (states,)
    run = Call(ME, (Arg(Slot(0)), *map(Arg, states)))
    if not layer.return_states:
        return Piece(made, Item(run, "0"), weighted=True)
    return Piece(made, run, weighted=True, targets="{0}, ({1}, {2})" if lstm else "")


TABLE: CoderTable = {RNN: _recurrent, LSTM: _recurrent, GRU: _recurrent}
