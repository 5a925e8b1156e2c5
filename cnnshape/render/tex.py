r"""Words and formulas in LaTeX: what is escaped cannot become a command, what is math keeps its structure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

__all__ = ["escaped", "math", "number"]

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # behind the end of a row it would be an argument
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
_LETTERS = {"ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "ø": r"\o{}", "Ø": r"\O{}", "ł": r"\l{}"}
_LETTERS |= {"\u00d7": r"$\times$", "\u2026": r"\ldots{}", "\u2013": r"\textendash{}", "\u2014": r"\textemdash{}"}


def escaped(words: str) -> str:
    r"""Return words that LaTeX prints as they are; a letter that it may not have is written by its number.

    Examples
    --------
    >>> print(escaped(r"50% of a_1 \input{x}"), escaped("größe 層"))
    50\% of a\_1 \textbackslash{}input\{x\} gr\"{o}\ss{}e \texttt{U+5C64}
    """
    return "".join(map(_letter, words)).replace("--", "-{}-")  # two hyphens would be a dash


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter in _LETTERS:
        return _LETTERS[letter]
    if " " <= letter <= "~":
        return letter
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if len(marks) == 1 and marks[0] in _ACCENTS and base.isascii():
        dotless = {"i": r"\i", "j": r"\j"}.get(base, base)
        return rf"\{_ACCENTS[marks[0]]}{{{dotless}}}"
    return rf"\texttt{{U+{ord(letter):04X}}}"


def number(digits: str) -> str:
    r"""Return a whole number with its thousands apart.

    Examples
    --------
    >>> print(number("25557032"))
    25{,}557{,}032
    """
    return f"{int(digits):,}".replace(",", "{,}")


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[KMGTPE]\b)?)|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\#\d+)?)"
    r"|(?P<sign>\*\*|//|[-+*/%(),]))"
)
_DEEPEST = 60
_FENCES = {"floor": (r"\left\lfloor ", r" \right\rfloor"), "ceil": (r"\left\lceil ", r" \right\rceil")}


def math(formula: str) -> str:
    r"""Return a formula, as design files write it, in math mode; its structure stays, nothing is multiplied out.

    What is no formula is given back as text.

    Examples
    --------
    >>> print(math("floor((224 - 11 + 2*2)/4) + 1"))
    \left\lfloor \frac{224 - 11 + 2 \cdot 2}{4} \right\rfloor + 1
    >>> print(math("(N*N*C_in + 1)*C_out"), math("38.6K*h4*w4"))
    (N \cdot N \cdot C_{\mathrm{in}} + 1) \cdot C_{\mathrm{out}} 38.6\mathrm{K} \cdot h_{4} \cdot w_{4}
    """
    try:
        return _Reader(formula).whole()
    except _NoFormulaError:
        return rf"\text{{{escaped(formula)}}}"


class _NoFormulaError(Exception):
    """The text is no formula."""


class _Reader:
    def __init__(self, formula: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(formula.rstrip()):
            found = _TOKEN.match(formula, at)
            if found is None:
                raise _NoFormulaError
            kind = found.lastgroup or ""
            self.tokens.append((kind, found[kind]))
            at = found.end()
        self.place, self.depth = 0, 0

    def whole(self) -> str:
        written = self._sum()
        if self.place < len(self.tokens):
            raise _NoFormulaError
        return written

    def _next(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def _taken(self, *signs: str) -> str:
        sign = self._next()
        if sign and sign in signs:
            self.place += 1
            return sign
        return ""

    def _expect(self, sign: str) -> None:
        if not self._taken(sign):
            raise _NoFormulaError

    def _sum(self) -> str:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NoFormulaError
        sign = "-" if self._taken("-") else ""
        out = sign + self._product()
        while sign := self._taken("+", "-"):
            out += f" {sign} {self._product()}"
        self.depth -= 1
        return out

    def _product(self) -> str:
        out, bare = self._power()
        while sign := self._taken("*", "//", "/", "%"):
            right, right_bare = self._power()
            if sign == "*":
                out = rf"{out} \cdot {right}"
            elif sign == "%":
                out = rf"{out} \bmod {right}"
            else:
                fraction = rf"\frac{{{bare or out}}}{{{right_bare or right}}}"
                out = fraction if sign == "/" else rf"\left\lfloor {fraction} \right\rfloor"
            bare = ""
        return out

    def _power(self) -> tuple[str, str]:
        """Return a factor, and what is inside its brackets where it is nothing but a bracket."""
        written, bare = self._atom()
        if self._taken("**"):
            exponent, inside = self._atom()
            return f"{{{written}}}^{{{inside or exponent}}}", ""
        return written, bare

    def _atom(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise _NoFormulaError
        kind, word = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return _number(word), ""
        if kind == "name":
            if self._next() == "(":
                return self._call(word), ""
            return _name(word), ""
        if word == "(":
            inside = self._sum()
            self._expect(")")
            return f"({inside})", inside
        if word == "-":
            return f"-{self._atom()[0]}", ""
        raise _NoFormulaError

    def _call(self, name: str) -> str:
        self._expect("(")
        parts = [self._sum()]
        while self._taken(","):
            parts.append(self._sum())
        self._expect(")")
        if name in _FENCES and len(parts) == 1:
            before, after = _FENCES[name]
            return f"{before}{parts[0]}{after}"
        if name in ("min", "max"):
            return rf"\{name}({', '.join(parts)})"
        raise _NoFormulaError


def _number(word: str) -> str:
    unit = word[-1] if word[-1].isalpha() else ""
    digits = word.removesuffix(unit)
    written = number(digits) if digits.isdigit() else digits
    return rf"{written}\mathrm{{{unit}}}" if unit else written


_WAYS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"[A-Za-z]", lambda found: found[0]),
    (r"([A-Za-z])(\d+)", lambda found: f"{found[1]}_{{{found[2]}}}"),
    (r"([A-Za-z])(\d+)_(\d+)", lambda found: f"{found[1]}_{{{found[2]}/{found[3]}}}"),
    (r"([A-Za-z])_([A-Z])", lambda found: f"{found[1]}_{{{found[2]}}}"),
    (r"([A-Za-z])_([a-z]+)", lambda found: rf"{found[1]}_{{\mathrm{{{found[2]}}}}}"),
)


def _name(word: str) -> str:
    for pattern, write in _WAYS:
        found = re.fullmatch(pattern, word)
        if found is not None:
            return write(found)
    return rf"\mathrm{{{word}}}" if word.isascii() and word.isalpha() else rf"\text{{{escaped(word)}}}"
