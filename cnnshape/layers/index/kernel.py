"""Choosing and placing by position on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnshape.errors import ShapeError
from cnnshape.layers.arrays import Array, Arrays, Weights, integer, wide
from cnnshape.layers.base import Spec
from cnnshape.layers.demands import no_position, normal_axis
from cnnshape.layers.index.gather import GatherElements, GatherND
from cnnshape.layers.index.one_hot import OneHot
from cnnshape.layers.index.order import ReverseSequence, TopK
from cnnshape.layers.index.scatter import ScatterElements, ScatterND, TensorScatter

__all__ = [
    "gather_elements",
    "gather_nd",
    "one_hot",
    "reverse_sequence",
    "scatter_elements",
    "scatter_nd",
    "tensor_scatter",
    "top_k",
]

_JOINED: Mapping[str, Callable[..., None]] = MappingProxyType(
    {"add": np.add.at, "mul": np.multiply.at, "max": np.maximum.at, "min": np.minimum.at}
)


def _along(x: Array, indices: Array, axis: int) -> tuple[Array, ...]:
    """Return the places in `x` that indices along one axis mean; the other axes are those of the indices."""
    _held(x, indices, axis)
    places: list[Array] = list(np.indices(indices.shape, sparse=True))
    places[axis] = indices
    return tuple(places)


def _lists(x: Array, indices: Array, first: int = 0) -> tuple[Array, ...]:
    """Return the places on the axes of `x` from `first` on that the last axis of the indices holds."""
    found = tuple(np.moveaxis(indices, -1, 0))
    for axis, places in enumerate(found, start=first):
        _held(x, places, axis)
    return found


def _held(x: Array, indices: Array, axis: int) -> None:
    size = x.shape[axis]
    if (indices < -size).any() or (indices >= size).any():
        raise no_position((int(indices.min()), int(indices.max())), Spec(x.shape), axis)


def gather_elements(layer: GatherElements, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, indices = inputs
    outputs[0][...] = x[_along(x, indices, normal_axis(layer.dim, x.ndim))]


def gather_nd(layer: GatherND, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, indices = inputs
    batch = layer.common_axes(x.ndim, indices.ndim)
    lists = _lists(x, indices, batch)
    inner = indices.ndim - 1 - batch
    common = (np.arange(x.shape[axis]).reshape(-1, *(1,) * (batch - 1 - axis + inner)) for axis in range(batch))
    outputs[0][...] = x[(*common, *lists)]


def scatter_elements(layer: ScatterElements, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, indices, updates = inputs
    _place(layer.reduction, x, _along(x, indices, normal_axis(layer.dim, x.ndim)), updates, outputs[0])


def scatter_nd(layer: ScatterND, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, indices, updates = inputs
    _place(layer.reduction, x, _lists(x, indices), updates, outputs[0])


def _place(reduction: str, x: Array, places: tuple[Array, ...], updates: Array, y: Array) -> None:
    """Copy `x` and put the updates into it, in row-major order: of several for one place the last one stays."""
    many = np.broadcast_shapes(*(each.shape for each in places))
    places = tuple(np.broadcast_to(each, many).ravel() for each in places)
    updates = updates.reshape(-1, *updates.shape[len(many) :])
    if reduction == "none":
        y[...] = x
        y[places] = updates
        return
    joined = np.array(wide(x))
    with np.errstate(all="ignore"):  # infinities and NaN are results like others
        _JOINED[reduction](joined, places, wide(updates))
        y[...] = joined


def tensor_scatter(layer: TensorScatter, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    """Write the update into a copy of the cache.

    Raises
    ------
    ShapeError
        CS213, an update that reaches beyond the cache.
    """
    cache, update, *positions = inputs
    (y,), axis = outputs, layer.axis(cache.ndim)
    first = positions[0] if positions else np.zeros(len(cache), np.int64)
    length, size = update.shape[axis], cache.shape[axis]
    if layer.mode == "linear" and ((first < 0) | (first + length > size)).any():
        raise ShapeError(
            f"an update of {length} positions from {int(first.max())} on, the cache has {size}",
            code="CS213",
            got=int(first.max()),
            needed=size - length,
            rule="an update lies within the cache",
            fix="mode: circular, or a longer cache",
        )
    y[...] = cache
    for sample, part, start in zip(y, update, first, strict=True):
        places = (int(start) + np.arange(length)) % size
        sample[(slice(None),) * (axis - 1) + (places,)] = part


def top_k(layer: TopK, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (values, positions) = inputs, outputs
    axis, k = normal_axis(layer.dim, x.ndim), integer(layer.k)
    line = np.moveaxis(x, axis, -1)
    if layer.largest:
        # Backwards, so that of equal elements the first one comes out first.
        order = line.shape[-1] - 1 - line[..., ::-1].argsort(-1, kind="stable")[..., ::-1]
    else:
        order = line.argsort(-1, kind="stable")
    order = order[..., :k]
    np.moveaxis(values, axis, -1)[...] = np.take_along_axis(line, order, -1)
    np.moveaxis(positions, axis, -1)[...] = order


def reverse_sequence(layer: ReverseSequence, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    """Turn the beginning of each sequence around.

    Raises
    ------
    ShapeError
        CS213, a length that no sequence has.
    """
    x, lengths = inputs
    axes = layer.axes(x.ndim)
    outputs[0][...] = x
    taken, filled = (np.moveaxis(array, axes, (0, 1)) for array in (x, outputs[0]))
    if (lengths < 0).any() or (lengths > taken.shape[1]).any():
        wrong = next(int(length) for length in lengths if not 0 <= length <= taken.shape[1])
        raise ShapeError(
            f"a sequence of {wrong} steps, there are {taken.shape[1]}",
            code="CS213",
            got=wrong,
            needed=taken.shape[1],
            rule="a length is at least 0 and at most the size of the axis time_dim",
            fix=f"lengths from 0 to {taken.shape[1]}",
        )
    for source, target, length in zip(taken, filled, lengths, strict=True):
        target[:length] = source[:length][::-1]


def one_hot(layer: OneHot, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,), size = inputs, outputs, integer(layer.num_classes)
    places = np.moveaxis(y, layer.dim, -1)
    on: Any = np.where(x < 0, x + size, x)[..., None] == np.arange(size)
    places[...] = np.where(on, np.asarray(layer.on_value, y.dtype), np.asarray(layer.off_value, y.dtype))
