"""Blocks where a network names none: the branches between two passages of all data, and stages of one map size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.graph.nested import drawn_inputs
from cnnshape.graph.propagate import Propagation
from cnnshape.graph.rows import Row, block_name, range_name

__all__ = ["by_passage", "by_stage"]

_FEWEST = 3
_MOST_OF_ALL = 0.5
"""A part between two passages that is a larger share of all rows is the network itself, not a block of it."""


def by_passage(found: Propagation, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the branches between two passages as one block, if the network names no block.

    A passage is a row that everything before it reaches what follows through: the join of a residual unit, the concat
    of an inception module.
    """
    if any(row.block for row in rows):
        return list(rows)
    ordered = sorted(row.name for row in rows)
    out: list[Row] = []
    start = 0
    for end in [*_passages(found, rows), len(rows) - 1]:
        part = rows[start : end + 1]
        if not _FEWEST <= len(part) <= _MOST_OF_ALL * len(rows):
            out += part
        else:
            out.append(_block(block_name([row.name for row in part], ordered), part))
        start = max(start, end + 1)
    return out


def _passages(found: Propagation, rows: Sequence[Row]) -> Iterator[int]:
    """Yield the rows that no tensor from an earlier row goes past."""
    network, drawn = found.network, drawn_inputs(found.network)
    owner = {i: number for number, row in enumerate(rows) for i in row.nodes}
    furthest = [0] * (len(rows) + 1)
    for number, row in enumerate(rows):
        for i in row.nodes:
            for tensor in drawn[i]:
                source = owner.get(network.producers[tensor], -1)
                furthest[source + 1] = max(furthest[source + 1], number)
    for tensor in network.outputs.values():
        source = owner.get(network.producers[tensor], -1)
        if source < len(rows) - 1:
            furthest[source + 1] = len(rows)
    reached = furthest[0]
    for number in range(len(rows)):
        if reached <= number:
            yield number
        reached = max(reached, furthest[number + 1])


def by_stage(found: Propagation, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with neighbors on maps of one size as one, where the network names no block.

    What makes a map smaller or larger begins a stage.
    """
    groups: list[tuple[object, list[Row]]] = []
    for row in rows:
        space = None if row.block else _space(found, row)
        if groups and space is not None and groups[-1][0] == space:
            groups[-1][1].append(row)
        else:
            groups.append((space, [row]))
    return [members[0] if len(members) == 1 else _stage(found, members) for _, members in groups]


def _stage(found: Propagation, rows: Sequence[Row]) -> Row:
    last = found.network.nodes[rows[-1].nodes[-1]].name
    return _block(range_name([row.name for row in rows], last), rows)


def _space(found: Propagation, row: Row) -> object:
    """Return the sizes of the map that leaves a row; () for a vector, and for a map of one position."""
    outputs = found.outputs[row.nodes[-1]]
    if not outputs:
        return None
    space = outputs[0].shape[2:]
    return () if all(size == 1 for size in space) else space


def _block(name: str, rows: Sequence[Row]) -> Row:
    return Row(name, tuple(i for row in rows for i in row.nodes), 1, "", True)
