"""When two blocks are of one type: the same operators, wired alike, whatever their widths, kernels and strides."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from cnnshape.render.figures.architecture.units import Unit, Units

__all__ = ["Key", "kernel_of", "per_axis", "signature"]

Key: TypeAlias = Hashable


def signature(found: Units, members: Sequence[int], activations: bool = True) -> Key:
    """Return what blocks of one type have in common.

    Parameters
    ----------
    found : Units
    members : positions of the units of a block, in order
    activations : False if blocks that differ in their activations alone are of one type
    """
    place = {i: number for number, i in enumerate(members)}
    outside: dict[tuple[int, str], int] = {}
    rows = []
    for i in members:
        unit = found.units[i]
        wires = []
        for source in unit.sources:
            if source.unit in place:
                wires.append(place[source.unit])
            else:
                wires.append(-1 - outside.setdefault((source.unit, source.tensor), len(outside)))
        rows.append((_operator(unit, activations), tuple(wires)))
    leaving = tuple(
        place[i] for i in members if not found.users[i] or any(user not in place for user in found.users[i])
    )
    return tuple(rows), leaving


def _operator(unit: Unit, activations: bool) -> Key:
    layers = [
        [type(layer).__name__ for layer in part if activations or layer is unit.layer or layer.kind != "activation"]
        for part in (unit.heads, (unit.layer,) if unit.layer else (), unit.tails)
    ]
    pointwise = tuple(size == 1 for size in kernel_of(unit))
    return unit.card.role, tuple(map(tuple, layers)), pointwise, bool(unit.card.fault), len(unit.given)


def kernel_of(unit: Unit) -> tuple[int, ...]:
    """Return the kernel of a unit, one number for each axis of its maps; nothing if it has none."""
    kernel = getattr(unit.layer, "kernel_size", None)
    return () if kernel is None else per_axis(kernel, unit)


def per_axis(value: object, unit: Unit) -> tuple[int, ...]:
    """Return an argument of a unit with one number for each axis of the maps that it takes."""
    values = value if isinstance(value, tuple) else (value,) * unit.rank
    return tuple(each if isinstance(each, int) else 0 for each in values)
