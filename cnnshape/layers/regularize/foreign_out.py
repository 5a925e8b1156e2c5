"""Regularization as operators of other systems: in inference it does nothing."""

from __future__ import annotations

from cnnshape.layers.foreign_out import Numbers, WriterTable, op, simply, written
from cnnshape.layers.regularize.spec import AlphaDropout, Dropout, DropPath

__all__ = ["TABLE"]


TABLE: WriterTable = written(
    "onnx",
    {
        Dropout: lambda layer, _: op("Dropout", 0, Numbers((layer.p,), (), "float32")),
        AlphaDropout: simply("Identity"),
        DropPath: simply("Identity"),
    },
)
