"""A layer of a design file as a value, and its errors with the place of the argument."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from typing import Any

from cnnshape.errors import ArgumentError, DesignError
from cnnshape.formats.design.entries import LayerCall
from cnnshape.formats.design.spellings import KERAS_DEFAULTS, converted, field_names
from cnnshape.formats.design.tree import shown
from cnnshape.formats.design.values import Env, argument, as_design_error
from cnnshape.layers.base import Layer

__all__ = ["made_layer"]

_OLD_FLAGS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def made_layer(call: LayerCall, env: Env, file: str, node: str) -> Layer:
    """Return the layer that an entry describes.

    Raises
    ------
    DesignError
        CS3xx a formula, CS4xx an argument that no input could make right; with the argument's place.
    """
    cls = call.entry.layer
    kinds = field_names(cls)
    values: dict[str, Any] = dict(KERAS_DEFAULTS.get(call.entry.name, {})) if call.keras else {}
    try:
        for field, written, tree in call.arguments:
            value = argument(tree, env, kinds[field], file, field)
            values[field] = converted(written, field, value) if call.keras else value
    except DesignError as error:
        raise error.at(node=node, given=_joined(error.fault.given, env.note)) from None
    if call.rank is not None and values.setdefault("rank", call.rank) != call.rank:
        raise DesignError(
            f"{call.word.text} with rank {values['rank']}",
            code="CS401",
            place=_place(call, "rank", file),
            node=node,
            rule=f"{call.word.text} states the rank {call.rank}",
            fix=f"{call.entry.name}: {{..., rank: {values['rank']}}}",
        )
    try:
        return cls(**values)
    except ArgumentError as error:
        raise _located(error, call, env, file, node) from None


def _place(call: LayerCall, field: str, file: str) -> str:
    tree = next((argument.tree for argument in call.arguments if argument.field == field), call.word)
    return f"{file}:{tree.line}:{tree.column}"


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _whole(got: Any) -> str | None:
    """Return the whole numbers that are meant by 2.0 or -3, or None."""
    if isinstance(got, tuple):
        each = [_whole(entry) if isinstance(entry, float) or entry == 0 else str(entry) for entry in got]
        return None if None in each or each == [str(entry) for entry in got] else f"[{', '.join(map(str, each))}]"
    if isinstance(got, bool) or not isinstance(got, (int, float)) or got != got or abs(got) == float("inf"):
        return None
    return str(abs(int(got))) if got and got == int(got) else None


def _located(error: ArgumentError, call: LayerCall, env: Env, file: str, node: str) -> DesignError:
    fault = error.fault
    parts: dict[str, Any] = {}
    if fault.code == "CS405":
        known = fields(call.entry.layer)  # type: ignore[arg-type]  # a dataclass
        given = {argument.field: shown(argument.tree, 30) for argument in call.arguments}
        needed = [f.name for f in known if f.default is MISSING and f.default_factory is MISSING]
        words = [f"{name}: {given.get(name, '...')}" for name in [*needed, *(n for n in given if n not in needed)]]
        parts["message"] = fault.message.replace(call.entry.layer.__name__, call.word.text, 1)
        parts["rule"] = fault.rule.replace(call.entry.layer.__name__, call.word.text, 1)
        parts["fix"] = f"{call.word.text}: {{{', '.join(words)}}}"
    elif isinstance(fault.got, str) and fault.got.lower() in _OLD_FLAGS and fault.needed == "true or false":
        parts["fix"] = f"{fault.field}: {_OLD_FLAGS[fault.got.lower()]} (in YAML 1.2, {fault.got} is a word)"
    elif fault.code == "CS401" and fault.got is None:
        parts["message"] = f"{fault.field} has no value"
        counts = str(fault.needed).startswith("a whole number")
        parts["fix"] = f"{fault.field}: 3" if counts else f"leave {fault.field} out, or write its value"
    elif fault.code == "CS401" and (percent := re.fullmatch(r"(\d{1,3})%", str(fault.got))):
        parts["fix"] = f"{fault.field}: {int(percent[1]) / 100}"
    elif fault.code == "CS401" and (whole := _whole(fault.got)) is not None:
        parts["fix"] = f"{fault.field}: {whole}"
    parts.setdefault("message", fault.message.removeprefix(f"{call.entry.layer.__name__}: "))
    given_text = _joined(fault.given, env.note)
    return as_design_error(error, _place(call, fault.field, file), node=node, given=given_text, **parts)
