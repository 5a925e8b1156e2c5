"""Colors of a terminal. They only repeat what a word or a sign says as well."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Paint"]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Marks text with a style, or leaves it as it is where colors are off."""

    on: bool

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and style and text else text
