"""Blocks that are alike as one class, with what differs as its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnshape.formats.source.torch.names import Names
from cnnshape.layers.source import Arg, Call, Infix, Name
from cnnshape.symbolic import Dim

__all__ = ["Body", "Hole", "Parameter", "Pattern", "filled_in", "pattern", "skeleton"]

_FIRST = {
    "Conv": ("in_channels", "out_channels"),
    "Separable": ("in_channels", "out_channels"),
    "Linear": ("in_features", "out_features"),
    "Batch": ("num_features",),
    "Instance": ("num_features",),
    "Layer": ("num_features",),
    "GRN": ("num_features",),
    "Group": ("num_groups", "num_features"),
    "Multihead": ("in_features", "num_heads"),
    "LSTM": ("in_features", "hidden_size"),
    "GRU": ("in_features", "hidden_size"),
    "RNN": ("in_features", "hidden_size"),
    "Drop": ("p",),
    "MaxPool": ("kernel_size",),
    "AvgPool": ("kernel_size",),
}
"""What the arguments of modules without a keyword are."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A number that may differ from block to block; equal to any other with the same default."""

    default: Any


@dataclass(frozen=True, slots=True)
class Body:
    """What a block is made of.

    Parameters
    ----------
    sequence : whether it is an `nn.Sequential`
    entries : (name of the attribute, what makes it); a container is a mapping
    lines : of `forward`
    given : names of what `forward` takes
    count : how many tensors it returns
    words : kinds of its parts in order, for its name
    idle : attributes that are not called
    """

    sequence: bool
    entries: tuple[tuple[str, Any], ...]
    lines: tuple[str, ...] = ()
    given: tuple[str, ...] = ("x",)
    count: int = 1
    words: tuple[str, ...] = ()
    idle: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of a class: what it is called, what it is by default (... if it has to be given), and its type."""

    name: str
    default: Any
    type: str


@dataclass(slots=True)
class Pattern:
    """A class: its arguments, what follows from them, what each hole is, and what each block gives for them."""

    parameters: list[Parameter] = field(default_factory=list)
    locals: list[tuple[str, Any]] = field(default_factory=list)
    holes: list[Any] = field(default_factory=list)
    given: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a number stands: the part of the block, and the argument."""

    part: str
    role: str
    default: Any
    value: Any


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(isinstance(entry, int) and not isinstance(entry, bool) for entry in value)
    return isinstance(value, (int, float, Dim)) and not isinstance(value, bool)


def skeleton(value: Any, part: str, found: list[_Place]) -> Any:
    """Return what makes a module with holes for its numbers, which are added to `found` in order."""
    if isinstance(value, Call):
        roles = _roles(value)
        args = []
        for position, arg in enumerate(value.args):
            if _is_number(arg.value):
                role = arg.name or (roles[position] if position < len(roles) else f"argument_{position + 1}")
                default = arg.default if _is_number(arg.default) else ...
                found.append(_Place(part, role, default, arg.value))
                hole: Any = Hole(default)
                args.append(Arg(hole, arg.name, arg.default))
            else:
                inner = f"{part}_{position}" if isinstance(arg.value, Call) and value.function != Name("Arg") else part
                args.append(Arg(skeleton(arg.value, inner, found), arg.name, arg.default))
        return Call(skeleton(value.function, part, found), tuple(args))
    if isinstance(value, tuple):
        return tuple(skeleton(entry, part, found) for entry in value)
    if hasattr(value, "entries") and hasattr(type(value), "__dataclass_fields__"):
        return type(value)(skeleton(value.entries, part, found))
    if hasattr(value, "of") and isinstance(getattr(value, "of", None), Call):
        return type(value)(skeleton(value.of, part, found), value.name)
    return value


def _roles(made: Call) -> tuple[str, ...]:
    if not isinstance(made.function, Name):
        return ()
    kind = made.function.text.removeprefix("nn.")
    return next((roles for start, roles in _FIRST.items() if kind.startswith(start)), ())


def filled_in(value: Any, holes: Any) -> Any:
    """Return a skeleton with the values of an iterator in its holes."""
    if isinstance(value, Hole):
        return next(holes)
    if isinstance(value, Call):
        return Call(
            filled_in(value.function, holes),
            tuple(Arg(filled_in(arg.value, holes), arg.name, arg.default) for arg in value.args),
        )
    if isinstance(value, tuple):
        return tuple(filled_in(entry, holes) for entry in value)
    if hasattr(value, "entries") and hasattr(type(value), "__dataclass_fields__"):
        return type(value)(filled_in(value.entries, holes))
    if hasattr(value, "of") and hasattr(value, "name"):
        return type(value)(filled_in(value.of, holes), value.name)
    return value


