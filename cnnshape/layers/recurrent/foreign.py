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
    use = Use(made, (x, *_states(op, batch_first)), _weights(op, directions, _ORDER[layer]))
    y = use.at(0).then(back) if way == "reverse" else use.at(0)
    y = y.then(Unflatten((directions, op.shape(2)[2]), dim=2))
    y = y if batch_first else y.then(Permute((0, 2, 1, 3)))
    states = [use.at(port) for port in range(1, len(op.wanted))]
    return (y, *(state.then(Permute((1, 0, 2))) if batch_first else state for state in states))


def _arguments(layer: type, op: Operator, directions: int) -> dict[str, Any]:
    """Return the arguments that only some have; refuse what none of ours can do."""
    steps = op.shape()[1 if op.attribute("layout", 0) else 0]
    if op.has(4) and set(op.numbers(4)) != {steps}:
        refuse("sequences that end before the last step (sequence_lens)")
    if op.attribute("clip") or op.attribute("input_forget", 0):
        refuse("clip or input_forget")
    functions = tuple(name.lower() for name in op.attribute("activations", ())) or _USUAL[layer] * directions
    if layer is RNN and set(functions) in ({"tanh"}, {"relu"}):
        return {"nonlinearity": functions[0]}
    if functions != _USUAL[layer] * directions:
        refuse(f"activations {', '.join(functions)}")
    if layer is GRU:
        return {"reset_after": bool(op.attribute("linear_before_reset", 0))}
    return {"peepholes": op.has(7)} if layer is LSTM else {}


def _states(op: Operator, batch_first: bool) -> tuple[int | Use, ...]:
    """Return the states before the first step; none where they are zeros."""
    given = [position for position in (5, 6) if op.has(position) and not _is_zeros(op, position)]
    if given == [6]:
        refuse("an initial cell without an initial state")
    # ONNX puts the batch first here too.
    return tuple(Use(Permute((1, 0, 2)), (position,)) if batch_first else position for position in given)


def _is_zeros(op: Operator, position: int) -> bool:
    known = op.values(position)
    return known is not None and not any(known)


def _weights(op: Operator, directions: int, order: tuple[int, ...]) -> tuple[tuple[str, Stored], ...]:
    found = []
    for number, ending in enumerate(("", "_reverse")[:directions]):
        for name, position, part in (("weight_ih", 1, ()), ("weight_hh", 2, ())):
            found.append((f"{name}_l0{ending}", Stored(position, (("take", number), *part, ("order", order)))))
        if op.has(3):
            halves = (("bias_ih", ("part", 0, 2)), ("bias_hh", ("part", 1, 2)))
            for name, half in halves:
                found.append((f"{name}_l0{ending}", Stored(3, (("take", number), half, ("order", order)))))
        if op.has(7):  # those of i, o, f
            found.append((f"weight_peephole_l0{ending}", Stored(7, (("take", number), ("order", (0, 2, 1))))))
    return tuple(found)


TABLE: Table = keyed("onnx", {cell.__name__: reads(cell, partial(_recurrent, cell)) for cell in (LSTM, GRU, RNN)})
