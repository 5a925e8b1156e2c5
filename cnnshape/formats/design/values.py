"""Scalars of a design file as values: formulas over the symbols and arguments in sight, words, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnshape.errors import ArgumentError, DesignError, FormulaError
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, described, shown
from cnnshape.layers.fields import KINDS, PADDING_WORDS
from cnnshape.symbolic import Dim, Size, parse, text

__all__ = ["Env", "Word", "argument", "as_design_error", "bound_value", "number", "size"]

_NAME = re.compile(r"\.?[^\W\d][\w-]*(\.[\w-]+)*")
_INFINITE = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf")}


class Word(NamedTuple):
    """A word given as an argument of a definition: a tensor's name, or a word such as `same`.

    Parameters
    ----------
    text : str
    tree : where it was written
    scope : the scope in which it is a name
    tensor : the tensor that it means, if it was a reserved word
    """

    text: str
    tree: Tree
    scope: Any
    tensor: str = ""


class Env:
    """What the names in a scope stand for.

    Parameters
    ----------
    sizes : symbols and arguments that are sizes
    values : the arguments of the definition, by name
    note : how the arguments were bound, for messages
    """

    __slots__ = ("key", "note", "sizes", "values")

    def __init__(self, symbols: Mapping[str, Size], values: Mapping[str, Any], note: str = "") -> None:
        self.values = values
        self.note = note
        hidden = {name: v for name, v in values.items() if isinstance(v, (int, Dim)) and not isinstance(v, bool)}
        self.sizes: Mapping[str, Size] = {**{n: s for n, s in symbols.items() if n not in values}, **hidden}
        self.key = tuple(_key(value) for value in values.values())


def _key(value: Any) -> Any:
    """Return a value as a part of a key of a table: Python's 1, 1.0 and True are one key, here they are three."""
    if isinstance(value, tuple):
        return tuple(_key(entry) for entry in value)
    return (
        value.text if isinstance(value, Word) else (type(value), value) if isinstance(value, (bool, float)) else value
    )


def as_design_error(error: FormulaError | ArgumentError, place: str, **parts: Any) -> DesignError:
    """Return the error of a formula or an argument as one of the file, with its place."""
    fault = error.fault
    known = {
        "code": fault.code,
        "place": place,
        "given": fault.given,
        "rule": fault.rule,
        "fix": fault.fix,
        "field": fault.field,
        "got": fault.got,
        "needed": fault.needed,
    }
    return DesignError(parts.pop("message", fault.message), **{**known, **parts})


def size(tree: Scalar, env: Env | None, name: str, what: str, words: tuple[str, ...] = ()) -> Size:
    """Return the size that a scalar's text describes, over the names of `env` (None: any name is a symbol).

    `words` are those that could have stood there instead.

    Raises
    ------
    DesignError
        CS301 to CS304, as for formulas.
    """
    try:
        return parse(tree.text, None if env is None else env.sizes, marked=True)
    except FormulaError as error:
        raise _formula_fault(error, tree, env, name, what, words) from None


_RULES = {
    "CS301": ("a formula has whole numbers, names, + - * / // % **, floor, ceil, min, max", "write a number, or k//2"),
    "CS303": ("formulas have limits, so that no file can stall the reader", "write the value"),
}


def _formula_fault(
    error: FormulaError, tree: Scalar, env: Env | None, name: str, what: str, words: tuple[str, ...]
) -> DesignError:
    fault = error.fault
    caret = fault.given.rsplit("\n", 1)[-1].find("^")
    place = f"{name}:{tree.line}:{tree.column + max(caret, 0) + tree.quoted}"
    rule, fix = _RULES.get(fault.code, ("", ""))
    parts: dict[str, Any] = {
        "message": f"{what} = {_cut(tree.text)}: {fault.message}",
        "rule": fault.rule or rule or "a size is a whole number",
        "fix": fault.fix or fix,
    }
    unknown = fault.got if fault.code == "CS302" else None
    if pair := re.fullmatch(r"\(?\s*(\d+)\s*[x,]\s*(\d+)\s*\)?", tree.text):
        parts["rule"], parts["fix"] = "a list stands in square brackets", f"write [{pair[1]}, {pair[2]}]"
    elif template := re.fullmatch(r"(?:\$\{{0,2}|\{{1,2}) *([^\W\d]\w*) *\}{0,2}", tree.text):
        parts["rule"], parts["fix"] = "an argument or symbol stands by its name alone", f"write {template[1]}"
    elif tree.text in ("None", "none"):
        parts["fix"] = "write null"
    elif unknown is not None and env is not None and unknown in env.values:
        value = env.values[unknown]
        parts["message"] = f"{what} = {_cut(tree.text)}: {unknown} is {_named(value)}, not a size"
        parts["rule"] = "a formula is made of whole numbers, symbols and arguments that are sizes"
        parts["fix"] = _source_of(value) or f"give {unknown} a whole number"
    elif unknown is not None and words and unknown == tree.text:
        parts["message"] = f"{what} = {tree.text} is none of its words"
        parts["rule"] = f"{what} is a size or one of {', '.join(words)}"
        parts["fix"] = f"{what}: {words[0]}"
    elif unknown is not None:
        parts["message"] = f"{what} = {_cut(tree.text)}: there is no symbol or argument {unknown!r}"
        parts["rule"] = "a formula is made of whole numbers, the design's symbols and the arguments of its definition"
        if fault.fix.startswith("known names"):
            known = fault.fix.removeprefix("known names: ")
            parts["fix"] = f"declare it: symbols: {{{unknown}: }}, or use one of {known}"
    return as_design_error(error, place, **parts)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _named(value: Any) -> str:
    if isinstance(value, Word):
        return f"the word {value.text!r}"
    return "nothing" if value is None else "a list" if isinstance(value, tuple) else str(value)


