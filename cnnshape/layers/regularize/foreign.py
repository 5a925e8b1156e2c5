"""Regularization in other systems."""

from __future__ import annotations

from cnnshape.layers.foreign import Fixed, Made, Operator, Table, Use, attribute, keyed, reads, refuse
from cnnshape.layers.foreign_keras import spaces
from cnnshape.layers.regularize.spec import Dropout
from cnnshape.layers.reshape.copies import Expand

__all__ = ["TABLE"]


def _dropout(op: Operator) -> Made:
    ratio = op.single("ratio", 1, 0.5)
    if ratio and op.has(2) and any(op.numbers(2)):
        refuse("training mode")
    kept = Use(Expand(op.shape()), (Fixed(1, "bool" if op.version >= 10 else op.spec().dtype),))
    return Use(Dropout(ratio)), kept if op.wants(1) else None


_DROPOUT = reads(Dropout, p=attribute("rate", 0.5))

TABLE: Table = keyed("onnx", {"Dropout": reads(Dropout, _dropout)}) | keyed(
    "keras",
    {
        "Dropout": _DROPOUT,
        "GaussianDropout": _DROPOUT,
        "AlphaDropout": _DROPOUT,
        "GaussianNoise": reads(Dropout, lambda _: Use(Dropout(0.0))),
        **spaces("SpatialDropout", _DROPOUT),
    },
)
