"""Attention in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.layers.attention.product import LayerScale
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.source_keras import Kept, KerasCase, Made, Way, WayTable, helper, kept, layer, unless

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["TABLE"]


def _attention(given: MultiheadAttention, case: KerasCase) -> Made:
    if given.add_bias_kv or given.add_zero_attn or case.rank() != 3:
        refuse("Keras's MultiHeadAttention takes three axes, and adds nothing to keys and values")
    if len(case.outputs) != 1:
        refuse("the weights of attention as an output")
    shape = case.shape()
    (embed, heads) = ints((shape[2], given.num_heads))
    each = embed // heads
    roles = {1: (0, 0), 2: (0, 1), 3: (0, 2, 1)}[len(case.inputs)]  # query, value, key
    apart = "in_proj_weight" not in case.weights_of(given)
    weights: list[Kept] = []
    for k, letter in enumerate("qkv"):

        def matrix(array: Array, k: int = k) -> Array:
            part = array if apart else array[k * embed : (k + 1) * embed]
            return part.T.reshape(-1, heads, each)

        def shift(array: Array, k: int = k) -> Array:
            return array[k * embed : (k + 1) * embed].reshape(heads, each)

        weights.append(Kept((f"{letter}_proj_weight" if apart else "in_proj_weight",), matrix))
        if given.bias:
            weights.append(Kept(("in_proj_bias",), shift))
    weights.append(Kept(("out_proj.weight",), lambda array: array.T.reshape(heads, each, embed)))
    if given.bias:
        weights.append(kept("out_proj.bias"))
    return layer(
        "MultiHeadAttention",
        *roles,
        weights=weights,
        num_heads=heads,
        key_dim=each,
        dropout=unless(float(given.dropout), 0.0),
        use_bias=unless(given.bias, True),
    )


def _scale(given: LayerScale, _: KerasCase) -> Made:
    return helper("LayerScale", weights=(kept("gamma"),), initial=unless(float(given.init_values), 1e-05))


def _behind(axis: int, rank: int) -> tuple[int, ...]:
    """Return the order with an axis behind all others."""
    return (*(each for each in range(rank) if each != axis), axis)


TABLE: WayTable = {
    MultiheadAttention: Way(_attention, lambda given, rank: tuple(range(rank)) if given.batch_first else (1, 0, 2)),
    LayerScale: Way(_scale, lambda given, rank: _behind(given.dim % rank, rank)),
}
