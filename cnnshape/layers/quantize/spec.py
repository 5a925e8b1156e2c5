"""Numbers as small integers times a scale, and back: q = round(x/scale) + zero_point, x = (q - zero_point)*scale."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import ClassVar

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import POINTWISE, WHOLE, Context, Example, Kind, Layer, Spec, Windows, Work, layer, sizes
from cnnshape.layers.demands import elements, normal_axis
from cnnshape.layers.fields import Integer, Word, one_of
from cnnshape.layers.quantize.sides import demand_beside, demand_integers
from cnnshape.symbolic import ceildiv

__all__ = ["DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear"]

_INTEGERS = ("uint8", "int8", "uint16", "int16", "int32")
_FLOATS = ("float32", "float64", "float16")


class _Scaled(Layer):
    """A scale and, optionally, a zero point beside the tensor; a final class adds which way it goes."""

    kind = Kind.QUANTIZE
    arity: ClassVar[tuple[int, int | None]] = (2, 3)

    axis: Integer
    block_size: Integer

    def validate(self) -> None:
        if self.block_size < 0:
            refuse(self, "block_size", "a block holds positions", rule="block_size >= 0", fix="block_size: 0 (none)")

    def beside(self, inputs: tuple[Spec, ...], ctx: Context) -> None:
        """Demand that the scale and the zero point have one number for each, for some, or for all."""
        x, *others = inputs
        shape = x.shape
        if self.block_size:
            axis = normal_axis(self.axis, len(shape), "axis")
            shape = (*shape[:axis], ceildiv(shape[axis], self.block_size), *shape[axis + 1 :])
        for name, side in zip(("scale", "zero_point"), others, strict=False):
            demand_beside(ctx, name, side.shape, shape, exact=bool(self.block_size))

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(exact=False) if self.block_size else POINTWISE


@layer
class QuantizeLinear(_Scaled):
    """Numbers as small integers: round(x/scale) + zero_point, halves to the even, kept within the type.

    Shape:      x (*D), scale, zero_point -> y (*D); scale and zero_point are broadcast to x, such as () or (C, 1, 1);
                with block_size b they have ceil(D_axis/b) positions on that axis
    Formulas:   parameters 0    MACs 0    with E = prod(D) divisions E, additions E [zero_point], comparisons 2*E

    Parameters
    ----------
    dtype : "uint8" (default), "int8", "uint16", "int16" or "int32"; where there is a zero point its type counts
    axis : the axis that is cut in blocks, default 1
    block_size : positions that share a scale, default 0: no blocks, scales are broadcast

    Raises
    ------
    ArgumentError
        CS401, block_size is below 0.
    ShapeError
        CS201 scale or zero_point do not fit the input, CS207 no such axis, CS211 a zero point that is no integer.

    Notes
    -----
    ONNX writes scales of one axis as a vector and names the axis; here they are shaped so that they broadcast:
    (C, 1, 1). PyTorch's quantize_per_tensor and quantize_per_channel do the same. The comparisons are those with the
    ends of the type.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), 28))
    >>> QuantizeLinear(dtype="int8").outputs((x, Spec(())), Context())[0].dtype
    'int8'

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
    [2] Jacob et al.: Quantization and Training of Neural Networks for Efficient Inference, arXiv:1712.05877
    """

    _: KW_ONLY
    dtype: Word = one_of(*_INTEGERS)
    axis: Integer = 1
    block_size: Integer = 0

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_integers(inputs[2:], "zero_point")
        self.beside(inputs, ctx)
        return (Spec(inputs[0].shape, inputs[2].dtype if len(inputs) > 2 else self.dtype),)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        count = elements(inputs[0])
        return Work.of(muls=count, adds=count if len(inputs) > 2 else 0, compares=2 * count)

    def label(self) -> str:
        return "Quantize"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W"), (), Spec((), "uint8")),
            Example.of(cls(dtype="int8"), ("N", "C", "H", "W"), ("C", 1, 1)),
            Example.of(
                cls(axis=-1, block_size=2), ("N", "T"), ("N", "ceil(T/2)"), Spec(sizes("N", "ceil(T/2)"), "int16")
            ),
        )


@layer
class DequantizeLinear(_Scaled):
    """Small integers as numbers: (x - zero_point)*scale.

    Shape:      x (*D), scale, zero_point -> y (*D); scale and zero_point are broadcast to x, such as () or (C, 1, 1);
                with block_size b they have ceil(D_axis/b) positions on that axis
    Formulas:   parameters 0    MACs 0    products prod(D), additions prod(D) [zero_point]

    Parameters
    ----------
    dtype : optional, "float32", "float64" or "float16"; default the type of the scale
    axis : the axis that is cut in blocks, default 1
    block_size : positions that share a scale, default 0: no blocks, scales are broadcast

    Raises
    ------
    ArgumentError
        CS401, block_size is below 0, or dtype is another word.
    ShapeError
        CS201 scale or zero_point do not fit the input, CS207 no such axis, CS211 an input that is no integer.

    Notes
    -----
    ONNX writes scales of one axis as a vector and names the axis; here they are shaped so that they broadcast:
    (C, 1, 1).

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), 28), "uint8")
    >>> DequantizeLinear().outputs((x, Spec((64, 1, 1))), Context())[0].dtype
    'float32'

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
    """

    _: KW_ONLY
    dtype: Word | None = None
    axis: Integer = 1
    block_size: Integer = 0

    def validate(self) -> None:
        super().validate()
        if self.dtype not in (None, *_FLOATS):
            words = ", ".join(_FLOATS)
            refuse(self, "dtype", "it is no type of fractions", needed=_FLOATS, rule=words, fix="dtype: float32")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_integers(inputs[:1], "input")
        demand_integers(inputs[2:], "zero_point")
        self.beside(inputs, ctx)
        return (Spec(inputs[0].shape, self.dtype or inputs[1].dtype),)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        count = elements(inputs[0])
        return Work.of(muls=count, adds=count if len(inputs) > 2 else 0)

    def label(self) -> str:
        return "Dequantize"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        def held(*shape: str | int) -> Spec:
            return Spec(sizes(*shape), "uint8")

        return (
            Example.of(cls(), held("N", 3, "H", "W"), (), held()),
            Example.of(cls(dtype="float64"), held("N", "C", "H", "W"), ("C", 1, 1), held("C", 1, 1)),
            Example.of(cls(block_size=4), held("N", "4*C", "H"), ("N", "C", "H")),
        )


@layer
class DynamicQuantizeLinear(Layer):
    """Numbers as uint8, with the scale and the zero point that suit their range.

    Shape:      x (*D) -> y (*D) of uint8, scale (), zero_point () of uint8
    Formulas:   parameters 0    MACs 0    with E = prod(D) comparisons 4*E, divisions E, additions E

    Notes
    -----
    The range always holds 0, so that 0 stays exact: with its ends low <= 0 and high >= 0 the scale is (high - low)/255,
    the zero point round(-low/scale). Every output depends on the whole input.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> [y.dtype for y in DynamicQuantizeLinear().outputs((Spec((2, 3)),), Context())]
    ['uint8', 'float32', 'uint8']

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html
    """

    kind = Kind.QUANTIZE

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        return Spec(x.shape, "uint8"), Spec((), x.dtype), Spec((), "uint8")

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return WHOLE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        # the largest and the smallest number, and the ends of the type
        count = elements(inputs[0])
        return Work.of(muls=count, adds=count, compares=4 * count)

    def label(self) -> str:
        return "Quantize dynamic"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(), ("N", "T", "C")),
            Example.of(cls(), ("C",)),
        )
