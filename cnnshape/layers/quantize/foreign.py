"""Quantized numbers in other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import Fixed, Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.foreign_onnx import ONNX_DTYPES, window
from cnnshape.layers.merge.spec import Add, Multiply
from cnnshape.layers.quantize.integer import ConvInteger, MatMulInteger
from cnnshape.layers.quantize.spec import DequantizeLinear, DynamicQuantizeLinear, QuantizeLinear
from cnnshape.layers.reshape.axes import Unsqueeze
from cnnshape.layers.reshape.copies import Cast

__all__ = ["TABLE"]

_INTEGERS = ("uint8", "int8", "uint16", "int16", "int32")


def _beside(op: Operator, position: int, rank: int, axis: int, what: int | Use | None = None) -> int | Use:
    """Return a scale or zero point, a vector of which belongs to an axis, so that it can be broadcast."""
    shape, after = op.shape(position), rank - 1 - axis
    side = position if what is None else what
    if len(shape) != 1 or shape == (1,) or after == 0:
        return side
    return Use(Unsqueeze(tuple(range(1, after + 1))), (side,))


def _blocks(op: Operator) -> dict[str, Any]:
    block = op.attribute("block_size", 0)
    return {"axis": op.attribute("axis", 1), "block_size": block} if block else {}


def _sides(op: Operator) -> tuple[int | Use, ...]:
    """Return the tensor, its scale and its zero point."""
    named = [position for position in (1, 2) if op.has(position)]
    if op.attribute("block_size", 0) or all(len(op.shape(position)) == 0 for position in named):
        return (0, *named)
    vectors = any(op.shape(position) != (1,) for position in named)
    axis = op.axis(op.attribute("axis", 1)) if vectors else 0
    return (0, *(_beside(op, position, op.rank(), axis) for position in named))


def _integers(dtype: str) -> str:
    if dtype not in _INTEGERS:
        refuse(f"numbers of type {dtype}, which no array has")
    return dtype


def _quantize(op: Operator) -> Made:
    stated = op.attribute("output_dtype", 0)
    held = op.spec(2).dtype if op.has(2) else ONNX_DTYPES.get(stated or 2, f"type {stated}")
    precision = op.attribute("precision", 0)
    if precision and ONNX_DTYPES.get(precision) != op.spec(1).dtype:
        refuse("a quotient in another precision than the scale's")
    return Use(QuantizeLinear(dtype=_integers(held), **_blocks(op)), _sides(op))


def _dequantize(op: Operator) -> Made:
    _integers(op.spec().dtype)
    stated = op.attribute("output_dtype", 0)
    dtype = ONNX_DTYPES.get(stated, f"type {stated}") if stated else None
    return Use(DequantizeLinear(dtype=dtype, **_blocks(op)), _sides(op))


def _conv_integer(op: Operator) -> Made:
    return _conv(op, 1, 2, 3)


def _conv(op: Operator, filters: int, zero: int, filters_zero: int) -> Use:
    """Return the convolution whose inputs stand at some positions."""
    kernel = op.shape(filters)[2:]
    given = window(op, tuple(kernel))
    points: tuple[int | Use | Fixed, ...] = ()
    if op.has(filters_zero):
        first = zero if op.has(zero) else Fixed(0, op.spec().dtype)
        points = (first, _beside(op, filters_zero, op.rank(filters), 0))
    elif op.has(zero):
        points = (zero,)
    return Use(ConvInteger(**given, groups=op.attribute("group", 1)), (0, filters, *points))


def _matmul_integer(op: Operator) -> Made:
    return _product(op, 1, 2, 3)


def _product(op: Operator, right: int, left_zero: int, right_zero: int) -> Use:
    """Return the matrix product whose inputs stand at some positions; a vector of zero points is one for each row."""
    points: tuple[int | Use | Fixed, ...] = ()
    if op.has(left_zero) or op.has(right_zero):
        points = (_rows(op, left_zero) if op.has(left_zero) else Fixed(0, op.spec().dtype),)
    if op.has(right_zero):
        points = (*points, right_zero)
    return Use(MatMulInteger(), (0, right, *points))


def _rows(op: Operator, position: int, what: int | Use | None = None) -> int | Use:
    return _beside(op, position, 2, 0, what)


def _single(op: Operator, position: int) -> int | Use:
    """Return a scale in single precision: products of two of half precision may vanish."""
    return Use(Cast("float32"), (position,)) if op.spec(position).dtype == "float16" else position


def _linear_conv(op: Operator) -> Made:
    """Read a convolution of integers, the scale of its sums, and the scale of what comes out."""
    rank = op.rank()
    sums = _conv(op, 3, 2, 5)
    if op.has(8):
        sums = Use(Add(), (sums, _beside(op, 8, rank, 1)))
    scale = Use(Multiply(), (_single(op, 1), _beside(op, 4, rank, 1, _single(op, 4))))
    return _out(op, sums, scale, 6, 7)


def _linear_matmul(op: Operator) -> Made:
    scale = Use(Multiply(), (_rows(op, 1, _single(op, 1)), _single(op, 4)))
    return _out(op, _product(op, 3, 2, 5), scale, _rows(op, 6, _single(op, 6)), _rows(op, 7))


def _out(op: Operator, sums: Use, scale: Use, out: int | Use, zero: int | Use) -> Use:
    numbers = Use(DequantizeLinear(), (sums, scale))
    return Use(QuantizeLinear(dtype=_integers(op.spec(7).dtype)), (numbers, out, zero))


TABLE: Table = keyed(
    "onnx",
    {
        "QuantizeLinear": reads(QuantizeLinear, _quantize),
        "DequantizeLinear": reads(DequantizeLinear, _dequantize),
        "DynamicQuantizeLinear": reads(
            DynamicQuantizeLinear, lambda _: tuple(Use(DynamicQuantizeLinear(), port=port) for port in range(3))
        ),
        "ConvInteger": reads(ConvInteger, _conv_integer),
        "MatMulInteger": reads(MatMulInteger, _matmul_integer),
        "QLinearConv": reads(ConvInteger, _linear_conv),
        "QLinearMatMul": reads(MatMulInteger, _linear_matmul),
    },
)
