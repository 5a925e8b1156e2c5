"""Upsample: maps of another size, by interpolation."""

from __future__ import annotations

from dataclasses import KW_ONLY
from fractions import Fraction

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import same_rank, space_rank
from cnnshape.layers.fields import Flag, Integer, PerAxis, Scale, Word, one_of, per_axis
from cnnshape.layers.resample.interpolation import MODES, TAPS, sampling
from cnnshape.layers.sliding import bins_total
from cnnshape.symbolic import Size, Window, exact_div, product, scaled, text

__all__ = ["Upsample"]

_RANKS = {"bilinear": 2, "trilinear": 3, "bicubic": 2}
"""Modes whose name states the number of space axes."""


@layer
class Upsample(Layer):
    """Resize 1, 2 or 3 space axes by interpolation, to a factor, a size, or the size of a second input.

    Shape:      x (N, C, *D) [, like (N', C', *D')] -> y (N, C, *D');  D'_i = floor(D_i*scale_factor_i), size_i, or that
                of the second input
    Formulas:   parameters 0    MACs 0;  with t = 2 taps per axis (linear) or 4 (cubic): products N*C*prod(D')*t^axes,
                additions N*C*prod(D')*(t^axes - 1);  area: those of AdaptiveAvgPool

    Parameters
    ----------
    size : positions of the output, one number or one per axis
    scale_factor : output positions per input position, one number or one per axis, above 0; the exact fraction of its
        decimal text, or a text such as "2/3"
    mode : "nearest", "nearest-exact", "linear" and "cubic" (over all space axes, as in ONNX), "bilinear" and "bicubic"
        (2 space axes), "trilinear" (3), "area"
    align_corners : whether the corner pixels of input and output coincide, in the linear and cubic modes; default False
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401 both size and scale_factor, or align_corners in a mode without it.
    ShapeError
        CS203 an output without positions, CS205 neither size nor scale_factor nor a second input, or one of them beside
        a second input, CS206 the input has another number of space axes, CS208 the inputs have different numbers of
        axes.

    Notes
    -----
    Frameworks compute floor of a floating-point product, which for a factor such as 0.7 differs from the exact floor
    at some sizes. Keras's UpSampling2D(size=2) is scale_factor=2. Nearest takes position floor(i/factor), as PyTorch
    does, but for single precision, which with factor 41 puts i = 41 into position 0, and in 2-D for maps that a factor
    such as 1.3 rounds to their own or to twice their size: those it repeats evenly. ONNX's default nearest rounds
    half-pixel centers. The weights of interpolation, which all channels share, are not counted as work.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), 28))
    >>> print(Upsample(scale_factor=2).outputs((x,), Context())[0])
    (N, 64, 2*H, 56)
    >>> print(Upsample(scale_factor=1.5, mode="bilinear").outputs((x,), Context())[0])
    (N, 64, H + floor(H/2), 42)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
    [2] https://onnx.ai/onnx/operators/onnx__Resize.html
    """

    kind = Kind.RESAMPLE
    arity = (1, 2)
    sized_by = (1,)
    pytorch = "Upsample(2) is Upsample(size=2); twice the size is Upsample(scale_factor=2)"

    _: KW_ONLY
    size: PerAxis | None = None
    scale_factor: Scale | None = None
    mode: Word = one_of(*MODES)
    align_corners: Flag | None = None
    rank: Integer | None = None

    def validate(self) -> None:
        if self.size is not None and self.scale_factor is not None:
            refuse(
                self,
                "size",
                "scale_factor is given too",
                rule="either size or scale_factor",
                fix="leave one of them out",
            )
        if self.align_corners is not None and self.mode not in TAPS:
            refuse(
                self,
                "align_corners",
                f"mode {self.mode} has no corners to align",
                rule="align_corners belongs to the linear and cubic modes",
                fix="leave align_corners out, or mode: linear",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x = inputs[0]
        rank = space_rank(self, x, self.rank)
        space_rank(self, x, _RANKS.get(self.mode))
        given = (self.size is not None) + (self.scale_factor is not None) + len(inputs) - 1
        if given != 1:
            raise _target_fault(given)
        same_rank(inputs)
        space = self._space(inputs, rank)
        for axis, (d, out) in enumerate(zip(x.shape[2:], space, strict=True), start=2):
            name = axis_name(rank + 2, axis)
            ctx.at_least(out, 1, lambda d=d, out=out, name=name: _empty_fault(name, d, out))  # type: ignore[misc]  # defaults
        return (Spec((*x.shape[:2], *space), x.dtype),)

    def _space(self, inputs: tuple[Spec, ...], rank: int) -> tuple[Size, ...]:
        if len(inputs) == 2:
            return inputs[1].shape[2:]
        if self.scale_factor is None:
            return per_axis(self.size, rank, "size")
        factors = per_axis(self.scale_factor, rank, "scale_factor")
        return tuple(scaled(d, f) for d, f in zip(inputs[0].shape[2:], factors, strict=True))

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        before = inputs[0].shape[2:]
        after = self._space(inputs, len(before))
        given = per_axis(self.scale_factor, len(before), "scale_factor")
        axes: dict[int, Window] = {}
        for axis, (d, out, factor) in enumerate(zip(before, after, given, strict=True), start=2):
            w = sampling(self.mode, factor or _ratio(d, out), d, out, bool(self.align_corners))
            if w is None:
                return Windows(known=False, exact=False, reads=(0,))
            axes[axis] = w
        return Windows(axes, exact=self.mode not in TAPS, reads=(0,))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x, *_), (y,) = inputs, outputs
        size = product(y.shape)
        if self.mode == "area":
            held = (bins_total(d, out) for d, out in zip(x.shape[2:], y.shape[2:], strict=True))
            return Work.of(muls=size, adds=product((*y.shape[:2], *held)) - size)
        taps = TAPS.get(self.mode, 0) ** (len(x.shape) - 2)
        return Work.of(muls=taps * size, adds=(taps - 1) * size) if taps else Work.of()

    def label(self) -> str:
        if self.scale_factor is not None:
            factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,)
            return f"Upsample x{'x'.join(str(f) for f in factors)}"
        if self.size is None:
            return "Upsample"
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        return f"Upsample {'x'.join(text(s) for s in sizes)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(scale_factor=2), ("N", 3, "H", "W")),
            Example.of(cls(scale_factor=(1.5, "1/2"), mode="bilinear", align_corners=False), ("N", 2, "H", "2*W")),
            Example.of(cls(size=(7, 9), mode="bicubic", align_corners=True, rank=2), ("N", 2, "H", "W")),
            Example.of(cls(), ("N", 2, "H", "W"), ("N", 3, "2*H", "2*W")),
            Example.of(cls(scale_factor=3, mode="linear"), ("N", 2, "L")),
            Example.of(cls(size=(2, 3, 4), mode="area"), ("N", 1, "T", "H", 8)),
        )


def _ratio(size: Size, out: Size) -> Fraction | None:
    """Return the factor from one size to the other if it is a whole number, or one over a whole number."""
    up, down = exact_div(out, size), exact_div(size, out)
    if isinstance(up, int):
        return Fraction(up)
    return Fraction(1, down) if isinstance(down, int) else None


def _target_fault(given: int) -> ShapeError:
    return ShapeError(
        "nothing says how large the output is" if given == 0 else "size or scale_factor stands beside a second input",
        code="CS205",
        got=given,
        needed=1,
        rule="one of: size, scale_factor, a second input whose size is taken",
        fix="scale_factor: 2" if given == 0 else "leave out the second input, or the argument",
    )


def _empty_fault(name: str, size: Size, out: Size) -> ShapeError:
    return ShapeError(
        f"axis {name}: {text(size)} becomes {text(out)}",
        code="CS203",
        field="scale_factor",
        got=out,
        needed=1,
        rule="floor(size*scale_factor) must be >= 1",
        fix="a larger scale_factor, or a larger map",
    )
