"""Resampling in other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cnnshape.layers.foreign import Made, Operator, Table, Use, attribute, keyed, reads, refuse, wrong
from cnnshape.layers.foreign_keras import spaces
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.resize import Resize
from cnnshape.layers.resample.spec import Upsample
from cnnshape.symbolic import Dim, Size, floordiv

__all__ = ["TABLE"]

_OPTIONS = {
    "linear": ("exclude_outside", "antialias"),
    "cubic": ("exclude_outside", "antialias", "cubic_coeff_a"),
    "nearest": ("antialias", "nearest_mode"),
}
"""Mode -> the attributes that it reads; others have no effect."""
_FLAGS = ("exclude_outside", "antialias")


@dataclass(frozen=True, slots=True)
class _Target:
    """The axes that a Resize changes, and what is stated for each of them.

    Parameters
    ----------
    op : Operator
    axes : those that change
    given : a factor for each, or positions
    scaled : whether they are factors
    """

    op: Operator
    axes: tuple[int, ...]
    given: tuple[Any, ...]
    scaled: bool

    @property
    def factors(self) -> tuple[Fraction | None, ...]:
        """Positions after per position before, where that is a number."""
        if self.scaled:
            return self.given
        return tuple(
            Fraction(after, before) if isinstance(before, int) and isinstance(after, int) else None
            for after, before in zip(self.given, self.before, strict=True)
        )

    @property
    def before(self) -> tuple[Size, ...]:
        return tuple(self.op.shape()[axis] for axis in self.axes)

    @property
    def reached(self) -> tuple[Fraction | None, ...]:
        """The positions that the factors make, whole or not, where that is a number."""
        return tuple(
            size * factor if factor is not None and isinstance(size, int) else None
            for size, factor in zip(self.before, self.factors, strict=True)
        )

    def upsample(self, mode: str, **options: Any) -> Use:
        """Return PyTorch's layer, which resizes all axes of space."""
        stated = dict(zip(self.axes, self.given, strict=True))
        space = tuple(
            stated.get(axis, 1 if self.scaled else size) for axis, size in enumerate(self.op.shape()[2:], start=2)
        )
        return Use(Upsample(**self._stated(space), mode=mode, **options))

    def resize(self, **options: Any) -> Use:
        """Return ONNX's layer."""
        axes = None if self.axes == tuple(range(2, self.op.rank())) and self.op.rank() <= 5 else self.axes
        return Use(Resize(**self._stated(self.given), axes=axes, **options))

    def _stated(self, given: tuple[Any, ...]) -> dict[str, Any]:
        return {"scale_factor" if self.scaled else "size": given}


def _resize(op: Operator) -> Made:
    # Version 10 has the scales where later ones have the region.
    place = 1 if op.version < 11 else 2
    scaled = op.has(place) and op.shape(place) != (0,)
    given = op.numbers(place if scaled else 3)
    axes = tuple(op.axis(axis) for axis in op.attribute("axes", range(op.rank())))
    if len(axes) != len(given):
        wrong("not a number for each axis")
    if scaled:
        given, scaled = _factors(op, axes, given)
    rule = _rule(op)
    kept = op.attribute("keep_aspect_ratio_policy", "stretch") if not scaled else "stretch"
    if rule == "tf_crop_and_resize" or kept != "stretch":
        target = _Target(op, axes, given, scaled)
        more = {"roi": op.numbers(1)} if rule == "tf_crop_and_resize" else {}
        value = op.attribute("extrapolation_value", 0.0)
        return target.resize(**_options(op), **more, extrapolation_value=value, keep_aspect_ratio_policy=kept)
    target = _changed(op, axes, given, scaled)
    if not target.axes:
        return 0
    if op.version < 11:
        return _eldest(target, op.attribute("mode", "nearest"))
    return _pytorch(target) or target.resize(**_options(op))


def _factors(op: Operator, axes: Sequence[int], scales: Sequence[Any]) -> tuple[tuple[Any, ...], bool]:
    """Return factors as fractions and True; with formulas among them the sizes that they make, and False."""
    if all(isinstance(scale, (int, float)) for scale in scales):
        return tuple(map(_exact, scales)), True
    return tuple(_reached(op.shape()[axis], scale) for axis, scale in zip(axes, scales, strict=True)), False


def _reached(size: Size, scale: Any) -> Size:
    """Return the size that a factor makes: a number, a formula, or a quotient of two."""
    over = _exact(scale) if isinstance(scale, float) else scale
    if isinstance(over, Dim):
        return size * over
    return floordiv(size * over.numerator, over.denominator)


def _exact(scale: float) -> Fraction:
    return Fraction(str(scale))


def _rule(op: Operator) -> str:
    """Return the rule that says where outputs lie."""
    return str(op.attribute("coordinate_transformation_mode", "half_pixel" if op.version >= 11 else "asymmetric"))


def _changed(op: Operator, axes: Sequence[int], given: Sequence[Any], scaled: bool) -> _Target:
    """Return the axes that another size is stated for; the others stay as they are."""
    rows = [(axis, n) for axis, n in zip(axes, given, strict=True) if n != (1 if scaled else op.shape()[axis])]
    rows.sort()
    return _Target(op, tuple(axis for axis, _ in rows), tuple(n for _, n in rows), scaled)


