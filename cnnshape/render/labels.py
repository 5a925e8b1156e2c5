"""Lines behind a label, as the calculators print them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.grid import wrapped

__all__ = ["LABEL", "PAGE", "TIE", "row", "stacked"]

PAGE = 80
LABEL = 12
TIE = "\0"
"""A blank at which no line is broken."""


def row(label: str, words: str) -> list[str]:
    """Return words behind a label, on as many lines as they take.

    Examples
    --------
    >>> row("rule", "ceil(d/s)")
    ['rule        ceil(d/s)']
    """
    lines = wrapped([words], PAGE - LABEL, indent="") or [""]
    return stacked(label, [line.replace(TIE, " ") for line in lines])


def stacked(label: str, lines: Sequence[str]) -> list[str]:
    """Return lines as they are, the first one behind a label."""
    return [f"{head:<{LABEL}}{line}".rstrip() for head, line in zip((label, *[""] * len(lines)), lines, strict=False)]
