"""Padding and cropping as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.fields import paddings
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad
from cnnshape.layers.source import Attribute, CoderTable, Item, Opt, Piece, Slot, Value, X, call, known, real, size_of

__all__ = ["TABLE"]


def _sides(axes: Any, sides: Any, case: Case) -> dict[int, tuple[int, int]]:
    """Return what stands before and after each axis that is named."""
    where = range(2, case.rank()) if axes is None else [axis % case.rank() for axis in _listed(axes)]
    pairs = paddings(sides, len(where))
    return {axis: (known(pair)[0], known(pair)[1]) for axis, pair in zip(where, pairs, strict=True)}


def _listed(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _pad(layer: Pad, case: Case) -> Piece:
    sides = _sides(layer.axes, layer.padding, case)
    first = min(axis for axis in (*sides, case.rank() - 1))
    if layer.mode != "constant" and (first < 2 or any(side < 0 for pair in sides.values() for side in pair)):
        refuse("PyTorch's other modes pad axes of space alone, and crop nothing")
    start = first if layer.mode == "constant" else 2
    given = tuple(side for axis in reversed(range(start, case.rank())) for side in sides.get(axis, (0, 0)))
    return Piece(None, call("F.pad", X, given, mode=Opt(layer.mode, "constant"), value=Opt(real(layer.value), 0)))


def _crop(layer: Crop, case: Case) -> Piece:
    sides = _sides(layer.axes, layer.cropping, case)
    words = [":"] * (max(sides) + 1)
    for axis, (before, after) in sides.items():
        words[axis] = f"{before or ''}:{-after or ''}"
    return Piece(None, Item(X, ", ".join(words)))


_CENTER_CROP = '''
def center_crop(x: Tensor, size: Sequence[int]) -> Tensor:
    """Return the middle of a map."""
    for axis, wanted in enumerate(size, start=2):
        x = x.narrow(axis, (x.shape[axis] - wanted) // 2, wanted)
    return x
'''


def _center(layer: CenterCrop, case: Case) -> Piece:
    size: Value = tuple(size_of(case, wanted) for wanted in case.outputs[0].shape[2:])
    if len(case.inputs) > 1:
        size = Item(Attribute(Slot(1), "shape"), "2:")
    return Piece(None, call("center_crop", X, size), helpers=(_CENTER_CROP,))


TABLE: CoderTable = {Pad: _pad, Crop: _crop, CenterCrop: _center}
