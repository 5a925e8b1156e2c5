"""Attention in PyTorch."""

from __future__ import annotations

from cnnshape.layers.attention.product import ScaledDotProductAttention
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Operator, Row, Stored, Use, refuse
from cnnshape.layers.foreign_torch import Called, calls, position, table

__all__ = ["TABLE"]


def _multihead(op: Operator) -> Made:
    fields, kwargs = op.attribute("fields"), dict(op.attribute("kwargs"))
    words = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average", "is_causal")
    kwargs |= dict(zip(words, op.attribute("args"), strict=False))
    if kwargs.get("key_padding_mask") is not None or kwargs.get("attn_mask") is not None or kwargs.get("is_causal"):
        refuse("a mask")
    if fields["add_zero_attn"]:
        refuse("add_zero_attn")
    weights = op.attribute("weights")
    layer = MultiheadAttention(
        fields["embed_dim"],
        num_heads=fields["num_heads"],
        dropout=fields["dropout"],
        bias="in_proj_bias" in weights,
        add_bias_kv="bias_k" in weights,
        kdim=fields["kdim"],
        vdim=fields["vdim"],
        batch_first=fields["batch_first"],
    )
    given = tuple(position(kwargs[name]) for name in words[:3])
    inputs = given[:1] if len(set(given)) == 1 else given
    return Use(layer, inputs, tuple((name, Stored(at)) for name, at in weights.items())), None


def _product(c: Called) -> Layer | Made:
    masks = () if c.attn_mask is None else (position(c.attn_mask),)
    layer = ScaledDotProductAttention(
        dropout_p=c.dropout_p, is_causal=c.is_causal, scale=c.scale, enable_gqa=c.enable_gqa
    )
    return Use(layer, (c.at, position(c.key), position(c.value), *masks))


TABLE = table(
    {
        "MultiheadAttention": Row(MultiheadAttention, _multihead),
        "scaled_dot_product_attention": calls(
            "x key value attn_mask=None dropout_p=0.0 is_causal=False scale=None enable_gqa=False",
            _product,
            ScaledDotProductAttention,
        ),
    },
)
