"""Equal neighbors as one row with their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cnnshape.graph.propagate import Propagation
from cnnshape.graph.rows import Row, range_name

__all__ = ["repeated"]


def repeated(found: Propagation, rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows, neighbors that are equal and take and give equal shapes as one."""
    for _, group in groupby(rows, lambda row: _signature(found, row)):
        yield _times(found, list(group))


def _signature(found: Propagation, row: Row) -> tuple[object, ...]:
    """Return what makes two rows equal: layers, wiring relative to the row's start, shapes in and out."""
    network, first = found.network, row.nodes[0]
    inside = {i: number for number, i in enumerate(row.nodes)}
    sources = [tuple(inside.get(network.producers[t], -1) for t in network.nodes[i].inputs) for i in row.nodes]
    return (
        tuple(network.nodes[i].layer for i in row.nodes),
        tuple(sources),
        tuple(found.inputs[i] for i in row.nodes),
        tuple(found.outputs[i] for i in row.nodes),
        tuple(network.nodes[i].frozen or bool(network.nodes[i].weights_of) or i in network.held for i in row.nodes),
        first if any(found.outputs[i] is None for i in row.nodes) else None,
    )


def _times(found: Propagation, rows: Sequence[Row]) -> Row:
    first = rows[0]
    if len(rows) == 1:
        return first
    nodes = tuple(i for row in rows for i in row.nodes)
    name = range_name([row.name for row in rows], found.network.nodes[nodes[-1]].name)
    return Row(name, nodes, len(rows), first.scope, first.block)
