"""Every code that an error may carry: what it means, why it is an error, a bad and a good example."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CODES", "Rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A code.

    Parameters
    ----------
    title : str, a few words
    means : str, what has happened
    why : str, why it is an error
    bad, good : str, a design file that raises it and the same put right; or a command, or Python
    """

    title: str
    means: str
    why: str
    bad: str = ""
    good: str = ""


CODES: dict[str, Rule] = {}
