"""What a text holds, with the place of each piece: the common ground of the YAML and the JSON reader."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from cnnshape.errors import ReadError

__all__ = [
    "DEEPEST",
    "Fields",
    "Items",
    "Scalar",
    "Tree",
    "Value",
    "described",
    "plain_value",
    "shown",
    "whole_characters",
]

DEEPEST = 100
"""Levels of lists and mappings in a file; a design by hand has about ten."""

Value: TypeAlias = str | int | float | bool | None


class Scalar(NamedTuple):
    """A single value; line and column count from 1, in characters."""

    value: Value
    text: str
    line: int
    column: int
    quoted: bool = False


class Items(NamedTuple):
    """A list."""

    rows: tuple[Tree, ...]
    line: int
    column: int


class Fields(NamedTuple):
    """A mapping, in the order of the text; no key occurs twice."""

    rows: tuple[tuple[Scalar, Tree], ...]
    line: int
    column: int


Tree: TypeAlias = Scalar | Items | Fields

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FIRST = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MOST_DIGITS = 40


def plain_value(text: str) -> Value:
    """Return what an unquoted scalar means in YAML 1.2's core schema: `no` and `on` are words, `1e-5` is a number."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST or len(text) > _MOST_DIGITS:
        return text
    if _INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def whole_characters(text: str, place: str) -> str:
    r"""Return `text` with the pairs that ``\ud83d\ude00`` leaves joined.

    Raises
    ------
    ReadError
        CS104, for half of a pair, which is no character.
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ReadError(
            "half a character: a \\u escape of a surrogate without its other half",
            code="CS104",
            place=place,
            rule="text is Unicode",
            fix="write the character itself",
        ) from None


def described(tree: Tree) -> str:
    """Return what a piece of a file is, in a message: ``the word 'same'``, ``a list``."""
    if isinstance(tree, Items):
        return "a list"
    if isinstance(tree, Fields):
        return "a mapping"
    if tree.value is None:
        return "nothing"
    if isinstance(tree.value, bool):
        return "true" if tree.value else "false"
    if isinstance(tree.value, (int, float)):
        return f"the number {tree.text}"
    shown = tree.text if len(tree.text) <= 40 else f"{tree.text[:37]}..."
    return f"the word {shown!r}"


def shown(tree: Tree, most: int = 60) -> str:
    """Return a piece of a file as it could be written in one line, cut where it gets long."""
    text = _flow(tree, 4)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _flow(tree: Tree, deep: int) -> str:
    if isinstance(tree, Scalar):
        return f'"{tree.text}"' if tree.quoted else tree.text
    if deep == 0 or len(tree.rows) > 12:
        return "[...]" if isinstance(tree, Items) else "{...}"
    if isinstance(tree, Items):
        return f"[{', '.join(_flow(row, deep - 1) for row in tree.rows)}]"
    return f"{{{', '.join(f'{_flow(key, 1)}: {_flow(row, deep - 1)}' for key, row in tree.rows)}}}"
