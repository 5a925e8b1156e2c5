"""Lines of calls as the text of a module: names of variables, loops, line breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword
from typing import Any

from cnnshape.formats.source.blocks import Given, Line, Ref
from cnnshape.layers.source_keras import REQUIRED, Argument
from cnnshape.symbolic import Dim

__all__ = ["Printer", "quoted", "written_name"]

_WIDTH = 88
_INDEX = re.compile(r"(\D*)(\d+)(.*)", re.DOTALL)
"""What stands behind the last number of a name, the number, and what stands before it, all read backwards."""
_CHAIN = "x"


def quoted(text: str) -> str:
    r"""Return a text as Python writes it, in double quotes.

    Examples
    --------
    >>> print(quoted("conv1"), quoted(chr(34) + chr(10)))
    "conv1" "\"\n"
    """
    escaped = text.encode("unicode_escape").decode("ascii").replace('"', '\\"')
    return f'"{escaped}"'


def written_name(name: str) -> str:
    """Return the name of a layer as it is written: scopes are joined by ``_``.

    Examples
    --------
    >>> written_name("layer1.0.conv1")
    'layer1_0_conv1'
    """
    return name.replace(".", "_")


class Printer:
    """Prints the body of one function.

    Parameters
    ----------
    reserved : names that no variable may have
    formula : what writes a size
    prefixed : True in a function whose layers have its `name` in front
    """

    def __init__(self, reserved: Sequence[str], formula: Callable[[Dim], str], *, prefixed: bool) -> None:
        self.reserved, self.formula, self.prefixed = {*reserved}, formula, prefixed

    def body(
        self, lines: Sequence[Line], inputs: Mapping[int, str], outputs: Sequence[int]
    ) -> tuple[list[str], list[str]]:
        """Return the statements, and what the outputs are called."""
        named = self._variables(lines, inputs, outputs)
        printed = [(line, self._line(line, named)) for line in lines]
        return list(self._rolled(printed, named)), [named[each] for each in outputs]

    def _variables(self, lines: Sequence[Line], inputs: Mapping[int, str], outputs: Sequence[int]) -> dict[int, str]:
        """Name the tensors: what is read once goes on in `x`, what is read again later has a name of its own."""
        last: dict[int, int] = {}
        count: dict[int, int] = {}
        for k, line in enumerate(lines):
            for tensor in set(_flat(line.inputs)):
                last[tensor] = k
                count[tensor] = count.get(tensor, 0) + 1
        for tensor in outputs:
            last[tensor] = len(lines)
            count[tensor] = count.get(tensor, 0) + 1
        named, used = dict(inputs), {*inputs.values(), *self.reserved}
        holder: dict[str, int] = {name: tensor for tensor, name in inputs.items()}

        def free(name: str, at: int) -> bool:
            tensor = holder.get(name)
            return tensor is None or last.get(tensor, -1) <= at

        for k, line in enumerate(lines):
            for port, tensor in enumerate(line.targets):
                single = count.get(tensor, 0) <= 1 and len(line.targets) == 1 and line.style != "object"
                single = single or (line.style == "object" and bool(line.inputs) and count.get(tensor, 0) <= 1)
                name = ""
                if single and free(_CHAIN, k) and _CHAIN not in self.reserved:
                    name = _CHAIN
                elif single:
                    dying = [named[each] for each in _flat(line.inputs) if last[each] == k and each not in inputs]
                    name = next((each for each in dying if each != _CHAIN), "")
                if not name:
                    name = _fresh(self._wish(line, port), used)
                    used.add(name)
                named[tensor] = name
                holder[name] = tensor
        return named

    def _wish(self, line: Line, port: int) -> str:
        words = [word for word in line.name.removesuffix(".pad").split(".") if word]
        wished = words[-1] if words else line.function.rpartition(".")[2]
        if words and words[-1].isdigit() and len(words) > 1:
            wished = f"{words[-2]}_{words[-1]}"
        wished = wished.lower() if wished.isidentifier() else re.sub(r"\W", "_", f"x_{wished}").lower()
        if len(line.targets) > 1:
            wished = f"{wished}_{port}"
        if line.style == "object" and not line.inputs:
            wished = f"{wished}_layer"
        return f"{wished}_" if iskeyword(wished) else wished

    def _line(self, line: Line, named: Mapping[int, str]) -> list[str]:
        """Return a statement, broken where it is long."""
        targets = ", ".join(named[each] for each in line.targets)
        inputs = [self._given(each, named) for each in line.inputs]
        arguments = [self._argument(each) for each in line.arguments if not _is_default(each)]
        named_argument = [f"name={self._name(line.name)}"] if line.name else []
        if line.style == "index":
            return [f"{targets} = {inputs[0]}{line.function}"]
        if line.style == "object":
            if line.inputs:
                return _broken(f"{targets} = {inputs[0]}(", inputs[1:], ")")
            return _broken(f"{targets} = {line.function}(", [*arguments, *named_argument], ")")
        if line.style == "layer":
            return _broken(f"{targets} = {line.function}(", [*arguments, *named_argument], f")({', '.join(inputs)})")
        return _broken(f"{targets} = {line.function}(", [*inputs, *arguments, *named_argument], ")")

    def _given(self, given: Given, named: Mapping[int, str]) -> str:
        if isinstance(given, tuple):
            return f"[{', '.join(named[each] for each in given)}]"
        return named[given]

    def _name(self, name: str) -> str:
        if not self.prefixed:
            return quoted(written_name(name))
        return "name" if name == "." else f'f"{{name}}{written_name(name)}"'

    def _argument(self, given: Argument) -> str:
        value = self.value(given.value)
        return value if given.bare else f"{given.word}={value}"

    def value(self, given: Any) -> str:
        """Return an argument as Python writes it."""
        if isinstance(given, Ref):
            return given.word if given.times == 1 else f"{given.times} * {given.word}"
        if isinstance(given, Dim):
            return self.formula(given)
        if isinstance(given, str):
            return quoted(given)
        if isinstance(given, (tuple, list)):
            inner = ", ".join(map(self.value, given))
            if isinstance(given, list):
                return f"[{inner}]"
            return f"({inner},)" if len(given) == 1 else f"({inner})"
        if isinstance(given, float) and (given != given or given in (float("inf"), -float("inf"))):
            return f'float("{given}")'
        return repr(given)

    def _rolled(self, printed: list[tuple[Line, list[str]]], named: Mapping[int, str]) -> Iterator[str]:
        """Yield the statements, those that differ in a number of their name alone as a loop."""
        k = 0
        while k < len(printed):
            line, text = printed[k]
            found = _INDEX.fullmatch(line.name[::-1]) if line.style == "block" else None
            end = k + 1
            if found is not None:
                behind, digits, front = (each[::-1] for each in found.groups())
                first = int(digits)
                while end < len(printed) and self._follows(
                    printed[end], text, line.name, front, digits, behind, end - k
                ):
                    end += 1
            if found is None or end - k < 2 or str(int(digits)) != digits:
                yield "\n".join(text)
                k += 1
                continue
            name = written_name(f"{front}{{i}}{behind}")
            name = f"{{name}}{name}" if self.prefixed else name
            head = f"for i in range({first}, {first + end - k}):" if first else f"for i in range({end - k}):"
            body = _indented(self._line(replace(line, name="\0"), named))
            yield "\n".join([head, *body]).replace(self._name("\0"), f'f"{name}"')
            k = end

    def _follows(
        self, other: tuple[Line, list[str]], text: list[str], name: str, front: str, digits: str, behind: str, step: int
    ) -> bool:
        wanted = f"{front}{int(digits) + step}{behind}"
        line, printed = other
        if line.style != "block" or line.name != wanted:
            return False
        return "".join(text).replace(self._name(name), "\0") == "".join(printed).replace(self._name(wanted), "\0")


def _is_default(given: Argument) -> bool:
    return given.default is not REQUIRED and repr(given.value) == repr(given.default)


def _flat(inputs: Sequence[Given]) -> Iterator[int]:
    for each in inputs:
        if isinstance(each, tuple):
            yield from each
        else:
            yield each


def _fresh(wished: str, used: set[str]) -> str:
    name, count = wished, 1
    while name in used:
        count += 1
        name = f"{wished}_{count}"
    return name


def _broken(head: str, arguments: Sequence[str], tail: str, room: int = _WIDTH - 4) -> list[str]:
    """Return a call in one line, or with its arguments in a line, or each in one of its own."""
    whole = f"{head}{', '.join(arguments)}{tail}"
    if len(whole) <= room or not arguments:
        return [whole]
    front, opened, taken = tail.partition("(")
    if opened and len(whole) - len(taken) <= room:
        return [f"{head}{', '.join(arguments)}{front}(", f"    {taken[:-1]}", ")"]
    inner = f"    {', '.join(arguments)}"
    if len(inner) <= room:
        return [head, inner, tail]
    return [head, *(f"    {each}," for each in arguments), tail]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
