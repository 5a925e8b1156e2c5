"""Padding and cropping as operators of other systems."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.layers.base import Spec
from cnnshape.layers.foreign_onnx import pads_out, taken
from cnnshape.layers.foreign_out import Case, Emit, Source, WriterTable, Written, ints, numbers, op, shape_of, written
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad

__all__ = ["TABLE"]

_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_FAR = 2**63 - 1


def _pad(layer: Pad, case: Case) -> Written:
    sides = {axis: ints(both) for axis, both in layer.sides(Spec(case.shape())).items()}
    cuts = {axis: (max(-before, 0), max(-after, 0)) for axis, (before, after) in sides.items()}
    more = [sides.get(axis, (0, 0)) for axis in range(case.rank())]
    pads = pads_out([(max(before, 0), max(after, 0)) for before, after in more])
    value = (case.number(layer.value),) if layer.mode == "constant" else ()
    # What is repeated is what circular padding leaves of the map; the other modes are cut afterwards.
    if layer.mode == "circular":
        return op("Pad", _cut(0, cuts), pads, mode="wrap")
    made = _cut(op("Pad", 0, pads, *value, mode=_MODES[layer.mode]), cuts)
    assert isinstance(made, Emit)
    return made


def _cut(x: Source, sides: Mapping[int, tuple[int, ...]]) -> Source:
    for axis, (before, after) in sides.items():
        if before or after:
            x = taken(x, axis, before, -after if after else _FAR)
    return x


def _crop(layer: Crop, case: Case) -> Written:
    made = _cut(0, {axis: ints(both) for axis, both in layer.sides(Spec(case.shape())).items()})
    return made if isinstance(made, Emit) else op("Identity", 0)


def _center_crop(_: CenterCrop, case: Case) -> Written:
    before, after, axes = case.shape()[2:], case.outputs[0].shape[2:], numbers(case.space)
    if before == after:
        return op("Identity", 0)
    kept = shape_of(case, after)
    start = op("Div", op("Sub", shape_of(case, before), kept), numbers((2,)))
    return op("Slice", 0, start, op("Add", start, kept), axes)


TABLE: WriterTable = written("onnx", {Pad: _pad, Crop: _crop, CenterCrop: _center_crop})
