"""Pausing Python's garbage collector where many objects are made and none becomes garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector of reference cycles inside the block.

    It would look through everything again and again while a large result grows: on a network of 100 000 layers that
    takes two thirds of a walk's time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
