"""What an equation such as ``bij,bjk->bik`` says: the label of every axis, and which products it takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

__all__ = ["Labels", "Step", "labeled", "parts", "steps"]

Label: TypeAlias = str | int
"""A letter, or for an axis that three dots stand for its number counted from the last one: -1, -2, ..."""
Labels: TypeAlias = tuple[Label, ...]

_TERM = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


@cache
def parts(equation: str) -> tuple[tuple[str, ...], str | None]:
    """Return the terms of the operands and that of the result; None if it is left out.

    Raises
    ------
    ValueError
        With the reason, if it is no equation.
    """
    before, arrow, after = "".join(equation.split()).partition("->")
    terms = tuple(before.split(","))
    wrong = [term for term in (*terms, after) if not _TERM.fullmatch(term)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is not letters with three dots at most once")
    letters = after.replace(".", "")
    if len(set(letters)) < len(letters):
        raise ValueError("a letter of the result stands there twice")
    if unknown := sorted(set(letters) - set("".join(terms))):
        raise ValueError(f"{unknown[0]!r} stands in the result alone")
    return terms, after if arrow else None


def labeled(equation: str, ranks: Sequence[int]) -> tuple[tuple[Labels, ...], Labels]:
    """Return the label of each axis of the operands, whose numbers of axes are given, and of the result.

    Raises
    ------
    ValueError
        With the reason, if the operands do not fit the equation.

    Examples
    --------
    >>> labeled("...ij,jk", (4, 2))
    (((-2, -1, 'i', 'j'), ('j', 'k')), (-2, -1, 'i', 'k'))
    """
    terms, after = parts(equation)
    if len(terms) != len(ranks):
        raise ValueError(f"the equation has {len(terms)} operands, {len(ranks)} are given")
    operands = tuple(_spread(term, rank) for term, rank in zip(terms, ranks, strict=True))
    dots = tuple(sorted({label for labels in operands for label in labels if isinstance(label, int)}))
    if after is None:
        found = Counter(letter for term in terms for letter in term if letter != ".")
        return operands, (*dots, *sorted(letter for letter, count in found.items() if count == 1))
    front, _, back = after.partition("...")
    return operands, (*front, *dots, *back) if "..." in after else tuple(after)


def _spread(term: str, rank: int) -> Labels:
    front, dots, back = term.partition("...")
    free = rank - len(front) - len(back)
    if free < 0 or (free and not dots):
        raise ValueError(f"the operand {term!r} has {rank} axes")
    return (*front, *range(-free, 0), *back)


@dataclass(frozen=True, slots=True)
class Step:
    """The product of what was made so far with the next operand.

    Parameters
    ----------
    alone : labels of either that are summed before, since the other has not got them and nothing needs them
    left, right : labels of the two factors then
    kept : labels that stay
    """

    alone: frozenset[Label]
    left: Labels
    right: Labels
    kept: Labels


def steps(operands: Sequence[Labels], result: Labels) -> Iterator[Step]:
    """Yield the products of the operands in turn, each with the sums that can be taken at once."""
    made = _once(operands[0])
    for number, following in enumerate(operands[1:], start=2):
        new = _once(following)
        needed = {*result, *(label for labels in operands[number:] for label in labels)}
        alone = frozenset((*made, *new)) - needed - (frozenset(made) & frozenset(new))
        left, right = (tuple(label for label in labels if label not in alone) for labels in (made, new))
        both = _once((*left, *right))
        kept = tuple(label for label in both if label in needed)
        yield Step(alone, left, right, kept)
        made = kept


def _once(labels: Labels) -> Labels:
    return tuple(dict.fromkeys(labels))
