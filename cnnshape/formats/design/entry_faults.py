"""What is wrong with an entry of a design, and where the stray piece belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import BESIDE, RESERVED
from cnnshape.formats.design.spellings import ADVICE, LAYER_ADVICE, field_names, spelled, spellings_of
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, shown
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer

__all__ = [
    "class_of",
    "no_bare_form",
    "refused",
    "shown_entry",
    "shown_pair",
    "takes_many",
    "too_many_words",
    "unknown_argument",
    "unknown_layer",
    "unknown_parameter",
]

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
    known = fields(cls)  # type: ignore[arg-type]  # a dataclass
    needed = [f.name for f in known if f.default is MISSING and f.default_factory is MISSING]
    said = shown(value)
    message = f"{word.text}: {said} does not say which argument {said} is"
    if isinstance(value, Items) and any(isinstance(row, Items) or shown(row) in RESERVED for row in value.rows):
        message = f"a list of inputs after {word.text}"
        rule = f"inputs follow the colon of a join; {word.text} takes one"
        fix = f"{{{word.text}: , inputs: {said}}}"
    elif takes_many(cls) and isinstance(value, Scalar) and isinstance(value.value, str):
        rule, fix = f"{word.text} takes a list of inputs", f"{word.text}: [previous, {said}]"
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


def unknown_argument(file: str, key: Scalar, word: Scalar, cls: type[Layer], value: Tree) -> DesignError:
    """Return the error for an argument that a layer does not have."""
    own = list(field_names(cls))
    rule = f"{word.text} takes {', '.join(own)}" if own else f"{word.text} has no arguments"
    near = get_close_matches(key.text, [*own, *spellings_of(cls)], 1)
    if key.text in BESIDE:
        rule = f"{_BESIDE_RULE} the layer, its arguments inside it"
        fix = f"{{{key.text}: {shown(value, 30)}, {word.text}: ...}}"
    elif key.text in ADVICE:
        fix = ADVICE[key.text]
    elif ":" in key.text and isinstance(value, Scalar) and value.value is None:
        rule, fix = "a colon is followed by a space", _spaced(key.text)
    else:
        fix = f"did you mean {near[0]}?" if near else f"leave {key.text} out"
    message = f"{word.text} has no argument {key.text!r}"
    return refused(file, key, message, "CS404", field=key.text, rule=rule, fix=fix)


def _spaced(text: str) -> str:
    first, _, rest = text.partition(":")
    return f"{first}: {rest.strip()}"


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
    file: str, error: DesignError, word: Scalar, definitions: Iterable[str], arguments: Iterable[str]
) -> DesignError:
    """Return the error for a word that names no layer, with the nearest name of any sort."""
    near = get_close_matches(word.text, [*definitions, "block"], 1, 0.7) or get_close_matches(word.text, BESIDE, 1, 0.7)
    parts: dict[str, Any] = {}
    last = word.text.rpartition(".")[2]
    if ":" in word.text:
        parts = {"rule": "a colon is followed by a space", "fix": _spaced(word.text)}
    elif last != word.text and catalog.lookup(last):
        parts = {"rule": "a layer stands without its module", "fix": f"did you mean {last}?"}
    elif word.text.casefold() in LAYER_ADVICE:
        parts = {"fix": LAYER_ADVICE[word.text.casefold()]}
    elif near:
        parts = {"fix": f"did you mean {near[0]}?"}
    elif (rank := re.search(r"[123]d", word.text.casefold())) and (name := catalog.nearest_name(word.text)):
        cls = catalog.find(name)[0].layer
        parts = {"fix": f"did you mean {name}{rank[0] if 'rank' in field_names(cls) else ''}?"}
    elif word.text in arguments:
        parts = {"rule": "an argument that names a layer stands alone", "fix": f"- {word.text}"}
    return error.at(place=f"{file}:{word.line}:{word.column}", **parts)


def too_many_words(
    file: str, others: list[tuple[Scalar, Tree]], parameters: Mapping[str, Mapping[str, Any]]
) -> DesignError:
    """Return the error for an entry with more than one word that is no place beside a layer."""
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
    near = get_close_matches(unknown.text, BESIDE, 1)
    cls = class_of(known[0]) if known else None
    if not near and cls is not None:
        near = get_close_matches(unknown.text, [*field_names(cls), *spellings_of(cls)], 1)
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


def shown_pair(key: Scalar, value: Tree) -> str:
    """Return ``key: value`` as it stands in a file."""
    return f"{key.text}: {shown(value)}".rstrip()


def shown_entry(key: Scalar, value: Tree) -> str:
    """Return an entry of a list in one line: a word, or a mapping."""
    bare = isinstance(value, Scalar) and value.value is None
    return key.text if bare else f"{{{shown_pair(key, value)}}}"
