"""Padding and cropping in Keras."""

from __future__ import annotations

from cnnshape.layers.fields import per_axis
from cnnshape.layers.foreign import refuse
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad
from cnnshape.layers.source_keras import KerasCase, Made, WayTable, channels_last, either, layer, op
from cnnshape.layers.source_sides import cropped, zeros
from cnnshape.symbolic import Size, floordiv

__all__ = ["TABLE"]


def _pad(given: Pad, case: KerasCase) -> Made:
    sides = given.sides(case.inputs[0])
    if any(isinstance(side, int) and side < 0 for pair in sides.values() for side in pair):
        refuse("negative padding")
    if given.mode not in ("constant", "reflect"):
        refuse(f"mode {given.mode!r}: Keras pads with a number, or by reflection")
    width = case.sorted_sides(sides)
    if given.mode == "reflect":
        return op("pad", pad_width=width, mode="reflect")
    space = width[1:-1]
    if given.value == 0 and 3 <= case.rank() <= 5 and width[0] == width[-1] == (0, 0):
        made = zeros(0, space, "")
        return layer("Identity") if made == 0 else made
    return op("pad", pad_width=width, constant_values=float(given.value))


def _center(given: CenterCrop, case: KerasCase) -> Made:
    sides: list[tuple[Size, Size]] = []
    space = case.shape(1)[2:] if len(case.inputs) == 2 else per_axis(given.size, case.rank() - 2, "size")
    for before, after in zip(case.shape()[2:], space, strict=True):
        first = floordiv(before - after, 2)
        sides.append((first, before - after - first))
    made = cropped(0, sides)
    return layer("Identity") if made == 0 else made


def _crop(given: Crop, case: KerasCase) -> Made:
    sides = given.sides(case.inputs[0])
    if any(axis < 2 for axis, pair in sides.items() if pair != (0, 0)):
        refuse("channels that are cut off")
    made = cropped(0, [sides.get(axis, (0, 0)) for axis in case.space])
    return layer("Identity") if made == 0 else made


TABLE: WayTable = {Pad: either(_pad), Crop: channels_last(_crop), CenterCrop: channels_last(_center)}
