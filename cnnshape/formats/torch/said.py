"""The sizes of an input as a text: ``3x224x224``, ``3,H,W``."""

from __future__ import annotations

import re

from cnnshape.errors import UsageError

__all__ = ["said"]

_BETWEEN = r"[x,\u00d7]|(?<=\d)X(?=\d)|(?<=\d)x(?=[A-Z])|(?<=[A-Z])x(?=[A-Z\d])"


def said(words: str) -> tuple[int | str, ...]:
    """Return the sizes that a text names, without the batch: numbers, and names of those that are free.

    Raises
    ------
    UsageError
        CS004, words that are neither.

    Examples
    --------
    >>> said("3x224x224"), said("3xHxW"), said("16, L")
    ((3, 224, 224), (3, 'H', 'W'), (16, 'L'))
    """
    sizes = [word.strip() for word in re.split(_BETWEEN, words.strip())]
    if not all(re.fullmatch(r"\d{1,18}|[A-Za-z_]\w*", word) for word in sizes):
        raise UsageError(
            f"{words!r} are no sizes",
            code="CS004",
            got=words,
            rule="sizes are numbers or names, channels first: 3x224x224, or 3,H,W",
            fix='say its input: input=(3, "H", "W")',
        )
    return tuple(int(word) if word.isdecimal() else word for word in sizes)
