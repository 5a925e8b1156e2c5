"""Formula text as tokens, and the error that points at a place in it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cnnshape.errors import FormulaError

__all__ = ["Token", "Tokens", "formula_error"]

_LONGEST = 1000
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?!\w|\.(?!\.)))|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\#[0-9]+)?)"
    r"|(?P<sign>\.\.|\*\*|//|==|!=|>=|<=|[-+*/%<>(){},])|(?P<end>$))"
)

_FIXES = {"^": "write ** for a power", "=": "write == to compare"}


class Token(NamedTuple):
    """A piece of the text: "number", "name", "sign" or "end"; the column counts from 0."""

    kind: str
    text: str
    column: int


def formula_error(text: str, column: int, message: str, code: str = "CS301", **parts: Any) -> FormulaError:
    """Return the error whose second and third line show the text and a caret below the column (from 0)."""
    shown = text.translate({ord(letter): " " for letter in "\t\n\r\v\f"})
    caret = " " * column + "^"
    return FormulaError(f"{message} at column {column + 1}", code=code, given=f"{shown}\n{caret}", **parts)


class Tokens:
    """A cursor over the tokens of one text.

    Raises
    ------
    FormulaError
        CS303 for a text of more than `longest` characters, CS301 for a character that begins no token.
    """

    def __init__(self, text: str, longest: int = _LONGEST) -> None:
        if len(text) > longest:
            message = f"a formula of {len(text)} characters, the limit is {longest}"
            raise FormulaError(message, code="CS303", got=len(text), needed=longest)
        self.text = text
        self.rows: list[Token] = []
        self.place = 0
        at = 0
        while not self.rows or self.rows[-1].kind != "end":
            match = _TOKEN.match(text, at)
            if match is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                raise _not_understood(text, at)
            kind = match.lastgroup or "end"
            self.rows.append(Token(kind, match[kind], match.start(kind)))
            at = match.end()

    @property
    def next(self) -> Token:
        return self.rows[self.place]

    def look(self, ahead: int) -> str:
        """Return the text of a later token."""
        return self.rows[min(self.place + ahead, len(self.rows) - 1)].text

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self.rows[self.place]
        self.place += token.kind != "end"
        return token

    def taken(self, *texts: str) -> str:
        """Step over the next token if it is one of `texts`; return it, or ""."""
        token = self.next
        if token.kind != "number" and token.text in texts and token.kind != "end":
            self.place += 1
            return token.text
        return ""

    def expect(self, text: str) -> None:
        """Step over `text`, or raise CS301."""
        if not self.taken(text):
            raise self.wrong(repr(text))

    def wrong(self, wanted: str) -> FormulaError:
        """Return the error that says what was wanted instead of the next token."""
        token = self.next
        found = "the end" if token.kind == "end" else repr(token.text)
        return formula_error(self.text, token.column, f"not a formula: expected {wanted}, found {found}")


def _not_understood(text: str, at: int) -> FormulaError:
    piece = re.match(r"[0-9][\w.]*|.", text[at:], re.DOTALL)
    found = piece[0] if piece else ""
    fix = _FIXES.get(found, "")
    if product := re.fullmatch(r"([0-9]+)([^\W\d]\w*)", found):
        fix = f"write {product[1]}*{product[2]}"
    what = "is no whole number" if found[:1].isdigit() else "is not understood"
    return formula_error(text, at, f"not a formula: {found!r} {what}", fix=fix)
