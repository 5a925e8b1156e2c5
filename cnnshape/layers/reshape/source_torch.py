"""Layers that arrange elements as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case, Free
from cnnshape.layers.reshape.axes import Permute, Squeeze, Transpose, Unsqueeze
from cnnshape.layers.reshape.blocks import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.layers.reshape.copies import Cast, Expand, Roll, Tile
from cnnshape.layers.reshape.parts import Chunk, Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten
from cnnshape.layers.reshape.triangles import Tril, Triu
from cnnshape.layers.source import CoderTable, Item, Name, Opt, Piece, Slot, Value, X, call, known, method, size_of

__all__ = ["TABLE"]


def _flatten(layer: Flatten, case: Case) -> Piece:
    made = call("nn.Flatten", Opt(layer.start_dim, 1), end_dim=Opt(layer.end_dim, -1))
    return Piece(made, call("torch.flatten", X, layer.start_dim, end_dim=Opt(layer.end_dim, -1)))


def _shape(case: Case) -> tuple[Value, ...]:
    """Return the shape of the output; one size that nothing tells is what is left over."""
    entries = [size_of(case, size) for size in case.outputs[0].shape]
    open_ = [axis for axis, entry in enumerate(entries) if isinstance(entry, Free)]
    if len(open_) == 1:
        entries[open_[0]] = -1
    return tuple(entries)


def _reshape(layer: Reshape, case: Case) -> Piece:
    shape = _shape(case)
    return Piece(None, method(X, "reshape", *(shape or ((),))))


def _unflatten(layer: Unflatten, case: Case) -> Piece:
    axis = case.axis(layer.dim)
    added = len(case.outputs[0].shape) - case.rank() + 1
    entries = [size_of(case, size) for size in case.outputs[0].shape[axis : axis + added]]
    open_ = [i for i, entry in enumerate(entries) if not isinstance(entry, int)]
    if len(open_) == 1:
        entries[open_[0]] = -1
    given = tuple(entries)
    return Piece(call("nn.Unflatten", layer.dim, given), method(X, "unflatten", layer.dim, given))


_PERMUTE = '''
class Permute(nn.Module):
    """The axes in another order."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)
'''


def _permute(layer: Permute, case: Case) -> Piece:
    return Piece(call("Permute", *layer.dims), method(X, "permute", *layer.dims), helpers=(_PERMUTE,))


def _squeeze(layer: Squeeze, case: Case) -> Piece:
    dim = layer.dim
    if isinstance(dim, tuple) and len(dim) == 1:
        (dim,) = dim
    if dim is None:
        if any(not isinstance(size, int) for size in case.shape()):
            refuse("which axes are left out depends on a size that is free")
        return Piece(None, method(X, "squeeze"))
    return Piece(None, method(X, "squeeze", dim))


def _unsqueeze(layer: Unsqueeze, case: Case) -> Piece:
    new = layer.dim if isinstance(layer.dim, tuple) else (layer.dim,)
    made: Value = X
    for axis in sorted(axis % (case.rank() + len(new)) for axis in new):
        made = method(made, "unsqueeze", axis)
    return Piece(None, made)


def _split(layer: Split, case: Case) -> Piece:
    size = layer.split_size
    given: Any = list(known(size)) if isinstance(size, tuple) else known((size,))[0]
    made = method(X, "split", tuple(given) if isinstance(given, list) else given, dim=Opt(layer.dim, 0))
    return Piece(None, made if len(case.outputs) > 1 else Item(made, "0"))


def _chunk(layer: Chunk, case: Case) -> Piece:
    made = method(X, "chunk", layer.chunks, dim=Opt(layer.dim, 0))
    return Piece(None, made if len(case.outputs) > 1 else Item(made, "0"))


def _at(axis: int, index: str) -> Item:
    return Item(X, ", ".join([":"] * axis + [index]))


def _slice(layer: Slice, case: Case) -> Piece:
    start, end, step = layer.start, layer.end, layer.step
    given = known(side for side in (start, end, step) if side is not None)
    if step < 0 or not all(isinstance(side, int) for side in given):
        refuse("PyTorch takes no step back")
    words = [("" if side is None else str(side)) for side in (start, end)]
    if words[0] == "0":
        words[0] = ""
    return Piece(None, _at(case.axis(layer.dim), ":".join([*words, *([str(step)] if step != 1 else [])])))


def _gather(layer: Gather, case: Case) -> Piece:
    axis = case.axis(layer.dim)
    if layer.indices is None:
        return (
            Piece(None, call("torch.index_select", X, axis, Slot(1)))
            if case.rank(1) == 1
            else refuse("places that data gives along more than one axis")
        )
    if isinstance(layer.indices, tuple):
        return Piece(None, _at(axis, str(list(known(layer.indices)))))
    return Piece(None, _at(axis, str(known((layer.indices,))[0])))


def _expand(layer: Expand, case: Case) -> Piece:
    shape = tuple(size_of(case, size) for size in case.outputs[0].shape)
    return Piece(None, method(X, "expand", *(shape or ((),))))


def _tile(layer: Tile, case: Case) -> Piece:
    repeats = layer.repeats if isinstance(layer.repeats, tuple) else (layer.repeats,)
    return Piece(None, method(X, "tile", known(repeats)))


def _roll(layer: Roll, case: Case) -> Piece:
    return Piece(None, call("torch.roll", X, layer.shifts, dims=Opt(layer.dims, None)))


def _cast(layer: Cast, case: Case) -> Piece:
    if not str(layer.dtype).isidentifier():
        refuse(f"PyTorch has no type {layer.dtype}")
    return Piece(None, method(X, "to", Name(f"torch.{layer.dtype}")))


def _shuffle(layer: Any, case: Case) -> Piece:
    if case.rank() != 4 or getattr(layer, "mode", "CRD") != "CRD":
        refuse("PyTorch's shuffle has two axes of space, and the channel before the block")
    up = isinstance(layer, (PixelShuffle, DepthToSpace))
    factor = next(
        getattr(layer, name) for name in ("upscale_factor", "downscale_factor", "block_size") if hasattr(layer, name)
    )
    return Piece(call(f"nn.Pixel{'Shuffle' if up else 'Unshuffle'}", factor))


def _channels(layer: ChannelShuffle, case: Case) -> Piece:
    return Piece(call("nn.ChannelShuffle", layer.groups))


def _triangle(layer: Tril | Triu, case: Case) -> Piece:
    name = "torch.tril" if isinstance(layer, Tril) else "torch.triu"
    return Piece(None, call(name, X, diagonal=Opt(layer.diagonal, 0)))


TABLE: CoderTable = {
    Flatten: _flatten,
    Reshape: _reshape,
    Unflatten: _unflatten,
    Permute: _permute,
    Transpose: lambda layer, case: Piece(None, method(X, "transpose", layer.dim0, layer.dim1)),
    Squeeze: _squeeze,
    Unsqueeze: _unsqueeze,
    Split: _split,
    Chunk: _chunk,
    Slice: _slice,
    Gather: _gather,
    Expand: _expand,
    Tile: _tile,
    Roll: _roll,
    Cast: _cast,
    PixelShuffle: _shuffle,
    DepthToSpace: _shuffle,
    PixelUnshuffle: _shuffle,
    SpaceToDepth: _shuffle,
    ChannelShuffle: _channels,
    Tril: _triangle,
    Triu: _triangle,
}
