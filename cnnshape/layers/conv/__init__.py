"""Convolutions and what undoes them."""

from cnnshape.layers.base import Entry
from cnnshape.layers.conv.spec import Conv

__all__ = ["ENTRIES", "Conv"]

ENTRIES = (Entry(Conv, "conv", aliases=("convolution",)),)
