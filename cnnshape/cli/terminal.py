"""What the place that is written to can show: its width, colors, and letters beyond ASCII."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

__all__ = ["Terminal", "note", "terminal"]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Width of a line (None: no limit), whether colors show, whether letters beyond ASCII do."""

    width: int | None
    color: bool
    unicode: bool


def terminal(stream: TextIO, color: str = "auto", width: int | None = None) -> Terminal:
    """Return what `stream` can show.

    Parameters
    ----------
    stream : where the report goes
    color : "always", "never", or "auto": NO_COLOR and FORCE_COLOR decide, then whether it is a terminal
    width : the width that is asked for; None: that of the terminal, and no limit in a pipe or a file
    """
    interactive = _is_terminal(stream)
    if width is None and interactive:
        import shutil

        width = max(shutil.get_terminal_size().columns, 20)
    return Terminal(width, _colors(color, interactive), _unicode(stream))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _colors(color: str, interactive: bool) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return interactive and os.environ.get("TERM") != "dumb"


def _unicode(stream: TextIO) -> bool:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("_", "-")
    return encoding.startswith("utf")


def note(message: str) -> None:
    """Write a line for the user beside the data."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    print(message.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
