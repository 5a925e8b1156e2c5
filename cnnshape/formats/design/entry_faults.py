"""What is wrong with an entry of a design, and where the stray piece belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import BESIDE, RESERVED
from cnnshape.formats.design.habits import INPUT_WORDS, by_position, called, entry_text, named_entry, typed_entry
from cnnshape.formats.design.spellings import ADVICE, field_names, layer_advice, slipped, spelled, spellings_of
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, described, shown
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer

__all__ = [
    "class_of",
    "no_bare_form",
    "not_a_list",
    "positional",
    "refused",
    "shown_entry",
    "shown_pair",
    "takes_many",
    "too_many_words",
    "unknown_argument",
    "unknown_layer",
    "unknown_parameter",
]

_CALL_RULE = "a design holds no code: a layer is its name, a colon and its arguments by name"
_MOST_LINES = 8
_NEAR = 0.72
"""How alike a name and a known one must be to be offered: below that, it is a guess."""
_BESIDE_RULE = "name, inputs, repeat, share and frozen stand beside"


def refused(file: str, tree: Tree, message: str, code: str = "CS110", **parts: Any) -> DesignError:
    """Return the error at the place of `tree`."""
    return DesignError(message, code=code, place=f"{file}:{tree.line}:{tree.column}", **parts)


def takes_many(cls: type[Layer]) -> bool:
    """Say whether a layer can take more than one tensor."""
    most = cls.arity[1]
    return most is None or most > 1


def class_of(word: Scalar) -> type[Layer] | None:
    """Return the layer class that a word names, or None."""
    found = catalog.lookup(word.text)
    return found[0].layer if found else None


def no_bare_form(file: str, word: Scalar, value: Tree, cls: type[Layer]) -> DesignError:
    """Return the error for a bare value after a layer that has no first argument, or needs several."""
    names = list(field_names(cls))
    if not isinstance(value, Fields) and (found := positional(file, word, value)):
        return found
    if isinstance(value, Scalar) and (found := _said_in_python(file, word, value)):
        return found
    known = fields(cls)  # type: ignore[arg-type]  # a dataclass
    needed = [f.name for f in known if f.default is MISSING and f.default_factory is MISSING]
    said = shown(value)
    message = f"{word.text}: {said} does not say which argument {said} is"
    if isinstance(value, Items) and any(isinstance(row, Items) or shown(row) in RESERVED for row in value.rows):
        message = f"a list of inputs after {word.text}"
        rule = f"inputs follow the colon of a join; {word.text} takes one"
        fix = f"{{{word.text}: , inputs: {said}}}"
    elif takes_many(cls) and isinstance(value, Scalar) and re.match(r"[^\W\d]", str(value.value)):
        several = [part.strip() for part in re.split(r"[,+*]", said)]
        listed = ", ".join(several if len(several) > 1 else ["previous", said])
        rule, fix = f"{word.text} takes a list of inputs", f"{word.text}: [{listed}]"
    elif not names:
        message = f"{word.text} has no argument that could be {said}"
        rule, fix = f"{word.text} has no arguments", f"- {word.text}"
    elif needed:
        others = "".join(f", {name}: ..." for name in needed[1:])
        rule = f"{word.text} needs {' and '.join(needed)}, so it has no short form"
        fix = f"{word.text}: {{{needed[0]}: {said}{others}}}"
    else:
        rule = f"{word.text} has no first argument, so it has no short form"
        fix = ", or ".join(f"{word.text}: {{{name}: {said}}}" for name in names[:2])
    return refused(file, value, message, rule=rule, fix=fix)


def positional(file: str, word: Scalar, value: Items | Scalar) -> DesignError | None:
    """Return the error for arguments without names, in the order of a framework's call, or in a list."""
    if isinstance(value, Scalar):
        said = re.split(r"[,\s]+", value.text.strip())
        if len(said) < 2 or not all(re.fullmatch(r"\d+", part) for part in said):
            return None
    else:
        mappings = [row for row in value.rows if isinstance(row, Fields)]
        if mappings and len(mappings) == len(value.rows):
            pairs = [(key.text, shown(tree)) for row in mappings for key, tree in row.rows]
            rule = "arguments are a mapping: no dash stands before them"
            fix = entry_text(word.text, pairs)
            return refused(file, value, f"the arguments of {word.text} are a list", rule=rule, fix=fix)
        if any(isinstance(row, Fields) or shown(row) in RESERVED for row in value.rows):
            return None
        said = [shown(row) for row in value.rows]
    arguments = by_position(word.text, said)
    if not arguments:
        return None
    return refused(
        file,
        value,
        f"the arguments of {word.text} have no names: {shown(value)}",
        rule="arguments stand by name, in any order",
        fix=entry_text(word.text, arguments),
    )


