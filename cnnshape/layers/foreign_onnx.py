"""What several tables read of ONNX: element types, the arguments of windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.layers.foreign import Operator, wrong
from cnnshape.layers.foreign_out import Case, Emit, Numbers, Source, ints, numbers, op
from cnnshape.symbolic import Size, Window, padding_of

__all__ = [
    "ONNX_DTYPES",
    "ONNX_NUMBERS",
    "ONNX_WORDS",
    "alike",
    "dtype_out",
    "pads",
    "pads_out",
    "window",
    "window_out",
]

ONNX_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16", 17: "float8", 18: "float8", 19: "float8", 20: "float8",
    21: "uint4", 22: "int4",
}  # fmt: skip
"""TensorProto.DataType -> element type; texts, complex numbers and the smallest formats have none."""

ONNX_NUMBERS = {word: number for number, word in reversed(ONNX_DTYPES.items())}
"""Element type -> TensorProto.DataType; of several float8 the first."""

ONNX_WORDS = {"SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower", "VALID": "valid"}
"""ONNX's auto_pad -> our word."""


def pads(op: Operator, rank: int) -> tuple[tuple[int, int], ...]:
    """Return ONNX's flat list, all beginnings and then all ends, as a pair for each axis."""
    flat = op.attribute("pads", (0,) * (2 * rank))
    if len(flat) != 2 * rank:
        wrong(f"pads has {len(flat)} entries, {2 * rank} are needed")
    return tuple(zip(flat[:rank], flat[rank:], strict=True))


def window(op: Operator, kernel: tuple[Any, ...]) -> dict[str, Any]:
    """Return kernel_size, stride, padding and dilation."""
    rank = len(kernel)
    word = op.attribute("auto_pad", "NOTSET") or "NOTSET"
    if word != "NOTSET" and word not in ONNX_WORDS:
        wrong(f"auto_pad is {word!r}")
    sides, steps = pads(op, rank), op.attribute("dilations", ())
    return {
        "kernel_size": kernel,
        "stride": op.attribute("strides", (1,) * rank),
        "padding": ONNX_WORDS.get(word) or (sides if any(map(any, sides)) else 0),
        "dilation": steps if any(step != 1 for step in steps) else 1,
    }


def window_out(case: Case, windows: Sequence[Window]) -> dict[str, Any]:
    """Return the attributes of the windows that slide over the first input's space."""
    given = {
        "kernel_shape": ints(w.kernel for w in windows),
        "strides": tuple(w.stride for w in windows),
        "dilations": ints(w.dilation for w in windows),
    }
    sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
    known = all(isinstance(side, int) for pair in sides for side in pair)
    if not known and windows[0].mode in _SAME and all(w.dilation == 1 for w in windows):
        return given | {"auto_pad": windows[0].mode.upper()}
    return given | {"pads": (*ints(before for before, _ in sides), *ints(after for _, after in sides))}


_SAME = ("same_upper", "same_lower")


def dtype_out(case: Case, word: str) -> int:
    """Return ONNX's number of an element type."""
    return ONNX_NUMBERS[case.real if word == "float32" else word]


def alike(case: Case) -> tuple[int | Emit, ...]:
    """Return the inputs in the element type of the output, where ONNX wants one type."""
    wanted = case.outputs[0].dtype
    return tuple(
        position if spec.dtype == wanted else op("Cast", position, to=dtype_out(case, wanted))
        for position, spec in enumerate(case.inputs)
    )


def pads_out(sides: Sequence[tuple[Size, Size]]) -> Numbers:
    """Return ONNX's list, all beginnings and then all ends, from a pair for each axis."""
    return numbers((*ints(before for before, _ in sides), *ints(after for _, after in sides)))


def taken(x: Source, axis: int, start: int, end: int, step: int = 1) -> Emit:
    """Return positions of one axis, as Python's slices have them."""
    return op("Slice", x, *(numbers((each,)) for each in (start, end, axis, step)))


def indices(case: Case, position: int, types: tuple[str, ...] = ("int32", "int64")) -> int | Emit:
    """Return an input of positions in an element type that ONNX has for them."""
    return position if case.inputs[position].dtype in types else op("Cast", position, to=ONNX_NUMBERS["int64"])
