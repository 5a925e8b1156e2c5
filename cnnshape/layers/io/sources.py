"""Tensors whose numbers follow from sizes alone: filled with one number, counted up, or the sizes themselves."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer, sizes
from cnnshape.layers.demands import fits
from cnnshape.layers.fields import DTYPES, Index, Integer, Number, Shape, Word, one_of
from cnnshape.symbolic import Size, ceildiv, dim, product

__all__ = ["Arange", "Full", "SizeTensor"]


class _Source(Layer):
    """A tensor that depends on no other."""

    kind = Kind.IO
    arity = (0, 0)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()


@layer
class Full(_Source):
    """A tensor that holds one number everywhere.

    Shape:      -> y (shape)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shape : sizes of all axes; ints of at least 1, or formulas; empty for a single number
    value : the number, default 0
    dtype : element type, default "float32"

    Raises
    ------
    ArgumentError
        CS401, an unknown dtype.
    ShapeError
        CS203, a size below 1.

    Examples
    --------
    >>> print(Full((1, dim("H"), dim("W")), value=1.0).outputs((), Context())[0])
    (1, H, W)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.full.html
    """

    shape: Shape
    _: KW_ONLY
    value: Number = 0.0
    dtype: Word = one_of(*DTYPES)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        _at_least_one(ctx, self.shape)
        return (Spec(self.shape, self.dtype),)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(sizes(1, "H", "W"))),
            Example.of(cls((2, 3), value=1.5)),
            Example.of(cls((), value=7.0, dtype="int64")),
        )


@layer
class Arange(_Source):
    """The numbers from `start` on, `step` apart, up to `limit`, which is not among them.

    Shape:      -> y (ceil((limit - start)/step))
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    limit : where it ends; a number or a formula
    start : where it begins, default 0; a number or a formula
    step : from one number to the next, default 1; not 0
    dtype : element type, default "int64"

    Raises
    ------
    ArgumentError
        CS401, a step of 0 or an unknown dtype.
    ShapeError
        CS203, no number lies between start and limit.

    Examples
    --------
    >>> print(Arange(dim("H"), step=2).outputs((), Context())[0])
    (ceil(H/2),)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Range.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.arange.html
    """

    limit: Index
    _: KW_ONLY
    start: Index = 0
    step: Integer = 1
    dtype: Word = one_of(*DTYPES, default="int64")

    def validate(self) -> None:
        if self.step == 0:
            refuse(self, "step", "the step is 0", rule="each number differs from the one before", fix="step: 1")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        length = self.limit - self.start if self.step > 0 else self.start - self.limit
        count = ceildiv(length, abs(self.step))
        _at_least_one(ctx, (count,))
        return (Spec((count,), self.dtype),)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(dim("H"))),
            Example.of(cls(2 * dim("W"), start=1, step=3, dtype="float32")),
            Example.of(cls(-4, start=5, step=-2)),
        )


@layer
class SizeTensor(_Source):
    """Sizes as the numbers of a tensor.

    Shape:      -> y (shape)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    values : the numbers, each an int or a formula
    shape : sizes of all axes, ints; default one axis. ``[]`` for a single number
    dtype : element type, default "int64"

    Raises
    ------
    ArgumentError
        CS401, a shape for another number of values, or an unknown dtype.

    Examples
    --------
    >>> SizeTensor((dim("H"), dim("W"))).outputs((), Context())[0].shape
    (2,)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Shape.html
    """

    values: Shape
    _: KW_ONLY
    shape: Shape | None = None
    dtype: Word = one_of(*DTYPES, default="int64")

    def validate(self) -> None:
        if not self.values or (self.shape is not None and product(self.shape) != len(self.values)):
            refuse(
                self,
                "shape",
                f"{len(self.values)} values do not fill {self.shape}",
                rule="a shape lists ints whose product is the number of values, one at least",
                fix=f"shape: [{len(self.values)}]",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (Spec((len(self.values),) if self.shape is None else self.shape, self.dtype),)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(sizes("H", "W"))),
            Example.of(cls(sizes("H*W", -1, 3, 4), shape=(2, 2), dtype="int32")),
            Example.of(cls(sizes("W - 1"), shape=(), dtype="float32")),
        )


def _at_least_one(ctx: Context, shape: tuple[Size, ...]) -> None:
    for axis, size in enumerate(shape):
        fits(ctx, size, 1, f"axis {axis_name(len(shape), axis)}", "a size of at least 1")
