"""How wide a text is, in Helvetica (Arial and Liberation Sans have the same widths)."""

from __future__ import annotations

from unicodedata import combining, east_asian_width, normalize

__all__ = ["fitted", "text_width"]

# Adobe's font metrics, 1/1000 of the size, for the letters from blank to tilde.
_PLAIN = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)  # fmt: skip
_OTHERS = {"×": 584, "−": 584, "≤": 549, "≥": 549, "…": 1000, "·": 278, "–": 556}
_OTHERS |= dict.fromkeys("⌈⌉⌊⌋", 444)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points; letters beyond the table are taken as wide as a capital, at least.

    Examples
    --------
    >>> text_width("64×112×112", 10)
    56.16
    """
    table = _BOLD if bold else _PLAIN
    total = 0
    for letter in text:
        code = ord(letter)
        if 32 <= code < 127:
            total += table[code - 32]
        elif letter in _OTHERS:
            total += _OTHERS[letter]
        elif not combining(letter):
            total += _wide(letter, table)
    return round(total * size / 1000, 3)


def _wide(letter: str, table: tuple[int, ...]) -> int:
    """Return how wide a letter beyond ASCII is: as the letter below its accents, or as is usual in its script."""
    base = ord(normalize("NFD", letter)[0])
    if 32 <= base < 127:
        return table[base - 32]
    return 1000 if east_asian_width(letter) in "WF" else 800


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return `text`, or its beginning and end around ``…`` if it is wider than `width`.

    Examples
    --------
    >>> fitted("layer3.0.downsample.0", 60, 8), fitted("conv1", 60, 8)
    ('layer3.…mple.0', 'conv1')
    """
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        if text_width(_around(text, kept), size, bold) <= width:
            low = kept
        else:
            high = kept - 1
    return _around(text, low)


def _around(text: str, kept: int) -> str:
    """Return the first and the last letters of a text, `kept` in all, around the sign for what is left out."""
    head = (kept + 1) // 2
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"
