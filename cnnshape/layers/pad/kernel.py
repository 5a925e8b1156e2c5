"""Padding and cropping on arrays: where each position of the output lies in the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers.arguments import refuse
from cnnshape.layers.arrays import Array, Arrays, Weights, integer
from cnnshape.layers.base import Spec
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad

__all__ = ["center_crop", "crop", "pad"]


def pad(layer: Pad, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    sides = {axis: (integer(a), integer(b)) for axis, (a, b) in layer.sides(Spec(x.shape)).items()}
    if layer.mode == "constant":
        _check_value(layer, y)
        _surround(x, y, sides, layer.value)
        return
    for axis, (before, after) in sides.items():
        x = x.take(_POSITIONS[layer.mode](x.shape[axis], before, after), axis)
    y[...] = x


def crop(layer: Crop, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,) = inputs
    places = [slice(None)] * x.ndim
    for axis, (before, after) in layer.sides(Spec(x.shape)).items():
        places[axis] = slice(integer(before), x.shape[axis] - integer(after))
    outputs[0][...] = x[tuple(places)]


def center_crop(_layer: CenterCrop, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, *_like), (y,) = inputs, outputs
    starts = [(size - kept) // 2 for size, kept in zip(x.shape[2:], y.shape[2:], strict=True)]
    middle = [slice(start, start + kept) for start, kept in zip(starts, y.shape[2:], strict=True)]
    y[...] = x[(slice(None), slice(None), *middle)]


def _surround(x: Array, y: Array, sides: dict[int, tuple[int, int]], value: float) -> None:
    """Fill `y` with what is left of a map, and with a value around it."""
    kept, place = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for axis, (before, after) in sides.items():
        kept[axis] = slice(max(-before, 0), x.shape[axis] + min(after, 0))
        place[axis] = slice(max(before, 0), y.shape[axis] - max(after, 0))
    y[...] = value
    y[tuple(place)] = x[tuple(kept)]


def _check_value(layer: Pad, y: Array) -> None:
    """Refuse a value that whole numbers of the output's type do not reach."""
    if y.dtype.kind not in "iu":
        return
    limits = np.iinfo(y.dtype)
    if not limits.min <= layer.value <= limits.max:
        refuse(
            layer,
            "value",
            f"{y.dtype} does not hold it",
            rule=f"{y.dtype} holds {limits.min} to {limits.max}",
            fix=f"value: {limits.min if layer.value < 0 else limits.max}, or numbers of another type",
        )


def _line(size: int, before: int, after: int) -> Array:
    """Return the positions of the output counted from the start of the map."""
    return np.arange(-before, size + after)


def _reflected(size: int, before: int, after: int) -> Array:
    """Return which positions a reflection at the centers of the border pixels reads."""
    last = size - 1
    return last - np.abs(last - np.abs(_line(size, before, after)))


def _replicated(size: int, before: int, after: int) -> Array:
    return np.clip(_line(size, before, after), 0, size - 1)


def _circular(size: int, before: int, after: int) -> Array:
    """Return which positions are read if what is left of the map is repeated."""
    first, last = max(-before, 0), size + min(after, 0)
    return first + (_line(size, before, after) - first) % (last - first)


_POSITIONS: dict[str, Any] = {"reflect": _reflected, "replicate": _replicated, "circular": _circular}
