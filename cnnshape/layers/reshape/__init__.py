"""The same numbers in another arrangement: other axes, another order, parts, copies, another element type."""

from cnnshape.layers.base import Entry
from cnnshape.layers.reshape.axes import Permute, Squeeze, Transpose, Unsqueeze
from cnnshape.layers.reshape.bit_cast import BitCast
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten
from cnnshape.layers.reshape.triangles import Tril, Triu

__all__ = [
    "ENTRIES",
    "BitCast",
    "Cast",
    "ChannelShuffle",
    "Chunk",
    "DepthToSpace",
    "Expand",
    "Flatten",
    "Gather",
    "Permute",
    "PixelShuffle",
    "PixelUnshuffle",
    "Reshape",
    "Roll",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Tile",
    "Transpose",
    "Tril",
    "Triu",
    "Unflatten",
    "Unsqueeze",
]

ENTRIES = (
    Entry(Flatten, "flatten", kernel=".kernel:view", foreign=".foreign:TABLE"),
    Entry(Reshape, "reshape", aliases=("view",), kernel=".kernel:view", foreign=".foreign:TABLE"),
    Entry(Unflatten, "unflatten", kernel=".kernel:view"),
    Entry(Permute, "permute", kernel=".kernel:permute", foreign=".foreign:TABLE"),
    Entry(Transpose, "transpose", aliases=("swapaxes", "swapdims"), kernel=".kernel:transpose"),
    Entry(Squeeze, "squeeze", kernel=".kernel:view", foreign=".foreign:TABLE"),
    Entry(Unsqueeze, "unsqueeze", aliases=("expand_dims",), kernel=".kernel:view", foreign=".foreign:TABLE"),
    Entry(Split, "split", kernel=".kernel:parts", foreign=".foreign:TABLE"),
    Entry(Chunk, "chunk", kernel=".kernel:parts"),
    Entry(Slice, "slice", kernel=".kernel:slice_", foreign=".foreign:TABLE"),
    Entry(Gather, "gather", aliases=("index_select", "take"), kernel=".kernel:gather", foreign=".foreign:TABLE"),
    Entry(Expand, "expand", aliases=("broadcast_to",), kernel=".kernel:expand", foreign=".foreign:TABLE"),
    Entry(Tile, "tile", kernel=".kernel:tile", foreign=".foreign:TABLE"),
    Entry(Roll, "roll", kernel=".kernel:roll"),
    Entry(ChannelShuffle, "channel_shuffle", kernel=".kernel:channel_shuffle"),
    Entry(PixelShuffle, "pixel_shuffle", kernel=".kernel:pixel_shuffle"),
    Entry(PixelUnshuffle, "pixel_unshuffle", kernel=".kernel:pixel_unshuffle"),
    Entry(DepthToSpace, "depth_to_space", kernel=".kernel:depth_to_space", foreign=".foreign:TABLE"),
    Entry(SpaceToDepth, "space_to_depth", kernel=".kernel:space_to_depth", foreign=".foreign:TABLE"),
    Entry(Cast, "cast", aliases=("astype",), kernel=".kernel:cast", foreign=".foreign:TABLE"),
    Entry(BitCast, "bit_cast", kernel=".kernel:bit_cast", foreign=".foreign:TABLE"),
    Entry(Tril, "tril", kernel=".kernel:tril", foreign=".foreign:TABLE"),
    Entry(Triu, "triu", kernel=".kernel:triu"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
