"""What the place that is written to can show: its width, colors, and letters beyond ASCII."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TextIO

from cnnshape.render.options import Options

__all__ = ["Terminal", "note", "options_for", "terminal"]

_NARROWEST = 20
_ASCII_LOCALES = ("C", "POSIX")
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


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

        width = max(shutil.get_terminal_size().columns, _NARROWEST)
    return Terminal(width, _colors(color, interactive), _unicode(stream))


def options_for(output: str | None, color: str, width: int | None, **more: Any) -> Callable[[str], Options]:
    """Return what makes the options of a report that goes to a file, or to standard output, once the input is read."""
    if output is None or output == "-":
        place = terminal(sys.stdout, color, width)
    else:
        place = Terminal(width, color == "always", unicode=True)
    made = Options(width=place.width, color=place.color, unicode=place.unicode, **more)
    return lambda read_as: replace(made, read_as=read_as)


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
    return encoding.startswith("utf") and not _asks_for_ascii()


def _asks_for_ascii() -> bool:
    """Tell whether the locale C was asked for: Python writes UTF-8 there, the terminal may not read it."""
    if os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8") == "1":
        return False
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG")
    if not os.environ.get("LC_ALL") and os.environ.get("LC_CTYPE") in _COERCED and os.environ.get("LANG"):
        wanted = os.environ["LANG"]  # Python itself has set LC_CTYPE
    return wanted in _ASCII_LOCALES


def note(message: str) -> None:
    """Write a line for the user beside the data."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    print(message.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