def _source_of(value: Any) -> str:
    if not isinstance(value, Word):
        return ""
    return f"give it a size in line {value.tree.line}, column {value.tree.column}, where it is {value.text!r}"


def argument(tree: Tree, env: Env, annotation: str, name: str, what: str) -> Any:
    """Return the value of a layer's argument; what it must be is for the layer to check.

    Parameters
    ----------
    tree : what the file says
    env : the names in sight
    annotation : the kind of the field, such as ``Count | None``
    name : the file, for places
    what : the argument, for messages
    """
    if isinstance(tree, Fields):
        names, values = [key.text for key, _ in tree.rows], [value for _, value in tree.rows]
        names = names if values and isinstance(values[0], Scalar) and values[0].value is None else []
        raise DesignError(
            f"{what} is a mapping",
            code="CS112",
            place=f"{name}:{tree.line}:{tree.column}",
            rule="an argument is a value or a list of values",
            fix=f"{what}: {names[0]}" if len(names) == 1 else f"{what}: [{', '.join(map(shown, values))}]",
        )
    if isinstance(tree, Items):
        return tuple(argument(row, env, annotation, name, what) for row in tree.rows)
    value = tree.value
    if not isinstance(value, str):
        return value
    if value in env.values:
        bound = env.values[value]
        return bound.text if isinstance(bound, Word) and not _is_formula(annotation, bound.text) else bound
    if _is_formula(annotation, value):
        return size(tree, env, name, what, PADDING_WORDS if annotation.startswith("Padding") else ())
    return _INFINITE.get(value, value) if annotation.startswith("Number") else value


def _is_formula(annotation: str, value: str) -> bool:
    kind = KINDS[annotation.partition(" | ")[0]]
    return kind.formula and not (kind.name == "Padding" and value.lower() in PADDING_WORDS)


def bound_value(tree: Tree, env: Env, name: str, what: str, scope: Any) -> Any:
    """Return the value of a definition's argument: a size, a word, a number, true, false, or a list of these."""
    if isinstance(tree, Items):
        return tuple(bound_value(row, env, name, what, scope) for row in tree.rows)
    if isinstance(tree, Fields):
        raise DesignError(
            f"the argument {what} is a mapping",
            code="CS123",
            place=f"{name}:{tree.line}:{tree.column}",
            rule="an argument is a size, a word, true, false, or a list of these",
            fix="put layers into a definition of their own and give its name",
        )
    if not isinstance(tree.value, str):
        return tree.value
    if tree.value in env.values:
        return env.values[tree.value]
    if _NAME.fullmatch(tree.value) and tree.value not in env.sizes:
        return Word(tree.value, tree, scope)
    return size(tree, env, name, what)


def number(tree: Tree, env: Env, name: str, what: str) -> int:
    """Return a whole number of at least 0, such as a repeat's."""
    value: Any = None
    if isinstance(tree, Scalar):
        value = tree.value
        if isinstance(value, str):
            value = env.values.get(value, value)
            value = size(tree, env, name, what) if isinstance(value, str) else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        said = f"{text(value)}, which depends on the input" if isinstance(value, Dim) else described(tree)
        raise DesignError(
            f"{what} is {said}",
            code="CS126",
            place=f"{name}:{tree.line}:{tree.column}",
            got=value,
            rule=f"{what} is a whole number of at least 0",
            fix=f"{what}: 3",
        )
    return value
