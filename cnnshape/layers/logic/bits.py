"""The bits of whole numbers."""

from __future__ import annotations

from dataclasses import field

from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work, layer, sizes
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Word
from cnnshape.layers.join import broadcast, promoted
from cnnshape.layers.logic.asking import demand_type

__all__ = ["Bitwise", "BitwiseNot"]


@layer
class Bitwise(Layer):
    """Two inputs joined bit by bit, or the bits of the first moved by as many places as the second says.

    Shape:      a (*S), b (*S) -> y (*S); sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    operations prod(S), counted as comparisons

    Parameters
    ----------
    operation : "and", "or", "xor", "left_shift" or "right_shift"

    Raises
    ------
    ArgumentError
        CS401, an unknown operation.
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there; CS211 an input that is neither whole numbers nor
        bools, or bools that are to be shifted.

    Notes
    -----
    PyTorch's and Keras's `bitwise_and`, ..., `bitwise_left_shift`. What is shifted by a negative number of places, or
    by as many as it has bits or more, has no bit left: 0, or -1 for a negative number to the right (ONNX).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> Bitwise("xor").outputs((Spec((1, 4), "uint8"), Spec((4,), "uint8")), Context())
    (Spec(shape=(1, 4), dtype='uint8'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.bitwise_and.html
    [2] https://onnx.ai/onnx/operators/onnx__BitwiseAnd.html
    [3] https://onnx.ai/onnx/operators/onnx__BitShift.html
    """

    kind = Kind.LOGIC
    arity = (2, 2)

    operation: Word = field(metadata={"words": ("and", "or", "xor", "left_shift", "right_shift")})

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        if self.operation.endswith("shift"):
            demand_type(inputs, ("int",), "whole numbers have bits that can be shifted", "int64")
        else:
            demand_type(inputs, ("int", "bool"), _RULE, "int64")
        return (Spec(broadcast(ctx, inputs), promoted([x.dtype for x in inputs])),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(outputs[0]))

    def label(self) -> str:
        return f"bitwise {self.operation.replace('_', ' ')}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("and"), Spec(sizes("N", 3, "H", "W"), "uint8"), Spec((), "uint8")),
            Example.of(cls("or"), Spec(sizes("N", "T"), "int64"), Spec(sizes("N", 1), "int32")),
            Example.of(cls("xor"), Spec(sizes("N", "C"), "bool"), Spec(sizes("C"), "bool")),
            Example.of(cls("left_shift"), Spec(sizes("N", "2*ceil(T/2)"), "int32"), Spec(sizes("T"), "int32")),
            Example.of(cls("right_shift"), Spec(sizes("N", "T"), "uint8"), Spec((1,), "uint8")),
        )


@layer
class BitwiseNot(Layer):
    """Every bit turned over, element by element; of bools, `not`.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0    operations prod(S), counted as comparisons

    Raises
    ------
    ShapeError
        CS211, the input is neither whole numbers nor bools.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> BitwiseNot().outputs((Spec((4,), "uint8"),), Context())
    (Spec(shape=(4,), dtype='uint8'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.bitwise_not.html
    [2] https://onnx.ai/onnx/operators/onnx__BitwiseNot.html
    """

    kind = Kind.LOGIC

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_type(inputs, ("int", "bool"), _RULE, "int64")
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(outputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), Spec(sizes("N", 3, "H", "W"), "uint8")),
            Example.of(cls(), Spec(sizes("N", "T"), "int64")),
            Example.of(cls(), Spec(sizes("T", "T"), "bool")),
        )


_RULE = "whole numbers and bools have bits that can be joined"
