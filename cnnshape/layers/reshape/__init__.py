"""The same numbers in another arrangement: other axes, another order, parts, copies, another element type."""

from cnnshape.layers.base import Entry
from cnnshape.layers.reshape.axes import Permute, Squeeze, Transpose, Unsqueeze
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten

__all__ = [
    "ENTRIES",
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
    "Unflatten",
    "Unsqueeze",
]

ENTRIES = (
    Entry(Flatten, "flatten", kernel=".kernel:view"),
    Entry(Reshape, "reshape", aliases=("view",), kernel=".kernel:view"),
    Entry(Unflatten, "unflatten", kernel=".kernel:view"),
    Entry(Permute, "permute", kernel=".kernel:permute"),
    Entry(Transpose, "transpose", aliases=("swapaxes", "swapdims"), kernel=".kernel:transpose"),
    Entry(Squeeze, "squeeze", kernel=".kernel:view"),
    Entry(Unsqueeze, "unsqueeze", aliases=("expand_dims",), kernel=".kernel:view"),
    Entry(Split, "split", kernel=".kernel:parts"),
    Entry(Chunk, "chunk", kernel=".kernel:parts"),
    Entry(Slice, "slice", kernel=".kernel:slice_"),
    Entry(Gather, "gather", aliases=("index_select", "take"), kernel=".kernel:gather"),
    Entry(Expand, "expand", aliases=("broadcast_to",), kernel=".kernel:expand"),
    Entry(Tile, "tile", kernel=".kernel:tile"),
    Entry(Roll, "roll", kernel=".kernel:roll"),
    Entry(ChannelShuffle, "channel_shuffle", kernel=".kernel:channel_shuffle"),
    Entry(PixelShuffle, "pixel_shuffle", kernel=".kernel:pixel_shuffle"),
    Entry(PixelUnshuffle, "pixel_unshuffle", kernel=".kernel:pixel_unshuffle"),
    Entry(DepthToSpace, "depth_to_space", kernel=".kernel:depth_to_space"),
    Entry(SpaceToDepth, "space_to_depth", kernel=".kernel:space_to_depth"),
    Entry(Cast, "cast", aliases=("astype",), kernel=".kernel:cast"),
)
