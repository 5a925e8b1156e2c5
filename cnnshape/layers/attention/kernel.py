"""Attention on arrays: the scores of a few positions at a time, never those of all."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, blocks, integer, wide
from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.demands import normal_axis

__all__ = ["layer_scale", "multihead_attention", "scaled_dot_product_attention"]

_quiet = np.errstate(all="ignore")  # infinities and NaN are results like others


@_quiet
def scaled_dot_product_attention(layer: ScaledDotProductAttention, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    query, key, value, *masks = map(wide, inputs)
    if layer.enable_gqa:
        heads = query.shape[-3]
        key, value = (np.repeat(x, heads // x.shape[-3], axis=-3) for x in (key, value))
    scale = 1 / sqrt(query.shape[-1]) if layer.scale is None else layer.scale
    mask = masks[0] if masks else None
    _attend(query * scale, key, value, outputs[0], mask, causal=layer.is_causal)


@_quiet
def multihead_attention(layer: MultiheadAttention, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    last, (y,), heads = len(inputs) - 1, outputs, integer(layer.num_heads)
    query, key, value = (
        _mapped(_batch_first(layer, wide(inputs[place])), weight, bias)
        for place, (weight, bias) in zip((0, min(1, last), last), _projections(weights), strict=True)
    )
    batch, embed = query.shape[0], query.shape[2]
    if layer.add_bias_kv:
        key, value = (
            np.concatenate((x, np.broadcast_to(wide(weights[name]), (batch, 1, embed))), axis=1)
            for x, name in ((key, "bias_k"), (value, "bias_v"))
        )
    if layer.add_zero_attn:
        key, value = (np.concatenate((x, np.zeros((batch, 1, embed), x.dtype)), axis=1) for x in (key, value))
    attended = np.empty(query.shape, query.dtype)
    query = query * (1 / sqrt(embed // heads))
    _attend(*(x.reshape(batch, -1, heads, embed // heads).swapaxes(1, 2) for x in (query, key, value, attended)))
    _batch_first(layer, y)[...] = _mapped(attended, weights["out_proj.weight"], weights.get("out_proj.bias"))


def _batch_first(layer: MultiheadAttention, x: Array) -> Array:
    """Return a view with the batch as first axis."""
    return x if layer.batch_first else x.swapaxes(0, 1)


def _projections(weights: Weights) -> list[tuple[Array, Array | None]]:
    """Return the weight and the bias of the projections of query, key and value."""
    if "in_proj_weight" in weights:
        matrices = np.split(weights["in_proj_weight"], 3)
    else:
        matrices = [weights[f"{letter}_proj_weight"] for letter in "qkv"]
    biases = np.split(weights["in_proj_bias"], 3) if "in_proj_bias" in weights else [None] * 3
    return list(zip(matrices, biases, strict=True))


def _mapped(x: Array, weight: Array, bias: Array | None) -> Array:
    made = np.tensordot(x, wide(weight), ([-1], [1]))
    return made if bias is None else made + wide(bias)


def _attend(
    query: Array, key: Array, value: Array, y: Array, mask: Array | None = None, *, causal: bool = False
) -> None:
    """Fill `y` with softmax(Q K^T + mask) V; the query is scaled already."""
    rows, width = query.shape[-2], key.shape[-2]
    if mask is not None:
        mask = np.broadcast_to(mask, (*mask.shape[:-2], rows, width))
    for taken in blocks(rows, prod(y.shape[:-2]) * width * query.itemsize):
        scores = np.matmul(query[..., taken, :], key.swapaxes(-1, -2))
        if causal:
            scores = np.where(np.arange(rows)[taken, None] >= np.arange(width), scores, -np.inf)
        elif mask is not None and mask.dtype == np.bool_:
            scores = np.where(mask[..., taken, :], scores, -np.inf)
        elif mask is not None:
            scores = scores + mask[..., taken, :]
        y[..., taken, :] = np.matmul(_softmax(scores), value)


def _softmax(scores: Array) -> Array:
    """Return the softmax of each row; of a row that sees nothing, zeros, as PyTorch has it."""
    top = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, 1, total)


@_quiet
def layer_scale(layer: LayerScale, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    x, gamma = wide(inputs[0]), wide(weights["gamma"])
    outputs[0][...] = x * gamma.reshape(-1, *(1,) * (x.ndim - 1 - normal_axis(layer.dim, x.ndim)))
