"""Sentences with formulas in them: where a formula begins and ends, so that a page can put its number there."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnshape.errors import FormulaError
from cnnshape.symbolic import Dim, parse

__all__ = ["formulas_in"]

_WORD = re.compile(r"\d+|[^\W\d][\w.#]*|\*\*|\s+|.", re.DOTALL)
_FUNCTIONS = frozenset({"floor", "ceil", "max", "min"})
_OPERATORS = frozenset({"+", "-", "*", "/", "%", "**"})


def formulas_in(sentence: str, symbols: Collection[str]) -> list[str | Dim]:
    """Return the parts of a sentence, its formulas as sizes. After the word "axis" a letter is a name.

    Parameters
    ----------
    sentence : str
    symbols : the names that are symbols; other words are words

    Examples
    --------
    >>> formulas_in("axis H: the window spans 7, the padded input offers floor(H/2) + 6", {"H", "W"})
    ['axis H: the window spans 7, the padded input offers ', floor(H/2) + 6]
    >>> formulas_in("(N, 2*H) and 3", {"N", "H"})
    ['(', N, ', ', 2*H, ') and 3']
    """
    words = _WORD.findall(sentence)
    out: list[str | Dim] = []
    plain = ""
    i = 0
    while i < len(words):
        end = i if words[max(i - 2, 0) : i] == ["axis", " "] else _end(words, i, symbols)
        found = _parsed("".join(words[i:end])) if end > i else None
        if found is None:
            plain += words[i]
            i += 1
            continue
        out += [plain, found] if plain else [found]
        plain, i = "", end
    return [*out, plain] if plain else out


def _end(words: list[str], start: int, symbols: Collection[str]) -> int:
    """Return where the formula ends that starts at a word; `start` itself if none does."""
    depth, end, last = 0, start, ""
    for k in range(start, len(words)):
        word = words[k]
        if word.isspace() and k > start:
            continue
        depth += (word == "(") - (word == ")")
        operator = word in _OPERATORS
        inside = operator or word.isdigit() or word in symbols or word in _FUNCTIONS or word in "()"
        beside = words[k - 1].isspace() and not operator and last not in _OPERATORS and not depth
        if depth < 0 or not (inside or (word == "," and depth)) or (beside and k > start):
            break
        if not depth and not operator and word not in _FUNCTIONS:
            end = k + 1
        last = word
    return end if any(word in symbols for word in words[start:end]) else start


def _parsed(formula: str) -> Dim | None:
    try:
        found = parse(formula)
    except FormulaError:
        return None
    return found if isinstance(found, Dim) else None