def _said_in_python(file: str, word: Scalar, value: Scalar) -> DesignError | None:
    """Return the error for ``conv: Conv2d(3, 8, 3)`` or ``conv: out_channels=8, kernel_size=3``."""
    text = str(value.value)
    if "=" in text and "(" not in text.partition("=")[0]:
        if found := called(f"{word.text}({text})"):
            rule = "a name and its value are joined by a colon and a space"
            return refused(file, value, f"arguments of Python: {text}", rule=rule, fix=_listed(found))
    elif found := called(text):
        return refused(file, word, f"a call of Python: {text}", rule=_CALL_RULE, fix=_listed(found))
    return None


def _listed(entries: list[str]) -> str:
    return entries[0] if len(entries) == 1 else "\n".join(f"- {entry}" for entry in entries)


def unknown_argument(
    file: str, key: Scalar, word: Scalar, cls: type[Layer], value: Tree, rows: Iterable[tuple[Scalar, Tree]]
) -> DesignError:
    """Return the error for an argument that a layer does not have."""
    own = list(field_names(cls))
    rule = f"{word.text} takes {', '.join(own)}" if own else f"{word.text} has no arguments"
    near = slipped(cls, key.text) or get_close_matches(key.text, [*own, *spellings_of(cls)], 1, _NEAR)
    if key.text in BESIDE:
        rule = f"{_BESIDE_RULE} the layer, its arguments inside it"
        beside = [(k.text, shown(v, 120)) for k, v in rows if k.text in BESIDE]
        inside = [(k.text, shown(v, 120)) for k, v in rows if k.text not in BESIDE]
        fix = entry_text(word.text, inside, beside)
    elif key.text == "activation" and class_of(Scalar(None, shown(value), 1, 1)):
        fix = ADVICE[key.text].replace("relu", shown(value))
    elif key.text in ADVICE:
        fix = ADVICE[key.text]
    elif "=" in key.text and isinstance(value, Scalar) and value.value is None:
        rule, fix = "a name and its value are joined by a colon and a space", _spaced(key.text, "=")
    elif ":" in key.text and isinstance(value, Scalar) and value.value is None:
        rule, fix = "a colon is followed by a space", _spaced(key.text)
    else:
        fix = f"did you mean {near[0]}?" if near else f"leave {key.text} out"
    message = f"{word.text} has no argument {key.text!r}"
    return refused(file, key, message, "CS404", field=key.text, rule=rule, fix=fix)


def _spaced(text: str, sign: str = ":") -> str:
    first, _, rest = text.partition(sign)
    return f"{first.strip()}: {rest.strip()}"


def unknown_parameter(file: str, key: Tree, word: Scalar, known: Iterable[str]) -> DesignError:
    """Return the error for an argument that a definition does not have."""
    names = list(known)
    text = key.text if isinstance(key, Scalar) else shown(key)
    near = get_close_matches(text, names, 1)
    if text in BESIDE:
        rule = f"{_BESIDE_RULE} a definition, its arguments inside it"
        fix = f"{{{text}: ..., {word.text}: ...}}"
    else:
        rule = f"{word.text} takes {', '.join(names) or 'no arguments'}"
        fix = f"did you mean {near[0]}?" if near else f"leave it out, or declare it in {word.text}: args: {{{text}: }}"
    return refused(file, key, f"{word.text} has no argument {text!r}", "CS123", got=text, rule=rule, fix=fix)


