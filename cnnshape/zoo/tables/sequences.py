"""Networks for sound, video and lines of text."""

from __future__ import annotations

from cnnshape.zoo.entry import ZooEntry

__all__ = ["ENTRIES"]

ENTRIES: tuple[ZooEntry, ...] = ()
