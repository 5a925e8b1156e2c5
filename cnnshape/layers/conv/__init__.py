"""Convolutions and what undoes them."""

from cnnshape.layers.base import Entry
from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold, Unfold

__all__ = ["ENTRIES", "Conv", "ConvTranspose", "ConvWithFilters", "DepthwiseConv", "Fold", "SeparableConv", "Unfold"]

ENTRIES = (
    Entry(Conv, "conv", aliases=("convolution",), kernel=".kernel:conv", foreign=".foreign:TABLE"),
    Entry(
        ConvTranspose,
        "conv_transpose",
        aliases=("transposed_conv", "deconv", "deconvolution"),
        kernel=".kernel:conv_transpose",
        foreign=".foreign:TABLE",
    ),
    Entry(ConvWithFilters, "conv_with_filters", kernel=".kernel:conv_with_filters"),
    Entry(DepthwiseConv, "depthwise_conv", kernel=".kernel:depthwise_conv"),
    Entry(SeparableConv, "separable_conv", kernel=".kernel:separable_conv"),
    Entry(Unfold, "unfold", aliases=("im2col",), kernel=".kernel:unfold"),
    Entry(Fold, "fold", aliases=("col2im",), kernel=".kernel:fold", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
