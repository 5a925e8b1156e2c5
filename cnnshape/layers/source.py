"""How a layer is written as source code: the words that the families' functions are written in.

A family's `source_torch.py` holds one table, `TABLE`: layer class -> `Coder`. A coder returns expressions, as plain
data, for one use of a layer; what it cannot express it refuses with `Unmapped`, which says why. No text of a network is
ever part of a name in an expression: texts are written as literals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case, Free
from cnnshape.symbolic import Dim, Size, padding_of, product, text

__all__ = [
    "ME",
    "Arg",
    "Attribute",
    "Call",
    "Coder",
    "CoderTable",
    "Infix",
    "Item",
    "Listed",
    "Mapped",
    "Name",
    "Opt",
    "Piece",
    "Slot",
    "Value",
    "X",
    "call",
    "flat",
    "function",
    "known",
    "method",
    "module",
    "padded",
    "real",
    "size_of",
]


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a dotted name, or other code that stands by itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """What is filled in where the layer is used: one of its inputs by position, -1 for its module."""

    number: int


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument.

    Parameters
    ----------
    value : Value
    name : "" for a positional one
    default : what the function takes without it; it is then not written
    """

    value: Value
    name: str = ""
    default: Any = ...


@dataclass(frozen=True, slots=True)
class Call:
    """A function, a class or a method that is called."""

    function: Name | Attribute | Slot | Call
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """``of.name``."""

    of: Value
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """``of[index]``; the index is code."""

    of: Value
    index: str


@dataclass(frozen=True, slots=True)
class Infix:
    """``a + b + c``, or ``-a`` where there is one part."""

    sign: str
    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """``[a, b]``."""

    entries: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """``{"a": first, "b": second}``: rows of a text and a value."""

    entries: tuple[tuple[str, Value], ...]


Value: TypeAlias = (
    "Name | Slot | Call | Attribute | Item | Infix | Listed | Mapped | Free | int | float | bool | str | Dim"
    " | tuple[Value, ...] | None"
)
"""An expression; numbers, texts and tuples are literals, a size that is free is a formula over its symbols."""

ME = Slot(-1)
X = Slot(0)


@dataclass(frozen=True, slots=True)
class Opt:
    """The value of an argument with what it is without being written."""

    value: Value
    default: Any


def _args(positional: Iterable[Any], named: Mapping[str, Any]) -> tuple[Arg, ...]:
    rows = [("", value) for value in positional] + list(named.items())
    return tuple(Arg(v.value, n, v.default) if isinstance(v, Opt) else Arg(v, n) for n, v in rows)


def call(name: str, *positional: Any, **named: Any) -> Call:
    """Return a call of a function that is named, such as ``torch.cat``."""
    return Call(Name(name), _args(positional, named))


def method(of: Value, name: str, *positional: Any, **named: Any) -> Call:
    """Return a call of a method."""
    return Call(Attribute(of, name), _args(positional, named))


@dataclass(frozen=True, slots=True)
class Piece:
    """How one layer is written.

    Parameters
    ----------
    module : what makes its module, which can stand in a sequence; None for what is an expression alone
    result : what is computed, from `X` and other slots, and `ME`; None: the module is called on the inputs
    weighted : whether the module holds weights, so that it cannot be left out
    helpers : source texts of functions and classes that the others name, in the order in which they are needed
    owned : "parameter" or "buffer": `module` makes the one tensor, which is an attribute of its own
    targets : how the outputs are taken apart, where they are not one tuple: ``{0}, ({1}, {2})``
    """

    module: Call | None = None
    result: Value = None
    weighted: bool = False
    helpers: tuple[str, ...] = ()
    owned: str = ""
    targets: str = ""


Coder: TypeAlias = Callable[[Any, Case], Piece]
"""From a layer and its use to its code; raises `Unmapped`."""

CoderTable: TypeAlias = Mapping[type[Layer], Coder]


def module(name: str, *positional: Any, **named: Any) -> Piece:
    """Return a layer that is a module without weights."""
    return Piece(call(name, *positional, **named))


def function(result: Value, made: Call | None = None) -> Piece:
    """Return a layer that is an expression, and a module where it stands in a sequence."""
    return Piece(made, result)


def flat(values: Iterable[Any]) -> Any:
    """Return one number where all are equal, else the tuple."""
    entries = tuple(values)
    return entries[0] if entries and all(entry == entries[0] for entry in entries) else entries


def known(sizes: Iterable[Size]) -> tuple[int, ...]:
    """Return sizes that must be numbers here."""
    found = []
    for size in sizes:
        if not isinstance(size, int):
            refuse(f"the size {text(size)} is free, and a number is needed")
        found.append(size)
    return tuple(found)


def real(value: Any) -> float | int | bool:
    """Return a number as a literal."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value if isinstance(value, (int, float)) else float(value)


def size_of(case: Case, size: Size) -> Value:
    """Return a size where the layer runs: a number, that of an axis of an input, or of several together.

    Another one is left open, for the block that the layer stands in to find among what it takes.
    """
    if isinstance(size, int):
        return size
    for position, spec in enumerate(case.inputs):
        for axis, other in enumerate(spec.shape):
            if other == size:
                return Item(Attribute(Slot(position), "shape"), str(axis))
        for start in range(len(spec.shape)):
            for end in range(start + 2, len(spec.shape) + 1):
                if product(spec.shape[start:end]) == size:
                    shape = Attribute(Slot(position), "shape")
                    return Infix(" * ", tuple(Item(shape, str(axis)) for axis in range(start, end)))
        for axis, other in enumerate(spec.shape):
            for factor in (2, 3, 4, 8, 16, 32):
                if other * factor == size:
                    return Infix(" * ", (Item(Attribute(Slot(position), "shape"), str(axis)), factor))
                if other // factor == size:
                    return Infix(" // ", (Item(Attribute(Slot(position), "shape"), str(axis)), factor))
    return Free(size)


_PAD_SAME = '''
def pad_same(
    x: Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    value: float = 0.0,
    lower: bool = False,
) -> Tensor:
    """Pad so that ceil(size / stride) windows fit; an odd pixel is at the end, or the start."""
    sides: list[int] = []
    for axis in range(x.dim() - 1, 1, -1):
        k, s, d = kernel_size[axis - 2], stride[axis - 2], dilation[axis - 2]
        total = max(d * (k - 1) - (x.shape[axis] - 1) % s, 0)
        less, more = total // 2, total - total // 2
        sides += [more, less] if lower else [less, more]
    return F.pad(x, sides, value=value)
'''


def padded(
    case: Case, windows: Sequence[Any], value: float = 0.0, mode: str = "constant"
) -> tuple[Value, tuple[str, ...]]:
    """Return the first input with the padding of windows around it, and the helpers that this needs."""
    space = case.shape()[2:]
    sides = [padding_of(size, w) for size, w in zip(space, windows, strict=True)]
    if all(isinstance(side, int) for pair in sides for side in pair):
        given = tuple(side for pair in reversed(sides) for side in pair)
        if not any(given):
            return X, ()
        return call("F.pad", X, given, mode=Opt(mode, "constant"), value=Opt(value, 0.0)), ()
    if mode != "constant":
        refuse("its padding depends on a size that is free")
    arguments = tuple(known(getattr(w, part) for w in windows) for part in ("kernel", "stride", "dilation"))
    lower = any(w.mode == "same_lower" for w in windows)
    made = call("pad_same", X, *arguments, value=Opt(value, 0.0), lower=Opt(lower, False))
    return made, (_PAD_SAME,)
