"""Rearrangements of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Use, refuse
from cnnshape.layers.foreign_torch import At, Called, Module, calls, modules, position, same, table
from cnnshape.layers.reshape.axes import Permute, Squeeze, Transpose, Unsqueeze
from cnnshape.layers.reshape.blocks import ChannelShuffle, PixelShuffle, PixelUnshuffle
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten
from cnnshape.layers.reshape.triangles import Tril, Triu
from cnnshape.symbolic import bound, product, symbols

__all__ = ["TABLE"]


def _split_sizes(c: Called) -> tuple[int, int]:
    axis = c.op.axis(c.dim, c.rank)
    size = c.op.shape(c.at)[axis]
    if not isinstance(size, int):
        refuse("an axis of a free size is split: the number of parts depends on it")
    return axis, size


def _parts(c: Called, axis: int, sizes: tuple[Any, ...]) -> Made:
    if len(sizes) == 1:
        return (c.at,)
    use = Use(Split(sizes, dim=axis), (c.at,))
    return tuple(use.at(port) for port in range(len(sizes)))


def _split(c: Called) -> Made:
    if isinstance(c.split_size, tuple):
        return _parts(c, c.op.axis(c.dim, c.rank), c.split_size)
    axis, size = _split_sizes(c)
    step = c.split_size
    return _parts(c, axis, tuple(min(step, size - start) for start in range(0, size, step)))


def _chunk(c: Called) -> Made:
    axis, size = _split_sizes(c)
    step = -(-size // c.chunks)
    return _parts(c, axis, tuple(min(step, size - start) for start in range(0, size, step)))


def _unbind(c: Called) -> Made:
    axis, size = _split_sizes(c)
    return tuple(Use(Gather(i, dim=axis), (c.at,)) for i in range(size))


def _squeeze(c: Called) -> Layer | Made:
    shape = c.op.shape(c.at)
    if c.dim is None:
        axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    else:
        named = c.dim if isinstance(c.dim, tuple) else (c.dim,)
        axes = tuple(axis for each in named if _is_one(shape[axis := c.op.axis(each, c.rank)]))
    return Squeeze(axes) if axes else c.at


def _is_one(size: Any) -> bool:
    """Say whether a named axis is meant to go: PyTorch keeps a longer one, who names what came of layers wants it out.

    A formula that can be 1 makes the condition that it is; a free size of the input itself stays.
    """
    if isinstance(size, int):
        return size == 1
    low, high = bound(size)
    return (low is None or low <= 1) and (high is None or high >= 1) and str(size) not in symbols(size)


def _taken(c: Called) -> Made:
    """Read x[...]: numbers, slices, new axes and one tensor of positions."""
    entries = c.index if isinstance(c.index, tuple) else (c.index,)
    used = sum(1 for entry in entries if entry is not None and entry is not Ellipsis)
    if used > c.rank or sum(1 for entry in entries if entry is Ellipsis) > 1:
        refuse(f"an index with {used} entries of a tensor with {c.rank} axes")
    if Ellipsis in [entry for entry in entries if entry is Ellipsis]:
        at = next(i for i, entry in enumerate(entries) if entry is Ellipsis)
        entries = (*entries[:at], *(slice(None),) * (c.rank - used), *entries[at + 1 :])
    if sum(1 for entry in entries if isinstance(entry, At)) > 1:
        refuse("several tensors of positions in one index")
    found: Use | int = c.at
    axis = 0
    size_of = iter(c.op.shape(c.at))
    for entry in entries:
        if entry is None:
            found = Use(Unsqueeze(axis), (found,))
            axis += 1
            continue
        size = next(size_of)
        if isinstance(entry, slice):
            found = _sliced(found, axis, entry, size)
            axis += 1
        elif isinstance(entry, At):
            if c.op.spec(entry.position).dtype == "bool":
                refuse("a tensor of true and false as an index: the size depends on the data")
            found = Use(Gather(dim=axis), (found, entry.position))
            axis += c.op.rank(entry.position)
        elif isinstance(entry, tuple):
            found = Use(Gather(entry, dim=axis), (found,))
            axis += 1
        else:
            found = Use(Gather(entry, dim=axis), (found,))
    return found


def _sliced(found: Use | int, axis: int, entry: slice, size: Any) -> Use | int:
    start, end = (_inside(edge, size) for edge in (entry.start, entry.stop))
    if start == 0:
        start = None
    if isinstance(size, int) and end == size:
        end = None
    step = entry.step or 1
    if start is None and end is None and step == 1:
        return found
    return Use(Slice(dim=axis, start=start, end=end, step=step), (found,))


def _inside(edge: Any, size: Any) -> Any:
    """Return an edge as Python cuts it off."""
    return max(-size, min(edge, size)) if isinstance(edge, int) and isinstance(size, int) else edge


def _transpose(c: Called) -> Layer:
    return Transpose(dim0=c.dim0, dim1=c.dim1)


def _turned(c: Called) -> Layer | Made:
    return Transpose(dim0=-2, dim1=-1) if c.rank > 1 else c.at


def _to(c: Called) -> Layer | Made:
    wanted = next((each for each in (*c.rest, c.dtype) if isinstance(each, str) and each in _DTYPES), None)
    return c.at if wanted in (None, c.op.spec(c.at).dtype) else Cast(wanted)


_DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_CASTS = {"float": "float32", "double": "float64", "long": "int64", "int": "int32", "bool": "bool"}


def _cast(dtype: str) -> Any:
    return calls("x", lambda c: c.at if c.op.spec(c.at).dtype == dtype else Cast(dtype), Cast)


def _meshed(c: Called) -> Made:
    inputs = tuple(position(each) for each in c.xs)
    if c.indexing != "ij" and len(inputs) > 1:
        refuse(f"indexing {c.indexing!r}")
    shape = tuple(c.op.shape(at)[0] for at in inputs)
    ones = [tuple(size if i == axis else 1 for i in range(len(inputs))) for axis, size in enumerate(shape)]
    return tuple(Use(Expand(shape), (Use(Reshape(one), (at,)),)) for at, one in zip(inputs, ones, strict=True))


def _moved(c: Called) -> Layer:
    sources, targets = (
        tuple(c.op.axis(axis, c.rank) for axis in (given if isinstance(given, tuple) else (given,)))
        for given in (c.source, c.destination)
    )
    places = dict(zip(targets, sources, strict=True))
    others = iter(axis for axis in range(c.rank) if axis not in sources)
    return Permute(tuple(places[axis] if axis in places else next(others) for axis in range(c.rank)))


def _flipped(c: Called) -> Made:
    found: Use | int = c.at
    for axis in c.dims:
        size = c.op.shape(c.at)[c.op.axis(axis, c.rank)]
        if not isinstance(size, int):
            refuse("an axis of a free size is turned round")
        found = Use(Gather(tuple(range(size - 1, -1, -1)), dim=c.op.axis(axis, c.rank)), (found,))
    return found


def _repeat(c: Called) -> Layer | Made:
    counts = c.counts
    if len(counts) == c.rank:
        return Tile(counts)
    new = tuple(range(len(counts) - c.rank))
    return Use(Tile(counts), (Use(Unsqueeze(new), (c.at,)),))


def _repeat_interleave(c: Called) -> Made:
    """Return each entry of an axis several times: a copied axis behind it, which then is part of it."""
    if isinstance(c.repeats, (At, tuple)):
        refuse("a number of copies for each entry")
    shape = c.op.shape(c.at)
    if c.dim is None:
        shape, axis = (product(shape),), 0
    else:
        axis = c.op.axis(c.dim)
    apart = Use(Reshape((*shape[: axis + 1], 1, *shape[axis + 1 :])), (c.at,))
    copied = Use(Expand((*shape[: axis + 1], c.repeats, *shape[axis + 1 :])), (apart,))
    return Use(Reshape((*shape[:axis], shape[axis] * c.repeats, *shape[axis + 1 :])), (copied,))


def _like(c: Called) -> Layer:
    return Reshape(c.op.shape(c.other.position))


def _expand_like(c: Called) -> Layer:
    return Expand(c.op.shape(c.other.position))


_RESHAPE = calls("x *shape", lambda c: Reshape(c.shape), Reshape)
_FLATTEN = calls("x start_dim=0 end_dim=-1", lambda c: Flatten(start_dim=c.start_dim, end_dim=c.end_dim), Flatten)
_TRANSPOSE = calls("x dim0 dim1", _transpose, Transpose)
_TURNED = calls("x", _turned, Transpose)
_UNFLATTEN = calls("x dim sizes", lambda c: Unflatten(c.sizes, dim=c.dim), Unflatten)
_SHUFFLE = same("x groups", lambda m: ChannelShuffle(m.groups))
_UP = same("x upscale_factor", lambda m: PixelShuffle(m.upscale_factor))
_DOWN = same("x downscale_factor", lambda m: PixelUnshuffle(m.downscale_factor))


def _flatten(m: Module) -> Layer:
    return Flatten(start_dim=m.start_dim, end_dim=m.end_dim)


TABLE = table(
    {
        "Flatten": modules(_flatten, Flatten),
        "Unflatten": modules(lambda m: Unflatten(m.unflattened_size, dim=m.dim), Unflatten),
        "flatten": _FLATTEN,
        "ravel": calls("x", lambda _: Flatten(start_dim=0), Flatten),
        "unflatten": _UNFLATTEN,
        "reshape": _RESHAPE,
        "view": _RESHAPE,
        "view_as": calls("x other", _like, Reshape),
        "reshape_as": calls("x other", _like, Reshape),
        "permute": calls("x *dims", lambda c: Permute(c.dims), Permute),
        "transpose": _TRANSPOSE,
        "swapaxes": _TRANSPOSE,
        "swapdims": _TRANSPOSE,
        "t": _TURNED,
        "mT": _TURNED,
        "squeeze": calls("x dim=None", _squeeze, Squeeze),
        "unsqueeze": calls("x dim", lambda c: Unsqueeze(c.dim), Unsqueeze),
        "split": calls("x split_size dim=0", _split, Split),
        "chunk": calls("x chunks dim=0", _chunk, Split),
        "unbind": calls("x dim=0", _unbind, Gather),
        "getitem": calls("x index", _taken, Slice),
        "select": calls("x dim index", lambda c: Gather(c.index, dim=c.dim), Gather),
        "narrow": calls("x dim start length", lambda c: Slice(dim=c.dim, start=c.start, end=c.start + c.length), Slice),
        "index_select": calls("x dim index", lambda c: Use(Gather(dim=c.dim), (c.at, c.index.position)), Gather),
        "expand": calls("x *shape", lambda c: Expand(c.shape), Expand),
        "expand_as": calls("x other", _expand_like, Expand),
        "movedim": calls("x source destination", _moved, Permute),
        "moveaxis": calls("x source destination", _moved, Permute),
        "flip": calls("x *dims", _flipped, Slice),
        "repeat": calls("x *counts", _repeat, Tile),
        "tile": calls("x *counts", _repeat, Tile),
        "repeat_interleave": calls("x repeats dim=None", _repeat_interleave, Expand),
        "meshgrid": calls("*xs indexing='ij'", _meshed, Expand),
        "roll": calls("x shifts dims=None", lambda c: Roll(c.shifts, dims=c.dims), Roll),
        "tril": calls("x diagonal=0", lambda c: Tril(c.diagonal), Tril),
        "triu": calls("x diagonal=0", lambda c: Triu(c.diagonal), Triu),
        "to": calls("x dtype=None *rest", _to, Cast),
        "type_as": calls("x other", lambda c: c.at, Cast),
        "ChannelShuffle": _SHUFFLE[0],
        "channel_shuffle": _SHUFFLE[1],
        "PixelShuffle": _UP[0],
        "pixel_shuffle": _UP[1],
        "PixelUnshuffle": _DOWN[0],
        "pixel_unshuffle": _DOWN[1],
    },
    {name: _cast(dtype) for name, dtype in _CASTS.items()},
)
