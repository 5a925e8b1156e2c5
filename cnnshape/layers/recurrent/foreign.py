"""Recurrent layers in other systems."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.layers.foreign import Made, Operator, Stored, Table, Use, keyed, reads, refuse
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN
from cnnshape.layers.reshape.axes import Permute
from cnnshape.layers.reshape.positions import Slice
from cnnshape.layers.reshape.spec import Unflatten

__all__ = ["TABLE"]

_ORDER: dict[type, tuple[int, ...]] = {LSTM: (0, 2, 3, 1), GRU: (1, 0, 2), RNN: (0,)}
"""For each of our gates, PyTorch's order, where ONNX has it: LSTM i, o, f, c; GRU z, r, h."""
_USUAL: dict[type, tuple[str, ...]] = {LSTM: ("sigmoid", "tanh", "tanh"), GRU: ("sigmoid", "tanh"), RNN: ("tanh",)}
_EXTRA = {4: "sequence_lens", 7: "peepholes"}


def _recurrent(layer: type[LSTM] | type[GRU] | type[RNN], op: Operator) -> Made:
    way = op.attribute("direction", "forward")
    directions = 2 if way == "bidirectional" else 1
    given = _arguments(layer, op, directions)
    batch_first = bool(op.attribute("layout", 0))
    steps = 1 if batch_first else 0
    back = Slice(dim=steps, step=-1)
    x: int | Use = Use(back) if way == "reverse" else 0
    made = layer(
        op.shape(2)[2],
        bias=op.has(3),
        batch_first=batch_first,
        bidirectional=directions == 2,
        return_states=True,
        input_size=op.shape(1)[2],
        **given,
    )
    use = Use(made, (x,), _weights(op, directions, _ORDER[layer]))
    y = use.at(0).then(back) if way == "reverse" else use.at(0)
    y = y.then(Unflatten((directions, op.shape(2)[2]), dim=2))
    y = y if batch_first else y.then(Permute((0, 2, 1, 3)))
    states = [use.at(port) for port in range(1, len(op.wanted))]
    return (y, *(state.then(Permute((1, 0, 2))) if batch_first else state for state in states))


def _arguments(layer: type, op: Operator, directions: int) -> dict[str, Any]:
    """Return the arguments that only some have; refuse what none of ours can do."""
    for position, name in _EXTRA.items():
        if op.has(position):
            refuse(name)
    if any(op.has(position) and any(op.numbers(position)) for position in (5, 6)):
        refuse("an initial state other than zeros")
    if op.attribute("clip") or op.attribute("input_forget", 0):
        refuse("clip or input_forget")
    if layer is GRU and not op.attribute("linear_before_reset", 0):
        refuse("the reset gate before the product (linear_before_reset = 0)")
    functions = tuple(name.lower() for name in op.attribute("activations", ())) or _USUAL[layer] * directions
    if layer is RNN and set(functions) in ({"tanh"}, {"relu"}):
        return {"nonlinearity": functions[0]}
    if functions != _USUAL[layer] * directions:
        refuse(f"activations {', '.join(functions)}")
    return {}


def _weights(op: Operator, directions: int, order: tuple[int, ...]) -> tuple[tuple[str, Stored], ...]:
    found = []
    for number, ending in enumerate(("", "_reverse")[:directions]):
        for name, position, part in (("weight_ih", 1, ()), ("weight_hh", 2, ())):
            found.append((f"{name}_l0{ending}", Stored(position, (("take", number), *part, ("order", order)))))
        if op.has(3):
            halves = (("bias_ih", ("part", 0, 2)), ("bias_hh", ("part", 1, 2)))
            for name, half in halves:
                found.append((f"{name}_l0{ending}", Stored(3, (("take", number), half, ("order", order)))))
    return tuple(found)


TABLE: Table = keyed("onnx", {cell.__name__: reads(cell, partial(_recurrent, cell)) for cell in (LSTM, GRU, RNN)})
