"""Networks whose output is a map: segmentation, detection, pictures that are made or enlarged."""

from __future__ import annotations

from cnnshape.zoo.entry import ZooEntry

__all__ = ["ENTRIES"]

ENTRIES: tuple[ZooEntry, ...] = ()
