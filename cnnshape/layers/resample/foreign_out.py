"""Resampling as operators of other systems."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from struct import pack, unpack
from typing import Any

from cnnshape.layers.base import Spec
from cnnshape.layers.fields import per_axis
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_bins import bin_means
from cnnshape.layers.foreign_out import Case, Numbers, WriterTable, Written, op, shape_of, written
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.resize import Resize
from cnnshape.layers.resample.spec import Upsample
from cnnshape.symbolic import Size, text

__all__ = ["TABLE"]

_MODES = {"bilinear": "linear", "trilinear": "linear", "linear": "linear", "bicubic": "cubic", "cubic": "cubic"}


def _rule(layer: Upsample) -> dict[str, Any]:
    """Return which pixels of the map an output reads, in ONNX's words."""
    if layer.mode == "nearest":
        return {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    if layer.mode == "nearest-exact":
        return {"mode": "nearest", "nearest_mode": "round_prefer_ceil"}
    places = "align_corners" if layer.align_corners else "half_pixel"
    return {"mode": _MODES[layer.mode], "coordinate_transformation_mode": places}


def _upsample(layer: Upsample, case: Case) -> Written:
    if layer.mode == "area":
        return bin_means(case)
    before, after = case.shape(), case.outputs[0].shape
    if layer.scale_factor is None:
        return op("Resize", 0, None, None, shape_of(case, after), **_rule(layer))
    factors = tuple(map(Fraction, per_axis(layer.scale_factor, case.rank() - 2, "scale_factor")))
    scales = (1.0, 1.0, *_scales(factors, before[2:], after[2:]))
    return op("Resize", 0, None, Numbers(scales, (case.rank(),), "single"), **_rule(layer))


def _scales(factors: tuple[Fraction, ...], before: tuple[Size, ...], after: tuple[Size, ...]) -> tuple[float, ...]:
    """Return factors as ONNX has them, if they lead to the same sizes there."""
    for size, factor, new in zip(before, factors, after, strict=True):
        known = isinstance(size, int) and floor(_single(size * _single(factor))) == new
        if not known and (isinstance(size, int) or factor.denominator & (factor.denominator - 1)):
            refuse(f"the factor {factor} of the size {text(size)}, which single precision may round otherwise")
    return tuple(map(float, factors))


def _single(number: float | Fraction) -> float:
    """Return a number in single precision, as ONNX Runtime has scales."""
    (rounded,) = unpack("f", pack("f", float(number)))
    return float(rounded)


def _resize(layer: Resize, case: Case) -> Written:
    axes = layer.axes_of(Spec(case.shape()))
    before = tuple(case.shape()[axis] for axis in axes)
    after = tuple(case.outputs[0].shape[axis] for axis in axes)
    roi = None if layer.roi is None else Numbers(tuple(map(float, layer.roi)), (len(layer.roi),), "single")
    given: dict[str, Any] = {
        "axes": axes,
        "mode": layer.mode,
        "coordinate_transformation_mode": layer.coordinate_transformation_mode,
        "nearest_mode": layer.nearest_mode,
        "cubic_coeff_a": layer.cubic_coeff_a,
        "exclude_outside": int(layer.exclude_outside),
        "antialias": int(layer.antialias),
        "extrapolation_value": layer.extrapolation_value,
    }
    if layer.scale_factor is None:
        # The policy depends on the sizes as they are stated.
        stated = per_axis(layer.size, len(axes), "size")
        policy = layer.keep_aspect_ratio_policy
        wanted = after if policy == "stretch" else stated
        return op("Resize", 0, roi, None, shape_of(case, wanted), **given, keep_aspect_ratio_policy=policy)
    factors = tuple(map(Fraction, per_axis(layer.scale_factor, len(axes), "scale_factor")))
    scales = Numbers(_scales(factors, before, after), (len(axes),), "single")
    return op("Resize", 0, roi, scales, **given)


def _grid_sample(layer: GridSample, case: Case) -> Written:
    if case.rank() < 4:
        refuse("a grid over one space axis")
    mode = _MODES.get(layer.mode, layer.mode)
    return op("GridSample", 0, 1, mode=mode, padding_mode=layer.padding_mode, align_corners=int(layer.align_corners))


TABLE: WriterTable = written("onnx", {Upsample: _upsample, Resize: _resize, GridSample: _grid_sample})
