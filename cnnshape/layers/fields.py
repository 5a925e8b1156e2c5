"""What an argument of a layer may be: one table from the words of its annotation to check, schema and reading.

A layer declares `kernel_size: PerAxis`; the word `PerAxis` decides how a value is normalized when the layer is made,
which JSON Schema a design file sees, and whether text in a design file is a formula or a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from cnnshape.errors import ArgumentError
from cnnshape.symbolic import Dim, Size

__all__ = [
    "DTYPES",
    "KINDS",
    "Axes",
    "Count",
    "FieldKind",
    "Flag",
    "Integer",
    "Integers",
    "Natural",
    "Number",
    "Padding",
    "PerAxis",
    "PerAxisInteger",
    "PerAxisNatural",
    "PerAxisOrNone",
    "Scale",
    "Shape",
    "Word",
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
Scale: TypeAlias = Fraction | tuple[Fraction, ...]
"""A scale factor for every space axis, or one for each; the Fraction of its decimal text."""
Shape: TypeAlias = tuple[Size, ...]
"""A shape; entries may be formulas, -1 where the layer allows it."""
Flag: TypeAlias = bool
Number: TypeAlias = float
Word: TypeAlias = str

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
    """

    name: str
    wants: str
    check: Callable[[Any], Any]
    schema: Mapping[str, Any]
    formula: bool


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
        if isinstance(value, Dim):
            return value
        number = _integer(value)
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


def _padding(value: Any) -> Any:
    if isinstance(value, str):
        word = value.lower()
        if word not in PADDING_WORDS:
            raise ValueError
        return word
    natural = _size(0)

    def pair(entry: Any) -> Any:
        if isinstance(entry, (list, tuple)):
            before, after = entry
            return natural(before), natural(after)
        return natural(entry)

    return _many(pair)(value)


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
    number = value if isinstance(value, Fraction) else Fraction(str(value))
    if number <= 0:
        raise ValueError
    return number


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_FORMULA = {"type": "string"}
_COUNT = {"anyOf": [{"type": "integer", "minimum": 1}, _FORMULA]}
_NATURAL = {"anyOf": [{"type": "integer", "minimum": 0}, _FORMULA]}
_INTEGER = {"type": "integer"}
_SIGNED = {"anyOf": [_INTEGER, _FORMULA]}


def _or_list(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


_PADDING_ENTRY = {"anyOf": [_NATURAL, {"type": "array", "items": _NATURAL, "minItems": 2, "maxItems": 2}]}
_NULLABLE = {"anyOf": [{"type": "integer", "minimum": 1}, _FORMULA, {"type": "null"}]}

KINDS: Mapping[str, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind("Count", "a whole number of at least 1, or a formula", _size(1), _COUNT, True),
        FieldKind("Natural", "a whole number of at least 0, or a formula", _size(0), _NATURAL, True),
        FieldKind("Integer", "a whole number", _integer, _INTEGER, True),
        FieldKind("Integers", "a whole number, or a list of them", _tuple_of(_integer), _or_list(_INTEGER), True),
        FieldKind("Axes", "an axis, or a list of axes", _many(_integer), _or_list(_INTEGER), True),
        FieldKind("PerAxis", "at least 1, as one number or one per axis", _many(_size(1)), _or_list(_COUNT), True),
        FieldKind(
            "PerAxisNatural", "at least 0, as one number or one per axis", _many(_size(0)), _or_list(_NATURAL), True
        ),
        FieldKind("PerAxisInteger", "one number, or one per axis", _many(_size(None)), _or_list(_SIGNED), True),
        FieldKind(
            "PerAxisOrNone",
            "at least 1 or null, as one value or one per axis",
            _many(_optional(_size(1))),
            _or_list(_NULLABLE),
            True,
        ),
        FieldKind(
            "Padding",
            f"at least 0: one number, one per axis or [before, after] per axis; or {', '.join(PADDING_WORDS)}",
            _padding,
            {"anyOf": [_NATURAL, {"type": "array", "items": _PADDING_ENTRY, "minItems": 1}]},
            True,
        ),
        FieldKind(
            "Scale",
            "a number above 0, or one per axis",
            _many(_fraction),
            _or_list({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _FORMULA]}),
            False,
        ),
        FieldKind("Shape", "a list of sizes", _tuple_of(_size(None)), {"type": "array", "items": _SIGNED}, True),
        FieldKind("Flag", "true or false", _flag, {"type": "boolean"}, False),
        FieldKind("Number", "a number", _number, {"type": "number"}, False),
        FieldKind("Word", "a word", _word, {"type": "string"}, False),
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
