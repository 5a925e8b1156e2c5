"""Resampling as operators of other systems."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from struct import pack, unpack
from typing import Any

from cnnshape.layers.fields import per_axis
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case, Numbers, WriterTable, Written, op, shape_of, written
from cnnshape.layers.resample.spec import Upsample
from cnnshape.symbolic import text

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
    before, after = case.shape(), case.outputs[0].shape
    if layer.scale_factor is None:
        return op("Resize", 0, None, None, shape_of(case, after), **_rule(layer))
    factors = tuple(map(Fraction, per_axis(layer.scale_factor, case.rank() - 2, "scale_factor")))
    for size, factor, new in zip(before[2:], factors, after[2:], strict=True):
        known = isinstance(size, int) and floor(_single(size * _single(factor))) == new
        if not known and factor.denominator & (factor.denominator - 1):
            refuse(f"the factor {factor} of the size {text(size)}, which single precision may round otherwise")
    scales = (1.0, 1.0, *map(float, factors))
    return op("Resize", 0, None, Numbers(scales, (case.rank(),), "single"), **_rule(layer))


def _single(number: float | Fraction) -> float:
    """Return a number in single precision, as ONNX Runtime has scales."""
    (rounded,) = unpack("f", pack("f", float(number)))
    return float(rounded)


TABLE: WriterTable = written("onnx", {Upsample: _upsample})
