"""Recurrent layers as operators of other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_onnx import taken
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Owned,
    Port,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    written,
)
from cnnshape.layers.recurrent.cells import Recurrent
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["TABLE"]

_ORDER: dict[type, tuple[int, ...]] = {LSTM: (0, 3, 1, 2), GRU: (1, 0, 2), RNN: (0,)}
"""ONNX's order of the gates, by their places in PyTorch's: LSTM i, o, f, c; GRU z, r, h."""


def _recurrent(layer: Recurrent, case: Case) -> Written:
    if getattr(layer, "proj_size", 0) != 0:
        refuse("ONNX's LSTM has no projection (proj_size)")
    given = _attributes(layer)
    x: Source = op("Transpose", 0, perm=(1, 0, 2)) if layer.batch_first else 0
    states: list[list[Port]] = []
    for number in range(layer.num_layers):
        sources = (*_weights(layer, case, number), None, *_states(layer, case, number, len(given.states)))
        peepholes = _peepholes(layer, number) if isinstance(layer, LSTM) and layer.peepholes else ()
        made = op(type(layer).__name__, x, *sources, *peepholes, outputs=len(given.states) + 1, **given.plain)
        states.append([made[port] for port in range(1, len(given.states) + 1)])
        # (steps, directions, batch, size) -> (steps, batch, directions*size)
        x = op("Transpose", made[0], perm=(0, 2, 1, 3)).then("Reshape", numbers((0, 0, -1)))
    assert isinstance(x, Emit)  # there is a layer
    y = x.then("Transpose", perm=(1, 0, 2)) if layer.batch_first else x
    if not layer.return_states:
        return y
    joined = [layers[0] if len(layers) == 1 else op("Concat", *layers, axis=0) for layers in zip(*states, strict=True)]
    return (y, *joined)


class _Attributes:
    """What ONNX's operator is given, and which of its outputs are states."""

    def __init__(self, plain: dict[str, Any], states: tuple[str, ...]) -> None:
        self.plain, self.states = plain, states


def _attributes(layer: Recurrent) -> _Attributes:
    (hidden,) = ints((layer.hidden_size,))
    plain: dict[str, Any] = {"hidden_size": hidden}
    if layer.bidirectional:
        plain["direction"] = "bidirectional"
    if isinstance(layer, GRU):
        plain["linear_before_reset"] = int(layer.reset_after)
    if isinstance(layer, RNN) and layer.nonlinearity == "relu":
        plain["activations"] = ("Relu",) * layer.directions
    states = ("h", "c") if isinstance(layer, LSTM) else ("h",)
    return _Attributes(plain, states)


def _states(layer: Recurrent, case: Case, number: int, count: int) -> list[Source]:
    """Return the states of one layer before the first step; None is zeros."""
    first = number * layer.directions
    given = [taken(place, 0, first, first + layer.directions) for place in range(1, len(case.inputs))]
    return [*given, *(None,) * (count - len(given))]


def _peepholes(layer: LSTM, number: int) -> tuple[Owned]:
    (hidden,) = ints((layer.hidden_size,))
    names = tuple(f"weight_peephole_l{number}{ending}" for ending in ("", "_reverse")[: layer.directions])
    return (Owned(names, (("order", (0, 2, 1)),), (layer.directions, 3 * hidden)),)


def _weights(layer: Recurrent, case: Case, number: int) -> list[Source]:
    """Return ONNX's tensors of one layer: a row for each direction, the gates in its order."""
    (hidden,) = ints((layer.hidden_size,))
    order = _ORDER[type(layer)]
    endings = [f"_l{number}{ending}" for ending in ("", "_reverse")[: layer.directions]]
    turned = (("order", order),)
    entering = case.size(2) if number == 0 else hidden * layer.directions
    count, gates = layer.directions, len(order) * hidden
    found: list[Source] = [
        Owned(tuple(f"weight_ih{ending}" for ending in endings), turned, (count, gates, entering)),
        Owned(tuple(f"weight_hh{ending}" for ending in endings), turned, (count, gates, hidden)),
    ]
    if layer.bias:
        if not layer.recurrent_bias:
            refuse("one bias instead of two")
        names = tuple(f"{name}{ending}" for ending in endings for name in ("bias_ih", "bias_hh"))
        found.append(Owned(names, turned, (count, 2 * gates)))
    else:
        found.append(None)
    return found


TABLE: WriterTable = written("onnx", {RNN: _recurrent, LSTM: _recurrent, GRU: _recurrent})
