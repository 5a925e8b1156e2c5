"""What an entry of a row comes to while a model is read: numbers that follow from other numbers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnshape.formats.reading.folding import DEQUANTIZING, dequantized, folded
from cnnshape.formats.reading.numbers import number_of
from cnnshape.formats.reading.records import Known, Record
from cnnshape.layers.foreign import Fixed, Use

if TYPE_CHECKING:
    from cnnshape.formats.reading.builder import Builder

__all__ = ["known_as", "told_as"]


def known_as(walk: Builder, record: Record, what: int | Use | Known) -> Known | None:
    """Return what an entry of a row stands for, if it is known before a run, or a stored weight that is unpacked."""
    if isinstance(what, Use):
        values, inputs = walk.values, record.inputs
        for each in what.inputs:
            if isinstance(each, int) and inputs[each] not in values:
                return None
    return _folded(walk, record, what, told=False) or _dequantized(walk, record, what)


def told_as(walk: Builder, record: Record, what: int | Use | Known) -> Known | None:
    """Return what an entry of a row stands for, if it follows from short lists that are fed."""
    return _folded(walk, record, what, told=True)


def _folded(walk: Builder, record: Record, what: int | Use | Fixed | Known, *, told: bool) -> Known | None:
    """Return what an entry of a row stands for, if it follows from numbers that are neither fed nor learned."""
    if isinstance(what, Known):
        return what
    if isinstance(what, Fixed):
        return number_of(what)
    if isinstance(what, int):
        name = record.inputs[what]
        if told and name in walk.told:
            return walk.told[name]
        return None if name in walk.model.inputs or name in walk.learned else walk.values.get(name)
    if what.weights or not what.inputs:
        return None
    found = [_folded(walk, record, each, told=told) for each in what.inputs]
    inputs = [known for known in found if known is not None]
    free = any([known.free for known in inputs])
    if free and len(inputs) < len(found):
        found = [known or _factor(walk, record, each) for known, each in zip(found, what.inputs, strict=True)]
        inputs = [known for known in found if known is not None]
    if len(inputs) < len(found):
        return None
    made = folded(what.layer, inputs, walk.bounds.ranges if free else {})
    return None if made is None else made[what.port or 0]


def _factor(walk: Builder, record: Record, what: int | Use | Fixed) -> Known | None:
    """Return a single number that sizes are computed with: it is stored as weights are, and is none."""
    if not isinstance(what, int) or record.inputs[what] not in walk.learned:
        return None
    known = walk.values[record.inputs[what]]
    return known if prod(known.shape) == 1 else None


def _dequantized(walk: Builder, record: Record, what: int | Use | Fixed | Known) -> Known | None:
    """Return a weight that is stored as small integers with a scale, if that is what an entry of a row stands for.

    What is computed from it is none: a sum in 32 bits is a tensor, though its filters are stored.
    """
    if isinstance(what, int):
        name = record.inputs[what]
        return None if name in walk.model.inputs else walk.values.get(name)
    if not isinstance(what, Use) or not isinstance(what.layer, DEQUANTIZING):
        return None
    inputs = [known for each in what.inputs if (known := _dequantized(walk, record, each)) is not None]
    return dequantized(what.layer, inputs) if len(inputs) == len(what.inputs) else None
