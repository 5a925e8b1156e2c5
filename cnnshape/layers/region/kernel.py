"""Windows at places that data says, on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil, prod

import numpy as np

from cnnshape.errors import ShapeError
from cnnshape.layers.arrays import Array, Arrays, Weights, blocks, integer, wide
from cnnshape.layers.region.affine import AffineGrid
from cnnshape.layers.region.deform import DeformConv
from cnnshape.layers.region.interest import RoIAlign, RoIPool
from cnnshape.symbolic import padding_of

__all__ = ["affine_grid", "deform_conv", "roi_align", "roi_pool"]


def _places(x: Array) -> Array:
    """Return positions as numbers that can be rounded."""
    return x.astype(np.float64) if x.dtype == object else wide(x)


def deform_conv(layer: DeformConv, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x, *moves), (y,) = inputs, outputs
    x, rank, out = wide(x), x.ndim - 2, y.shape[2:]
    count, apart, groups = len(x), integer(layer.offset_groups), integer(layer.groups)
    taps = list(product(*map(range, weights["weight"].shape[2:])))
    offsets = _places(moves[0]).reshape(count, apart, len(taps), rank, *out)
    mask = _places(moves[1]).reshape(count, apart, len(taps), 1, *out) if len(moves) > 1 else None
    maps = x.reshape(count, apart, -1, *x.shape[2:])
    windows, weight = layer.windows(rank), wide(weights["weight"])
    starts = [integer(padding_of(size, window)[0]) for size, window in zip(x.shape[2:], windows, strict=True)]
    filters = weight.reshape(groups, len(weight) // groups, -1)
    added = wide(weights["bias"]).reshape(-1, *(1,) * rank) if layer.bias else 0
    for rows in blocks(out[0], count * x.shape[1] * len(taps) * prod(out[1:]) * x.itemsize):
        read = []
        for number, tap in enumerate(taps):
            places = []
            for axis, (window, at, start) in enumerate(zip(windows, tap, starts, strict=True)):
                here = np.arange(out[axis]) * window.stride + at * integer(window.dilation) - start
                here = here.reshape(-1, *(1,) * (rank - 1 - axis))[rows if axis == 0 else slice(None)]
                places.append(offsets[:, :, number, axis, rows] + here)
            values = _interpolated(maps, places)
            read.append(values if mask is None else values * mask[:, :, number, :, rows])
        columns = np.stack(read, 3)  # images, groups of offsets, channels of one, taps, places
        held = columns.shape[4:]
        columns = columns.reshape(count, groups, filters.shape[2], -1)
        y[:, :, rows] = np.matmul(filters, columns).reshape(count, -1, *held) + added


def _interpolated(maps: Array, places: Sequence[Array]) -> Array:
    """Return maps (N, G, C, *D) at positions (N, G, *P), one array for each axis, as (N, G, C, *P)."""
    first = np.arange(maps.shape[0]).reshape(-1, *(1,) * (places[0].ndim - 1))
    second = np.arange(maps.shape[1]).reshape(-1, *(1,) * (places[0].ndim - 2))
    lows = [np.floor(place) for place in places]
    total: Array | int = 0
    for corner in product((0, 1), repeat=len(places)):
        weight: Array | int = 1
        index = []
        for low, place, step, size in zip(lows, places, corner, maps.shape[3:], strict=True):
            at = low + step
            share = place - low if step else 1 - (place - low)
            weight = weight * np.where((at >= 0) & (at < size), share, 0)
            index.append(np.clip(np.nan_to_num(at), 0, size - 1).astype(np.intp))
        values = np.moveaxis(maps[(first, second, slice(None), *index)], -1, 2)
        total = total + values * np.expand_dims(weight, 2)
    return np.asarray(total)


def roi_align(layer: RoIAlign, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, regions, images = wide(inputs[0]), _places(inputs[1]), inputs[2]
    (y,) = outputs
    half = 0.5 if layer.aligned else 0.0
    for target, region, image in zip(y, regions, images, strict=True):
        if not np.isfinite(region).all():
            target[...] = np.nan
            continue
        x1, y1, x2, y2 = (region * layer.spatial_scale - half).tolist()
        lines = [
            list(_line(first, last, bins, size, layer))
            for first, last, bins, size in ((y1, y2, y.shape[2], x.shape[2]), (x1, x2, y.shape[3], x.shape[3]))
        ]
        _aligned(_image(x, image), lines, target, largest=layer.mode == "max")


def _line(first: float, last: float, bins: int, size: int, layer: RoIAlign) -> Iterator[tuple[Array, Array]]:
    """Yield for the lower and the upper pixel beside each point of an axis which it is, and its weight."""
    length = last - first if layer.aligned else max(last - first, 1.0)
    points = layer.sampling_ratio if layer.sampling_ratio > 0 else max(ceil(length / bins), 0)
    place = first + (np.arange(bins * points) + 0.5) * (length / bins / max(points, 1))
    inside = (place >= -1) & (place <= size)
    place = np.clip(place, 0, size - 1)
    low = np.minimum(place.astype(np.intp), size - 1)
    yield low, np.where(inside, 1 - (place - low), 0)
    yield np.minimum(low + 1, size - 1), np.where(inside, place - low, 0)


def _aligned(x: Array, lines: list[list[tuple[Array, Array]]], y: Array, *, largest: bool) -> None:
    """Fill the bins (C, P, Q) of one region of a map (C, H, W)."""
    rows, columns = lines
    terms = [
        x[:, row[:, None], column] * (above[:, None] * beside).astype(x.dtype if x.dtype != object else float)
        for row, above in rows
        for column, beside in columns
    ]
    if not terms[0].size:  # a region without points
        y[...] = 0
        return
    shape = (len(y), y.shape[1], -1, y.shape[2], terms[0].shape[2] // y.shape[2])
    parted = [term.reshape(shape) for term in terms]
    if largest:
        y[...] = np.maximum.reduce([part.max((2, 4)) for part in parted])
    else:
        y[...] = sum(parted[1:], parted[0]).sum((2, 4)) / (parted[0].shape[2] * parted[0].shape[4])


def roi_pool(layer: RoIPool, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, regions, images), (y,) = inputs, outputs
    for target, region, image in zip(y, _places(regions), images, strict=True):
        scaled = region * layer.spatial_scale
        if not np.isfinite(scaled).all():
            target[...] = np.nan
            continue
        x1, y1, x2, y2 = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(int).tolist()
        held, spans = _image(x, image), []
        for first, last, bins, size in ((y1, y2, y.shape[2], x.shape[2]), (x1, x2, y.shape[3], x.shape[3])):
            length = max(last - first + 1, 1)
            edges = ((first + i * length // bins, first - (-(i + 1) * length // bins)) for i in range(bins))
            spans.append([slice(*(min(max(edge, 0), size) for edge in pair)) for pair in edges])
        for row, column in product(*map(enumerate, spans)):
            part = held[:, row[1], column[1]]
            target[:, row[0], column[0]] = part.max((1, 2)) if part.size else 0


def _image(x: Array, number: float) -> Array:
    """Return the map of one image.

    Raises
    ------
    ShapeError
        CS213, there is none of that number.
    """
    if not 0 <= number < len(x):
        raise ShapeError(
            f"a region lies in image {int(number)}, there are {len(x)}",
            code="CS213",
            got=int(number),
            needed=len(x) - 1,
            rule="images are counted from 0",
            fix=f"images from 0 to {len(x) - 1}",
        )
    found: Array = x[int(number)]
    return found


def affine_grid(layer: AffineGrid, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    maps, (y,) = wide(inputs[0]), outputs
    sizes = y.shape[1:-1]
    lines = [_centers(size, corners=layer.align_corners) for size in sizes]
    grid = np.stack(np.meshgrid(*lines, indexing="ij")[::-1], -1)  # the last axis first
    if maps.dtype != object:
        grid = grid.astype(maps.dtype)
    matrices, added = maps[:, :, :-1], maps[:, :, -1]
    flat = np.matmul(grid.reshape(-1, len(sizes)), matrices.swapaxes(1, 2)) + added[:, None, :]
    y[...] = flat.reshape(y.shape)


def _centers(size: int, *, corners: bool) -> Array:
    """Return where pixels lie in -1..1; a single one lies in the middle."""
    places = 2 * np.arange(size) - (size - 1)
    return places / (max(size - 1, 1) if corners else size)
