"""How far a long run is, on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from cnnshape.cli.busy import PATIENCE

__all__ = ["progress"]


@contextmanager
def progress(words: str, costs: Mapping[str, int], patience: float = PATIENCE) -> Iterator[Callable[[str, Any], None]]:
    """Yield what is called after each layer; a bar shows on standard error from `patience` seconds on.

    Parameters
    ----------
    words : what is being done
    costs : layer -> how much of the work it is, in any unit
    patience : seconds before anything shows

    Notes
    -----
    Nothing shows where standard error is no terminal. The bar is gone when the block ends.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _name, _made: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(file=sys.stderr), transient=True)
    task = bar.add_task(escape(words), total=sum(costs.values()))
    begun = monotonic()
    shown = False

    def tick(name: str, _: Any) -> None:
        nonlocal shown
        bar.advance(task, costs.get(name, 0))
        if not shown and monotonic() - begun > patience:
            shown = True
            bar.start()

    try:
        yield tick
    finally:
        if shown:
            bar.stop()
