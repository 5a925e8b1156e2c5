"""What sort of block a type is, in words that papers use."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.layers.base import Kind
from cnnshape.render.figures.architecture.signature import kernel_of
from cnnshape.render.figures.architecture.units import Unit, Units

__all__ = ["nature"]


def nature(found: Units, members: Sequence[int]) -> str:
    """Return words such as ``bottleneck, projection shortcut`` for a block; "" where none fits."""
    words = [_waist(found, members), _separable(found, members), _excitation(found, members), _join(found, members)]
    return ", ".join(filter(None, words)) or _chain(found, members)


def _chain(found: Units, members: Sequence[int]) -> str:
    convs = all(found.units[i].card.role in ("conv", "depthwise") for i in members)
    return f"{len(members)} convolutions" if convs else ""


def _separable(found: Units, members: Sequence[int]) -> str:
    """Return whether a block is a depthwise convolution and a pointwise one."""
    if len(members) != 2:
        return ""
    first, second = (found.units[i] for i in members)
    pointwise = all(size == 1 for size in kernel_of(second)) and second.card.role == "conv"
    return "depthwise separable" if first.card.role == "depthwise" and pointwise else ""


def _waist(found: Units, members: Sequence[int]) -> str:
    """Return whether three convolutions are narrow or wide in the middle."""
    convs = [unit for unit in (found.units[i] for i in members) if unit.layer is not None]
    convs = [unit for unit in convs if unit.layer and unit.layer.kind is Kind.CONV and _is_map(unit)]
    pointwise = [all(size == 1 for size in kernel_of(unit)) for unit in convs[:3]]
    if len(convs) < 3 or pointwise != [True, False, True]:
        return ""
    first, last = convs[0].gives[0].shape[1], convs[2].gives[0].shape[1]
    if not isinstance(first, int) or not isinstance(last, int) or first == last:
        return ""
    return "bottleneck" if first < last else "inverted bottleneck"


def _is_map(unit: Unit) -> bool:
    return bool(unit.gives) and len(unit.gives[0].shape) > 2 and any(size != 1 for size in unit.gives[0].shape[2:])


def _excitation(found: Units, members: Sequence[int]) -> str:
    """Return whether a map is scaled by what its mean says of each channel."""
    names = [type(found.units[i].layer).__name__ for i in members]
    pooled = any("Pool" in name and not _is_map(found.units[i]) for name, i in zip(names, members, strict=True))
    return "squeeze-and-excitation" if pooled and "Multiply" in names else ""


def _join(found: Units, members: Sequence[int]) -> str:
    inside = set(members)
    joins = [i for i in members if len({source.unit for source in found.units[i].sources}) > 1]
    sums = [i for i in joins if type(found.units[i].layer).__name__ == "Add"]
    if sums:
        kinds = {_shortcut(found, inside, sums, i) for i in sums}
        kind = kinds.pop() if len(kinds) == 1 else "shortcut"
        return kind if len(sums) == 1 or not kind else f"{len(sums)} {kind}s"
    concats = [i for i in joins if type(found.units[i].layer).__name__ == "Concat"]
    if not concats:
        return ""
    entries = {source.unit for i in members for source in found.units[i].sources if source.unit not in inside}
    if len(entries) > 1:
        return "joined with a skip"
    outer = [source.unit for source in found.units[concats[-1]].sources]
    if any(unit not in inside for unit in outer):
        return "joined with its input"
    return f"{len(outer)} branches"


def _shortcut(found: Units, inside: set[int], sums: Sequence[int], join: int) -> str:
    """Return how what a sum adds came around the layers before it: as it was, or through a layer of its own."""
    sources = [source.unit for source in found.units[join].sources]
    if any(unit not in inside or unit in sums for unit in sources):
        return "identity shortcut"
    starts = [i for i in sources if not any(source.unit in inside for source in found.units[i].sources)]
    return "projection shortcut" if starts else ""
