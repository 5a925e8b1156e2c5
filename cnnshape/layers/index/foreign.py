"""Choosing and placing by position in other systems."""

from __future__ import annotations

from cnnshape.layers.foreign import Made, Operator, Table, Use, attribute, keyed, reads, wrong
from cnnshape.layers.index.gather import GatherElements, GatherND
from cnnshape.layers.index.one_hot import OneHot
from cnnshape.layers.index.order import ReverseSequence, TopK
from cnnshape.layers.index.scatter import ScatterElements, ScatterND, TensorScatter
from cnnshape.layers.reshape.copies import Cast
from cnnshape.symbolic import Size

__all__ = ["TABLE"]

_REDUCTION = attribute("reduction", "none")


def _top_k(op: Operator) -> Made:
    k: Size | None = op.single("k", 1)
    if k is None:
        wrong("how many are wanted is missing")
    largest, ordered = bool(op.attribute("largest", 1)), bool(op.attribute("sorted", 1))
    made = Use(TopK(k, dim=op.attribute("axis", -1), largest=largest, sorted=ordered))
    return made.at(0), made.at(1)


def _one_hot(op: Operator) -> Made:
    (size,), (off, on) = op.numbers(1), op.numbers(2)
    layer = OneHot(int(size), dim=op.attribute("axis", -1), off_value=off, on_value=on, dtype=op.spec(2).dtype)
    whole = "int" in op.spec().dtype
    return Use(layer, (0 if whole else Use(Cast("int64")),))


TABLE: Table = keyed(
    "onnx",
    {
        "GatherElements": reads(GatherElements, dim=attribute("axis", 0)),
        "GatherND": reads(GatherND, batch_dims=attribute("batch_dims", 0)),
        "Scatter": reads(ScatterElements, dim=attribute("axis", 0)),
        "ScatterElements": reads(ScatterElements, dim=attribute("axis", 0), reduction=_REDUCTION),
        "ScatterND": reads(ScatterND, reduction=_REDUCTION),
        "TensorScatter": reads(TensorScatter, dim=attribute("axis", -2), mode=attribute("mode", "linear")),
        "TopK": reads(TopK, _top_k),
        "OneHot": reads(OneHot, _one_hot),
        "ReverseSequence": reads(
            ReverseSequence, batch_dim=attribute("batch_axis", 1), time_dim=attribute("time_axis", 0)
        ),
    },
)
