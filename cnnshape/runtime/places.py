"""Where tensors lie in memory: their strides, whose memory they share, and where in the arena they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType

from cnnshape.analysis.memory import BITS
from cnnshape.graph.offsets import offsets

__all__ = ["ITEM_BYTES", "LINE", "Place", "Tensor", "arranged", "beside", "channels_last", "rows"]

ITEM_BYTES: Mapping[str, int] = MappingProxyType(
    {name: bits // 8 for name, bits in BITS.items() if bits >= 8 and name not in ("bfloat16", "float8")}
)
"""Bytes of one element of the types that NumPy computes with."""

LINE = 64
"""Tensors start at multiples of a cache line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor lies.

    Parameters
    ----------
    shape : ints, batch first
    dtype : str, element type
    offset : bytes into the arena; None for a tensor that is not the arena's: a constant, a parameter, a view of one
    strides : bytes from one position to the next, of each axis
    view_of : str, the tensor whose memory it shares; "" if it has its own
    """

    shape: tuple[int, ...]
    dtype: str
    offset: int | None
    strides: tuple[int, ...]
    view_of: str = ""

    @property
    def bytes(self) -> int:
        """Return how many bytes its elements take."""
        return prod(self.shape) * ITEM_BYTES[self.dtype]

    @property
    def order(self) -> str:
        """Return "channels last" or "rows": how the elements of its memory follow one another."""
        return "rows" if self.strides == rows(self.shape, self.dtype) else "channels last"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that takes part in a run.

    Parameters
    ----------
    shape, dtype : as of its place
    view_of : str, the tensor that it is a view of, or ""
    last_axis : bool, whether its channels lie side by side
    in_arena : bool, False for what the network owns
    """

    shape: tuple[int, ...]
    dtype: str
    view_of: str
    last_axis: bool
    in_arena: bool


def rows(shape: Sequence[int], dtype: str) -> tuple[int, ...]:
    """Return the strides of a tensor whose last axis is contiguous.

    Examples
    --------
    >>> rows((2, 3, 4), "float32")
    (48, 16, 4)
    """
    found, step = [], ITEM_BYTES[dtype]
    for size in reversed(shape):
        found.append(step)
        step *= size
    return tuple(reversed(found))


def channels_last(shape: Sequence[int], dtype: str, pixel: int = 0) -> tuple[int, ...]:
    """Return the strides of (N, C, *D) whose channels are contiguous; pixels are `pixel` elements apart, or C.

    Examples
    --------
    >>> channels_last((2, 3, 4, 5), "float32"), channels_last((2, 3, 7), "float32")
    ((240, 4, 60, 12), (84, 4, 12))
    """
    images, channels, *space = shape
    item = ITEM_BYTES[dtype]
    steps = [step * (pixel or channels) for step in rows((images, *space), dtype)]
    return (steps[0], item, *steps[1:])


def beside(
    joins: Sequence[tuple[str, Sequence[str]]], tensors: Mapping[str, Tensor], fixed: set[str]
) -> dict[str, tuple[str, int]]:
    """Return which maps are made where a later join of channels needs them: tensor -> (join, first channel).

    Parameters
    ----------
    joins : (output, inputs) of each join of channels, in the order they run
    tensors : all tensors
    fixed : tensors that have to lie by themselves

    Notes
    -----
    A join whose inputs lie side by side already, because a later join begins with the same maps, is a part of that.

    Examples
    --------
    >>> map_ = Tensor((1, 2, 4, 4), "float32", "", True, True)
    >>> twice = Tensor((1, 4, 4, 4), "float32", "", True, True)
    >>> thrice = Tensor((1, 6, 4, 4), "float32", "", True, True)
    >>> all_ = {"a": map_, "b": map_, "c": map_, "ab": twice, "abc": thrice}
    >>> beside([("ab", ["a", "b"]), ("abc", ["a", "b", "c"])], all_, set())
    {'a': ('abc', 0), 'b': ('abc', 2), 'c': ('abc', 4), 'ab': ('abc', 0)}
    """
    found: dict[str, tuple[str, int]] = {}
    for output, inputs in reversed(joins):
        if output not in found and output not in fixed:
            places = [found.get(name) for name in inputs]
            expected, side_by_side = places[0], bool(places)
            for name, place in zip(inputs, places, strict=True):
                side_by_side = side_by_side and place is not None and place == expected
                if expected is not None:
                    expected = (expected[0], expected[1] + tensors[name].shape[1])
            if side_by_side and places[0] is not None:
                found[output] = places[0]
        root, channel = found.get(output, (output, 0))
        for name in inputs:
            tensor = tensors[name]
            if name not in found and name not in fixed and not tensor.view_of and tensor.in_arena and tensor.last_axis:
                found[name] = (root, channel)
            channel += tensor.shape[1]
    return found


def arranged(
    tensors: Mapping[str, Tensor],
    lives: Mapping[str, tuple[int, int]],
    joined: Mapping[str, tuple[str, int]],
    workspace: int,
) -> tuple[dict[str, Place], int, int]:
    """Return the place of every tensor, where the workspace starts, and the length of the arena.

    Parameters
    ----------
    tensors : all tensors
    lives : the first and the last step in which each tensor of the arena is there that is no view
    joined : tensor -> (the tensor whose channels it is a part of, the first of them)
    workspace : bytes that every step may use
    """
    spans: dict[str, list[int]] = {}
    for name, (first, last) in lives.items():
        span = spans.setdefault(joined[name][0] if name in joined else name, [first, last])
        span[:] = min(span[0], first), max(span[1], last)
    lengths = {name: -(-prod(tensors[name].shape) * ITEM_BYTES[tensors[name].dtype] // LINE) * LINE for name in spans}
    starts, length = offsets([(first, last, lengths[name]) for name, (first, last) in spans.items()])
    at = dict(zip(spans, starts, strict=True))
    places: dict[str, Place] = {}
    for name, tensor in tensors.items():
        places[name] = _place(name, tensor, tensors, joined, at, places)
    return places, length, length + workspace


def _place(
    name: str,
    tensor: Tensor,
    tensors: Mapping[str, Tensor],
    joined: Mapping[str, tuple[str, int]],
    at: Mapping[str, int],
    places: Mapping[str, Place],
) -> Place:
    shape, dtype = tensor.shape, tensor.dtype
    if name in joined:
        root, channel = joined[name]
        strides = channels_last(shape, dtype, tensors[root].shape[1])
        return Place(shape, dtype, at[root] + channel * ITEM_BYTES[dtype], strides, root)
    plain = channels_last(shape, dtype) if tensor.last_axis else rows(shape, dtype)
    if not tensor.view_of:
        return Place(shape, dtype, at.get(name), plain)
    source = places[tensor.view_of]
    same = shape == source.shape and tensor.last_axis == tensors[tensor.view_of].last_axis
    return replace(source, shape=shape, strides=source.strides if same else plain, view_of=tensor.view_of)
