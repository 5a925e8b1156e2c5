"""A network as cells: a layer with what only reshapes, normalizes or activates its result; and how cells are joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Kind
from cnnshape.layers.io import Input
from cnnshape.layers.pool import MaxUnpool
from cnnshape.render.palette import Role
from cnnshape.render.roles import role_of

__all__ = ["Cells", "Edge", "ancestors", "cells_of", "dominators"]

_PASSIVE = frozenset(
    {Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE, Kind.PAD, Kind.RESHAPE, Kind.QUANTIZE, Kind.LOGIC, Kind.MERGE}
)
_LOWER = 0.75
"""A map with less than this share of another's positions has a lower resolution."""
_MOST_STEPS = 5000

Edge = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a network, in topological order; a cell is named by the position of its first node.

    Parameters
    ----------
    found : Propagation at the sizes that the geometry is drawn at
    members : cell -> its nodes
    roles : cell -> role
    before, after : cell -> the cells that it takes its tensors from, that take its tensor; without copies
    copies : edges around a lower resolution, as the skips of a U-Net are
    ends : cells that give an output of the network
    """

    found: Propagation
    members: dict[int, list[int]]
    roles: dict[int, Role]
    before: dict[int, list[int]]
    after: dict[int, list[int]]
    copies: tuple[Edge, ...]
    ends: frozenset[int]

    def shape(self, cell: int) -> tuple[int, ...] | None:
        """Return the shape that leaves the first node of a cell, without the batch; None if it is unknown."""
        outputs = self.found.outputs[cell]
        if outputs is None or not outputs:
            return None
        sizes = outputs[0].shape[1:] if len(outputs[0].shape) > 1 else outputs[0].shape
        return tuple(size if isinstance(size, int) else 1 for size in sizes)

    def area(self, cell: int) -> int:
        """Return the positions of the map that leaves a cell; 1 for what is no map."""
        return prod((self.shape(cell) or ())[1:])


def cells_of(found: Propagation) -> Cells:
    """Return the cells of what a network executes."""
    network = found.network
    owner: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for i, node in enumerate(network.nodes):
        if i in network.held:
            continue
        read = [t for port, t in enumerate(node.inputs) if port not in node.layer.sized_by]
        sources = [owner[p] for t in read if (p := network.producers[t]) in owner]
        known = list(dict.fromkeys(source for source in sources if source >= 0))
        if isinstance(node.layer, Input) or (len(known) > 1 or (known and not _is_passive(found, i))):
            owner[i], members[i], before[i] = i, [i], known
        elif known:
            owner[i] = known[0]
            members[known[0]].append(i)
        else:
            owner[i] = -1
    roles = {cell: _role(found, cell) for cell in members}
    ends = frozenset(owner[network.producers[t]] for t in network.outputs.values() if network.producers[t] in owner)
    whole = Cells(found, members, roles, before, _after(before), (), ends)
    copies = tuple(_copies(whole))
    left = {cell: [source for source in sources if (source, cell) not in copies] for cell, sources in before.items()}
    return Cells(found, members, roles, left, _after(left), copies, ends)


def dominators(before: dict[int, list[int]]) -> dict[int, int]:
    """Return for each cell the last one that every way to it passes; -1 if there is none."""
    depth, above = {-1: 0}, {-1: -1}
    for cell, sources in before.items():
        common = sources[0] if sources else -1
        for source in sources[1:]:
            while common != source:
                if depth[common] >= depth[source]:
                    common = above[common]
                else:
                    source = above[source]
        above[cell], depth[cell] = common, depth[common] + 1
    return above


def ancestors(before: dict[int, list[int]], starts: Iterable[int], stop: int) -> set[int] | None:
    """Return the cells on the ways from `stop` to `starts`, without `stop`; None if they are too many."""
    found: set[int] = set()
    left = [start for start in starts if start != stop]
    while left:
        cell = left.pop()
        if cell in found:
            continue
        found.add(cell)
        if len(found) > _MOST_STEPS:
            return None
        left += [source for source in before[cell] if source != stop and source not in found]
    return found


def _after(before: dict[int, list[int]]) -> dict[int, list[int]]:
    after: dict[int, list[int]] = {cell: [] for cell in before}
    for cell, sources in before.items():
        for source in sources:
            after[source].append(cell)
    return after


def _is_passive(found: Propagation, i: int) -> bool:
    """Tell whether a node only passes on what the node before it made."""
    kind = found.network.nodes[i].layer.kind
    if kind is Kind.REDUCE:
        inputs, outputs = found.inputs[i], found.outputs[i]
        return not (inputs and outputs and len(inputs[0].shape) > 2 and outputs[0].shape[2:] != inputs[0].shape[2:])
    return kind is Kind.IO or (kind in _PASSIVE and _role(found, i) != "up_conv")


def _role(found: Propagation, i: int) -> Role:
    layer = found.network.nodes[i].layer
    if layer.kind is Kind.REDUCE:
        return "pool"
    return role_of(layer, found.inputs[i] if found.outputs[i] is not None else None)


def _copies(cells: Cells) -> Iterable[Edge]:
    """Yield the edges that lead around a lower resolution to a join."""
    above = dominators(cells.before)
    for cell, sources in cells.before.items():
        if len(sources) < 2:
            continue
        if isinstance(cells.found.network.nodes[cell].layer, MaxUnpool):
            yield from ((source, cell) for source in sources[1:])
            continue
        start = above[cell]
        if start < 0:
            continue
        low = [_is_low(cells, source, start, cell) for source in sources]
        if any(low) and not all(low):
            yield from ((source, cell) for source, is_low in zip(sources, low, strict=True) if not is_low)


def _is_low(cells: Cells, source: int, start: int, join: int) -> bool:
    """Tell whether the way from `start` to `source` passes a lower resolution than that of the join."""
    way: Sequence[int] | set[int] | None = ancestors(cells.before, [source], start)
    if not way:
        return False
    limit = _LOWER * cells.area(join)
    return any(1 < cells.area(cell) < limit for cell in way)
