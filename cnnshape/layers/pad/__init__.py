"""Padding and cropping as layers of their own."""

from cnnshape.layers.base import Entry
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad

__all__ = ["ENTRIES", "CenterCrop", "Crop", "Pad"]

ENTRIES = (
    Entry(
        Pad,
        "pad",
        aliases=("padding", "zero_pad", "zero_padding", "constant_pad"),
        kernel=".kernel:pad",
        foreign=".foreign:TABLE",
    ),
    Entry(Crop, "crop", aliases=("cropping",), kernel=".kernel:crop"),
    Entry(CenterCrop, "center_crop", kernel=".kernel:center_crop"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
