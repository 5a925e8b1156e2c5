"""Lines of code that occur several times become functions with arguments.

A line is a call as plain data. The scopes of a network say what may be a function: a scope that occurs at least twice
with the same calls, wired the same way, is one; numbers that differ are its arguments. Nothing is guessed: a scope
whose lines cannot be put together stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from cnnshape.layers.source_keras import REQUIRED, Argument
from cnnshape.symbolic import Dim

__all__ = ["Function", "Line", "Ref", "factored"]

Given: TypeAlias = "int | tuple[int, ...]"
"""A tensor, or a list of tensors."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call.

    Parameters
    ----------
    function : what is called
    targets : numbers of the tensors that it gives
    inputs : those that it takes
    arguments : what else it takes
    name : the name that it gives its layer, "" for none; in a function what stands behind the function's own name
    scope : the block it stands in
    style : "layer", "op", "index", "helper", or "block" for a function of `factored`
    """

    function: str
    targets: tuple[int, ...]
    inputs: tuple[Given, ...]
    arguments: tuple[Argument, ...]
    name: str
    scope: str
    style: str


@dataclass(frozen=True, slots=True)
class Ref:
    """An argument of the function, times a number."""

    word: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Function:
    """Lines that are called with several arguments.

    Parameters
    ----------
    name : of the function
    inputs : numbers that its inputs have in the lines
    words : its arguments, with their defaults; those without one come first
    lines : names in them follow that of the call
    outputs : numbers of what it gives
    """

    name: str
    inputs: tuple[int, ...]
    words: tuple[Argument, ...]
    lines: tuple[Line, ...]
    outputs: tuple[int, ...]


@dataclass(slots=True)
class _Part:
    """The lines of one scope."""

    scope: str
    lines: list[Line]
    places: list[int]
    inputs: list[Given] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    at: int = 0


def factored(
    lines: Sequence[Line], outputs: Sequence[int], taken: Sequence[str], loose: int
) -> tuple[list[Line], list[Function]]:
    """Return lines in which functions are called, and the functions, each behind those that it calls.

    Parameters
    ----------
    lines : in order
    outputs : tensors that are given at the end
    taken : names that no function may have
    loose : the first number that no tensor has
    """
    names, functions, found = set(taken), list[Function](), list(lines)
    while any(line.scope for line in found):
        leaves = _leaves(found)
        groups: dict[tuple[Any, ...], list[_Part]] = {}
        uses = _uses(found, outputs)
        for part in _parts(found, leaves):
            signature = _signature(part, found, uses)
            if signature is not None:
                groups.setdefault(signature, []).append(part)
        calls: dict[int, Line] = {}
        gone: set[int] = set()
        for group in groups.values():
            if len(group) < 2:
                continue
            function, rows = _function(group, names, loose)
            loose -= sum(isinstance(each, tuple) for each in group[0].inputs)
            functions.append(function)
            names.add(function.name)
            for part, row in zip(group, rows, strict=True):
                gone.update(part.places)
                calls[part.at] = _call(function, part, row)
        found = [calls.get(k, line) for k, line in enumerate(found) if k in calls or k not in gone]
        found = [replace(line, scope=_outer(line.scope)) if line.scope in leaves else line for line in found]
    return found, functions


def _outer(scope: str) -> str:
    return scope.rpartition(".")[0]


def _leaves(lines: Sequence[Line]) -> frozenset[str]:
    """Return the scopes that no other scope stands in."""
    scopes = {line.scope for line in lines if line.scope}
    around = set[str]()
    for scope in scopes:
        while scope := _outer(scope):
            around.add(scope)
    return frozenset(scopes - around)


def _parts(lines: Sequence[Line], leaves: frozenset[str]) -> list[_Part]:
    parts: dict[str, _Part] = {}
    for k, line in enumerate(lines):
        if line.scope in leaves:
            part = parts.setdefault(line.scope, _Part(line.scope, [], []))
            part.lines.append(line)
            part.places.append(k)
    return [part for part in parts.values() if len(part.lines) > 1]


def _uses(lines: Sequence[Line], outputs: Sequence[int]) -> dict[int, list[int]]:
    uses: dict[int, list[int]] = {}
    for k, line in enumerate(lines):
        for tensor in _flat(line.inputs):
            uses.setdefault(tensor, []).append(k)
    for tensor in outputs:
        uses.setdefault(tensor, []).append(len(lines))
    return uses


def _flat(inputs: Sequence[Given]) -> Iterator[int]:
    for each in inputs:
        if isinstance(each, tuple):
            yield from each
        else:
            yield each


def _signature(part: _Part, lines: Sequence[Line], uses: Mapping[int, list[int]]) -> tuple[Any, ...] | None:
    """Return what makes two parts one function, None for a part that can be none; fill in what enters and leaves."""
    own = {tensor for line in part.lines for tensor in line.targets}
    places = set(part.places)
    entering = [tensor for line in part.lines for tensor in _flat(line.inputs) if tensor not in own]
    local: dict[Given, int] = {}
    rows: list[Any] = []
    for line in part.lines:
        if line.name != part.scope and line.name and not line.name.startswith(f"{part.scope}."):
            return None
        if line.style == "object":
            return None
        sources: list[Any] = []
        for each in line.inputs:
            listed = isinstance(each, tuple) and all(tensor not in own for tensor in each)
            # A list that comes from outside as a whole may be of any length.
            if isinstance(each, tuple) and listed and all(entering.count(tensor) == 1 for tensor in each):
                part.inputs.append(each)
                sources.append(("list", local.setdefault(each, len(local))))
                continue
            members = each if isinstance(each, tuple) else (each,)
            for tensor in members:
                if tensor not in own and tensor not in local:
                    part.inputs.append(tensor)
            numbers = tuple(local.setdefault(tensor, len(local)) for tensor in members)
            sources.append(numbers if isinstance(each, tuple) else numbers[0])
        for tensor in line.targets:
            local[tensor] = len(local)
        words = tuple(
            (each.word, repr(each.default) if each.default is not REQUIRED else "", each.bare)
            for each in line.arguments
        )
        rows.append(
            (
                line.function,
                line.style,
                line.name[len(part.scope) :],
                bool(line.name),
                words,
                tuple(sources),
                len(line.targets),
            )
        )
    part.outputs = [t for line in part.lines for t in line.targets if any(u not in places for u in uses.get(t, ()))]
    listed = all(line.style == "block" and line.name[-1:].isdigit() for line in part.lines)
    if listed or not part.outputs or not _together(part, lines, uses):  # a list of blocks is a loop
        return None
    return (*rows, tuple(local[tensor] for tensor in part.outputs))


def _together(part: _Part, lines: Sequence[Line], uses: Mapping[int, list[int]]) -> bool:
    """Say whether the lines can stand at one place, which is noted: that of the first, else that of the last."""
    first, last, places = part.places[0], part.places[-1], set(part.places)
    made = {tensor for k in range(first, last) if k not in places for tensor in lines[k].targets}
    if not made.intersection(_flat(part.inputs)):
        part.at = first
        return True
    part.at = last
    return all(use > last or use in places for tensor in part.outputs for use in uses[tensor])


def _function(group: list[_Part], names: set[str], loose: int) -> tuple[Function, list[tuple[Argument, ...]]]:
    """Return the function that stands for all parts, and the arguments with which each calls it."""
    first = group[0]
    lists = {each: loose - k for k, each in enumerate(part for part in first.inputs if isinstance(part, tuple))}
    columns: dict[tuple[str, ...], tuple[Argument, list[Any]]] = {}
    lines: list[Line] = []
    for k, line in enumerate(first.lines):
        given: list[Argument] = []
        for j, each in enumerate(line.arguments):
            values = [part.lines[k].arguments[j].value for part in group]
            given.append(_slot(each, values, columns))
        inputs = tuple(lists.get(each, each) if isinstance(each, tuple) else each for each in line.inputs)
        name = line.name[len(first.scope) :] if line.name else ""
        lines.append(replace(line, arguments=tuple(given), inputs=inputs, name=name or ("." if line.name else "")))
    ordered = sorted(columns.values(), key=lambda column: column[0].default is not REQUIRED)
    function = Function(
        _fresh(_named(first), names),
        tuple(lists[each] if isinstance(each, tuple) else each for each in first.inputs),
        tuple(word for word, _ in ordered),
        tuple(lines),
        tuple(first.outputs),
    )
    rows = []
    for k in range(len(group)):
        bare, row = True, []
        for word, values in ordered:
            bare = bare and word.word in _OBVIOUS and word.default is REQUIRED
            row.append(replace(word, value=values[k], bare=bare))
        rows.append(tuple(row))
    return function, rows


def _slot(given: Argument, values: list[Any], columns: dict[tuple[str, ...], tuple[Argument, list[Any]]]) -> Argument:
    """Return an argument in the function: as it is, if it is the same everywhere, else one of the function."""
    key = tuple(map(repr, values))
    if len(set(key)) == 1 and not _has_formula(values[0]):
        return given
    if key in columns:
        return replace(given, value=Ref(columns[key][0].word))
    if len(set(key)) > 2 and all(type(value) is int for value in values):
        for known, others in columns.values():
            if all(type(other) is int and other > 0 for other in others) and values[0] % others[0] == 0:
                times = values[0] // others[0]
                if times > 1 and all(value == times * other for value, other in zip(values, others, strict=True)):
                    return replace(given, value=Ref(known.word, times))
    word = _fresh(given.word, {known.word for known, _ in columns.values()} | {"name"})
    default = REQUIRED if _has_formula(values) or repr(given.default) not in key else given.default
    columns[key] = Argument(word, None, default), values
    return replace(given, value=Ref(word), default=REQUIRED)


def _has_formula(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_has_formula, value))
    return isinstance(value, (Dim, Ref))


def _call(function: Function, part: _Part, row: tuple[Argument, ...]) -> Line:
    return Line(function.name, tuple(part.outputs), tuple(part.inputs), row, part.scope, part.scope, "block")


_OBVIOUS = ("filters", "kernel_size", "units")
"""Arguments that need no keyword in front of a call."""
_SHORT = {"batch_normalization": "bn", "depthwise_conv": "depthwise", "zero_padding": "", "layer_normalization": "norm"}
_FEW = 4
"""A function of so few calls is named for them."""


def _named(part: _Part) -> str:
    """Return a name for a function: what it calls, if that is little, else the scope it was found in."""
    words = []
    for line in part.lines:
        if line.style == "block":
            words.append(line.function)
        elif line.style == "layer":
            word = _snake(line.function.rpartition(".")[2])
            if word == "activation":
                word = str(line.arguments[0].value)
            words.append(_SHORT.get(word, word))
        else:
            words.append(line.function.rpartition(".")[2])
    if len([word for word in words if word]) <= _FEW:
        short = "_".join(word for word in words if word.isidentifier())
        if short and len(short) <= 30:
            return short
    added = [tensor for line in part.lines if line.function == "layers.Add" for tensor in _flat(line.inputs)]
    if added:
        return "residual_block" if set(added).intersection(_flat(part.inputs)) else "projection_block"
    scope = [re.sub(r"_?\d+[a-z]?$", "", word).strip("_0123456789").lower() for word in part.scope.split(".")]
    named = next((word for word in reversed(scope) if word.isidentifier()), "")
    return f"{named}_block" if named and len(named) <= 24 else "block"


def _snake(name: str) -> str:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")
    for end in ("1_d", "2_d", "3_d", "1_d_transpose", "2_d_transpose", "3_d_transpose"):
        if name.endswith(end):
            name = name[: -len(end)] + ("_transpose" if "transpose" in end else "")
    return {"re_l_u": "relu", "leaky_re_l_u": "leaky_relu", "p_re_l_u": "prelu", "e_l_u": "elu"}.get(name, name)


def _fresh(word: str, names: set[str]) -> str:
    count, made = 1, word
    while made in names:
        count += 1
        made = f"{word}_{count}"
    return made
