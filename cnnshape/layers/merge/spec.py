"""Arithmetic of several tensors, element by element."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Word, one_of
from cnnshape.layers.join import broadcast, promoted

__all__ = ["Add", "Divide", "Elementwise", "Maximum", "Mean", "Minimum", "Multiply", "Subtract"]


class Elementwise(Layer):
    """One output element from one element of every input."""

    kind = Kind.MERGE
    arity: ClassVar[tuple[int, int | None]] = (1, None)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (Spec(broadcast(ctx, inputs), promoted([x.dtype for x in inputs])),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 4, "H", "W"), ("N", 4, "H", "W")),
            Example.of(cls(), ("N", 4, "H", "W"), ("N", 4, 1, 1)),
            Example.of(cls(), ("N", 8, "ceil(H/2)"), ("N", 8, "floor(H/2)")),
            Example.of(cls(), ("N", "T", 6), (6,)),
            *((Example.of(cls(), ("N", 3, "L"), ("N", 3, 1), (1, "C", "L")),) if cls.arity[1] is None else ()),
        )


@layer
class Add(Elementwise):
    """The sum of its inputs, element by element.

    Shape:      x_1, ..., x_k, each (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    additions (k - 1)*prod(S)

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there.

    Notes
    -----
    ONNX's Add and PyTorch's `+` take two inputs, ONNX's Sum and Keras's Add take any number. Only the number 1 is
    stretched, not a formula that may be 1: that formulas are equal becomes a condition on the symbols.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import ceildiv, dim, floordiv
    >>> H, ctx = dim("H"), Context()
    >>> y = Add().outputs((Spec((1, 8, ceildiv(H, 2))), Spec((1, 8, floordiv(H, 2)))), ctx)
    >>> print(*y, *ctx.conditions)
    (1, 8, floor(H/2)) ceil(H/2) == floor(H/2)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Sum.html
    [2] https://numpy.org/doc/stable/user/basics.broadcasting.html
    """

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(adds=(len(inputs) - 1) * elements(outputs[0]))


@layer
class Subtract(Elementwise):
    """The first input minus the second, element by element.

    Shape:      a (*S), b (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    additions prod(S)

    Raises
    ------
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Subtract().outputs((Spec((1, 3, 224, 224)), Spec((3, 1, 1))), Context()))
    (1, 3, 224, 224)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Sub.html
    """

    arity = (2, 2)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(adds=elements(outputs[0]))


@layer
class Multiply(Elementwise):
    """The product of its inputs, element by element, as in a gate.

    Shape:      x_1, ..., x_k, each (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    multiplications (k - 1)*prod(S)

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there.

    Notes
    -----
    These multiplications are no multiply-adds: they count as `muls`.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Multiply().outputs((Spec((1, 64, dim("H"), dim("W"))), Spec((1, 64, 1, 1))), Context()))
    (1, 64, H, W)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Mul.html
    """

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(muls=(len(inputs) - 1) * elements(outputs[0]))


@layer
class Divide(Elementwise):
    """The first input divided by the second, element by element.

    Shape:      a (*S), b (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    divisions prod(S), counted as multiplications

    Parameters
    ----------
    rounding_mode : "none" (default), "trunc": to a whole number toward 0, "floor": to the next smaller whole number

    Raises
    ------
    ArgumentError
        CS401, an unknown rounding_mode.
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there.

    Notes
    -----
    As `torch.div`: without rounding two integer inputs give float32, with it an integer. ONNX's Div of integers is
    "trunc". A whole number divided by 0 is 0.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Divide().outputs((Spec((1, 3, 224, 224)), Spec((3, 1, 1))), Context()))
    (1, 3, 224, 224)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.div.html
    [2] https://onnx.ai/onnx/operators/onnx__Div.html
    """

    arity = (2, 2)

    rounding_mode: Word = one_of("none", "trunc", "floor")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (y,) = super().outputs(inputs, ctx)
        return (y if "float" in y.dtype or self.rounding_mode != "none" else Spec(y.shape, "float32"),)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(muls=elements(outputs[0]))


@layer
class Maximum(Elementwise):
    """The largest of its inputs, element by element.

    Shape:      x_1, ..., x_k, each (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    comparisons (k - 1)*prod(S)

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Maximum().outputs((Spec((1, 3, 8)), Spec((1, 3, 8))), Context()))
    (1, 3, 8)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Max.html
    """

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=(len(inputs) - 1) * elements(outputs[0]))


@layer
class Minimum(Elementwise):
    """The smallest of its inputs, element by element.

    Shape:      x_1, ..., x_k, each (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    comparisons (k - 1)*prod(S)

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Minimum().outputs((Spec((1, 3, 8)), Spec((1, 3, 8))), Context()))
    (1, 3, 8)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Min.html
    """

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=(len(inputs) - 1) * elements(outputs[0]))


@layer
class Mean(Elementwise):
    """The mean of its inputs, element by element (Keras's Average); over axes of one input it is ReduceMean.

    Shape:      x_1, ..., x_k, each (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    additions (k - 1)*prod(S)    divisions prod(S), counted as multiplications

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there.

    Notes
    -----
    The mean of integers is an integer, cut toward 0; of bools, whether all are true.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Mean().outputs((Spec((1, 10)), Spec((1, 10)), Spec((1, 10))), Context()))
    (1, 10)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Mean.html
    [2] https://keras.io/api/layers/merging_layers/average/
    """

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        return Work.of(adds=(len(inputs) - 1) * size, muls=size)
