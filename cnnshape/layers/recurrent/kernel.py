"""Recurrent layers on arrays: one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Kernel, Weights, blocks, integer, logistic, wide
from cnnshape.layers.base import Spec
from cnnshape.layers.recurrent.cells import Recurrent
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["gru", "lstm", "rnn"]

Own: TypeAlias = "dict[str, Array | None]"
"""The weights of one layer and direction, by their names without number and direction; None where there is none."""
Cell: TypeAlias = Callable[[Any, Array, Arrays, Own], Arrays]
"""``cell(layer, given, states, own)`` returns the new states, the hidden one first: `given` is the product of a step
with the input."""


def _stack(cell: Cell) -> Kernel:
    """Return the kernel that walks along the sequence with a cell, for each layer and direction."""

    def kernel(layer: Recurrent, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
        x, starts = _steps_first(layer, wide(inputs[0])), [wide(state) for state in inputs[1:]]
        with np.errstate(all="ignore"):  # a state may grow beyond all numbers
            for number in range(layer.num_layers):
                made = np.empty((*x.shape[:2], outputs[0].shape[2]), x.dtype)
                for direction, part in enumerate(np.split(made, layer.directions, 2)):
                    order, ending = ((slice(None), ""), (slice(None, None, -1), "_reverse"))[direction]
                    stored = {name: weights.get(f"{name}_l{number}{ending}") for name in _NAMES}
                    own = {name: None if weight is None else wide(weight) for name, weight in stored.items()}
                    place = number * layer.directions + direction
                    first = _first(layer, x, [state[place] for state in starts])
                    for state, whole in zip(
                        _walk(cell, layer, x[order], own, first, part[order]), outputs[1:], strict=False
                    ):
                        whole[place] = state
                x = made
            _steps_first(layer, outputs[0])[...] = x

    return kernel


_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_peephole")


def _steps_first(layer: Recurrent, x: Array) -> Array:
    """Return a view with the steps as first axis, the batch as second."""
    return x.swapaxes(0, 1) if layer.batch_first else x


def _first(layer: Recurrent, x: Array, given: list[Array]) -> Arrays:
    """Return the states before the first step: those that are given, zeros for the others."""
    specs = layer.states(Spec(x.swapaxes(0, 1).shape if layer.batch_first else x.shape))
    return (*given, *(np.zeros((x.shape[1], integer(spec.shape[2])), x.dtype) for spec in specs[len(given) :]))


def _walk(cell: Cell, layer: Recurrent, x: Array, own: Own, states: Arrays, y: Array) -> Arrays:
    """Fill `y` with the hidden states of one direction, and return the last states."""
    entering, bias = own["weight_ih"], own["bias_ih"]
    assert entering is not None
    steps, batch = x.shape[:2]
    for taken in blocks(steps, batch * len(entering) * x.itemsize):
        products = np.tensordot(x[taken], entering, ([2], [1]))
        for given, place in zip(products if bias is None else products + bias, y[taken], strict=True):
            states = cell(layer, given, states, own)
            place[...] = states[0]
    return states


def _recalled(own: Own, state: Array, rows: slice = slice(None)) -> Array:
    """Return the product of a step with the hidden state, or some of its entries."""
    remembered, bias = own["weight_hh"], own["bias_hh"]
    assert remembered is not None
    product: Array = np.matmul(state, remembered[rows].T)
    return product if bias is None else product + bias[rows]


@_stack
def rnn(layer: RNN, given: Array, states: Arrays, own: Own) -> Arrays:
    total = given + _recalled(own, states[0])
    return (np.maximum(total, 0) if layer.nonlinearity == "relu" else np.tanh(total),)


@_stack
def lstm(_: LSTM, given: Array, states: Arrays, own: Own) -> Arrays:
    hidden, cell = states
    i, f, g, o = np.split(given + _recalled(own, hidden), 4, 1)
    seen = own["weight_peephole"]
    if seen is None:
        cell = logistic(f) * cell + logistic(i) * np.tanh(g)
    else:
        of_i, of_f, of_o = np.split(seen, 3)
        cell = logistic(f + of_f * cell) * cell + logistic(i + of_i * cell) * np.tanh(g)
        o = o + of_o * cell
    hidden, projection = logistic(o) * np.tanh(cell), own["weight_hr"]
    return (hidden if projection is None else np.matmul(hidden, projection.T), cell)


@_stack
def gru(layer: GRU, given: Array, states: Arrays, own: Own) -> Arrays:
    (hidden,), size = states, given.shape[1] // 3
    both, last = slice(0, 2 * size), slice(2 * size, None)
    if layer.reset_after:
        recalled = _recalled(own, hidden)
        r, z = np.split(logistic(given[:, both] + recalled[:, both]), 2, 1)
        n = np.tanh(given[:, last] + r * recalled[:, last])
    else:
        r, z = np.split(logistic(given[:, both] + _recalled(own, hidden, both)), 2, 1)
        n = np.tanh(given[:, last] + _recalled(own, r * hidden, last))
    return ((1 - z) * n + z * hidden,)
