"""Attention on arrays: the scores of a few positions at a time, never those of all."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, blocks, integer, wide
from cnnshape.layers.attention.linear import LinearAttention
from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.rotary import RotaryEmbedding
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.demands import normal_axis

__all__ = [
    "layer_scale",
    "linear_attention",
    "multihead_attention",
    "rotary_embedding",
    "scaled_dot_product_attention",
]

_quiet = np.errstate(all="ignore")  # infinities and NaN are results like others


@_quiet
def scaled_dot_product_attention(layer: ScaledDotProductAttention, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    query, key, value, *others = map(wide, inputs)
    lengths = others.pop() if others and others[-1].dtype.kind in "iu" else None
    if layer.enable_gqa:
        heads = query.shape[-3]
        key, value = (np.repeat(x, heads // x.shape[-3], axis=-3) for x in (key, value))
    scale = 1 / sqrt(query.shape[-1]) if layer.scale is None else layer.scale
    hidden = _Hidden(
        others[0] if others else None,
        layer.left_window_size,
        0 if layer.is_causal else layer.right_window_size,
        integer(layer.offset),
        None if lengths is None else lengths.reshape(-1, *(1,) * (outputs[0].ndim - 1)),
    )
    shown = outputs[1] if len(outputs) > 1 else None
    _attend(query * scale, key, value, outputs[0], hidden, layer.softcap, (layer.scores, shown))


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
    query, key, value, made = (
        x.reshape(batch, -1, heads, embed // heads).swapaxes(1, 2) for x in (query, key, value, attended)
    )
    _attend(query, key, value, made)
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


@dataclass(frozen=True)
class _Hidden:
    """Which keys a query does not see: by a mask, by their distance, by how many there are."""

    mask: Array | None = None
    left: int = -1
    right: int = -1
    offset: int = 0
    lengths: Array | None = None

    def __call__(self, scores: Array, rows: int, taken: slice) -> Array:
        """Return the scores of some rows with minus infinity where a key is not seen."""
        width = scores.shape[-1]
        if self.mask is not None:
            whole = np.broadcast_to(self.mask, (*self.mask.shape[:-2], rows, width))[..., taken, :]
            seen = whole if whole.dtype == np.bool_ else whole != -np.inf
            scores = np.where(seen, scores if whole.dtype == np.bool_ else scores + whole, -np.inf)
        last = self.offset if self.lengths is None else self.lengths - rows
        key, own = np.arange(width), last + np.arange(rows)[taken, None]
        if self.left >= 0:
            scores = np.where(key >= own - self.left, scores, -np.inf)
        if self.right >= 0:
            scores = np.where(key <= own + self.right, scores, -np.inf)
        return scores if self.lengths is None else np.where(key < self.lengths, scores, -np.inf)


def _attend(
    query: Array,
    key: Array,
    value: Array,
    y: Array,
    hidden: _Hidden | None = None,
    softcap: float = 0,
    shown: tuple[str, Array | None] = ("none", None),
) -> None:
    """Fill `y` with softmax(Q K^T + mask) V, and a second output with scores; the query is scaled already."""
    rows, width = query.shape[-2], key.shape[-2]
    for taken in blocks(rows, prod(y.shape[:-2]) * width * query.itemsize):
        made = {"raw": np.matmul(query[..., taken, :], key.swapaxes(-1, -2))}
        made["capped"] = softcap * np.tanh(made["raw"] / softcap) if softcap > 0 else made["raw"]
        made["masked"] = hidden(made["capped"], rows, taken) if hidden is not None else made["capped"]
        made["weights"] = _softmax(made["masked"])
        y[..., taken, :] = np.matmul(made["weights"], value)
        word, scores = shown
        if scores is not None:
            scores[..., taken, :] = made[word]


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


@_quiet
def rotary_embedding(layer: RotaryEmbedding, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, cosines, sines = map(wide, inputs)
    (y,), half = outputs, cosines.shape[-1]
    firsts, seconds = slice(0, half), slice(half, 2 * half)
    if layer.interleaved:
        firsts, seconds = slice(0, 2 * half, 2), slice(1, 2 * half, 2)
    first, second = x[..., firsts], x[..., seconds]
    y[..., firsts] = first * cosines - second * sines
    y[..., seconds] = first * sines + second * cosines
    y[..., 2 * half :] = x[..., 2 * half :]


@_quiet
def linear_attention(layer: LinearAttention, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    query, key, value, *others = map(wide, inputs)
    (y, last), (gated, delta) = outputs, layer.taken()
    decay = np.exp(others.pop(0)) if gated else None
    beta = others.pop(0) if delta else None
    groups, embed = key.shape[1], query.shape[-1]
    state = others[0] if others else np.zeros(last.shape, query.dtype)
    scale = 1 / sqrt(embed) if layer.scale is None else layer.scale
    for step in range(query.shape[2]):
        k, written = key[:, :, step, :, None], value[:, :, step, None, :]
        if decay is not None:
            state = state * decay[:, :, step, :, None]
        if beta is not None:
            written = beta[:, :, step, :, None] * (written - np.matmul(k.swapaxes(-1, -2), state))
        state = state + k * written
        heads = query[:, :, step].reshape(len(query), groups, -1, embed)  # those that read one state
        y[:, :, step] = (np.matmul(heads, state) * scale).reshape(y[:, :, step].shape)
    last[...] = state
