"""What an argument of a layer may be: one table from the words of its annotation to check, schema and reading.

A layer declares `kernel_size: PerAxis`; the word `PerAxis` decides how a value is normalized when the layer is made,
which JSON Schema a design file sees, and whether text in a design file is a formula or a word. In Python a size may be
a text too, ``Conv("2*C", kernel_size=3)``; any name in it is a symbol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from cnnshape.errors import ArgumentError
from cnnshape.symbolic import Dim, Size, parse

__all__ = [
    "DTYPES",
    "KINDS",
    "Axes",
    "Count",
    "Crops",
    "FieldKind",
    "Flag",
    "Index",
    "Indices",
    "Integer",
    "Integers",
    "Margins",
    "Natural",
    "Number",
    "Numbers",
    "Padding",
    "PerAxis",
    "PerAxisInteger",
    "PerAxisNatural",
    "PerAxisOrNone",
    "Scale",
    "Shape",
    "Shapes",
    "Sizes",
    "Strides",
    "Word",
    "Words",
    "one_of",
    "paddings",
    "per_axis",
]

Count: TypeAlias = Size
"""A size of at least 1."""
Natural: TypeAlias = Size
"""A size of at least 0."""
Integer: TypeAlias = int
"""Any integer, such as an axis counted from the end."""
Integers: TypeAlias = tuple[int, ...]
"""Several integers; one stands for itself."""
Index: TypeAlias = Size
"""A position, negative ones counted from the end; a number or a formula."""
Indices: TypeAlias = int | tuple[int, ...]
"""One position or several, negative ones counted from the end."""
Axes: TypeAlias = int | tuple[int, ...]
"""One axis or several, negative ones counted from the end."""
PerAxis: TypeAlias = Size | tuple[Size, ...]
"""A size of at least 1 for every space axis, or one for each."""
PerAxisNatural: TypeAlias = Size | tuple[Size, ...]
"""A size of at least 0 for every space axis, or one for each."""
PerAxisInteger: TypeAlias = Size | tuple[Size, ...]
"""An integer of any sign for every space axis, or one for each."""
PerAxisOrNone: TypeAlias = Size | tuple[Size | None, ...] | None
"""As PerAxis; null keeps the axis as it is."""
Padding: TypeAlias = Size | str | tuple[Size | tuple[Size, Size], ...]
"""An int, one per axis, a pair (before, after) per axis, or a word."""
Margins: TypeAlias = Size | tuple[Size | tuple[Size, Size], ...]
"""What is added to an axis: one number, one per axis, a pair (before, after) per axis; a negative one crops."""
Crops: TypeAlias = Size | tuple[Size | tuple[Size, Size], ...]
"""What is cut from an axis, as Margins, at least 0."""
Strides: TypeAlias = int | tuple[int, ...]
"""As PerAxis, but numbers: a symbolic stride would make sizes that cannot be decided."""
Scale: TypeAlias = Fraction | float | str | tuple[Fraction | float | str, ...]
"""A scale factor for every space axis, or one for each; the Fraction of its decimal text."""
Sizes: TypeAlias = Size | tuple[Size, ...]
"""A size of at least 1, or a list of them."""
Shape: TypeAlias = tuple[Size, ...]
"""A shape; entries may be formulas, -1 where the layer allows it."""
Shapes: TypeAlias = tuple[tuple[Size, ...], ...]
"""Several shapes."""
Flag: TypeAlias = bool
Number: TypeAlias = float
Numbers: TypeAlias = tuple[float, ...]
"""Several numbers; one stands for itself."""
Word: TypeAlias = str
Words: TypeAlias = tuple[str, ...]
"""Several words; one stands for itself."""

DTYPES = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "float8",
    "int64",
    "int32",
    "int16",
    "int8",
    "int4",
    "uint64",
    "uint32",
    "uint16",
    "uint8",
    "uint4",
    "bool",
)
"""Element types of tensors; the first is the default."""
# Without an exponent: Fraction("1e999999999") would fill the memory.
_RATIO = re.compile(r"\d{1,12}(\.\d{0,12})?|\.\d{1,12}|\d{1,12}/0*[1-9]\d{0,11}")

# Paddings that only other libraries have, and slips, are not to become symbols: `padding="causal"`.
_NO_SYMBOL = re.compile(r"[^\W\d_]{2,}(_[^\W\d_]+)*")

PADDING_WORDS = ("same", "valid", "same_upper", "same_lower")


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one kind of argument is checked and written.

    Parameters
    ----------
    name : str, the word in the annotation
    wants : str, what a message says it should be
    check : value -> normalized value; raises ValueError or TypeError
    schema : JSON Schema of the value in a design file
    formula : bool, whether text in a design file is a formula (else a word)
    least : int, the least value of a size in it, or None
    """

    name: str
    wants: str
    check: Callable[[Any], Any]
    schema: Mapping[str, Any]
    formula: bool
    least: int | None = None


