"""The exception tree. Every fault that a user can cause is one of these, with a stable code and five parts.

The parts are printed in one order: place, code and fault; the layer; what came in; the rule; the fix. A part that
does not apply is empty and takes no line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Self

__all__ = [
    "ArgumentError",
    "CnnshapeError",
    "DesignError",
    "ExtraMissing",
    "Fault",
    "FormulaError",
    "ReadError",
    "ShapeError",
    "UsageError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What went wrong, as data.

    Parameters
    ----------
    code : str, stable identifier such as ``CS203``
    message : str, the fault in one line, numbers filled in
    place : str, ``file:line:column`` or ""
    node : str, name of the layer in its network or ""
    layer : str, the second line: operator and position ("Conv, node 31 of 104")
    given : str, the third line: what came in
    rule : str, the rule that is broken
    fix : str, changes that were checked to work
    field : str, the argument concerned or ""
    got, needed : the offending value and what the rule wants, for programs
    """

    code: str
    message: str
    place: str = ""
    node: str = ""
    layer: str = ""
    given: str = ""
    rule: str = ""
    fix: str = ""
    field: str = ""
    got: Any = None
    needed: Any = None

    def text(self) -> str:
        """Return the five parts, one line each; empty parts are left out."""
        place = f"{self.place}: " if self.place else ""
        node = f" {_cut(self.node)}" if self.node else ""
        lines = [f"{place}{self.code}{node}: {self.message}"]
        lines += [f"  {line}" for part in (self.layer, self.given) for line in part.splitlines()]
        for name, part in (("rule", self.rule), ("fix", self.fix)):
            first, *rest = part.splitlines() or [""]
            if first:
                lines += [f"  {name}: {first}", *(f"    {line}" for line in rest)]
        return "\n".join(lines)


_LONGEST = 300
_LONG_WORD = re.compile(rf"\S{{{_LONGEST},}}")


def _cut(text: str) -> str:
    """Shorten words that nobody would read: a file may hold a name of a million letters."""
    if len(text) <= _LONGEST:
        return text
    return _LONG_WORD.sub(lambda word: f"{word[0][:60]}...{word[0][-60:]}", text)


class CnnshapeError(Exception):
    """Root of the tree. ``str()`` of it is the whole five-part text.

    Parameters
    ----------
    message : str, the fault in one line
    parts : the other fields of `Fault`, by name
    """

    exit_code = 2
    default_code = "CS000"

    def __init__(self, message: str, **parts: Any) -> None:
        parts.setdefault("code", self.default_code)
        parts.update((name, _cut(parts[name])) for name in ("given", "rule", "fix") if name in parts)
        self.fault = Fault(message=_cut(message), **parts)
        super().__init__(message)

    def __str__(self) -> str:
        return self.fault.text()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), {f.name: getattr(self.fault, f.name) for f in fields(Fault)})

    @property
    def code(self) -> str:
        return self.fault.code

    def at(self, **parts: Any) -> Self:
        """Return the same error with more parts filled in (what is known only further up)."""
        merged = replace(self.fault, **parts)
        return type(self)(**{f.name: getattr(merged, f.name) for f in fields(Fault)})


def _rebuild(cls: type[CnnshapeError], parts: dict[str, Any]) -> CnnshapeError:
    return cls(**parts)


class UsageError(CnnshapeError):
    """A command or call that cannot be understood (codes CS0xx)."""

    default_code = "CS001"


class ExtraMissing(UsageError):
    """A package that only this task needs is not installed (CS010)."""

    default_code = "CS010"


class ReadError(CnnshapeError):
    """A file that cannot be read at all (codes CS10x)."""

    default_code = "CS101"


class DesignError(CnnshapeError):
    """A design file, or a graph built by hand, that is malformed (codes CS11x to CS19x)."""

    default_code = "CS110"


class ShapeError(CnnshapeError):
    """A layer that does not fit what comes in (codes CS2xx); the design was read, it is invalid."""

    exit_code = 1
    default_code = "CS201"


class FormulaError(CnnshapeError, ValueError):
    """Text that is no formula, or a formula beyond the limits (codes CS3xx)."""

    default_code = "CS301"


class ArgumentError(CnnshapeError, ValueError):
    """A layer's argument that no input could make right (codes CS4xx)."""

    default_code = "CS401"
