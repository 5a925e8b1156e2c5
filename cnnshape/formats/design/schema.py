"""The JSON Schema of design files, made from the layer classes and their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from cnnshape.formats.design.entry_faults import takes_many
from cnnshape.formats.design.entry_reader import bare_field
from cnnshape.formats.design.spellings import spellings_of
from cnnshape.layers import catalog
from cnnshape.layers.base import Entry, Layer
from cnnshape.layers.fields import DTYPES, KINDS, PADDING_WORDS

__all__ = ["design_schema"]

_ROW = re.compile(r"^(?P<names>\w+(?:, \w+)*) : (?P<text>.*)$")
_WORD = {"type": "string"}
_REPEAT = {
    "anyOf": [{"type": "integer", "minimum": 0}, _WORD],
    "description": "how often the entry comes, one after the other",
}


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a design file, for editors and other programs.

    A layer's summary and the words on its arguments are the descriptions. Text is allowed wherever a formula or an
    argument of a definition may stand. Names of definitions are not known to the schema: an entry with another key is
    left to the reader.
    """
    entries = {entry.name: entry for entry in catalog.ENTRIES if entry.name != "input"}
    layers = {name: _layer_schema(entry) for name, entry in entries.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:cnnshape:design:1",
        "title": "cnnshape design",
        "description": "A convolutional network: its inputs and its layers. Sizes may be symbols and formulas.",
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "cnnshape": {"const": 1, "description": "the version of the format"},
            "name": {"type": ["string", "number"], "description": "the network's name"},
            "symbols": {
                "description": "defaults of symbols; a name without a value stays free",
                "type": ["object", "null"],
                "additionalProperties": {"type": ["integer", "null"], "minimum": 1},
            },
            "input": {"$ref": "#/$defs/input", "description": "the only input, called `input`"},
            "inputs": {
                "description": "several inputs by name",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/input"},
            },
            "define": {
                "description": "lists of layers with arguments, used like layers",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/definition"},
            },
            "layers": {"$ref": "#/$defs/body", "description": "one after the other"},
            "outputs": {
                "description": "tensors that leave the network; default [last]",
                "anyOf": [
                    _WORD,
                    {"type": "array", "items": _WORD, "minItems": 1},
                    {"type": "object", "additionalProperties": _WORD, "minProperties": 1},
                ],
            },
        },
        "$defs": {**_parts(entries), **_kinds(), **{f"layer.{name}": schema for name, schema in layers.items()}},
    }


def _parts(entries: Mapping[str, Entry]) -> dict[str, Any]:
    shape = {
        "description": "sizes without the batch, channels first; a leading N is the batch",
        "type": "array",
        "items": {"anyOf": [{"type": "integer", "minimum": 1}, _WORD]},
    }
    return {
        "input": {
            "anyOf": [
                shape,
                {
                    "type": "object",
                    "required": ["shape"],
                    "additionalProperties": False,
                    "properties": {
                        "shape": shape,
                        "dtype": {"enum": list(DTYPES)},
                        "batch": {
                            "type": "boolean",
                            "description": "false: the shape is whole, no batch is put in front",
                        },
                        "scope": {"type": "string", "description": "dotted name of the block it belongs to"},
                    },
                },
            ]
        },
        "definition": {
            "anyOf": [
                {"$ref": "#/$defs/body"},
                {
                    "type": "object",
                    "required": ["layers"],
                    "additionalProperties": False,
                    "properties": {
                        "args": {
                            "type": ["object", "null"],
                            "description": "defaults of the arguments; one without a value must be given",
                        },
                        "layers": {"$ref": "#/$defs/body"},
                    },
                },
            ]
        },
        "body": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
        "sources": {
            "description": "names of tensors, and branches: lists of layers that start from the default input",
            "type": "array",
            "items": {"anyOf": [{"type": ["string", "integer"]}, {"$ref": "#/$defs/body"}]},
        },
        "entry": {"anyOf": [{"enum": list(entries)}, _WORD, {"$ref": "#/$defs/use"}]},
        "use": {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "name": {"type": ["string", "integer"], "description": "the layer's name and its tensor's"},
                "inputs": {"anyOf": [_WORD, {"$ref": "#/$defs/sources"}]},
                "repeat": _REPEAT,
                "share": {"type": "string", "description": "the layer or block whose weights this one uses"},
                "frozen": {"anyOf": [{"type": "boolean"}, _WORD], "description": "true: the weights are not trained"},
                "scope": {"type": "string", "description": "dotted name of the block, where the name does not say it"},
                "block": {"$ref": "#/$defs/body", "description": "layers with names of their own"},
                **_uses(entries),
            },
            "patternProperties": {
                _spelled_pattern(entry): {"$ref": f"#/$defs/layer.{name}"} for name, entry in entries.items()
            },
        },
    }


