"""Resize: ONNX's interpolation with every rule that it has, along any axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer, shape_text
from cnnshape.layers.demands import each_once, space_rank
from cnnshape.layers.fields import Axes, Flag, Number, Numbers, PerAxis, Scale, Word, one_of, per_axis
from cnnshape.layers.resample.places import COORDINATES, NEAREST, along, nearest_window, weighed_window
from cnnshape.symbolic import Dim, Size, Window, bound, ceildiv, exact_div, maximum, product, scaled, text

__all__ = ["Resize", "Resized"]

_REACH = {"linear": 1, "cubic": 2}
"""How far the pixels are that an output takes, in pixels of the larger of the two maps."""
_WITHIN = ("half_pixel", "asymmetric")
"""Rules whose places do not depend on the size, and lie within the map if a size is rounded up."""


@dataclass(frozen=True, slots=True)
class Resized:
    """One axis of a resize: its sizes before and after, and its factor, None where that is no number."""

    axis: int
    size: Size
    out: Size
    factor: Fraction | None


@layer
class Resize(Layer):
    """Resize axes by interpolation, with ONNX's choice of coordinates, rounding, filter and border.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i = floor(D_i*scale_factor_i) or size_i; axes that are not named stay
    Formulas:   parameters 0    MACs 0;  with t_i taps on axis i (linear 2, cubic 4, times ceil(D_i/D'_i) or so with
                antialias): products N*C*prod(D')*prod(t), additions N*C*prod(D')*(prod(t) - 1);  nearest: none

    Parameters
    ----------
    size : positions of the output, one number or one per axis
    scale_factor : output positions per input position, one number or one per axis, above 0; the exact fraction of its
        decimal text, or a text such as "2/3"
    mode : "nearest", "linear" or "cubic"
    coordinate_transformation_mode : where output i lies among D pixels, with the factor s: "half_pixel"
        (i + 1/2)/s - 1/2; "half_pixel_symmetric" the same about the center of the map where D*s is not whole;
        "pytorch_half_pixel" the same, but 0 if D*s = 1; "align_corners" i*(D - 1)/(D*s - 1); "asymmetric" i/s;
        "tf_half_pixel_for_nn" (i + 1/2)/s; "tf_crop_and_resize" as align_corners, between the corners that roi states
    nearest_mode : how mode nearest rounds: "round_prefer_floor", "round_prefer_ceil", "floor" or "ceil"
    cubic_coeff_a : slope of the cubic kernel at distance 1, default -0.75
    exclude_outside : whether pixels beyond the border have no weight, default False: they repeat the border
    antialias : whether linear and cubic weigh all pixels that an output of a smaller map covers, default False
    extrapolation_value : what tf_crop_and_resize gives where an output lies outside the map, default 0
    keep_aspect_ratio_policy : "stretch", or with one factor for all axes "not_larger" or "not_smaller" than size; the
        output then has round(D_i*factor) positions
    roi : for tf_crop_and_resize: the starts on all axes, then the ends; 0 is the first pixel, 1 the last
    axes : optional, the axes that are resized; default those of space

    Raises
    ------
    ArgumentError
        CS401 size and scale_factor together, or neither; an argument that belongs to another mode, or a roi that is
        not two numbers per axis. CS402 size or scale_factor has another number of entries than there are axes.
    ShapeError
        CS203 an output without positions, CS205 a policy other than stretch, or a filter, with sizes that are no
        numbers, CS206 the input has no axes of space, CS207 no such axis or one named twice.

    Notes
    -----
    `Upsample` is PyTorch's, and what a graph of PyTorch's export is read as. The places are exact fractions, where
    runtimes compute in floating point. With half_pixel, antialias, exclude_outside and cubic_coeff_a = -0.5 this is
    PyTorch's interpolate(antialias=True). A crop takes a size: of a scale_factor ONNX and its runtimes make different
    sizes. The weights, which all channels share, are not counted as work.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), 28))
    >>> print(Resize(scale_factor=2, coordinate_transformation_mode="asymmetric").outputs((x,), Context())[0])
    (N, 64, 2*H, 56)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Resize.html
    [2] Keys: Cubic Convolution Interpolation for Digital Image Processing, 1981, doi 10.1109/TASSP.1981.1163711
    """

    kind = Kind.RESAMPLE

    _: KW_ONLY
    size: PerAxis | None = None
    scale_factor: Scale | None = None
    mode: Word = one_of("nearest", "linear", "cubic")
    coordinate_transformation_mode: Word = one_of(*COORDINATES)
    nearest_mode: Word = one_of(*NEAREST)
    cubic_coeff_a: Number = -0.75
    exclude_outside: Flag = False
    antialias: Flag = False
    extrapolation_value: Number = 0.0
    keep_aspect_ratio_policy: Word = one_of("stretch", "not_larger", "not_smaller")
    roi: Numbers | None = None
    axes: Axes | None = None

    def validate(self) -> None:
        if (self.size is None) == (self.scale_factor is None):
            given = self.size is not None
            refuse(
                self,
                "size",
                "scale_factor is given too" if given else "nothing says how large the output is",
                rule="either size or scale_factor",
                fix="leave one of them out" if given else "scale_factor: 2",
            )
        if self.keep_aspect_ratio_policy != "stretch" and self.size is None:
            _belongs(self, "keep_aspect_ratio_policy", "it belongs to size", "a size, or leave it out")
        if self.mode == "nearest" and self.antialias:
            _belongs(self, "antialias", "mode nearest has no weights", "mode: linear")
        if self.mode == "nearest" and self.exclude_outside:
            _belongs(self, "exclude_outside", "mode nearest has no weights", "mode: linear")
        crops = self.coordinate_transformation_mode == "tf_crop_and_resize"
        if crops != (self.roi is not None):
            fix = "roi: [0, 0, 1, 1]" if crops else "coordinate_transformation_mode: tf_crop_and_resize"
            _belongs(self, "roi", "tf_crop_and_resize takes a roi, the other rules take none", fix)
        if crops and self.size is None:
            _belongs(self, "scale_factor", "a crop takes a size", "size: the positions of the output")

    def axes_of(self, x: Spec) -> tuple[int, ...]:
        """Return the axes that are resized."""
        if self.axes is None:
            return tuple(range(2, 2 + space_rank(self, x)))
        return each_once(self.axes, len(x.shape), "axes")

    def crops(self, count: int) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return where on each axis the crop starts and ends; all of the map without one."""
        if self.roi is None:
            return ((Fraction(0), Fraction(1)),) * count
        if len(self.roi) != 2 * count:
            whole = [0] * count + [1] * count
            rule = "the starts on all axes, then the ends"
            refuse(self, "roi", f"{count} axes have {2 * count} corners", rule=rule, fix=f"roi: {whole}")
        corners = [Fraction(str(corner)) for corner in self.roi]
        return tuple(zip(corners[:count], corners[count:], strict=True))

    def resized(self, x: Spec) -> tuple[Resized, ...]:
        """Return the axes that are resized, with their sizes and factors."""
        axes = self.axes_of(x)
        before = [x.shape[axis] for axis in axes]
        if self.scale_factor is not None:
            factors = per_axis(self.scale_factor, len(axes), "scale_factor")
            rows = zip(axes, before, factors, strict=True)
            return tuple(Resized(axis, size, scaled(size, factor), factor) for axis, size, factor in rows)
        sizes = per_axis(self.size, len(axes), "size")
        if self.keep_aspect_ratio_policy == "stretch":
            return tuple(
                Resized(axis, size, out, _ratio(size, out)) for axis, size, out in zip(axes, before, sizes, strict=True)
            )
        known = [
            Fraction(out, size)
            for size, out in zip(before, sizes, strict=True)
            if isinstance(size, int) and isinstance(out, int)
        ]
        if len(known) < len(axes):
            raise _free_fault(self, x)
        shared = min(known) if self.keep_aspect_ratio_policy == "not_larger" else max(known)
        # floor(d*shared + 1/2), halves up
        doubled = 2 * shared.denominator
        rounded = [(2 * size * shared.numerator + shared.denominator) // doubled for size in before]
        return tuple(Resized(axis, size, out, shared) for axis, size, out in zip(axes, before, rounded, strict=True))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        shape = list(x.shape)
        found = self.resized(x)
        self.crops(len(found))
        for each in found:
            ctx.at_least(each.out, 1, lambda each=each: _empty_fault(x, each))  # type: ignore[misc]  # a default
            shape[each.axis] = each.out
        return (Spec(tuple(shape), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        axes: dict[int, Window] = {}
        exact = self.mode == "nearest" and self.keep_aspect_ratio_policy == "stretch"
        for each, crop in zip(found := self.resized(x), self.crops(len(found)), strict=True):
            w = self._window(each, crop)
            if w is None:
                return Windows(known=False, exact=False)
            axes[each.axis] = w
            # A pixel that the border stands for has no place in a window of its own.
            alone = w.kernel == (w.stride if w.mode == "transposed" else 1)
            exact = exact and alone and self._rule(each) in (*_WITHIN, "tf_half_pixel_for_nn")
        return Windows(axes, exact=exact)

    def _rule(self, each: Resized) -> str:
        """Return the rule of the places on an axis, the one that does not read the size where two are the same."""
        rule = self.coordinate_transformation_mode
        if rule not in ("half_pixel_symmetric", "pytorch_half_pixel") or each.factor is None:
            return rule
        least = bound(each.out)[0] or 0
        whole = exact_div(each.size * each.factor.numerator, each.factor.denominator) is not None
        return "half_pixel" if whole and least > 1 and self.keep_aspect_ratio_policy == "stretch" else rule

    def _window(self, each: Resized, crop: tuple[Fraction, Fraction]) -> Window | None:
        rule = self._rule(each)
        # With one factor for all axes an output may lie far beyond the last pixel.
        if each.factor is None or not (self.keep_aspect_ratio_policy == "stretch" or rule in _WITHIN):
            return None
        places = along(rule, each.factor, each.size, each.out, crop)
        if places is None:
            return None
        if self.mode == "nearest":
            return nearest_window(places, self.nearest_mode)
        return weighed_window(places, _REACH[self.mode] * self.stretch(each.factor))

    def stretch(self, factor: Fraction) -> Fraction:
        """Return how much wider than its kernel in pixels the filter is."""
        return max(1 / factor, Fraction(1)) if self.antialias else Fraction(1)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        if self.mode == "nearest":
            return Work.of()
        after = [each.out for each in self.resized(inputs[0]) if each.factor is None]
        if self.antialias and any(isinstance(out, Dim) for out in after):
            return Work.unknown()  # how many pixels an output takes is a quotient of two formulas
        size, taps = product(outputs[0].shape), product(self._taps(inputs[0]))
        return Work.of(muls=taps * size, adds=(taps - 1) * size)

    def _taps(self, x: Spec) -> Iterator[Size]:
        """Yield how many pixels an output takes on each axis."""
        reach = _REACH[self.mode]
        for each in self.resized(x):
            if not self.antialias:
                yield 2 * reach
            elif each.factor is not None:
                yield 2 * -(-reach * self.stretch(each.factor) // 1)
            else:
                assert isinstance(each.out, int)
                yield 2 * maximum(reach, ceildiv(reach * each.size, each.out))

    def label(self) -> str:
        if self.scale_factor is not None:
            factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,)
            return f"Resize x{'x'.join(str(f) for f in factors)}"
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        return f"Resize {'x'.join(text(s) for s in sizes if s is not None)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        corners, crop = "align_corners", "tf_crop_and_resize"
        return (
            Example.of(
                cls(scale_factor=2, nearest_mode="floor", coordinate_transformation_mode="asymmetric"),
                ("N", 3, "H", "W"),
            ),
            Example.of(cls(scale_factor="1/3", mode="linear", antialias=True), ("N", 2, "H", "W")),
            Example.of(cls(size=(7, 9), mode="cubic", exclude_outside=True, cubic_coeff_a=-0.5), ("N", 2, "H", "W")),
            Example.of(
                cls(size=(6, 4), coordinate_transformation_mode=crop, mode="linear", roi=(0.25, 0, 0.75, 1.5)),
                ("N", 2, 8, "W"),
            ),
            Example.of(cls(size=(5, 9), keep_aspect_ratio_policy="not_larger", axes=(3, 2)), ("N", "C", 6, 4)),
            Example.of(cls(scale_factor=1.5, mode="cubic", coordinate_transformation_mode=corners), ("N", 2, "L")),
        )


def _ratio(size: Size, out: Size) -> Fraction | None:
    """Return the factor from one size to the other, if it is a number."""
    if isinstance(size, int) and isinstance(out, int):
        return Fraction(out, size)
    up, down = exact_div(out, size), exact_div(size, out)
    if isinstance(up, int):
        return Fraction(up)
    return Fraction(1, down) if isinstance(down, int) else None


def _belongs(layer: Resize, name: str, why: str, fix: str) -> None:
    refuse(layer, name, why, rule="an argument stands where the mode reads it", fix=fix)


def _free_fault(layer: Resize, x: Spec) -> ShapeError:
    why = f"keep_aspect_ratio_policy {layer.keep_aspect_ratio_policy}"
    return ShapeError(
        f"{why} needs sizes that are numbers, the input is {shape_text(x.shape)}",
        code="CS205",
        got=(*x.shape, layer.size),
        rule="the factor between the sizes decides",
        fix="scale_factor: 1/2, or sizes that are numbers",
    )


def _empty_fault(x: Spec, each: Resized) -> ShapeError:
    return ShapeError(
        f"axis {axis_name(len(x.shape), each.axis)}: {text(each.size)} becomes {text(each.out)}",
        code="CS203",
        field="scale_factor",
        got=each.out,
        needed=1,
        rule="floor(size*scale_factor) must be >= 1",
        fix="a larger scale_factor, or a larger map",
    )
