"""Views, parts and copies in other systems."""

from __future__ import annotations

from functools import partial
from itertools import compress
from typing import Any

from cnnshape.layers.foreign import Known, Made, Operator, Stored, Table, Use, keyed, reads, refuse, wrong
from cnnshape.layers.foreign_onnx import ONNX_DTYPES
from cnnshape.layers.linear.spec import Embedding
from cnnshape.layers.reshape.axes import Permute, Squeeze, Unsqueeze
from cnnshape.layers.reshape.bit_cast import BitCast
from cnnshape.layers.reshape.blocks import DepthToSpace, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape
from cnnshape.layers.reshape.triangles import Tril, Triu
from cnnshape.symbolic import Dim, Size, minimum, product

__all__ = ["TABLE"]

_FAR = 2**31 - 1
"""A position from here on means the end of any axis."""


def _flatten(op: Operator) -> Made:
    axis, shape = op.attribute("axis", 1), op.shape()
    axis = axis + len(shape) if axis < 0 else axis
    if axis == 1 and len(shape) > 1:
        return Use(Flatten())
    return Use(Reshape((product(shape[:axis]), product(shape[axis:]))))


def _reshape(op: Operator) -> Made:
    shape = op.listed("shape", 1)
    if shape is None:
        wrong("the shape is missing")
    return Use(Reshape(shape, allowzero=bool(op.attribute("allowzero", 0))))


def _transpose(op: Operator) -> Made:
    return Use(Permute(tuple(op.attribute("perm", tuple(reversed(range(op.rank())))))))


def _squeeze(op: Operator) -> Made:
    axes = op.listed("axes", 1)
    return Use(Squeeze(tuple(axes) if axes is not None else None))


def _unsqueeze(op: Operator) -> Made:
    axes = op.listed("axes", 1)
    if axes is None:
        wrong("the axes are missing")
    return Use(Unsqueeze(tuple(axes)))


def _slice(op: Operator) -> Made:
    starts, ends = op.listed("starts", 1), op.listed("ends", 2)
    if starts is None or ends is None:
        wrong("where the slice starts or ends is missing")
    axes = op.listed("axes", 3) or tuple(range(len(starts)))
    steps = op.listed("steps", 4) or (1,) * len(starts)
    made: int | Use = 0
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        size = op.shape()[axis := op.axis(axis)]
        if isinstance(size, int) and isinstance(start, int) and isinstance(end, int):
            first, last, _ = slice(start, end, step).indices(size)
            if len(range(first, last, step)) == 0:
                return _nothing(op)
            if (first, last, step) == (0, size, 1):
                continue
            stop = None if last < 0 else last
            made = Use(Slice(dim=axis, start=first, end=stop, step=step), (made,))
        else:
            first_or_none, last_or_none = _cut(start, size, step, first=True), _cut(end, size, step, first=False)
            if (first_or_none, last_or_none, step) != (None, None, 1):
                made = Use(Slice(dim=axis, start=first_or_none, end=last_or_none, step=step), (made,))
    return made


def _cut(place: Size, size: Size, step: int, *, first: bool) -> Size | None:
    """Return where a slice of an axis of free size starts or ends; beyond either end of it: that end."""
    if isinstance(place, Dim):
        last = minimum(place, size)
        return place if first or step < 0 or last not in (place, size) else last
    return None if abs(place) >= _FAR or (place == 0 and first and step > 0) else place


def _nothing(op: Operator) -> Made:
    """Return a slice without elements: the sizes of no axes, in a computation of shapes."""
    dtype = op.spec().dtype
    if op.rank() != 1:
        refuse("a slice that holds nothing")

    def load() -> Any:
        from cnnshape.layers.arrays import listed

        return listed((), (0,), dtype)

    return Known((0,), dtype, load)


def _gather(op: Operator) -> Made:
    axis = op.attribute("axis", 0)
    known = op.values(1) if op.rank(1) < 2 else None
    if known is not None and not any(isinstance(place, Dim) for place in known):
        return Use(Gather(known if op.rank(1) else known[0], dim=axis))
    if axis == 0 and op.stored(0) and op.rank(0) == 2 and op.spec(0).dtype == "float32":
        rows, length = op.shape(0)
        return Use(Embedding(length, num_embeddings=rows), (1,), (("weight", Stored(0)),))
    return Use(Gather(dim=axis), (0, 1))


def _compress(op: Operator) -> Made:
    """Read a choice that is known before a run; how much a computed one leaves depends on the data."""
    chosen, axis = op.values(1), op.attribute("axis")
    if chosen is None:
        refuse("which elements are chosen, and so the size of the output, depends on the data")
    places = tuple(compress(range(len(chosen)), chosen))
    if not places:
        refuse("nothing is chosen")
    if axis is None:
        return Use(Gather(places, dim=0), (Use(Flatten(start_dim=0)),))
    return Use(Gather(places, dim=axis))


def _split(op: Operator) -> Made:
    parts, axis = len(op.wanted), op.attribute("axis", 0)
    if parts == 1:
        return (0,)
    sizes = op.listed("split", 1)
    layer = Chunk(parts, dim=axis) if sizes is None else Split(sizes, dim=axis)
    return tuple(Use(layer).at(port) for port in range(parts))


def _expand(op: Operator) -> Made:
    wanted, shape = op.numbers(1), op.shape()
    front = len(wanted) - len(shape)
    filled = (-1,) * -front + tuple(wanted)  # axes that are not named keep their size
    keeps = max(front, 0)
    return Use(Expand(tuple(-1 if size == 1 and axis >= keeps else size for axis, size in enumerate(filled))))


def _cast(layer: type[Cast] | type[BitCast], op: Operator) -> Made:
    dtype = ONNX_DTYPES.get(op.attribute("to"))
    if dtype is None:
        refuse(f"element type {op.attribute('to')}")
    return Use(layer(dtype))


def _triangle(op: Operator) -> Made:
    diagonal = int(op.numbers(1)[0]) if op.has(1) else 0
    return Use(Triu(diagonal) if op.attribute("upper", 1) else Tril(diagonal))


def _depth_to_space(op: Operator) -> Made:
    return Use(DepthToSpace(op.attribute("blocksize"), mode=op.attribute("mode", "DCR")))


def _space_to_depth(op: Operator) -> Made:
    return Use(SpaceToDepth(op.attribute("blocksize"), mode=op.attribute("mode", "DCR")))


TABLE: Table = keyed(
    "onnx",
    {
        "Flatten": reads(Flatten, _flatten),
        "Reshape": reads(Reshape, _reshape),
        "Transpose": reads(Permute, _transpose),
        "Squeeze": reads(Squeeze, _squeeze),
        "Unsqueeze": reads(Unsqueeze, _unsqueeze),
        "Slice": reads(Slice, _slice),
        "Gather": reads(Gather, _gather),
        "Compress": reads(Gather, _compress),
        "Split": reads(Split, _split),
        "Expand": reads(Expand, _expand),
        "Tile": reads(Tile, lambda op: Use(Tile(op.numbers(1)))),
        "Cast": reads(Cast, partial(_cast, Cast)),
        "BitCast": reads(BitCast, partial(_cast, BitCast)),
        "Trilu": reads(Tril, _triangle),
        "CastLike": reads(Cast, lambda op: Use(Cast(op.spec(1).dtype))),
        "DepthToSpace": reads(DepthToSpace, _depth_to_space),
        "SpaceToDepth": reads(SpaceToDepth, _space_to_depth),
    },
)
