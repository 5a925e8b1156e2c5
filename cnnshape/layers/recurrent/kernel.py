"""Recurrent layers on arrays: one step after the other, from states of zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Kernel, Weights, blocks, integer, logistic, wide
from cnnshape.layers.base import Spec
from cnnshape.layers.recurrent.cells import Recurrent
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["gru", "lstm", "rnn"]

Cell: TypeAlias = "Callable[[Any, Array, Array, Arrays, Array | None], Arrays]"
"""``cell(layer, given, recalled, states, projection)`` returns the new states, the hidden one first: `given` and
`recalled` are the two products of a step, with input and with hidden state."""


def _stack(cell: Cell) -> Kernel:
    """Return the kernel that walks along the sequence with a cell, for each layer and direction."""

    def kernel(layer: Recurrent, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
        x = _steps_first(layer, wide(inputs[0]))
        with np.errstate(all="ignore"):  # a state may grow beyond all numbers
            for number in range(layer.num_layers):
                made = np.empty((*x.shape[:2], outputs[0].shape[2]), x.dtype)
                for direction, part in enumerate(np.split(made, layer.directions, 2)):
                    order, ending = ((slice(None), ""), (slice(None, None, -1), "_reverse"))[direction]
                    own = {name: weights.get(f"{name}_l{number}{ending}") for name in _NAMES}
                    for state, whole in zip(_walk(cell, layer, x[order], own, part[order]), outputs[1:], strict=False):
                        whole[number * layer.directions + direction] = state
                x = made
            _steps_first(layer, outputs[0])[...] = x

    return kernel


_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")


def _steps_first(layer: Recurrent, x: Array) -> Array:
    """Return a view with the steps as first axis, the batch as second."""
    return x.swapaxes(0, 1) if layer.batch_first else x


def _walk(cell: Cell, layer: Recurrent, x: Array, weights: dict[str, Array | None], y: Array) -> Arrays:
    """Fill `y` with the hidden states of one direction, and return the last states."""
    entering, remembered, bias, hidden_bias, projection = (
        None if weight is None else wide(weight) for weight in (weights[name] for name in _NAMES)
    )
    assert entering is not None
    assert remembered is not None
    steps, batch = x.shape[:2]
    states = tuple(np.zeros((batch, integer(spec.shape[2])), x.dtype) for spec in layer.states(Spec(x.shape)))
    for taken in blocks(steps, batch * len(entering) * x.itemsize):
        products = np.tensordot(x[taken], entering, ([2], [1]))
        for given, place in zip(products if bias is None else products + bias, y[taken], strict=True):
            recalled = np.matmul(states[0], remembered.T)
            recalled = recalled if hidden_bias is None else recalled + hidden_bias
            states = cell(layer, given, recalled, states, projection)
            place[...] = states[0]
    return states


@_stack
def rnn(layer: RNN, given: Array, recalled: Array, _: Arrays, __: Array | None) -> Arrays:
    total = given + recalled
    return (np.maximum(total, 0) if layer.nonlinearity == "relu" else np.tanh(total),)


@_stack
def lstm(_: LSTM, given: Array, recalled: Array, states: Arrays, projection: Array | None) -> Arrays:
    i, f, g, o = np.split(given + recalled, 4, 1)
    cell = logistic(f) * states[1] + logistic(i) * np.tanh(g)
    hidden = logistic(o) * np.tanh(cell)
    return (hidden if projection is None else np.matmul(hidden, projection.T), cell)


@_stack
def gru(_: GRU, given: Array, recalled: Array, states: Arrays, __: Array | None) -> Arrays:
    size = given.shape[1] // 3
    r, z = np.split(logistic(given[:, : 2 * size] + recalled[:, : 2 * size]), 2, 1)
    n = np.tanh(given[:, 2 * size :] + r * recalled[:, 2 * size :])
    return ((1 - z) * n + z * states[0],)
