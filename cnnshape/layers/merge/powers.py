"""Powers, and what remains of a division."""

from __future__ import annotations

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Spec, Work, layer, sizes
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Number, Word, one_of
from cnnshape.layers.merge.spec import Elementwise

__all__ = ["Pow", "Remainder"]


@layer
class Remainder(Elementwise):
    """What remains of the first input divided by the second, element by element: a - b*(a/b, rounded).

    Shape:      a (*S), b (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    divisions and products 2*prod(S), counted as multiplications    subtractions
                prod(S)

    Parameters
    ----------
    rounding_mode : "floor" (default): the remainder has the sign of b; "trunc": it has the sign of a

    Raises
    ------
    ArgumentError
        CS401, an unknown rounding_mode.
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there.

    Notes
    -----
    "floor" is `torch.remainder`, Python's `%` and ONNX's Mod, "trunc" is `torch.fmod` and Mod with fmod = 1. What
    remains of a whole number divided by 0 is 0.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Remainder().outputs((Spec((1, 8), "int64"), Spec((), "int64")), Context()))
    (1, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.remainder.html
    [2] https://onnx.ai/onnx/operators/onnx__Mod.html
    """

    arity = (2, 2)

    rounding_mode: Word = one_of("floor", "trunc")

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        return Work.of(muls=2 * size, adds=size)


@layer
class Pow(Elementwise):
    """The first input to the power of a number, or of the second input, element by element.

    Shape:      x (*S) -> y (*S);  or x (*S), exponents (*S) -> y (*S), sizes that are 1 and missing leading axes
                stretched
    Formulas:   parameters 0    MACs 0    powers prod(S), counted as transcendental functions

    Parameters
    ----------
    exponent : a number, default None: the second input

    Raises
    ------
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there; CS205 an exponent and a second input, or neither.

    Notes
    -----
    `torch.pow`: a whole number to the power of a fraction is float32. A whole number to a negative power is cut toward
    0, as in PyTorch. ONNX's Pow keeps the element type of its first input.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> Pow(0.5).outputs((Spec((1, 8), "int64"),), Context())
    (Spec(shape=(1, 8), dtype='float32'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.pow.html
    [2] https://onnx.ai/onnx/operators/onnx__Pow.html
    """

    arity = (1, 2)
    pytorch = "pow(x, 2) is Pow(2)(x), pow(x, y) is Pow()(x, y)"

    exponent: Number | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        if (self.exponent is None) != (len(inputs) == 2):
            raise ShapeError(
                "no exponent is given" if self.exponent is None else "exponents are given twice",
                code="CS205",
                field="exponent",
                got=len(inputs),
                needed=2 if self.exponent is None else 1,
                rule="the exponent is an argument or the second input",
                fix="exponent: 2, or a second input" if self.exponent is None else "leave out the second input",
            )
        (y,) = super().outputs(inputs, ctx)
        fraction = isinstance(self.exponent, float) and "float" not in y.dtype
        return (Spec(y.shape, "float32") if fraction else y,)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(transcendental=elements(outputs[0]))

    def label(self) -> str:
        return "Pow" if self.exponent is None else f"Pow {self.exponent}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 4, "H", "W")),
            Example.of(cls(1.5), Spec(sizes("N", "T"), "int64")),
            Example.of(cls(), ("N", 8, "ceil(H/2)"), ("N", 8, "floor(H/2)")),
            Example.of(cls(), ("N", "T", 6), (6,)),
        )
