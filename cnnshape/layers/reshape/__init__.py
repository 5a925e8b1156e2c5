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
    Entry(Flatten, "flatten"),
    Entry(Reshape, "reshape", aliases=("view",)),
    Entry(Unflatten, "unflatten"),
    Entry(Permute, "permute"),
    Entry(Transpose, "transpose", aliases=("swapaxes", "swapdims")),
    Entry(Squeeze, "squeeze"),
    Entry(Unsqueeze, "unsqueeze", aliases=("expand_dims",)),
    Entry(Split, "split"),
    Entry(Chunk, "chunk"),
    Entry(Slice, "slice"),
    Entry(Gather, "gather", aliases=("index_select", "take")),
    Entry(Expand, "expand", aliases=("broadcast_to",)),
    Entry(Tile, "tile"),
    Entry(Roll, "roll"),
    Entry(ChannelShuffle, "channel_shuffle"),
    Entry(PixelShuffle, "pixel_shuffle"),
    Entry(PixelUnshuffle, "pixel_unshuffle"),
    Entry(DepthToSpace, "depth_to_space"),
    Entry(SpaceToDepth, "space_to_depth"),
    Entry(Cast, "cast", aliases=("astype",)),
)
