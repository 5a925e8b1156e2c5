"""The arguments of a layer: how a call is refused before a number lands in the wrong field, how values are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, NoReturn

from cnnshape.errors import ArgumentError
from cnnshape.layers.fields import KINDS

__all__ = ["check_call", "checks_of", "refuse"]


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


_CHECKS: dict[Any, tuple[tuple[str, Callable[[Any], Any]], ...]] = {}


def checks_of(cls: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Return (field, normalize) for every field of a class, made once."""
    if cls not in _CHECKS:
        _CHECKS[cls] = tuple((f.name, _check_of(cls, f)) for f in fields(cls))
    return _CHECKS[cls]


def _check_of(cls: Any, f: Any) -> Callable[[Any], Any]:
    word, _, null = f.type.partition(" | ")
    kind, words = KINDS[word], f.metadata.get("words")
    wants = f"one of {', '.join(words)}" if words else kind.wants

    def check(value: Any) -> Any:
        if value is None and null == "None":
            return None
        try:
            value = kind.check(value)
            if words and value not in words:
                raise ValueError
        except (TypeError, ValueError):
            near = get_close_matches(str(value), words, 1) if words else []
            raise ArgumentError(
                f"{cls.__name__}: {f.name} = {value!r} is not {wants}",
                code="CS401",
                field=f.name,
                got=value,
                needed=wants,
                rule=f"{f.name} is {wants}",
                fix=f"{f.name}: {near[0]}" if near else f"give {f.name} as {wants}",
            ) from None
        return value

    return check


def check_call(cls: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse a call that would put a number into the wrong argument, or that names no argument of the class."""
    known = {f.name: f for f in fields(cls)}
    first = next((f.name for f in known.values() if not f.kw_only), None)
    if len(args) > (first is not None):
        takes = f"one positional argument, {first}" if first else "no positional argument"
        raise ArgumentError(
            f"{cls.__name__} takes {takes}" + (f"; PyTorch's {cls.pytorch}" if cls.pytorch else ""),
            code="CS403",
            got=args,
            rule="one positional argument, the output side (for pools the kernel); the rest by keyword",
            fix=f"name the other arguments: {', '.join(name for name in known if name != first)}",
        )
    for name in kwargs:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise ArgumentError(
                f"{cls.__name__} has no argument {name!r}",
                code="CS404",
                field=name,
                rule=f"{cls.__name__} takes {', '.join(known) or 'no arguments'}",
                fix=f"did you mean {near[0]}?" if near else f"leave {name} out",
            )
    given = set(kwargs) | ({first} if args else set())
    missing = [n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING and n not in given]
    if missing:
        raise ArgumentError(
            f"{cls.__name__} needs {' and '.join(missing)}",
            code="CS405",
            field=missing[0],
            rule=f"{cls.__name__} has no default for {' and '.join(missing)}",
            fix=f"give {', '.join(missing)}",
        )
