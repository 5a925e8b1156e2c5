"""Recurrent layers of Keras."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.layers.foreign import Kept, Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.spec import Add, Mean, Multiply
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN
from cnnshape.layers.reshape.parts import Split
from cnnshape.layers.reshape.positions import Gather, Slice

__all__ = ["TABLE"]

_ORDER: dict[type, tuple[int, ...]] = {LSTM: (0, 1, 2, 3), GRU: (1, 0, 2), RNN: (0,)}
"""For each of our gates, where Keras has it: LSTM i, f, c, o; GRU z, r, h."""
_CELLS: dict[str, type[LSTM] | type[GRU] | type[RNN]] = {"LSTM": LSTM, "GRU": GRU, "SimpleRNN": RNN}
_ARGUMENTS = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
_JOINS = {"sum": Add(), "mul": Multiply(), "ave": Mean()}


def _recurrent(cell: type[LSTM] | type[GRU] | type[RNN], op: Operator) -> Made:
    if op.attribute("return_state"):
        refuse("the states as outputs")
    layer = cell(op.attribute("units"), **_arguments(cell, op, op.attributes), batch_first=True)
    back = Slice(dim=1, step=-1)
    backwards = bool(op.attribute("go_backwards"))
    made = Use(layer, (Use(back) if backwards else 0,), _weights(cell, layer, "cell", ""))
    return made if op.attribute("return_sequences") else made.then(Gather(-1, dim=1))


def _arguments(cell: type, op: Operator, config: Any) -> dict[str, Any]:
    """Return the arguments of a cell; refuse what none of ours can do."""
    if op.attribute("masked"):
        refuse("steps that a mask leaves out")
    if len(op.inputs) > 1:
        refuse("a state before the first step")
    bias = bool(config.get("use_bias", True))
    given: dict[str, Any] = {"bias": bias, "recurrent_bias": False}
    word = config.get("activation", "tanh")
    if cell is RNN and word in ("tanh", "relu"):
        return given | {"nonlinearity": word}
    if word != "tanh" or (cell is not RNN and config.get("recurrent_activation", "sigmoid") != "sigmoid"):
        refuse(f"the activations {word!r} and {config.get('recurrent_activation')!r}")
    if cell is GRU:
        after = bool(config.get("reset_after", True))
        return given | {"reset_after": after, "recurrent_bias": after}
    return given


def _weights(cell: type, layer: LSTM | GRU | RNN, where: str, ending: str) -> tuple[tuple[str, Kept], ...]:
    gates = ("order", _ORDER[cell])
    found = [(f"weight_{part}_l0{ending}", Kept(f"{where}/{i}", (("transpose",), gates))) for i, part in _PRODUCTS]
    if layer.bias and isinstance(layer, GRU) and layer.reset_after:
        found += [(f"bias_{part}_l0{ending}", Kept(f"{where}/2", (("take", i), gates))) for i, part in _PRODUCTS]
    elif layer.bias:
        found.append((f"bias_ih_l0{ending}", Kept(f"{where}/2", (gates,))))
    return tuple(found)


def _alike(op: Operator) -> bool:
    """Say whether what walks backwards is the same layer as what walks forwards."""
    other = op.attribute("backward_layer")
    if not other:
        return True
    first = op.attribute("layer")
    same = all(first["config"].get(word) == other["config"].get(word) for word in _ARGUMENTS)
    return bool(same and first["class_name"] == other["class_name"] and other["config"].get("go_backwards"))


_PRODUCTS = ((0, "ih"), (1, "hh"))


def _bidirectional(op: Operator) -> Made:
    described, join = op.attribute("layer"), op.attribute("merge_mode", "concat")
    inner, kind = described["config"], described["class_name"]
    if kind not in _CELLS or inner.get("return_state") or inner.get("go_backwards") or not _alike(op):
        refuse(f"{kind} in two directions, with states as outputs or another layer backwards")
    cell, units = _CELLS[kind], inner["units"]
    layer = cell(units, **_arguments(cell, op, inner), batch_first=True, bidirectional=True)
    weights = _weights(cell, layer, "forward_layer/cell", "") + _weights(cell, layer, "backward_layer/cell", "_reverse")
    made = Use(layer, (0,), weights)
    if inner.get("return_sequences") and join == "concat":
        return made
    parts = Use(Split(units, dim=2), (made,))
    ways = [parts.at(0), parts.at(1)]
    if not inner.get("return_sequences"):  # the one that walks backwards ends at the first position
        ways = [ways[0].then(Gather(-1, dim=1)), ways[1].then(Gather(0, dim=1))]
    if join is None:
        return tuple(ways)
    if join == "concat":
        return Use(Concat(dim=-1), tuple(ways))
    return Use(_JOINS[join], tuple(ways))


TABLE: Table = keyed(
    "keras",
    {name: reads(cell, partial(_recurrent, cell)) for name, cell in _CELLS.items()}
    | {"Bidirectional": reads(LSTM, _bidirectional)},
)
