"""Layers as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_out import WriterTable, written

__all__ = ["TABLE"]

TABLE: WriterTable = written("onnx", {})
