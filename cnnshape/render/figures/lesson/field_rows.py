"""Which positions of every tensor on the way one output position depends on, along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cnnshape.analysis.derivation.path import Hop, path
from cnnshape.analysis.report import Facts
from cnnshape.analysis.sight import Sight
from cnnshape.layers.base import in_space
from cnnshape.symbolic import Window, effective_kernel, padding_of

__all__ = ["Row", "rows_of", "shortened"]


@dataclass(frozen=True, slots=True)
class Row:
    """A tensor on the way.

    Parameters
    ----------
    name : of the tensor
    label : of the layer that made it, "" for the input
    size : positions of the axis
    low, high : the first and the last position that the output position depends on; they may lie in the padding
    sight : what one position sees of the input
    left_out : how many rows above this one are not drawn
    """

    name: str
    label: str
    size: int
    low: int
    high: int
    sight: Sight
    left_out: int = 0

    @property
    def jump(self) -> float:
        """Pixels of the input between two positions."""
        return float(self.sight.jump)

    def center(self, i: float) -> float:
        """Return the pixel of the input in whose middle position `i` lies."""
        return self.jump * i + (_real(self.sight.low) + _real(self.sight.high)) / 2


def rows_of(facts: Facts, tensor: str, column: int, at: int) -> list[Row]:
    """Return the tensors on the way to one position, from the input to the tensor, without those that add nothing.

    Parameters
    ----------
    facts : at sizes that are numbers
    tensor : its name
    column : position of the axis in `facts.fields.axes`
    at : the position along the axis
    """
    hops = path(facts.propagation, facts.fields, tensor, column)
    nodes = facts.network.nodes
    low = high = at
    rows: list[Row] = []
    for hop in reversed(hops):
        before = _before(hop, low, high)
        first = not rows
        if first or before != (low, high) or _moves(hop):
            inputs = facts.propagation.inputs[hop.node]
            operator = in_space(nodes[hop.node].layer, len(inputs[0].shape) - 2 if inputs else 0).label()
            rows.append(Row(hop.name, operator, _size(hop.size_after), low, high, hop.after))
        low, high = before
    name, axis = facts.fields.axes[column]
    size = facts.propagation.specs[name].shape[axis]
    seen = next(each for each in facts.fields.all_of(tensor) if each.input == name)
    field = next(each for each in seen.axes if each.axis == axis)
    if field.jump is not None and field.low is not None and field.high is not None and field.status != "whole input":
        low, high = _floor(field.jump * at + field.low), _ceil(field.jump * at + field.high)  # type: ignore[operator]
    rows.append(Row(name, "", _size(size), low, high, Sight(axis)))
    return rows[::-1]


def shortened(rows: Sequence[Row], most: int) -> list[Row]:
    """Return at most so many rows: the input, those at the beginning and at the end, and what was left out between."""
    if len(rows) <= most:
        return list(rows)
    tail = most // 2
    head = most - tail
    kept = [*rows[:head], *rows[len(rows) - tail :]]
    cut = kept[head]
    kept[head] = Row(cut.name, cut.label, cut.size, cut.low, cut.high, cut.sight, len(rows) - most)
    return kept


def _moves(hop: Hop) -> bool:
    window = hop.window
    return window is not None and (window.stride > 1 or effective_kernel(window) != 1)


def _before(hop: Hop, low: int, high: int) -> tuple[int, int]:
    """Return which positions of a layer's input positions `low` to `high` of its output depend on."""
    size = _size(hop.size_before)
    if hop.moved.at is None or (hop.moved.reduced and not hop.before.reduced):
        return 0, size - 1
    window = hop.window
    if window is None:
        return low, high
    return _under(window, size, low, high)


def _under(window: Window, size: int, low: int, high: int) -> tuple[int, int]:
    extent = _size(effective_kernel(window))
    if window.mode == "transposed":
        before = _size(window.before)
        first = -((extent - 1 - low - before) // window.stride)
        return min(max(first, 0), size - 1), max(min((high + before) // window.stride, size - 1), 0)
    before = _size(padding_of(size, window)[0])
    return low * window.stride - before, high * window.stride - before + extent - 1


def _size(size: object) -> int:
    return size if isinstance(size, int) else 1


def _real(place: object) -> float:
    return float(place) if isinstance(place, int | Fraction) else 0.0


def _floor(place: object) -> int:
    return place.__floor__() if isinstance(place, int | Fraction) else 0


def _ceil(place: object) -> int:
    return place.__ceil__() if isinstance(place, int | Fraction) else 0
