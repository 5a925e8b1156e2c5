"""Views, parts and copies in Keras. What only says how axes stand is the writer's own work."""

from __future__ import annotations

from math import prod

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.reshape.axes import Squeeze, Unsqueeze
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle
from cnnshape.layers.reshape.copies import Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten
from cnnshape.layers.source_keras import (
    Call,
    KerasCase,
    Made,
    Placed,
    WayTable,
    channels_last,
    either,
    helper,
    layer,
    op,
    plain,
)
from cnnshape.symbolic import Size, text

__all__ = ["TABLE"]


def _view(_: object, case: KerasCase) -> Made:
    """Return a tensor in another shape; the batch stays."""
    before, after = case.shape(), case.outputs[0].shape
    if not after or repr(before[0]) != repr(after[0]):
        refuse("another number of images: Keras reshapes each image by itself")
    if len(after) == 1:
        return op("reshape", newshape=(-1,))
    wanted: list[Size] = list(after[1:])
    free = [k for k, size in enumerate(wanted) if not isinstance(size, int)]
    if len(free) == 1 and prod(size for size in wanted if isinstance(size, int)) > 0:
        wanted[free[0]] = -1
    return layer("Reshape", bare={"target_shape": tuple(wanted)})


def _squeeze(given: Squeeze, case: KerasCase) -> Made:
    rank = case.rank()
    named = range(rank) if given.dim is None else given.dim if isinstance(given.dim, tuple) else (given.dim,)
    axes = sorted(axis % rank for axis in named)
    if len(axes) != rank - len(case.outputs[0].shape):
        axes = [axis for axis in axes if case.shape()[axis] == 1]
    if not axes:
        return layer("Identity")
    kept = [axis for axis in range(rank) if axis not in axes]
    order = tuple(kept.index(axis) for axis in case.order if axis in kept)
    places = tuple(sorted(case.order.index(axis) for axis in axes))
    return Placed(op("squeeze", axis=places[0] if len(places) == 1 else places), order)


def _unsqueeze(given: Unsqueeze, case: KerasCase) -> Made:
    rank = len(case.outputs[0].shape)
    axes = sorted(axis % rank for axis in (given.dim if isinstance(given.dim, tuple) else (given.dim,)))
    return op("expand_dims", axis=axes[0] if len(axes) == 1 else tuple(axes))


def _parts(given: Split | Chunk, case: KerasCase) -> Made:
    axis = given.dim % case.rank()
    sizes = ints(spec.shape[axis] for spec in case.outputs)
    if len(sizes) == 1:
        return layer("Identity")
    cuts = tuple(sum(sizes[:k]) for k in range(1, len(sizes)))
    parts: object = len(sizes) if len(set(sizes)) == 1 else cuts
    made = op("split", outputs=len(sizes), indices_or_sections=parts, axis=case.at(axis))
    return tuple(made[k] for k in range(len(sizes)))


def _slice(given: Slice, case: KerasCase) -> Made:
    place = case.order.index(given.dim % case.rank())
    if place == 0:
        refuse("a part of the batch")
    if given.step < 0:
        refuse("positions counted backwards")
    bounds = tuple(None if each is None else ints((each,))[0] for each in (given.start, given.end))
    first, last = ("" if each is None else str(each) for each in bounds)
    step = f":{given.step}" if given.step != 1 else ""
    return Call(f"[{':, ' * place}{first}:{last}{step}]", (0,))


def _gather(given: Gather, case: KerasCase) -> Made:
    axis = given.dim % case.rank()
    if given.indices is None:
        refuse("positions that are computed")
    if isinstance(given.indices, tuple):
        return op("take", indices=list(given.indices), axis=case.at(axis))
    kept = [each for each in range(case.rank()) if each != axis]
    order = tuple(kept.index(each) for each in case.order if each != axis)
    return Placed(op("take", indices=given.indices, axis=case.at(axis)), order)


def _expand(_: Expand, case: KerasCase) -> Made:
    after = case.outputs[0].shape
    before = (1,) * (len(after) - case.rank()) + case.shape()
    if any(repr(new) != repr(old) and not isinstance(new, int) for new, old in zip(after, before, strict=True)):
        refuse(f"copies to a size that is free, as in {tuple(map(text, after))}")
    if not isinstance(after[0], int):
        # Copies by concatenation: the batch needs no number.
        counts = tuple(new if repr(new) != repr(old) else 1 for new, old in zip(after, before, strict=True))
        return op("tile", repeats=counts) if case.rank() == len(after) else refuse("axes in front of the batch")
    return op("broadcast_to", shape=after)


def _tile(given: Tile, case: KerasCase) -> Made:
    repeats = ints(given.repeats if isinstance(given.repeats, tuple) else (given.repeats,))
    return op("tile", repeats=(1,) * (case.rank() - len(repeats)) + repeats)


def _roll(given: Roll, case: KerasCase) -> Made:
    if given.dims is None:
        refuse("positions that are rolled through the whole tensor")
    dims = given.dims if isinstance(given.dims, tuple) else (given.dims,)
    shifts = given.shifts if isinstance(given.shifts, tuple) else (given.shifts,)
    made: int | Call = 0
    for shift, axis in zip(shifts, dims, strict=True):
        made = op("roll", made, shift=shift, axis=case.at(axis))
    return made


def _shuffle(given: ChannelShuffle, _: KerasCase) -> Made:
    return helper("channel_shuffle", groups=ints((given.groups,))[0])


def _to_space(given: PixelShuffle | DepthToSpace, case: KerasCase) -> Made:
    if case.rank() != 4:
        refuse("pixels that are not of a 2-D map")
    if isinstance(given, PixelShuffle):
        return helper("pixel_shuffle", factor=given.upscale_factor)
    if given.mode == "CRD":
        return helper("pixel_shuffle", factor=given.block_size)
    return op("depth_to_space", block_size=given.block_size, data_format="channels_last")


TABLE: WayTable = {
    Flatten: plain(_view),
    Reshape: plain(_view),
    Unflatten: plain(_view),
    Squeeze: either(_squeeze),
    Unsqueeze: plain(_unsqueeze),
    Split: either(_parts),
    Chunk: either(_parts),
    Slice: either(_slice),
    Gather: either(_gather),
    Expand: plain(_expand),
    Tile: plain(_tile),
    Roll: either(_roll),
    ChannelShuffle: channels_last(_shuffle),
    PixelShuffle: channels_last(_to_space),
    DepthToSpace: channels_last(_to_space),
}
