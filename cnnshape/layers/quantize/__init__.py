"""Quantized numbers: to small integers and back, products of integers."""

from cnnshape.layers.base import Entry
from cnnshape.layers.quantize.integer import ConvInteger, MatMulInteger
from cnnshape.layers.quantize.spec import DequantizeLinear, DynamicQuantizeLinear, QuantizeLinear

__all__ = ["ENTRIES", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QuantizeLinear"]

ENTRIES = (
    Entry(
        QuantizeLinear, "quantize_linear", aliases=("quantize",), kernel=".kernel:quantize", foreign=".foreign:TABLE"
    ),
    Entry(
        DequantizeLinear,
        "dequantize_linear",
        aliases=("dequantize",),
        kernel=".kernel:dequantize",
        foreign=".foreign:TABLE",
    ),
    Entry(
        DynamicQuantizeLinear, "dynamic_quantize_linear", kernel=".kernel:dynamic_quantize", foreign=".foreign:TABLE"
    ),
    Entry(ConvInteger, "conv_integer", kernel=".kernel:conv_integer", foreign=".foreign:TABLE"),
    Entry(MatMulInteger, "mat_mul_integer", kernel=".kernel:matmul_integer", foreign=".foreign:TABLE"),
)
