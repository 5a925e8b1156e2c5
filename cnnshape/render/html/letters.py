"""Letters beyond ASCII in a page, for a place that can write ASCII alone."""

from __future__ import annotations

import re

__all__ = ["ascii_markup", "ascii_script", "ascii_style"]

_OTHERS = re.compile(r"[^\x00-\x7f]")


def ascii_script(text: str) -> str:
    r"""Return a script or JSON of which all strings read the same.

    Examples
    --------
    >>> ascii_script('"3×𝄞"')
    '"3\\u00d7\\ud834\\udd1e"'
    """
    return _OTHERS.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), text)


def ascii_style(text: str) -> str:
    """Return a style sheet of which all strings read the same."""
    return _OTHERS.sub(lambda found: f"\\{ord(found[0]):06x}", text)


def ascii_markup(text: str) -> str:
    """Return markup that shows the same.

    Examples
    --------
    >>> ascii_markup("<b>3×3</b>")
    '<b>3&#215;3</b>'
    """
    return _OTHERS.sub(lambda found: f"&#{ord(found[0])};", text)


def _units(letter: str) -> list[int]:
    data = letter.encode("utf-16-be")
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]
