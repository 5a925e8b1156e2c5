"""Expressions as the text of Python code, with the line breaks that formatters give."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from cnnshape.layers.source import Arg, Attribute, Call, Infix, Item, Listed, Mapped, Name
from cnnshape.symbolic import Dim
from cnnshape.symbolic.numpy_source import numpy_source

__all__ = ["Repeated", "code", "literal", "statement"]

WIDTH = 100
_INDENT = "    "
_SHIFT = re.compile(r" >> (\d+)\)")


@dataclass(frozen=True, slots=True)
class Repeated:
    """``*(value for _ in range(times))``: an argument as often as stated."""

    value: Any
    times: int


def code(value: Any) -> str:
    """Return an expression on one line.

    Examples
    --------
    >>> from cnnshape.layers.source import X, Opt, call
    >>> code(call("nn.Conv2d", 3, 64, kernel_size=(1, 7), stride=Opt(1, 1), padding_mode="reflect"))
    'nn.Conv2d(3, 64, kernel_size=(1, 7), padding_mode="reflect")'
    """
    match value:
        case Name(text):
            return text
        case Call(function, args):
            return f"{code(function)}({', '.join(_argument(arg) for arg in _written(args))})"
        case Attribute(of, name):
            return f"{_operand(of)}.{name}"
        case Item(of, index):
            return f"{_operand(of)}[{index}]"
        case Infix(sign, parts):
            return sign.join(map(_operand, parts))
        case Listed(entries):
            return f"[{', '.join(map(code, entries))}]"
        case Mapped(rows):
            return "{" + ", ".join(f"{literal(key)}: {code(entry)}" for key, entry in rows) + "}"
        case Repeated(inner, times):
            return f"*({code(inner)} for _ in range({times}))"
        case tuple():
            return f"({', '.join(map(code, value))}{',' if len(value) == 1 else ''})"
        case Dim():
            return _formula(value)
    return literal(value)


def literal(value: Any) -> str:
    """Return a number, a text or None as Python has it; a text is one line of ASCII, whatever it holds."""
    if isinstance(value, str):
        written = ascii(value)
        return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in value else written
    if isinstance(value, float) and not isfinite(value):
        return f'float("{value}")'
    assert value is None or isinstance(value, (bool, int, float)), value
    return repr(value)


def _formula(size: Dim) -> str:
    source = _SHIFT.sub(lambda found: f" // {1 << int(found[1])})", numpy_source(size))
    source = source.replace("np.maximum", "max").replace("np.minimum", "min")
    return ast.unparse(ast.parse(source, mode="eval")).replace(" ** ", "**")


def _operand(value: Any) -> str:
    loose = isinstance(value, Infix) or (isinstance(value, Dim) and not code(value).isidentifier())
    return f"({code(value)})" if loose else code(value)


def _written(args: Sequence[Arg]) -> list[Arg]:
    """Return the arguments that are no defaults; what is positional keeps its place."""
    return [arg for arg in args if arg.default is ... or arg.value != arg.default]


def _argument(arg: Arg) -> str:
    return f"{arg.name}={code(arg.value)}" if arg.name else code(arg.value)


def statement(head: str, value: Any, tail: str = "", depth: int = 0) -> list[str]:
    """Return the lines of `head`, an expression and `tail`; one too long is broken at its outermost brackets.

    Parameters
    ----------
    head, tail : what stands before and after, such as ``x = ``
    depth : levels of indentation
    """
    margin = _INDENT * depth
    line = f"{margin}{head}{code(value)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    opened = _opened(value)
    if opened is None:
        if isinstance(value, Infix) and not tail.startswith(","):
            return [f"{margin}{head}(", *_summands(value, depth + 1), f"{margin}){tail}"]
        return [line]
    start, entries, end = opened
    inner = _INDENT * (depth + 1)
    together = ", ".join(prefix + code(entry) for prefix, entry in entries)
    if len(inner) + len(together) <= WIDTH and len(entries) > 0:
        return [f"{margin}{head}{start}", f"{inner}{together}", f"{margin}{end}{tail}"]
    body = [line for prefix, entry in entries for line in statement(prefix, entry, ",", depth + 1)]
    if len(entries) == 1 and isinstance(entries[0][1], Repeated):
        body = statement(entries[0][0], entries[0][1], "", depth + 1)
    return [f"{margin}{head}{start}", *body, f"{margin}{end}{tail}"]


def _summands(value: Infix, depth: int) -> list[str]:
    margin = _INDENT * depth
    whole = code(value)
    if len(margin) + len(whole) <= WIDTH:
        return [margin + whole]
    first, *others = value.parts
    return [margin + _operand(first), *(f"{margin}{value.sign.strip()} {_operand(part)}" for part in others)]


def _opened(value: Any) -> tuple[str, list[tuple[str, Any]], str] | None:
    """Return what stands up to the last bracket that can be broken, the entries in it, and what closes it."""
    match value:
        case Call(function, args):
            rows = [(f"{arg.name}=" if arg.name else "", arg.value) for arg in _written(args)]
            return (f"{code(function)}(", rows, ")") if rows else None
        case Listed(entries):
            return "[", [("", entry) for entry in entries], "]"
        case Mapped(rows):
            return "{", [(f"{literal(key)}: ", entry) for key, entry in rows], "}"
        case Repeated(inner, times):
            return "*(", [("", Name(f"{code(inner)} for _ in range({times})"))], ")"
        case tuple():
            return "(", [("", entry) for entry in value], ")"
        case Item(of, index):
            inside = _opened(of)
            return (inside[0], inside[1], f"{inside[2]}[{index}]") if inside else None
    return None
