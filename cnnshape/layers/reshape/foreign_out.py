"""Views, parts and copies as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import dtype_out, indices, taken
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Numbers,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    reshaped,
    shape_of,
    written,
)
from cnnshape.layers.reshape.axes import Permute, Squeeze, Transpose, Unsqueeze
from cnnshape.layers.reshape.bit_cast import BitCast
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.rearrange import pixel_order
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten
from cnnshape.layers.reshape.triangles import Tril, Triu
from cnnshape.symbolic import Size, product

__all__ = ["TABLE"]

_FAR = 2**63 - 1
"""A position that is beyond the end of any axis."""


def _view(_: object, case: Case) -> Written:
    return reshaped(case, 0, case.shape(), case.outputs[0].shape)


def _flatten(layer: Flatten, case: Case) -> Written:
    if case.rank() > 1 and case.axis(layer.start_dim) == 1 and case.axis(layer.end_dim) == case.rank() - 1:
        return op("Flatten", 0, axis=1)
    return _view(layer, case)


def _squeeze(layer: Squeeze, case: Case) -> Written:
    named = range(case.rank()) if layer.dim is None else layer.dim if isinstance(layer.dim, tuple) else (layer.dim,)
    axes = sorted(map(case.axis, named))
    if len(axes) != case.rank() - len(case.outputs[0].shape):  # one that is named may have another size, and stays
        axes = [axis for axis in axes if case.shape()[axis] == 1]
    return op("Squeeze", 0, numbers(axes)) if axes else op("Identity", 0)


def _unsqueeze(layer: Unsqueeze, case: Case) -> Written:
    rank = len(case.outputs[0].shape)
    axes = layer.dim if isinstance(layer.dim, tuple) else (layer.dim,)
    return op("Unsqueeze", 0, numbers(sorted(axis % rank for axis in axes)))


def _transpose(layer: Transpose, case: Case) -> Written:
    order, first, second = list(range(case.rank())), case.axis(layer.dim0), case.axis(layer.dim1)
    order[first], order[second] = order[second], order[first]
    return op("Transpose", 0, perm=tuple(order))


def _parts(layer: Split | Chunk, case: Case) -> Written:
    axis, count = case.axis(layer.dim), len(case.outputs)
    if count == 1:
        return op("Identity", 0)
    sizes = [spec.shape[axis] for spec in case.outputs]
    if all(isinstance(size, int) for size in sizes):
        made = op("Split", 0, numbers(ints(sizes)), outputs=count, axis=axis)
    else:
        made = op("Split", 0, shape_of(case, tuple(sizes)), outputs=count, axis=axis)
    return tuple(made[port] for port in range(count))


def _slice(layer: Slice, case: Case) -> Written:
    forward = layer.step > 0
    (start,) = ints((layer.start if layer.start is not None else 0 if forward else _FAR,))
    (end,) = ints((layer.end if layer.end is not None else _FAR if forward else -_FAR,))
    return taken(0, case.axis(layer.dim), start, end, layer.step)


def _gather(layer: Gather, case: Case) -> Written:
    axis = case.axis(layer.dim)
    if layer.indices is None:
        return op("Gather", 0, indices(case, 1), axis=axis)
    if isinstance(layer.indices, tuple):
        return op("Gather", 0, numbers(layer.indices), axis=axis)
    return op("Gather", 0, numbers((layer.indices,)), axis=axis).then("Squeeze", numbers((axis,)))


def _expand(_: Expand, case: Case) -> Written:
    after = case.outputs[0].shape
    before = (1,) * (len(after) - case.rank()) + case.shape()
    # An axis that stays is stretched by 1: that needs no number.
    wanted: tuple[Size, ...] = tuple(1 if new == old else new for new, old in zip(after, before, strict=True))
    return op("Expand", 0, shape_of(case, wanted))


def _tile(layer: Tile, case: Case) -> Written:
    repeats = ints(layer.repeats if isinstance(layer.repeats, tuple) else (layer.repeats,))
    repeats = (1,) * (case.rank() - len(repeats)) + repeats
    front = len(repeats) - case.rank()
    x: Source = op("Unsqueeze", 0, numbers(range(front))) if front else 0
    return op("Tile", x, numbers(repeats))


def _roll(layer: Roll, case: Case) -> Written:
    if layer.dims is None:
        (shift,) = layer.shifts if isinstance(layer.shifts, tuple) else (layer.shifts,)
        whole = product(case.shape())
        flat = op("Reshape", 0, numbers((-1,)))
        return reshaped(case, _rolled(case, flat, 0, shift, whole), (whole,), case.shape())
    shifts = layer.shifts if isinstance(layer.shifts, tuple) else (layer.shifts,)
    dims = layer.dims if isinstance(layer.dims, tuple) else (layer.dims,)
    made: Source = 0
    for axis, shift in zip(map(case.axis, dims), shifts, strict=True):
        made = _rolled(case, made, axis, shift, case.shape()[axis])
    return made if isinstance(made, Emit) else op("Identity", made)


def _rolled(case: Case, x: Source, axis: int, shift: int, size: Size) -> Emit:
    """Return the two parts of an axis in the other order; the cut lies at -shift, counted around."""
    cut = op("Mod", numbers((-shift,)), shape_of(case, (size,)))
    if isinstance(size, int):
        at = -shift % size
        return op("Concat", taken(x, axis, at, _FAR), taken(x, axis, 0, at), axis=axis)
    first = op("Slice", x, cut, numbers((_FAR,)), numbers((axis,)))
    return op("Concat", first, op("Slice", x, numbers((0,)), cut, numbers((axis,))), axis=axis)


def _shuffle(layer: ChannelShuffle, case: Case) -> Written:
    (groups,) = ints((layer.groups,))
    batch, _, *space = case.shape()
    each = case.size(1) // groups
    parted = reshaped(case, 0, case.shape(), (batch, groups, each, *space))
    turned = parted.then("Transpose", perm=(0, 2, 1, *range(3, 3 + len(space))))
    return reshaped(case, turned, (batch, each, groups, *space), case.outputs[0].shape)


def _to_space(block: int, depth_first: bool, case: Case) -> Written:
    if case.rank() == 4:
        return op("DepthToSpace", 0, blocksize=block, mode="CRD" if depth_first else "DCR")
    batch, depth, *_ = case.outputs[0].shape
    places = case.shape()[2:]
    pixels = (block,) * len(places)
    parted = (batch, *((depth, *pixels) if depth_first else (*pixels, depth)), *places)
    order = pixel_order(len(places), depth_first)
    turned = reshaped(case, 0, case.shape(), parted).then("Transpose", perm=order)
    return reshaped(case, turned, tuple(parted[axis] for axis in order), case.outputs[0].shape)


def _to_depth(block: int, depth_first: bool, case: Case) -> Written:
    if case.rank() == 4 and not depth_first:
        return op("SpaceToDepth", 0, blocksize=block)
    batch, channels, *_ = case.shape()
    places = case.outputs[0].shape[2:]
    parted = (batch, channels, *(size for place in places for size in (place, block)))
    order = pixel_order(len(places), depth_first)
    back = tuple(order.index(axis) for axis in range(len(order)))
    turned = reshaped(case, 0, case.shape(), parted).then("Transpose", perm=back)
    return reshaped(case, turned, tuple(parted[axis] for axis in back), case.outputs[0].shape)


TABLE: WriterTable = written(
    "onnx",
    {
        Flatten: _flatten,
        Reshape: _view,
        Unflatten: _view,
        Permute: lambda layer, case: op("Transpose", 0, perm=tuple(map(case.axis, layer.dims))),
        Transpose: _transpose,
        Squeeze: _squeeze,
        Unsqueeze: _unsqueeze,
        Split: _parts,
        Chunk: _parts,
        Slice: _slice,
        Gather: _gather,
        Expand: _expand,
        Tile: _tile,
        Roll: _roll,
        Tril: lambda layer, _: op("Trilu", 0, Numbers((layer.diagonal,), (), "int64"), upper=0),
        Triu: lambda layer, _: op("Trilu", 0, Numbers((layer.diagonal,), (), "int64"), upper=1),
        BitCast: lambda layer, case: op("BitCast", 0, to=dtype_out(case, layer.dtype)),
        Cast: lambda layer, case: op("Cast", 0, to=dtype_out(case, layer.dtype)),
        ChannelShuffle: _shuffle,
        PixelShuffle: lambda layer, case: _to_space(layer.upscale_factor, True, case),
        PixelUnshuffle: lambda layer, case: _to_depth(layer.downscale_factor, True, case),
        DepthToSpace: lambda layer, case: _to_space(layer.block_size, layer.mode == "CRD", case),
        SpaceToDepth: lambda layer, case: _to_depth(layer.block_size, layer.mode == "CRD", case),
    },
)
