"""Padding and cropping as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_out import Case, WriterTable, Written, numbers, op, shape_of, written
from cnnshape.layers.pad.center import CenterCrop

__all__ = ["TABLE"]


def _center_crop(_: CenterCrop, case: Case) -> Written:
    before, after, axes = case.shape()[2:], case.outputs[0].shape[2:], numbers(case.space)
    if before == after:
        return op("Identity", 0)
    kept = shape_of(case, after)
    start = op("Div", op("Sub", shape_of(case, before), kept), numbers((2,)))
    return op("Slice", 0, start, op("Add", start, kept), axes)


TABLE: WriterTable = written("onnx", {CenterCrop: _center_crop})