def pattern(places: Sequence[Sequence[_Place]]) -> Pattern:
    """Return what differs between blocks that are alike: `places` are those of each block, in the same order."""
    made, names = Pattern(), Names()
    rows = list(zip(*places, strict=True))
    known: list[tuple[tuple[Any, ...], str]] = []
    given: list[tuple[Any, ...]] = []
    ends = _ends(rows)
    for row in rows:
        values = tuple(place.value for place in row)
        if all(_same(value, values[0]) for value in values) and not isinstance(values[0], Dim):
            made.holes.append(values[0])
            continue
        found = _known(values, known)
        if found is not None and (isinstance(found, Name) or found.sign == " * " or row[0].role == "padding"):
            made.holes.append(found)
            continue
        name = names.give(_wished(row[0], values, ends, names))
        known.append((values, name))
        if found is not None:
            made.locals.append((name, found))
            made.holes.append(Name(name))
            continue
        given.append(values)
        made.holes.append(Name(name))
        default = row[0].default if any(_same(value, row[0].default) for value in values) else ...
        made.parameters.append(Parameter(name, default, _type(values)))
    order = sorted(range(len(given)), key=lambda i: made.parameters[i].default is not ...)
    made.parameters = [made.parameters[i] for i in order]
    made.given = [tuple(given[i][block] for i in order) for block in range(len(places))]
    return made


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b


def _type(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values}
    words = []
    if kinds & {int, Dim} and float not in kinds:
        words.append("int")
    if float in kinds:
        words.append("float")
    if tuple in kinds:
        words.append("tuple[int, ...]")
    return " | ".join(words)


def _ends(rows: Sequence[Sequence[_Place]]) -> tuple[Any, Any]:
    """Return the numbers of channels that come in and that go out."""
    ins = [row for row in rows if row[0].role in ("in_channels", "in_features", "num_features")]
    outs = [row for row in rows if row[0].role in ("out_channels", "out_features")]
    first = tuple(place.value for place in ins[0]) if ins else None
    last = tuple(place.value for place in outs[-1]) if outs else None
    return first, last


def _wished(place: _Place, values: tuple[Any, ...], ends: tuple[Any, Any], names: Names) -> str:
    role, stem = place.role, place.part
    kind = "features" if role.endswith("features") and role != "num_features" else "channels"
    if role.endswith(("features", "channels")):
        if values == ends[0]:
            return f"in_{kind}"
        if values == ends[1]:
            return f"out_{kind}"
        inner = stem.split("_0")[0] if stem[:1].isdigit() else stem
        plain = role.removeprefix("out_").removeprefix("in_").removeprefix("num_")
        if role in ("in_channels", "out_channels", "in_features", "out_features", "num_features"):
            width = "width" if "width" not in names.taken and not stem.startswith("branch") else ""
            return width or f"{_stem(inner)}_{kind}"
        return f"{_stem(inner)}_{plain}" if not role.startswith(f"{_stem(inner)}_") else role
    if role not in names.taken:
        return role
    return f"{_stem(stem)}_{role}"


def _stem(part: str) -> str:
    return part if part.isidentifier() else f"layer{part}"


def _known(values: tuple[Any, ...], known: Sequence[tuple[tuple[Any, ...], str]]) -> Any:
    """Return what gives a row of numbers: another one that is the same, else one that it follows from, or None."""
    for other, name in known:
        if all(_same(a, b) for a, b in zip(values, other, strict=True)):
            return Name(name)
    return next((found for other, name in known if (found := _follows(values, other, name)) is not None), None)


def _follows(values: tuple[Any, ...], other: tuple[Any, ...], name: str) -> Any:
    """Return one row of numbers as a multiple, a part or the middle of another one, or None."""
    if len(set(values)) < 2 or not all(type(value) is int for value in (*values, *other)):
        return None
    if all(b and a % b == 0 and a // b == values[0] // (other[0] or 1) for a, b in zip(values, other, strict=True)):
        return Infix(" * ", (values[0] // other[0], Name(name)))
    if all(a and b % a == 0 and b // a == other[0] // (values[0] or 1) for a, b in zip(values, other, strict=True)):
        return Infix(" // ", (Name(name), other[0] // values[0]))
    if name.endswith("kernel_size") and all(b // 2 == a for a, b in zip(values, other, strict=True)):
        return Infix(" // ", (Name(name), 2))
    return None


def arguments(parameters: Sequence[Parameter], values: Sequence[Any]) -> tuple[Arg, ...]:
    """Return what a class is called with: the first two numbers of channels by position, the others by name."""
    made = []
    for position, (parameter, value) in enumerate(zip(parameters, values, strict=True)):
        by_place = parameter.default is ... and position < 2
        made.append(Arg(value, "" if by_place else parameter.name, parameter.default))
    return tuple(made)


Values = Mapping[str, Any]
