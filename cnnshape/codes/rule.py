"""What is said of one code."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A code.

    Parameters
    ----------
    title : str, a few words
    means : str, what has happened
    why : str, why it is an error, or what the message is for
    bad, good : str, what raises it, and the same put right; a design file, a command that starts with ``cnnshape``, or
        Python that starts with ``import`` or ``from``. Both are empty where no example is small enough to show.
    """

    title: str
    means: str
    why: str
    bad: str = ""
    good: str = ""
