"""The ends of a network as operators of other systems; inputs, constants and parameters are no operators."""

from __future__ import annotations

from cnnshape.layers.foreign_out import WriterTable, simply, written
from cnnshape.layers.io.spec import Output

__all__ = ["TABLE"]

TABLE: WriterTable = written("onnx", {Output: simply("Identity")})
