"""The same numbers in another arrangement, copied; who may let two arrays share memory needs no kernel for a view."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, integer
from cnnshape.layers.base import Spec
from cnnshape.layers.demands import no_position, normal_axis
from cnnshape.layers.reshape.axes import Permute, Transpose
from cnnshape.layers.reshape.bit_cast import BitCast, bits
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.rearrange import pixel_order
from cnnshape.layers.reshape.triangles import Tril, Triu

__all__ = [
    "bit_cast",
    "cast",
    "channel_shuffle",
    "depth_to_space",
    "expand",
    "gather",
    "parts",
    "permute",
    "pixel_shuffle",
    "pixel_unshuffle",
    "roll",
    "slice_",
    "space_to_depth",
    "tile",
    "transpose",
    "tril",
    "triu",
    "view",
]


def view(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0].reshape(outputs[0].shape)


def permute(layer: Permute, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0].transpose(layer.dims)


def transpose(layer: Transpose, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0].swapaxes(layer.dim0, layer.dim1)


def parts(layer: Split | Chunk, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    rest = np.moveaxis(inputs[0], layer.dim, 0)
    for y in outputs:
        filled = np.moveaxis(y, layer.dim, 0)
        filled[...] = rest[: len(filled)]
        rest = rest[len(filled) :]


def slice_(layer: Slice, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    first, stop = (place if place is None else integer(place) for place in (layer.start, layer.end))
    taken = np.moveaxis(inputs[0], layer.dim, 0)[first : stop : layer.step]
    outputs[0][...] = np.moveaxis(taken, 0, layer.dim)


def gather(layer: Gather, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    """Copy the chosen positions.

    Raises
    ------
    ShapeError
        CS213, an entry of the second input is no index of the axis.
    """
    x, axis = inputs[0], normal_axis(layer.dim, inputs[0].ndim)
    indices = np.asarray(inputs[1] if layer.indices is None else layer.indices)
    if (indices < -x.shape[axis]).any() or (indices >= x.shape[axis]).any():
        raise no_position((int(indices.min()), int(indices.max())), Spec(x.shape), axis)
    outputs[0][...] = x.take(indices, axis)


def expand(_: Expand, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0]


def tile(layer: Tile, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    repeats = layer.repeats if isinstance(layer.repeats, tuple) else (layer.repeats,)
    outputs[0][...] = np.tile(inputs[0], [integer(times) for times in repeats])


def roll(layer: Roll, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.roll(inputs[0], layer.shifts, layer.dims)


def cast(layer: Cast, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    with np.errstate(all="ignore"):  # what the new type cannot hold is an infinity, or whatever the machine makes of it
        y[...] = _rounded(x.astype(np.float32)) if layer.dtype == "bfloat16" and y.dtype == np.float32 else x


def _rounded(x: Array) -> Array:
    """Return the nearest numbers with the 8 binary digits of a bfloat16, even ones where two are as near."""
    bits = x.view(np.uint32)
    near = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    return np.where(np.isfinite(x), near.view(np.float32), x)


def bit_cast(layer: BitCast, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), wide = inputs, bits(layer.dtype)
    if x.dtype.kind in "fO":  # a network may be computed in another precision than it states
        x = x.astype(f"float{wide}")
    outputs[0][...] = np.ascontiguousarray(x).view(layer.dtype).reshape(x.shape)


def tril(layer: Tril, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.tril(inputs[0], layer.diagonal)


def triu(layer: Triu, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.triu(inputs[0], layer.diagonal)


def channel_shuffle(layer: ChannelShuffle, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), groups = inputs, integer(layer.groups)
    grouped = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    outputs[0][...] = grouped.swapaxes(1, 2).reshape(x.shape)


def pixel_shuffle(layer: PixelShuffle, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    _to_space(inputs[0], layer.upscale_factor, outputs[0], depth_first=True)


def pixel_unshuffle(layer: PixelUnshuffle, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    _to_depth(inputs[0], layer.downscale_factor, outputs[0], depth_first=True)


def depth_to_space(layer: DepthToSpace, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    _to_space(inputs[0], layer.block_size, outputs[0], depth_first=layer.mode == "CRD")


def space_to_depth(layer: SpaceToDepth, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    _to_depth(inputs[0], layer.block_size, outputs[0], depth_first=layer.mode == "CRD")


def _to_space(x: Array, block: int, y: Array, *, depth_first: bool) -> None:
    """Copy the channels of each position to the pixels of a block: (N, C*r^k, *D) -> (N, C, *(r*D))."""
    count, places, rank = x.shape[0], x.shape[2:], x.ndim - 2
    pixels, depth = (block,) * rank, y.shape[1]
    channels = (depth, *pixels) if depth_first else (*pixels, depth)
    parted = x.reshape(count, *channels, *places)
    y[...] = parted.transpose(pixel_order(rank, depth_first)).reshape(y.shape)


def _to_depth(x: Array, block: int, y: Array, *, depth_first: bool) -> None:
    """Copy the pixels of each block to the channels of a position: (N, C, *(r*D)) -> (N, C*r^k, *D)."""
    count, places, rank = x.shape[0], y.shape[2:], x.ndim - 2
    parted = x.reshape(count, x.shape[1], *(size for place in places for size in (place, block)))
    y[...] = parted.transpose(np.argsort(pixel_order(rank, depth_first))).reshape(y.shape)
