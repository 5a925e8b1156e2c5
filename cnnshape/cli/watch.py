"""`--watch`: the report again whenever the file changes, in place, with the last good one kept above an error."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from cnnshape.errors import CnnshapeError, UsageError

__all__ = ["watch"]

_CLEAR = "\x1b[H\x1b[2J"
_EVERY = 0.2  # seconds; an editor's save is seen at once, and a sleeping process costs nothing


def watch(
    model: str,
    draw: Callable[[], str],
    show: Callable[[str], None],
    *,
    in_place: bool,
    wait: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """Show what `draw` returns now and after every change of a file, until the user interrupts.

    Parameters
    ----------
    model : the file
    draw : returns the report, or raises
    show : writes text
    in_place : True to clear the screen first, and to say below what goes on
    wait : waits so many seconds

    Raises
    ------
    UsageError
        CS001, a model that is no file.
    KeyboardInterrupt
        When the user has seen enough.
    """
    path = Path(model)
    if not path.is_file():
        raise UsageError(f"--watch: {model} is no file", got=model, rule="a file is watched", fix="leave --watch out")
    seen, good = None, ""
    while True:
        now = _state(path)
        if now != seen:
            seen = now
            try:
                good = draw()
                text = good
            except CnnshapeError as error:
                text = f"{good}\nerror: {error}\n" if good else f"error: {error}\n"
            show(f"{_CLEAR}{text}\nwatching {model}; Ctrl-C ends\n" if in_place else text)
        wait(_EVERY)


def _state(path: Path) -> tuple[int, int] | None:
    """Return what changes when the file is saved; None while an editor has it replaced."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
