"""The arguments of a layer: how a call is refused before a number lands in the wrong field, how values are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from inspect import Parameter, Signature
from typing import Any, NoReturn

from cnnshape.errors import ArgumentError, FormulaError
from cnnshape.layers.fields import KINDS, FieldKind

__all__ = ["bind", "refuse", "signature"]


def refuse(layer: object, name: str, why: str, *, needed: object = None, rule: str = "", fix: str = "") -> NoReturn:
    """Raise the error for an argument that no input could make right (CS401)."""
    value = getattr(layer, name)
    raise ArgumentError(
        f"{type(layer).__name__}: {name} = {value!r}: {why}",
        code="CS401",
        field=name,
        got=value,
        needed=needed,
        rule=rule,
        fix=fix,
    )


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What a layer class takes: the name of its positional argument, the defaults, and what normalizes each value."""

    first: str | None
    defaults: Mapping[str, Any]
    required: frozenset[str]
    checks: tuple[tuple[str, Callable[[Any], Any]], ...]


_ARGUMENTS: dict[Any, _Arguments] = {}


def _arguments_of(cls: Any) -> _Arguments:
    if cls not in _ARGUMENTS:
        known = fields(cls)
        _ARGUMENTS[cls] = _Arguments(
            first=next((f.name for f in known if not f.kw_only), None),
            defaults={f.name: f.default for f in known},
            required=frozenset(f.name for f in known if f.default is MISSING),
            checks=tuple((f.name, _check_of(cls, f)) for f in known),
        )
    return _ARGUMENTS[cls]


def bind(cls: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the normalized value of every field for a call `cls(*args, **kwargs)`.

    Raises
    ------
    ArgumentError
        CS401 a value that its field does not take, CS403 a second positional argument, CS404 an unknown argument,
        CS405 an argument that is missing.
    """
    takes = _arguments_of(cls)
    first = takes.first
    if len(args) > (first is not None) or (args and first in kwargs):
        _refuse_positions(cls, takes, args, kwargs)
    given: dict[str, Any] = {**takes.defaults, **kwargs}
    if args and first is not None:
        given[first] = args[0]
    if len(given) != len(takes.defaults):
        _refuse_name(cls, takes, next(name for name in kwargs if name not in takes.defaults))
    if takes.required:
        missing = [name for name in given if name in takes.required and given[name] is MISSING]
        if missing:
            _refuse_missing(cls, missing)
    return {name: check(given[name]) for name, check in takes.checks}


def signature(cls: Any) -> Signature:
    """Return the call that `bind` takes, for `help` and editors."""
    return Signature(
        [
            Parameter(
                f.name,
                Parameter.KEYWORD_ONLY if f.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if f.default is MISSING else f.default,
                annotation=f.type,
            )
            for f in fields(cls)
        ]
    )


def _check_of(cls: Any, f: Any) -> Callable[[Any], Any]:
    word, _, null = f.type.partition(" | ")
    kind, words = KINDS[word], f.metadata.get("words")
    wants = f"one of {', '.join(words)}" if words else kind.wants
    example = _example(f, kind)
    fix = f"such as {f.name}: {example}" if example else f"give {f.name} as {wants}"

    def check(value: Any) -> Any:
        if value is None and null == "None":
            return None
        try:
            value = kind.check(value)
            if words and value not in words:
                raise ValueError
        except FormulaError as error:
            raise ArgumentError(
                f"{cls.__name__}: {f.name} = {value!r}: {error.fault.message}",
                code="CS401",
                field=f.name,
                got=value,
                needed=wants,
                given=error.fault.given,
                rule=error.fault.rule or f"{f.name} is {wants}",
                fix=error.fault.fix or fix,
            ) from None
        except (TypeError, ValueError):
            near = get_close_matches(str(value), words, 1) if words else []
            raise ArgumentError(
                f"{cls.__name__}: {f.name} = {value!r} is not {wants}",
                code="CS401",
                field=f.name,
                got=value,
                needed=wants,
                rule=f"{f.name} is {wants}",
                fix=f"{f.name}: {near[0]}" if near else fix,
            ) from None
        return value

    return check


def _example(f: Any, kind: FieldKind) -> str:
    """Return a value that the argument takes: its default, or a small number; "" where neither is one."""
    if isinstance(f.default, (int, str)) and not isinstance(f.default, bool):
        return str(f.default)
    return "3" if kind.least is not None else ""


def _refuse_positions(cls: Any, takes: _Arguments, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> NoReturn:
    first = takes.first
    others = [name for name in takes.defaults if name != first]
    if len(args) == 1 and first in kwargs:
        says, fix = f"{first} once, it is given by position and by name", f"give {first} by position or by name"
    elif first:
        says = f"one positional argument, {first}"
        fix = f"name the other arguments: {', '.join(others)}" if others else f"give {first} alone"
    else:
        says = "no positional argument"
        fix = f"name the arguments: {', '.join(others)}" if others else f"call it without arguments: {cls.__name__}()"
    raise ArgumentError(
        f"{cls.__name__} takes {says}" + (f"; PyTorch's {cls.pytorch}" if cls.pytorch and first not in kwargs else ""),
        code="CS403",
        got=args,
        rule="one positional argument, the output side (for pools the kernel); the rest by keyword",
        fix=fix,
    )


def _refuse_name(cls: Any, takes: _Arguments, name: str) -> NoReturn:
    near = get_close_matches(name, takes.defaults, 1)
    raise ArgumentError(
        f"{cls.__name__} has no argument {name!r}",
        code="CS404",
        field=name,
        rule=f"{cls.__name__} takes {', '.join(takes.defaults) or 'no arguments'}",
        fix=f"did you mean {near[0]}?" if near else f"leave {name} out",
    )


def _refuse_missing(cls: Any, missing: Sequence[str]) -> NoReturn:
    raise ArgumentError(
        f"{cls.__name__} needs {' and '.join(missing)}",
        code="CS405",
        field=missing[0],
        rule=f"{cls.__name__} has no default for {' and '.join(missing)}",
        fix=f"give {', '.join(missing)}",
    )
