"""Lines of a page: words that are broken at its width, marked, in letters that can be shown."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.render.grid import plain, wrapped
from cnnshape.render.options import Options
from cnnshape.render.paint import Paint

__all__ = ["Page"]

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Where a text is written that no reader gave a width for: 100 characters."""

    width: int
    paint: Paint
    unicode: bool

    @classmethod
    def of(cls, options: Options) -> Page:
        """Return the page that the reader's options ask for."""
        return cls(options.width or _WIDTH, Paint(options.color), options.unicode)

    def block(self, words: str, style: str = "", indent: str = "  ") -> list[str]:
        """Return words as lines; all but the first start with `indent`."""
        return [self.paint(style, line) for line in wrapped([plain(words, self.unicode)], self.width, indent=indent)]
