"""Every layer is written as operators of ONNX, or is known not to be."""

import pytest

from cnnshape.layers import catalog
from cnnshape.layers.catalog import ENTRIES

# What ONNX has in another form: scales belong to an axis or a block there, heads lie side by side.
UNWRITTEN = {
    "Unknown",
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"),
    *("LinearAttention", "RotaryEmbedding", "DeformConv", "RoIAlign", "RoIPool", "AffineGrid"),
}


@pytest.mark.parametrize("layer", [e.layer for e in ENTRIES if e.layer.arity != (0, 0)], ids=lambda c: c.__name__)
def test_a_layer_is_written_or_named_here(layer):
    assert (catalog.written_as("onnx", layer) is None) == (layer.__name__ in UNWRITTEN)
