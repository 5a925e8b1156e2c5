"""Padding in other systems."""

from __future__ import annotations

from cnnshape.layers.foreign import Made, Operator, Table, Use, keyed, reads, refuse, wrong
from cnnshape.layers.foreign_keras import margins, spaces
from cnnshape.layers.pad.center import CenterCrop
from cnnshape.layers.pad.spec import Crop, Pad

__all__ = ["TABLE"]

_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pad(op: Operator) -> Made:
    flat, mode = op.listed("pads", 1), op.attribute("mode", "constant")
    if flat is None or mode not in _MODES:
        wrong("the pads are missing" if flat is None else f"mode {mode!r}")
    axes = op.numbers(3) if op.has(3) else range(op.rank())
    if len(flat) != 2 * len(axes):
        wrong(f"pads has {len(flat)} entries for {len(axes)} axes")
    sides = {op.axis(axis): pair for axis, *pair in zip(axes, flat[: len(axes)], flat[len(axes) :], strict=True)}
    moved = {axis: (before, after) for axis, (before, after) in sides.items() if (before, after) != (0, 0)}
    if not moved:
        return 0
    value = op.single("value", 2, 0) if mode == "constant" else 0
    return Use(Pad(tuple(moved.values()), axes=tuple(moved), mode=_MODES[mode], value=value))


def _center(op: Operator) -> Made:
    """Read what cuts or fills both ends of an axis alike; where that is odd, one more at its end."""
    shape, wanted = op.shape(), op.numbers(1)
    axes = op.attribute("axes", range(op.rank()))
    sides: dict[int, tuple[int, int]] = {}
    for axis, after in zip(map(op.axis, axes), wanted, strict=True):
        before = shape[axis]
        if not isinstance(before, int):
            refuse(f"whether axis {axis} is cut or filled depends on its size")
        first = abs(after - before) // 2 * (1 if after > before else -1)
        if after != before:
            sides[axis] = first, after - before - first
    return Use(Pad(tuple(sides.values()), axes=tuple(sides))) if sides else 0


def _keras_pad(op: Operator) -> Made:
    if op.attribute("mode", "constant") != "constant":
        refuse(f"mode {op.attribute('mode')!r}")
    given = op.attribute("pad_width")
    sides = {axis: pair for axis, pair in enumerate(given) if tuple(pair) != (0, 0)}
    value = op.attribute("call", {}).get("constant_values") or 0
    return Use(Pad(tuple(sides.values()), axes=tuple(sides), value=value)) if sides else 0


TABLE: Table = keyed("onnx", {"Pad": reads(Pad, _pad), "CenterCropPad": reads(Pad, _center)}) | keyed(
    "keras",
    {
        "CenterCrop": reads(CenterCrop, lambda op: Use(CenterCrop((op.attribute("height"), op.attribute("width"))))),
        "ops.Pad": reads(Pad, _keras_pad),
        **spaces("ZeroPadding", reads(Pad, lambda op: Use(Pad(margins(op, "padding"))))),
        **spaces("Cropping", reads(Crop, lambda op: Use(Crop(margins(op, "cropping"))))),
    },
)
