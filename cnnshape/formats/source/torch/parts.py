"""The parts of a PyTorch module: sequences, containers, and the lines that make them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from cnnshape.formats.source.text import Repeated, code, statement
from cnnshape.formats.source.torch.classes import Body
from cnnshape.formats.source.torch.forward import Step
from cnnshape.layers.source import Arg, Call, Infix, Item, Listed, Mapped, Name, call

__all__ = ["INDENT", "OFTEN", "Reference", "contained", "definition", "made_lines", "placed", "places_of", "sequential"]

OFTEN = 3
"""Blocks in sequence that come as often, of as many layers, are a class."""
INDENT = "    "
_LONGEST = 84


class Reference(tuple[str, ...]):
    """The place of a module, as what it stands in is made of is not known yet."""

    __slots__ = ()

    def __new__(cls, parts: Sequence[str]) -> Reference:
        return super().__new__(cls, parts)


def made_lines(body: Body, follows: Sequence[tuple[str, Any]]) -> list[str]:
    """Return the lines that make the parts of a module."""
    lines = [line for local, value in follows for line in statement(f"{local} = ", value, "", 2)]
    if body.sequence:
        return lines + statement("super().__init__", sequential(body.entries, bare=True), "", 2)
    lines.insert(0, f"{INDENT * 2}super().__init__()")
    for attribute, value in body.entries:
        if attribute in body.idle:
            lines.append(f"{INDENT * 2}# Not called: no output needs it.")
        if isinstance(value, Call) and value.function == Name("self.register_buffer"):
            lines += statement("", Call(value.function, (Arg(attribute), *value.args[1:])), "", 2)
        else:
            lines += statement(f"self.{attribute} = ", value, "", 2)
    return lines


def definition(name: str, given: Sequence[str], result: str) -> list[str]:
    """Return the lines that a method begins with."""
    line = f"{INDENT}def {name}({', '.join(given)}) -> {result}:"
    if len(line) <= 100:
        return [line]
    together = f"{INDENT * 2}{', '.join(given)}"
    if len(together) <= 100:
        return [f"{INDENT}def {name}(", together, f"{INDENT}) -> {result}:"]
    return [f"{INDENT}def {name}(", *(f"{INDENT * 2}{each}," for each in given), f"{INDENT}) -> {result}:"]


def sequential(entries: Sequence[tuple[str, Any]], bare: bool = False) -> Any:
    """Return what makes a sequence of parts; `bare` leaves out its name."""
    function = Name("" if bare else "nn.Sequential")
    if [name for name, _ in entries] != [str(number) for number in range(len(entries))]:
        if (short := _counted(entries)) is not None:
            return Call(function, (Arg(call("OrderedDict", short)),))
        rows = Listed(tuple((name, value) for name, value in entries))
        return Call(function, (Arg(call("OrderedDict", rows)),))
    runs: list[tuple[Any, int]] = [(value, len(list(run))) for value, run in groupby(value for _, value in entries)]
    args: list[Any] = []
    for value, times in runs:
        args.extend([Repeated(value, times)] if times >= OFTEN else [value] * times)
    return Call(function, tuple(Arg(each) for each in args))


def _counted(entries: Sequence[tuple[str, Any]]) -> Name | None:
    """Return equal parts, or parts with one number that grows evenly, whose names are counted, as a generator."""
    names = [re.fullmatch(r"(.*?)(\d+)", name) for name, _ in entries]
    calls = [value for _, value in entries]
    if len(entries) < OFTEN or not all(names) or not all(isinstance(each, Call) for each in calls):
        return None
    first = calls[0]
    stems = {found[1] for found in names if found}
    start = int(names[0][2]) if names[0] else 0
    counted = [found[2] for found in names if found] == [str(start + i) for i in range(len(entries))]
    alike = all(each.function == first.function and len(each.args) == len(first.args) for each in calls)
    if len(stems) > 1 or not counted or not alike or not stems.copy().pop().isidentifier():
        return None
    args = []
    for column in zip(*(each.args for each in calls), strict=True):
        values = [arg.value for arg in column]
        if any(arg.name != column[0].name for arg in column):
            return None
        steps = {b - a for a, b in pairwise(values)} if all(type(value) is int for value in values) else set()
        if all(value == values[0] for value in values):
            args.append(column[0])
        elif len(steps) == 1:
            base, step = values[0] - start * steps.copy().pop(), steps.pop()
            grown: Any = Infix(" * ", (step, Name("i"))) if step != 1 else Name("i")
            args.append(
                Arg(Name(code(grown) if base == 0 else f"{base} + {code(grown)}"), column[0].name, column[0].default)
            )
        else:
            return None
    made = code(Call(first.function, tuple(args)))
    many = f"range({len(entries)})" if start == 0 else f"range({start}, {start + len(entries)})"
    text = f'(f"{stems.pop()}{{i}}", {made}) for i in {many}'
    return Name(text) if len(text) <= _LONGEST else None


def contained(entries: Sequence[tuple[tuple[str, ...], Any]]) -> tuple[tuple[str, Any], ...]:
    """Return what stands in containers as a list or a mapping of modules."""
    tree: dict[str, Any] = {}
    for parts, made in entries:
        at = tree
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = made
    return tuple((name, _container(value)) for name, value in tree.items())


def _container(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _container(entry) for name, entry in value.items()}
    if list(inner) == [str(number) for number in range(len(inner))]:
        return call("nn.ModuleList", Listed(tuple(inner.values())))
    return call("nn.ModuleDict", Mapped(tuple(inner.items())))


def places_of(entries: Sequence[tuple[str, Any]]) -> dict[tuple[str, ...], str]:
    """Return where each module is found: by its path, as code."""
    found: dict[tuple[str, ...], str] = {}

    def walk(parts: tuple[str, ...], text: str, value: Any) -> None:
        found[parts] = text
        if not isinstance(value, Call) or not isinstance(value.function, Name):
            return
        inner: Any = value.args[0].value if value.args else None
        if value.function.text == "nn.ModuleList":
            for number, entry in enumerate(inner.entries):
                walk((*parts, str(number)), f"{text}[{number}]", entry)
        elif value.function.text == "nn.ModuleDict":
            for name, entry in inner.entries:
                walk((*parts, name), f"{text}[{code(name)}]", entry)

    for name, value in entries:
        walk((name,), f"self.{name}", value)
    return found


def placed(step: Step, places: Mapping[tuple[str, ...], str]) -> Step:
    """Return a step with the code of each module in the place of its path."""

    def put(value: Any) -> Any:
        if isinstance(value, Reference):
            return Name(places.get(tuple(value), "self." + ".".join(value)))
        if isinstance(value, tuple):
            return tuple(map(put, value))
        if isinstance(value, Call):
            return Call(put(value.function), tuple(Arg(put(arg.value), arg.name, arg.default) for arg in value.args))
        if isinstance(value, Item):
            return Item(put(value.of), value.index)
        return value

    return Step(step.name, put(step.result), step.inputs, step.outputs, step.starts, step.targets, step.block)