def unknown_layer(
    file: str,
    error: DesignError,
    word: Scalar,
    value: Tree,
    definitions: Iterable[str],
    arguments: Iterable[str],
) -> DesignError:
    """Return the error for a word that names no layer, with what is meant, or the nearest name of any sort."""
    place = f"{file}:{word.line}:{word.column}"
    known = list(definitions)
    text = word.text
    last = text.rpartition(".")[2]
    near = get_close_matches(text, [*known, "block"], 1, _NEAR) or get_close_matches(text, BESIDE, 1, _NEAR)
    stated = re.search(r"[123]d", text.casefold())
    name = catalog.nearest_name(text)
    if python := called(text):
        return refused(file, word, f"a call of Python: {text}", "CS111", got=text, rule=_CALL_RULE, fix=_listed(python))
    if typed := typed_entry([(word, value)], known):
        return _as_type(file, *typed)
    first, *rest = re.split(r"[\s,]+", text)
    used = re.fullmatch(r"(\w+)\(([^(),=]*)\)", text)
    if used and used[1] in known:
        rule = "arguments follow a colon: one value is the first argument"
        parts = {"rule": rule, "fix": f"{used[1]}: {used[2]}" if used[2] else used[1]}
    elif rest and class_of(word._replace(text=first)) and all(part.isdigit() for part in rest):
        fix = entry_text(first, by_position(first, rest) or [])
        parts = {"rule": "a layer is its name, a colon and its arguments by name", "fix": fix}
    elif ":" in text:
        parts = {"rule": "a colon is followed by a space", "fix": _spaced(text)}
    elif last != text and catalog.lookup(last):
        parts = {"rule": "a layer stands without its module", "fix": f"did you mean {last}?"}
    elif advice := layer_advice(text, value):
        joined = {"- add": "add sums its inputs and branches", "- mul": "multiply scales an input by a branch"}
        rule = joined.get(advice[:5], "")
        parts = {"rule": f"{rule}, which have the same channels", "fix": advice} if rule else {"fix": advice}
    elif entry := named_entry(word, value, known):
        parts = {"rule": "the key is the layer; a name of its own stands beside it, as name:", "fix": entry}
    elif near:
        parts = {"fix": f"did you mean {near[0]}?"}
    elif stated and name:
        cls = catalog.find(name)[0].layer
        parts = {"fix": f"did you mean {name}{stated[0] if 'rank' in field_names(cls) else ''}?"}
    elif text in arguments:
        parts = {"rule": "an argument that names a layer stands alone", "fix": f"- {text}"}
    else:
        parts = {}
    return error.at(place=place, **parts)


def _as_type(file: str, key: Scalar, entry: str) -> DesignError:
    return refused(
        file,
        key,
        f"the layer stands as the value of {key.text!r}",
        "CS112",
        got=key.text,
        rule="the layer's name is the key, its arguments follow the colon",
        fix=entry,
    )


