"""A sign of life on a terminal while something takes longer than a glance."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["busy"]

PATIENCE = 0.5
"""Seconds before anything shows."""


@contextmanager
def busy(words: str, patience: float = PATIENCE) -> Iterator[None]:
    """Show `words` with a spinner on standard error if the block takes longer than `patience`, and wipe them after it.

    Nothing shows where standard error is no terminal.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from threading import Timer

    shown: list[Status] = []
    timer = Timer(patience, lambda: shown.append(_spinner(words)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for status in shown:
            status.stop()


def _spinner(words: str) -> Status:
    from rich.console import Console
    from rich.markup import escape

    status = Console(file=sys.stderr).status(escape(words))
    status.start()
    return status