def one_of(*words: str, default: str | None = None) -> Any:
    """Declare a keyword field that takes one of `words`; the first is the default."""
    return field(default=words[0] if default is None else default, kw_only=True, metadata={"words": words})


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        if hasattr(value, "__index__") and not isinstance(value, bool):
            return int(value.__index__())
        raise TypeError
    return value


def _size(least: int | None) -> Callable[[Any], Size]:
    def check(value: Any) -> Size:
        size = parse(value) if isinstance(value, str) else value
        if isinstance(size, Dim):
            return size
        number = _integer(size)
        if least is not None and number < least:
            raise ValueError
        return number

    return check


def _many(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def several(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError
            return tuple(check(entry) for entry in value)
        return check(value)

    return several


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _sides(least: int | None) -> Callable[[Any], Any]:
    number = _size(least)

    def size(entry: Any) -> Size:
        if isinstance(entry, str) and _NO_SYMBOL.fullmatch(entry):
            raise ValueError
        return number(entry)

    def pair(entry: Any) -> Any:
        if isinstance(entry, (list, tuple)):
            before, after = entry
            return size(before), size(after)
        return size(entry)

    return _many(pair)


def _padding(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in PADDING_WORDS:
        return value.lower()
    return _sides(0)(value)


def _stride(value: Any) -> int:
    number = _integer(value)
    if number < 1:
        raise ValueError
    return number


def _tuple_of(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: tuple(check(v) for v in (value if isinstance(value, (list, tuple)) else (value,)))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return value


def _fraction(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction, str)):
        raise TypeError
    if isinstance(value, str) and not _RATIO.fullmatch(value):
        raise ValueError
    number = value if isinstance(value, Fraction) else Fraction(str(value))
    if number <= 0 or max(number.numerator, number.denominator) > 10**12:
        raise ValueError
    return number


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _shapes(value: Any) -> tuple[tuple[Size, ...], ...]:
    if not isinstance(value, (list, tuple)) or not value or any(not isinstance(row, (list, tuple)) for row in value):
        raise TypeError
    return tuple(tuple(_size(None)(size) for size in row) for row in value)


_FORMULA = {"type": "string"}
_COUNT = {"anyOf": [{"type": "integer", "minimum": 1}, _FORMULA]}
_NATURAL = {"anyOf": [{"type": "integer", "minimum": 0}, _FORMULA]}
_INTEGER = {"type": "integer"}
_SIGNED = {"anyOf": [_INTEGER, _FORMULA]}


def _or_list(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def _pairs(schema: Mapping[str, Any]) -> dict[str, Any]:
    pair = {"type": "array", "items": schema, "minItems": 2, "maxItems": 2}
    return {"anyOf": [schema, {"type": "array", "items": {"anyOf": [schema, pair]}, "minItems": 1}]}


_SHAPE = {"anyOf": [*_SIGNED["anyOf"], {"type": "array", "items": _SIGNED}]}
_SHAPES = {"type": "array", "items": {"type": "array", "items": _SIGNED}, "minItems": 1}
_NULLABLE = {"anyOf": [{"type": "integer", "minimum": 1}, _FORMULA, {"type": "null"}]}

KINDS: Mapping[str, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind("Count", "a whole number of at least 1, or a formula", _size(1), _COUNT, True, 1),
        FieldKind("Natural", "a whole number of at least 0, or a formula", _size(0), _NATURAL, True, 0),
        FieldKind("Integer", "a whole number", _integer, _INTEGER, True),
        FieldKind("Integers", "a whole number, or a list of them", _tuple_of(_integer), _or_list(_INTEGER), True),
        FieldKind("Index", "a whole number or a formula", _size(None), _SIGNED, True),
        FieldKind("Indices", "a whole number, or a list of them", _many(_integer), _or_list(_INTEGER), True),
        FieldKind("Axes", "an axis, or a list of axes", _many(_integer), _or_list(_INTEGER), True),
        FieldKind(
            "PerAxis",
            "a whole number of at least 1, or a list with one per axis",
            _many(_size(1)),
            _or_list(_COUNT),
            True,
            1,
        ),
        FieldKind(
            "PerAxisNatural",
            "a whole number of at least 0, or a list with one per axis",
            _many(_size(0)),
            _or_list(_NATURAL),
            True,
            0,
        ),
        FieldKind(
            "PerAxisInteger", "a whole number, or a list with one per axis", _many(_size(None)), _or_list(_SIGNED), True
        ),
        FieldKind(
            "PerAxisOrNone",
            "a whole number of at least 1, null, or a list with one per axis",
            _many(_optional(_size(1))),
            _or_list(_NULLABLE),
            True,
            1,
        ),
        FieldKind(
            "Padding",
            f"a whole number of at least 0, a list with one or [before, after] per axis, or {', '.join(PADDING_WORDS)}",
            _padding,
            _pairs(_NATURAL),
            True,
            0,
        ),
        FieldKind(
            "Margins",
            "a whole number, or a list with one or [before, after] per axis",
            _sides(None),
            _pairs(_SIGNED),
            True,
        ),
        FieldKind(
            "Crops",
            "a whole number of at least 0, or a list with one or [before, after] per axis",
            _sides(0),
            _pairs(_NATURAL),
            True,
            0,
        ),
        FieldKind(
            "Strides",
            "a whole number of at least 1 (no symbol), or a list with one per axis",
            _many(_stride),
            _or_list(_COUNT),
            True,
        ),
        FieldKind(
            "Scale",
            "a number above 0, or a list with one per axis",
            _many(_fraction),
            _or_list({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _FORMULA]}),
            False,
        ),
        FieldKind(
            "Sizes", "a whole number of at least 1, or a list of them", _many(_size(1)), _or_list(_COUNT), True, 1
        ),
        FieldKind("Shape", "a list of sizes", _tuple_of(_size(None)), _SHAPE, True),
        FieldKind("Shapes", "a list of shapes, each a list of sizes", _shapes, _SHAPES, True),
        FieldKind("Flag", "true or false", _flag, {"type": "boolean"}, False),
        FieldKind("Number", "a number", _number, {"type": "number"}, False),
        FieldKind("Numbers", "a number, or a list of them", _tuple_of(_number), _or_list({"type": "number"}), False),
        FieldKind("Word", "a word", _word, {"type": "string"}, False),
        FieldKind("Words", "a word, or a list of them", _tuple_of(_word), _or_list({"type": "string"}), False),
    )
}


def per_axis(value: Any, rank: int, name: str) -> tuple[Any, ...]:
    """Spread `value` over `rank` space axes: a single value counts for each.

    Raises
    ------
    ArgumentError
        CS402, if it is a list of another length.
    """
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) != rank:
        raise ArgumentError(
            f"{name} has {len(value)} entries, the input has {rank} space {'axis' if rank == 1 else 'axes'}",
            code="CS402",
            field=name,
            got=value,
            needed=rank,
            rule="one entry for every space axis, or a single number for all of them",
            fix=f"{name}: one number, or a list of {rank}",
        )
    return value


def paddings(value: Padding, rank: int, name: str = "padding") -> tuple[tuple[Size, Size], ...]:
    """Return (before, after) for each of `rank` axes, from an int, one per axis, or a pair per axis."""
    entries: Sequence[Any] = per_axis(value, rank, name)
    return tuple(entry if isinstance(entry, tuple) else (entry, entry) for entry in entries)