def _uses(entries: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the keys of an entry that mean a layer: every name, its aliases, and those that state a rank."""
    uses: dict[str, Any] = {}
    for name, entry in entries.items():
        names = [name, *entry.aliases]
        if "rank" in entry.layer.__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
            names += [f"{name}{rank}d" for rank in (1, 2, 3)]
        uses.update((each, {"$ref": f"#/$defs/layer.{name}"}) for each in names)
    return uses


def _spelled_pattern(entry: Entry) -> str:
    """Return the pattern of a layer's names in the frameworks' manner, such as ``MaxPooling2D``."""
    names = [entry.name, *entry.aliases]
    camel = [entry.layer.__name__, *(name.title().replace("_", "") for name in names)]
    spelled = "|".join(dict.fromkeys([*names, *camel]))
    has_rank = "rank" in entry.layer.__dataclass_fields__  # type: ignore[attr-defined]  # a dataclass
    return f"^({spelled}){'(?:[123][dD])?' if has_rank else ''}$"


def _layer_schema(entry: Entry) -> dict[str, Any]:
    cls = entry.layer
    properties = _arguments(cls)
    known = fields(cls)  # type: ignore[arg-type]  # a dataclass
    needed = [f.name for f in known if f.default is MISSING and f.default_factory is MISSING]
    forms: list[dict[str, Any]] = [{"type": "object", "properties": properties, "additionalProperties": False}]
    others = {ours: [s.theirs for s in spellings_of(cls).values() if s.ours == ours] for ours in needed}
    if needed:
        spelled = [{"anyOf": [{"required": [name]} for name in (ours, *others[ours])]} for ours in needed]
        forms[0]["allOf"] = spelled
    else:
        forms.append({"type": "null"})
    bare = bare_field(cls)
    if bare is not None:
        forms.append({key: value for key, value in properties[bare].items() if key != "default"})
    if takes_many(cls):
        forms.append({"$ref": "#/$defs/sources"})
    return {"description": _summary(cls), "anyOf": forms}


def _arguments(cls: type[Layer]) -> dict[str, Any]:
    words = _argument_words(cls)
    properties: dict[str, Any] = {}
    for f in fields(cls):  # type: ignore[arg-type]  # a dataclass
        schema = _value_schema(str(f.type), f.metadata.get("words"))
        if f.name in words:
            schema["description"] = words[f.name]
        if f.default is not MISSING and isinstance(f.default, (bool, int, float, str)):
            schema["default"] = f.default
        properties[f.name] = schema
    for theirs, spelling in spellings_of(cls).items():
        properties[theirs] = {**properties[spelling.ours], "description": f"another name of {spelling.ours}"}
    return properties


def _value_schema(annotation: str, words: tuple[str, ...] | None) -> dict[str, Any]:
    word, _, null = annotation.partition(" | ")
    kind = {"$ref": f"#/$defs/kind.{word}"}
    if not words and not null:
        return kind
    forms: list[Any] = [{"enum": list(words)}, _WORD] if words else [kind]
    return {"anyOf": [*forms, {"type": "null"}] if null else forms}


def _kinds() -> dict[str, Any]:
    """Return the schema of every kind of argument; any of them may be the name of a definition's argument."""
    kinds = {}
    for name, kind in KINDS.items():
        forms = [dict(kind.schema), _WORD]
        if name == "Padding":
            forms.append({"enum": list(PADDING_WORDS)})
        kinds[f"kind.{name}"] = {"description": kind.wants, "anyOf": forms}
    return kinds


def _summary(cls: type[Layer]) -> str:
    return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]


def _argument_words(cls: type[Layer]) -> dict[str, str]:
    """Return what a docstring says about each argument."""
    found: dict[str, str] = {}
    names: list[str] = []
    section = ""
    lines = inspect.cleandoc(cls.__doc__ or "").splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if below and set(below) == {"-"}:
            section = line
        elif section == "Parameters" and (row := _ROW.match(line)):
            names = row["names"].split(", ")
            found.update((name, row["text"]) for name in names)
        elif section == "Parameters" and line.startswith("    "):
            found.update((name, f"{found[name]} {line.strip()}") for name in names)
    return found
