"""Views, parts and copies as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_out import Case, WriterTable, Written, op, reshaped, written
from cnnshape.layers.reshape.spec import Flatten, Reshape, Unflatten

__all__ = ["TABLE"]


def _view(_: object, case: Case) -> Written:
    return reshaped(case, 0, case.shape(), case.outputs[0].shape)


def _flatten(layer: Flatten, case: Case) -> Written:
    if case.axis(layer.start_dim) == 1 and case.axis(layer.end_dim) == case.rank() - 1:
        return op("Flatten", 0, axis=1)
    return _view(layer, case)


TABLE: WriterTable = written(
    "onnx",
    {
        Flatten: _flatten,
        Reshape: _view,
        Unflatten: _view,
    },
)
