"""Attention, with and without learned projections, and the scale of transformer branches."""

from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.base import Entry

__all__ = ["ENTRIES", "LayerScale", "MultiheadAttention", "ScaledDotProductAttention"]

ENTRIES = (
    Entry(MultiheadAttention, "multihead_attention", aliases=("mha",), kernel=".kernel:multihead_attention"),
    Entry(
        ScaledDotProductAttention,
        "scaled_dot_product_attention",
        aliases=("sdpa", "attention"),
        kernel=".kernel:scaled_dot_product_attention",
        foreign=".foreign:TABLE",
    ),
    Entry(LayerScale, "layer_scale", kernel=".kernel:layer_scale"),
)

WRITTEN = ".foreign_out:TABLE"