def too_many_words(
    file: str, rows: Iterable[tuple[Scalar, Tree]], parameters: Mapping[str, Mapping[str, Any]]
) -> DesignError:
    """Return the error for an entry with more than one word that is no place beside a layer."""
    if typed := typed_entry(rows, parameters):
        return _as_type(file, *typed)
    others = [(key, value) for key, value in rows if key.text not in BESIDE]
    taken = next((pair for pair in others if pair[0].text in INPUT_WORDS and not isinstance(pair[1], Fields)), None)
    if taken and len(others) > 1:
        said = shown(taken[1])
        return refused(
            file,
            taken[0],
            f"{taken[0].text!r} stands beside a layer",
            "CS112",
            got=taken[0].text,
            rule="what a layer takes stands beside it, as a list: inputs",
            fix=f"inputs: {said if isinstance(taken[1], Items) else f'[{said}]'}",
        )
    for key, value in others:
        cls = class_of(key)
        rest = [(k, v) for k, v in others if k is not key]
        inside = [(k, v) for k, v in rest if cls is not None and spelled(cls, k.text)]
        inside = inside or [(k, v) for k, v in rest if k.text in parameters.get(key.text, ())]
        if inside:
            pairs = [*(value.rows if isinstance(value, Fields) else ()), *inside]
            return refused(
                file,
                inside[0][0],
                f"{', '.join(k.text for k, _ in inside)} {'stands' if len(inside) == 1 else 'stand'} beside {key.text}",
                "CS113",
                rule="arguments stand inside the layer: in its braces, or indented deeper",
                fix=f"{key.text}: {{{', '.join(shown_pair(k, v) for k, v in pairs)}}}",
            )
    known = [key for key, _ in others if class_of(key) or key.text in parameters or key.text == "block"]
    if len(known) > 1:
        return refused(
            file,
            known[1],
            f"two layers in one entry: {known[0].text} and {known[1].text}",
            "CS114",
            rule="an entry holds one layer",
            fix="\n".join(f"- {shown_pair(key, value).removesuffix(':')}" for key, value in others),
        )
    unknown = next(key for key, _ in others if key not in known)
    near = get_close_matches(unknown.text, BESIDE, 1, _NEAR)
    cls = class_of(known[0]) if known else None
    if not near and cls is not None:
        near = slipped(cls, unknown.text) or get_close_matches(
            unknown.text, [*field_names(cls), *spellings_of(cls)], 1, _NEAR
        )
    if not near and not known:
        near = [name for name in (catalog.nearest_name(unknown.text),) if name]
    return refused(
        file,
        unknown,
        f"{unknown.text!r} stands beside {known[0].text}" if known else f"{unknown.text!r} is no layer",
        "CS112",
        got=unknown.text,
        rule=f"beside a layer stand {', '.join(BESIDE[:-1])}; its arguments stand inside it",
        fix=f"did you mean {near[0]}?" if near else f"leave {unknown.text} out",
    )


def not_a_list(file: str, tree: Tree, what: str, definitions: Iterable[str]) -> DesignError:
    """Return the error for layers that are a mapping or a single value."""
    known = list(definitions)
    rule = "layers are a list: one entry a line, each with a dash"
    if isinstance(tree, Fields):
        entries = []
        for key, value in tree.rows:
            plain = key.text in known or catalog.lookup(key.text) is not None
            entry = "" if plain else named_entry(key, value, known)
            entries.append(entry or (key.text if _is_nothing(value) else shown_pair(key, value)))
        fix = "\n".join(f"- {entry}" for entry in entries[:_MOST_LINES]) + ("\n..." * (len(entries) > _MOST_LINES))
    elif isinstance(tree, Scalar) and tree.text.startswith("-"):
        rule += "; a dash is followed by a space"
        fix = "\n".join(f"- {entry}" for entry in re.split(r"(?:^|\s+)-", tree.text) if entry)
    elif isinstance(tree, Scalar) and (calls := called(tree.text)):
        fix = "\n".join(f"- {entry}" for entry in calls)
    else:
        fix = "- relu" if _is_nothing(tree) else f"- {shown(tree)}"
    return refused(file, tree, f"{what} are {described(tree)}", rule=rule, fix=fix)


def _is_nothing(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.value is None


def shown_pair(key: Scalar, value: Tree) -> str:
    """Return ``key: value`` as it stands in a file."""
    return f"{key.text}: {shown(value, 120)}".rstrip()


def shown_entry(key: Scalar, value: Tree) -> str:
    """Return an entry of a list in one line: a word, or a mapping."""
    bare = isinstance(value, Scalar) and value.value is None
    return key.text if bare else f"{{{shown_pair(key, value)}}}"
