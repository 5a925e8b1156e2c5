"""JSON to a tree with places; strict, and without recursion."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # public, but not in the stubs
from typing import Any, NoReturn

from cnnshape.errors import ReadError
from cnnshape.formats.design.tree import DEEPEST, Fields, Items, Scalar, Tree, Value, whole_characters

__all__ = ["read_json"]

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}
_MOST_DIGITS = 40


def read_json(text: str, name: str) -> Tree | None:
    """Return the value in `text`, or None if there is none.

    Raises
    ------
    ReadError
        CS106 for what is no JSON, CS108 for a key given twice, CS109 for nesting beyond the limit.
    """
    return _Reader(text, name).document()


class _Open:
    __slots__ = ("closer", "column", "key", "keys", "line", "rows")

    def __init__(self, closer: str, line: int, column: int) -> None:
        self.closer, self.line, self.column = closer, line, column
        self.rows: list[Any] = []
        self.key: Scalar | None = None
        self.keys: dict[str, Scalar] = {}


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.at = 0
        self.line, self.line_start = 1, 0

    def blank(self) -> str:
        """Step over white space; return the next character, or "" at the end."""
        end = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches the empty text
        self.step(end)
        return self.text[end : end + 1]

    def step(self, end: int) -> None:
        lines = self.text.count("\n", self.at, end)
        if lines:
            self.line += lines
            self.line_start = self.text.rfind("\n", self.at, end) + 1
        self.at = end

    @property
    def column(self) -> int:
        return self.at - self.line_start + 1

    def refuse(self, message: str, **parts: Any) -> NoReturn:
        parts.setdefault("code", "CS106")
        parts.setdefault("rule", "a .json file is JSON")
        parts.setdefault("place", f"{self.name}:{self.line}:{self.column}")
        raise ReadError(message, **parts)

    def document(self) -> Tree | None:
        if not self.blank():
            return None
        root: Tree | None = None
        stack: list[_Open] = []
        while root is None:
            tree = self.piece(stack)
            while tree is not None:
                if not stack:
                    root = tree
                    break
                tree = self.placed(tree, stack)
        if self.blank():
            self.refuse("something stands after the end of the design", fix="delete it")
        return root

    def piece(self, stack: list[_Open]) -> Tree | None:
        """Read a scalar, or open a list or mapping; return what is complete."""
        found = self.blank()
        within = stack[-1] if stack else None
        line, column = self.line, self.column
        if within is not None and within.closer == "}" and within.key is None:
            within.key = self.key(found, within)
            return None
        if found in ("{", "["):
            if len(stack) >= DEEPEST:
                self.refuse(
                    f"lists and mappings nest more than {DEEPEST} deep",
                    code="CS109",
                    needed=DEEPEST,
                    rule=f"a file nests at most {DEEPEST} levels",
                    fix="name the inner parts under `define`",
                )
            self.at += 1
            closer = "}" if found == "{" else "]"
            if self.blank() == closer:
                self.at += 1
                return Fields((), line, column) if found == "{" else Items((), line, column)
            stack.append(_Open(closer, line, column))
            return None
        if found == '"':
            text = self.string()
            return Scalar(text, text, line, column, True)
        return self.number_or_word(found, line, column)

    def key(self, found: str, within: _Open) -> Scalar:
        line, column = self.line, self.column
        if found != '"':
            self.refuse(
                "a comma with nothing after it" if found == "}" else "a key is missing, or is not in quotes",
                fix="delete the comma" if found == "}" else 'write "key": value',
            )
        text = self.string()
        key = Scalar(text, text, line, column, True)
        first = within.keys.setdefault(text, key)
        if first is not key:
            self.refuse(
                f"the key {text!r} is given twice",
                code="CS108",
                place=f"{self.name}:{line}:{column}",
                got=text,
                rule=f"a key stands once in a mapping; the first is in line {first.line}, column {first.column}",
                fix="keep one of the two",
            )
        if self.blank() != ":":
            self.refuse(f"a colon is missing after the key {text!r}", fix='write "key": value')
        self.at += 1
        return key

    def string(self) -> str:
        place = f"{self.name}:{self.line}:{self.column}"
        try:
            text, end = scanstring(self.text, self.at + 1, True)
        except JSONDecodeError as error:
            where, problem = error.pos, error.msg
            self.step(min(where, len(self.text)))
            self.refuse(
                problem[0].lower() + problem[1:].removesuffix(" at"),
                fix="close the quote in its line" if "control" in problem or "Unterminated" in problem else "",
            )
        self.step(end)
        return whole_characters(text, place)

    def number_or_word(self, found: str, line: int, column: int) -> Scalar:
        if number := _NUMBER.match(self.text, self.at):
            text = number[0]
            whole = number["fraction"] is None and number["exponent"] is None
            if len(text) > _MOST_DIGITS:
                self.refuse(f"a number of {len(text)} digits", fix="write it shorter")
            self.at = number.end()
            return Scalar(int(text) if whole else float(text), text, line, column)
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return Scalar(_WORDS[word[0]], word[0], line, column)
        if word:
            lower = {"True": "true", "False": "false", "None": "null"}.get(word[0])
            self.refuse(f"a word without quotes: {word[0]}", fix=f"write {lower}" if lower else f'write "{word[0]}"')
        if not found:
            self.refuse("the text ends before the design does", fix="close the brackets")
        if found in "]}":
            self.refuse("a comma with nothing after it", fix="delete the comma")
        return self.refuse(f"no value can start with {found}", fix='put texts and formulas in quotes: "k//2"')

    def placed(self, tree: Tree, stack: list[_Open]) -> Tree | None:
        """Add a value to what is open; return what it completes."""
        within = stack[-1]
        if within.key is not None:
            within.rows.append((within.key, tree))
            within.key = None
        else:
            within.rows.append(tree)
        found = self.blank()
        if found == ",":
            self.at += 1
            return None
        if found != within.closer:
            what = f"found {found!r}" if found else "the text ends"
            self.refuse(f"expected a comma or {within.closer}, {what}", fix=f"put the comma or the {within.closer}")
        self.at += 1
        stack.pop()
        kind = Fields if within.closer == "}" else Items
        return kind(tuple(within.rows), within.line, within.column)
