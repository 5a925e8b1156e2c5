"""The figure of blocks in space that papers show of a network."""

from __future__ import annotations

from cnnshape.render.figures.blocks.figure import blocks

__all__ = ["blocks"]
