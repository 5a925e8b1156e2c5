"""Resampling in other systems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

from cnnshape.layers.foreign import Made, Operator, Table, Use, attribute, keyed, reads, refuse
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.spec import Upsample
from cnnshape.layers.reshape.positions import Gather
from cnnshape.symbolic import Size

__all__ = ["TABLE"]

_HALF = ("half_pixel", "pytorch_half_pixel")


def _resize(op: Operator) -> Made:
    if op.attribute("antialias", 0) or op.attribute("exclude_outside", 0):
        refuse("antialias or exclude_outside")
    # Version 10 has the scales where later ones have the region.
    place = 1 if op.version < 11 else 2
    scaled = op.has(place) and op.shape(place) != (0,)
    given: tuple[Any, ...] = tuple(map(_exact, op.numbers(place))) if scaled else op.numbers(3)
    policy = op.attribute("keep_aspect_ratio_policy", "stretch")
    if not scaled and policy != "stretch":
        return _nearest(op, *_kept_ratio(op, given, policy))
    given = _spread(op, given, 1 if scaled else None)
    factors = given if scaled else tuple(map(_ratio, given, op.shape()[2:]))
    target: dict[str, Any] = {"scale_factor" if scaled else "size": given}
    if op.attribute("mode", "nearest") != "nearest":
        return _weighed(op, target, factors)
    word = _nearest_word(op, factors)
    return _nearest(op, range(2, op.rank()), factors) if word is None else Use(Upsample(**target, mode=word))


def _exact(scale: float) -> Fraction:
    return Fraction(str(scale))


def _ratio(after: int, before: Size) -> Fraction | None:
    """Return positions after per position before, where that is a number."""
    return Fraction(after, before) if isinstance(before, int) else None


def _places(op: Operator) -> str:
    """Return the rule that says where outputs lie."""
    return str(op.attribute("coordinate_transformation_mode", "half_pixel" if op.version >= 11 else "asymmetric"))


def _spread(op: Operator, given: tuple[Any, ...], rest: Any) -> tuple[Any, ...]:
    """Return what is given for some axes for all axes of space."""
    shape = op.shape()
    axes = op.attribute("axes")
    if axes is not None:
        named = dict(zip((op.axis(axis) for axis in axes), given, strict=True))
        given = tuple(named.get(axis, size if rest is None else rest) for axis, size in enumerate(shape))
    kept = tuple(size if rest is None else rest for size in shape[:2])
    if len(given) != len(shape) or tuple(given[:2]) != kept:
        refuse("another size of batch or channels, or not a number for each axis")
    return given[2:]


def _weighed(op: Operator, target: dict[str, Any], factors: Sequence[Fraction | None]) -> Made:
    """Read linear and cubic interpolation."""
    mode, places = op.attribute("mode"), _places(op)
    if mode not in ("linear", "cubic") or op.attribute("cubic_coeff_a", -0.75) != -0.75:
        refuse(f"mode {mode!r} with cubic_coeff_a = {op.attribute('cubic_coeff_a', -0.75)}")
    if places not in (*_HALF, "align_corners"):
        refuse(f"{mode} interpolation with coordinates {places!r}")
    for size, factor in zip(op.shape()[2:], factors, strict=True):
        reached = size * factor if factor is not None and isinstance(size, int) else None
        if places == "pytorch_half_pixel" and reached is not None and int(reached) == 1:
            refuse("an axis of one position with coordinates 'pytorch_half_pixel'")
        if places == "align_corners" and reached is not None and reached.denominator != 1:
            refuse("corners aligned with those of a map whose size is no whole number")
    return Use(Upsample(**target, mode=mode, align_corners=places == "align_corners"))


def _nearest_word(op: Operator, factors: Sequence[Fraction | None]) -> str | None:
    """Return our word for what ONNX calls nearest, or None."""
    places = _places(op)
    rounding = op.attribute("nearest_mode", "round_prefer_floor")
    if op.version < 11:
        # What it rounded to then: up in a smaller map, down in a larger one.
        return "nearest" if all(factor is not None and factor >= 1 for factor in factors) else None
    if places == "asymmetric" and rounding == "floor":
        return "nearest"
    # The two ways to round differ where a center lies between two pixels, which needs an even denominator.
    alike = all(factor is not None and factor.denominator % 2 for factor in factors)
    either = rounding == "round_prefer_ceil" or (rounding == "round_prefer_floor" and alike)
    return "nearest-exact" if places == "half_pixel" and either else None


def _kept_ratio(op: Operator, given: tuple[int, ...], policy: str) -> tuple[list[int], list[Fraction]]:
    """Return the axes and their factor, which all of them share, for a stated size that is a bound."""
    axes = [op.axis(axis) for axis in op.attribute("axes", tuple(range(op.rank())))]
    sizes = [op.shape()[axis] for axis in axes]
    ratios = [ratio for ratio in map(_ratio, given, sizes) if ratio is not None]
    if len(ratios) < len(axes):
        refuse(f"keep_aspect_ratio_policy {policy!r} for a free size")
    return axes, [min(ratios) if policy == "not_larger" else max(ratios)] * len(axes)


def _nearest(op: Operator, axes: Sequence[int], factors: Sequence[Fraction | None]) -> Made:
    """Read nearest pixels in a way that has no word here as chosen positions, one axis after the other."""
    if op.attribute("mode", "nearest") != "nearest":
        refuse("keep_aspect_ratio_policy in a mode that interpolates")
    made: int | Use = 0
    for axis, factor in zip(axes, factors, strict=True):
        size = op.shape()[axis]
        if not isinstance(size, int) or factor is None:
            refuse(f"coordinates {_places(op)!r} with this rounding along an axis of free size")
        old = "ceil" if factor < 1 else "floor"
        rounding = old if op.version < 11 else op.attribute("nearest_mode", "round_prefer_floor")
        read = nearest_positions(size, factor, _places(op), rounding, op)
        made = made if read == tuple(range(size)) else Use(Gather(read, dim=axis), (made,))
    return made


def nearest_positions(size: int, factor: Fraction, places: str, rounding: str, op: Operator) -> tuple[int, ...]:
    """Return the pixel that each output of an axis reads, by ONNX's rules."""
    kept = op.attribute("keep_aspect_ratio_policy", "stretch") != "stretch"
    count = floor(size * factor + (Fraction(1, 2) if kept else 0))
    lies: dict[str, Callable[[int], Fraction]] = {
        "half_pixel": lambda i: (i + _MIDDLE) / factor - _MIDDLE,
        "pytorch_half_pixel": lambda i: (i + _MIDDLE) / factor - _MIDDLE if count > 1 else Fraction(0),
        "asymmetric": lambda i: i / factor,
        "align_corners": lambda i: i * Fraction(size - 1) / (size * factor - 1) if count > 1 else Fraction(0),
        "half_pixel_symmetric": lambda i: (
            Fraction(size, 2) * (1 - count / (factor * size)) + (i + _MIDDLE) / factor - _MIDDLE
        ),
    }
    rounded: dict[str, Callable[[Fraction], int]] = {
        "floor": floor,
        "ceil": ceil,
        "round_prefer_floor": lambda at: ceil(at - _MIDDLE),
        "round_prefer_ceil": lambda at: floor(at + _MIDDLE),
    }
    if places not in lies or rounding not in rounded:
        refuse(f"the nearest pixel with coordinates {places!r} and {rounding!r}")
    return tuple(min(max(rounded[rounding](lies[places](i)), 0), size - 1) for i in range(count))


_MIDDLE = Fraction(1, 2)


def _old(op: Operator) -> Made:
    """Read Upsample, which became Resize in version 10."""
    scales = tuple(map(_exact, op.listed("scales", 1) or ()))
    if op.attribute("mode", "nearest") != "nearest":
        refuse("linear interpolation with coordinates 'asymmetric'")
    return Use(Upsample(scale_factor=_spread(op, scales, 1), mode="nearest"))


_MODES = {"bilinear": "bilinear", "linear": "bilinear", "nearest": "nearest", "bicubic": "bicubic", "cubic": "bicubic"}


TABLE: Table = keyed(
    "onnx",
    {
        "Resize": reads(Upsample, _resize),
        "Upsample": reads(Upsample, _old),
        "GridSample": reads(
            GridSample,
            mode=lambda op: _MODES.get(op.attribute("mode", "linear"), op.attribute("mode")),
            padding_mode=attribute("padding_mode", "zeros"),
            align_corners=lambda op: bool(op.attribute("align_corners", 0)),
        ),
    },
)
