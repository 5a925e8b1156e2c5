"""What several tables read of ONNX: element types, the arguments of windows."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import Operator, refuse

__all__ = ["ONNX_DTYPES", "ONNX_WORDS", "pads", "window"]

ONNX_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16", 17: "float8", 18: "float8", 19: "float8", 20: "float8",
    21: "uint4", 22: "int4",
}  # fmt: skip
"""TensorProto.DataType -> element type; texts, complex numbers and the smallest formats have none."""

ONNX_WORDS = {"SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower", "VALID": "valid"}
"""ONNX's auto_pad -> our word."""


def pads(op: Operator, rank: int) -> tuple[tuple[int, int], ...]:
    """Return ONNX's flat list, all beginnings and then all ends, as a pair for each axis."""
    flat = op.attribute("pads", (0,) * (2 * rank))
    if len(flat) != 2 * rank:
        refuse(f"pads has {len(flat)} entries, {2 * rank} are needed")
    return tuple(zip(flat[:rank], flat[rank:], strict=True))


def window(op: Operator, kernel: tuple[Any, ...]) -> dict[str, Any]:
    """Return kernel_size, stride, padding and dilation."""
    rank = len(kernel)
    word = op.attribute("auto_pad", "NOTSET") or "NOTSET"
    if word != "NOTSET" and word not in ONNX_WORDS:
        refuse(f"auto_pad is {word!r}")
    sides, steps = pads(op, rank), op.attribute("dilations", ())
    return {
        "kernel_size": kernel,
        "stride": op.attribute("strides", (1,) * rank),
        "padding": ONNX_WORDS.get(word) or (sides if any(map(any, sides)) else 0),
        "dilation": steps if any(step != 1 for step in steps) else 1,
    }