def _options(op: Operator) -> dict[str, Any]:
    """Return the arguments that say how pixels are weighed."""
    mode = op.attribute("mode", "nearest")
    found = {name: op.attribute(name) for name in _OPTIONS.get(mode, ()) if op.attribute(name) is not None}
    found |= {name: bool(found[name]) for name in _FLAGS if name in found}
    return {"mode": mode, **found, "coordinate_transformation_mode": _rule(op)}


def _pytorch(target: _Target) -> Use | None:
    """Return PyTorch's layer if it does the same."""
    op = target.op
    mode, rule = op.attribute("mode", "nearest"), _rule(op)
    if any(op.attribute(name, 0) for name in _FLAGS) or min(target.axes) < 2 or not 3 <= op.rank() <= 5:
        return None
    if mode == "nearest":
        word = _nearest_word(target, rule, op.attribute("nearest_mode", "round_prefer_floor"))
        return target.upsample(word) if word else None
    if op.attribute("cubic_coeff_a", -0.75) != -0.75 and mode == "cubic":
        return None
    if rule not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return None
    for size, factor, reached in zip(target.before, target.factors, target.reached, strict=True):
        part = reached is not None and reached.denominator != 1
        if rule == "align_corners" and (part or (reached is None and factor is not None and factor.denominator != 1)):
            return None  # PyTorch aligns the corners of a whole number of positions
        if rule == "pytorch_half_pixel" and reached == 1:
            return None
        if part and reached is not None and reached // 1 == size:
            return None  # PyTorch then copies
    return target.upsample(mode, align_corners=rule == "align_corners")


def _nearest_word(target: _Target, rule: str, rounding: str) -> str | None:
    """Return our word for what ONNX calls nearest, or None."""
    if rule == "asymmetric" and rounding == "floor":
        return "nearest"
    # The two ways to round differ where a center lies between two pixels, which needs an even denominator.
    alike = all(factor is not None and factor.denominator % 2 for factor in target.factors)
    either = rounding == "round_prefer_ceil" or (rounding == "round_prefer_floor" and alike)
    return "nearest-exact" if rule == "half_pixel" and either else None


def _eldest(target: _Target, mode: str) -> Made:
    """Read Resize 10 and Upsample: output i lies at i/factor; nearest rounds up in a smaller map, down in a larger."""
    factors = target.factors
    if mode != "nearest":
        return target.resize(mode=mode, coordinate_transformation_mode="asymmetric")
    if min(target.axes) >= 2 and all(factor is not None and factor >= 1 for factor in factors):
        return target.upsample("nearest")
    made: int | Use = 0
    for axis, given, factor in zip(target.axes, target.given, factors, strict=True):
        rounding = "ceil" if factor is not None and factor < 1 else "floor"
        one = _Target(target.op, (axis,), (given,), target.scaled)
        use = one.resize(nearest_mode=rounding, coordinate_transformation_mode="asymmetric")
        made = Use(use.layer, (made,))
    return made


def _old(op: Operator) -> Made:
    """Read Upsample, which became Resize in version 10."""
    scales = op.listed("scales", 1) or ()
    if len(scales) != op.rank():
        wrong("not a number for each axis")
    given, scaled = _factors(op, range(op.rank()), scales)
    target = _changed(op, range(op.rank()), given, scaled)
    return _eldest(target, op.attribute("mode", "nearest")) if target.axes else 0


_MODES = {"bilinear": "bilinear", "linear": "bilinear", "nearest": "nearest", "bicubic": "bicubic", "cubic": "bicubic"}


def _keras_upsampling(op: Operator) -> Made:
    size, word = op.attribute("size", 2), op.attribute("interpolation", "nearest")
    if word not in ("nearest", "bilinear"):
        refuse(f"interpolation {word!r}")
    return Use(Upsample(scale_factor=size, mode=word))


def _keras_resizing(op: Operator) -> Made:
    word = op.attribute("interpolation", "bilinear")
    kept = op.attribute("crop_to_aspect_ratio") or op.attribute("pad_to_aspect_ratio")
    if word not in ("nearest", "bilinear") or kept or op.attribute("antialias"):
        refuse("interpolation that is neither nearest nor bilinear, antialiasing, or sides that keep their ratio")
    layer = Upsample(
        size=(op.attribute("height"), op.attribute("width")), mode="nearest-exact" if word == "nearest" else word
    )
    return Use(layer)


TABLE: Table = keyed(
    "onnx",
    {
        "Resize": reads(Resize, _resize),
        "Upsample": reads(Upsample, _old),
        "GridSample": reads(
            GridSample,
            mode=lambda op: _MODES.get(op.attribute("mode", "linear"), op.attribute("mode")),
            padding_mode=attribute("padding_mode", "zeros"),
            align_corners=lambda op: bool(op.attribute("align_corners", 0)),
        ),
    },
) | keyed(
    "keras",
    {
        "Resizing": reads(Upsample, _keras_resizing),
        **spaces("UpSampling", reads(Upsample, _keras_upsampling)),
    },
)
