"""Recurrent layers in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN
from cnnshape.layers.source_keras import Kept, KerasCase, Made, Way, WayTable, layer, unless

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["TABLE"]


def _plain(given: Any, case: KerasCase) -> None:
    if given.num_layers != 1 or given.bidirectional or given.return_states or len(case.inputs) > 1:
        refuse("several layers or directions in one, and states that come in or go out")


def _gru(given: GRU, case: KerasCase) -> Made:
    _plain(given, case)
    if not given.reset_after:
        refuse("a reset gate before the product: it has two biases here, and Keras has one")
    (units,) = ints((given.hidden_size,))

    def gates(array: Array) -> Array:
        """Return the gates in Keras's order: update, reset, new."""
        order = [*range(units, 2 * units), *range(units), *range(2 * units, 3 * units)]
        return array[order]

    def both(ih: Array, hh: Array) -> Array:
        made: Array = gates(ih)[None].repeat(2, axis=0)
        made[1] = gates(hh)
        return made

    weights = [Kept((f"weight_{word}_l0",), lambda array: gates(array).T) for word in ("ih", "hh")]
    if given.bias:
        weights.append(Kept(("bias_ih_l0", "bias_hh_l0"), both))
    return layer(
        "GRU",
        bare={"units": units},
        return_sequences=True,
        use_bias=unless(given.bias, True),
        weights=weights,
    )


def _other(given: RNN | LSTM, case: KerasCase) -> Made:
    _plain(given, case)
    if given.bias:
        refuse("two biases: Keras's has one, and so fewer parameters")
    return refuse("a recurrent layer of another sort than GRU")


def _order(given: Any, _: int) -> tuple[int, ...]:
    return (0, 1, 2) if given.batch_first else (1, 0, 2)


TABLE: WayTable = {GRU: Way(_gru, _order), LSTM: Way(_other, _order), RNN: Way(_other, _order)}
