"""Attention, with and without learned projections, and the scale of transformer branches."""

from cnnshape.layers.attention.linear import LinearAttention
from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.rotary import RotaryEmbedding
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.base import Entry

__all__ = [
    "ENTRIES",
    "LayerScale",
    "LinearAttention",
    "MultiheadAttention",
    "RotaryEmbedding",
    "ScaledDotProductAttention",
]

ENTRIES = (
    Entry(MultiheadAttention, "multihead_attention", aliases=("mha",), kernel=".kernel:multihead_attention"),
    Entry(
        ScaledDotProductAttention,
        "scaled_dot_product_attention",
        aliases=("sdpa", "attention"),
        kernel=".kernel:scaled_dot_product_attention",
        foreign=".foreign:TABLE",
    ),
    Entry(LinearAttention, "linear_attention", kernel=".kernel:linear_attention", foreign=".foreign:TABLE"),
    Entry(
        RotaryEmbedding,
        "rotary_embedding",
        aliases=("rope",),
        kernel=".kernel:rotary_embedding",
        foreign=".foreign:TABLE",
    ),
    Entry(LayerScale, "layer_scale", kernel=".kernel:layer_scale"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
