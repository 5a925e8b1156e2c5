"""Where numbers say more than formulas, by intention: what a comparison of the two has to leave out."""

from __future__ import annotations

from itertools import zip_longest

import cnnshape.layers as L
from cnnshape.errors import CnnshapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Layer, Spec
from cnnshape.symbolic import Dim

__all__ = ["numbers_tell_more"]

STRETCHING = (
    *(L.Add, L.Subtract, L.Multiply, L.Divide, L.Maximum, L.Minimum, L.Mean),
    *(L.Pow, L.Remainder, L.Compare, L.Logical, L.Bitwise, L.Where),
    *(L.Einsum, L.LinearAttention, L.MatMul, L.RotaryEmbedding, L.ScaledDotProductAttention, L.Expand),
)
BEYOND_FORMULAS = {
    "CS204",  # a formula divides another only if it does so at all sizes
    "CS210",  # likewise; and how many parts of one size there are is a question of numbers
    "CS215",  # the weights of an attention are one or three: whether its inputs are equally wide
}


def numbers_tell_more(network: Network, free: Propagation, fixed: Propagation) -> bool:
    """Say whether the walk with numbers may rightly differ from that with formulas."""
    return any(beyond(error) for _, error in free.faults) or any(
        is_special(node.layer, at.layer, formulas, numbers)
        for node, at, formulas, numbers in zip(
            network.nodes, fixed.network.nodes, free.inputs, fixed.inputs, strict=True
        )
        if formulas is not None and numbers is not None
    )


def beyond(error: CnnshapeError) -> bool:
    fault = error.fault
    if fault.code == "CS217":  # a formula of too many terms may well be a small number
        return True
    return fault.code in BEYOND_FORMULAS and any(map(holds_formula, (fault.got, fault.needed, fault.layer)))


def holds_formula(value: object) -> bool:
    if isinstance(value, tuple):
        return any(holds_formula(entry) for entry in value)
    return isinstance(value, Dim) or (isinstance(value, str) and value.startswith("MultiheadAttention"))


def is_special(layer: Layer, at: Layer, formulas: tuple[Spec, ...], numbers: tuple[Spec, ...]) -> bool:
    """Say whether a 1 is stretched or left out, or a 0 or 1 in an argument means something, where a formula has it."""
    if isinstance(layer, STRETCHING) or layer == L.Squeeze():
        return any(became_one(f, n) for f, n in zip(formulas, numbers, strict=True))
    if isinstance(layer, L.PReLU):
        return at != layer and at == L.PReLU(1, init=layer.init)
    return isinstance(layer, L.LSTM) and isinstance(layer.proj_size, Dim) and at.proj_size == 0  # type: ignore[attr-defined]  # an LSTM


def became_one(formulas: Spec, numbers: Spec) -> bool:
    pairs = zip_longest(formulas.shape, numbers.shape, fillvalue=0)
    return any(number == 1 and isinstance(formula, Dim) for formula, number in pairs)
