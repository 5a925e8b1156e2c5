"""Resampling on arrays: every output is a weighed sum of a few pixels, the same number for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from math import ceil, floor, prod
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, bins, blocks, integer, real, space
from cnnshape.layers.base import Spec
from cnnshape.layers.fields import per_axis
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.interpolation import TAPS
from cnnshape.layers.resample.places import NEAREST, Places, along
from cnnshape.layers.resample.resize import Resize, Resized
from cnnshape.layers.resample.spec import Upsample

__all__ = ["grid_sample", "resize", "upsample"]

_CUBIC = -0.75
"""The slope of the cubic kernel at distance 1 (Keys 1981, doi 10.1109/TASSP.1981.1163711); PyTorch's and ONNX's."""


def upsample(layer: Upsample, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    x, (y,) = inputs[0], outputs
    sizes, out = x.shape[2:], y.shape[2:]
    if layer.mode == "area":
        for place, held in bins(real(x), out):
            _store(held.mean((*range(2, held.ndim - 2), -1)), y, place)
        return
    given = per_axis(layer.scale_factor, len(sizes), "scale_factor")
    factors = [factor or Fraction(after, before) for factor, before, after in zip(given, sizes, out, strict=True)]
    if layer.mode not in TAPS:
        exact = layer.mode == "nearest-exact"
        read = [_nearest(count, factor, exact) for count, factor in zip(out, factors, strict=True)]
        y[...] = x[space(*np.ix_(*read))]
        return
    x, (above, *others) = real(x), _taps(layer, sizes, out, factors)
    row = prod(x.shape[:2]) * prod(out[1:]) * x.itemsize
    for rows in blocks(out[0], 4 * row):  # the sum, a term of it, and what the term is made of
        chosen = [(read[rows], weights[rows]) for read, weights in above]
        _store(_weighed(x, [chosen, *others]), y, space(rows))


def _nearest(count: int, factor: Fraction, exact: bool) -> list[int]:
    """Return the pixel that each output reads: the one that holds its start, or its center if `exact`."""
    up, down = factor.numerator, factor.denominator
    return [(2 * i + exact) * down // (2 * up) for i in range(count)]


def _centers(count: int, factor: Fraction) -> tuple[list[int], int]:
    """Return where outputs lie among the pixels, as integers over one denominator: (i + 1/2)/factor - 1/2."""
    up, down = factor.numerator, factor.denominator
    return [(2 * i + 1) * down - up for i in range(count)], 2 * up


def _corners(size: int, count: int) -> tuple[list[int], int]:
    """Return where outputs lie if the first and the last pixels coincide: i*(size - 1)/(count - 1)."""
    return [i * (size - 1) for i in range(count)], max(count - 1, 1)


_Tap = tuple[Array, Array]
"""Which pixel each output of an axis reads, and with which weight."""


def _taps(layer: Upsample, sizes: Sequence[int], out: Sequence[int], factors: Sequence[Fraction]) -> list[list[_Tap]]:
    """Return the taps of each space axis."""
    weigh = _linear if TAPS[layer.mode] == 2 else _cubic
    found = []
    for size, count, factor in zip(sizes, out, factors, strict=True):
        if size == count and weigh is _linear:  # whatever the factor that was rounded to it, as in PyTorch
            factor = Fraction(1)
        places = _corners(size, count) if layer.align_corners else _centers(count, factor)
        found.append(weigh(size, *places))
    return found


def _linear(size: int, places: Sequence[int], unit: int) -> list[_Tap]:
    first, part = _split([max(place, 0) for place in places], unit)
    return [(first, 1 - part), (np.minimum(first + 1, size - 1), part)]


def _cubic(size: int, places: Sequence[int], unit: int) -> list[_Tap]:
    first, part = _split(places, unit)
    return [
        (
            np.clip(first + shift, 0, size - 1),
            _keys(np.abs(part - shift), _CUBIC),
        )  # beyond the border its pixel is repeated
        for shift in (-1, 0, 1, 2)
    ]


def _split(places: Sequence[int], unit: int) -> tuple[Array, Array]:
    """Return the pixel before each place, and how far behind it the place lies, 0 to 1."""
    pairs = [divmod(place, unit) for place in places]
    return np.array([first for first, _ in pairs]), np.array([rest / unit for _, rest in pairs])


def _keys(distance: Array, slope: float) -> Array:
    """Return the weight of the cubic convolution at a distance of 0 to 2 pixels."""
    near = ((slope + 2) * distance - (slope + 3)) * distance * distance + 1
    far = ((distance - 5) * distance + 8) * distance - 4
    return np.where(distance <= 1, near, slope * far)


def _weighed(x: Array, axes: Sequence[Sequence[_Tap]]) -> Array:
    """Return the weighed sum over all combinations of the taps of the axes."""
    total: Array | None = None
    for taps in product(*axes):
        weight = reduce(np.multiply.outer, [weights for _, weights in taps]).astype(x.dtype)
        term = x[space(*np.ix_(*(read for read, _ in taps)))] * weight
        total = term if total is None else np.add(total, term, out=total)
    assert total is not None
    return total


def resize(layer: Resize, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    found = layer.resized(Spec(x.shape))
    chosen = list(zip(found, layer.crops(len(found)), strict=True))
    made = x if layer.mode == "nearest" else real(x)
    for each, crop in chosen:
        made = _along(layer, made, each, _placed(layer, each, crop))
    _store(made, y)
    if layer.roi is not None:
        for each, crop in chosen:
            places = _placed(layer, each, crop)
            outside = [not 0 <= places.of(i) <= each.size - 1 for i in range(integer(each.out))]
            _store(np.array(layer.extrapolation_value), y, (*(slice(None),) * each.axis, outside))


def _placed(layer: Resize, each: Resized, crop: tuple[Fraction, Fraction]) -> Places:
    """Return where the outputs of an axis lie."""
    factor = each.factor or Fraction(integer(each.out), integer(each.size))
    places = along(layer.coordinate_transformation_mode, factor, each.size, each.out, crop)
    assert places is not None, "sizes are numbers"
    return places


def _along(layer: Resize, x: Array, each: Resized, places: Places) -> Array:
    """Return a map that is resized along one axis."""
    size, out = integer(each.size), integer(each.out)
    lies = [places.of(i) for i in range(out)]
    if layer.mode == "nearest":
        return x.take([min(max(NEAREST[layer.nearest_mode](place), 0), size - 1) for place in lies], each.axis)
    wide = layer.stretch(Fraction(out, size) if each.factor is None else each.factor)
    reach = ceil((1 if layer.mode == "linear" else 2) * wide)
    first = np.array([floor(place) for place in lies])
    part = np.array([float(place - floor(place)) for place in lies])
    weights = _filter(layer, part, reach, float(wide))
    reads = [first + shift for shift in range(1 - reach, reach + 1)]
    if layer.exclude_outside:
        weights *= [(read >= 0) & (read < size) for read in reads]
        total_weight = weights.sum(0)
        weights /= np.where(total_weight == 0, 1, total_weight)  # all lie outside
    total: Array | None = None
    for read, weight in zip(reads, weights, strict=True):
        spread = weight.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - each.axis))
        term = x.take(read.clip(0, size - 1), each.axis) * spread
        total = term if total is None else np.add(total, term, out=total)
    assert total is not None
    return total


def _filter(layer: Resize, part: Array, reach: int, wide: float) -> Array:
    """Return the weights, whose sum is 1, of the 2*reach pixels around each output, `part` behind one of them."""
    distances = np.abs(part - np.arange(1 - reach, reach + 1)[:, np.newaxis]) / wide
    if layer.mode == "linear":
        weights = np.maximum(1 - distances, 0)
    else:
        weights = np.where(distances < 2, _keys(distances, layer.cubic_coeff_a), 0)
    return np.asarray(weights / weights.sum(0)) if layer.antialias else weights


def grid_sample(layer: GridSample, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x, grid), (y,) = inputs, outputs
    x, sizes = real(x), x.shape[2:]
    pixels = np.moveaxis(x, 1, -1)
    images = np.arange(x.shape[0]).reshape(-1, *(1,) * len(sizes))
    total: Array | None = None
    with np.errstate(all="ignore"):  # a grid may hold anything
        # The grid's first coordinate belongs to the last axis.
        taps = [_grid_taps(layer, real(grid[..., -1 - axis]), size) for axis, size in enumerate(sizes)]
        for chosen in product(*taps):
            reads = [_pixel(layer, read, size) for (read, _), size in zip(chosen, sizes, strict=True)]
            inside = reduce(np.logical_and, [held for _, held in reads])
            values = np.where(inside[..., np.newaxis], pixels[(images, *(at for at, _ in reads))], 0)
            if layer.mode != "nearest":
                values = values * reduce(np.multiply, [weight for _, weight in chosen])[..., np.newaxis]
            total = values if total is None else total + values
    assert total is not None
    _store(np.moveaxis(total, -1, 1), y)


def _grid_taps(layer: GridSample, grid: Array, size: int) -> list[_Tap]:
    """Return the taps on one axis, of -1..1 where the map lies; a pixel may lie outside the map."""
    place = (grid + 1) / 2 * (size - 1) if layer.align_corners else ((grid + 1) * size - 1) / 2
    if layer.mode == "bicubic":
        first = np.floor(place)
        return [(first + shift, _keys(np.abs(place - first - shift), _CUBIC)) for shift in (-1, 0, 1, 2)]
    place = _mapped(layer, place, size)
    if layer.mode == "nearest":
        return [(np.rint(place), place)]
    first = np.floor(place)
    return [(first, 1 - (place - first)), (first + 1, place - first)]


def _pixel(layer: GridSample, read: Array, size: int) -> tuple[Array, Array]:
    """Return the pixel that a tap reads, any where it lies outside the map, and whether it lies inside."""
    if layer.mode == "bicubic":
        read = _mapped(layer, read, size)
    inside = (read >= 0) & (read <= size - 1)
    return np.where(inside, read, 0).astype(np.intp), inside


def _mapped(layer: GridSample, place: Array, size: int) -> Array:
    """Return where in the map a place is read from; zeros lie where they are."""
    if layer.padding_mode == "zeros":
        return place
    if layer.padding_mode == "reflection":
        place = _reflected(place, 0, size - 1) if layer.align_corners else _reflected(place, -0.5, size - 0.5)
    return np.where(np.isnan(place), 0, np.clip(place, 0, size - 1))


def _reflected(place: Array, low: float, high: float) -> Array:
    """Return places that lie beyond either end thrown back, as often as need be."""
    span = high - low
    if span == 0:
        return np.zeros_like(place)
    within = np.abs(place - low) % (2 * span)
    return np.where(within > span, 2 * span - within, within) + low


def _store(values: Array, y: Array, place: Any = ...) -> None:
    """Write results into an output or a part of it; whole numbers are rounded, and kept within their type."""
    if y.dtype.kind in "iu":
        limits = np.iinfo(y.dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
    y[place] = values
