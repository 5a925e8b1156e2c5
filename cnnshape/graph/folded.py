"""The folded graph: inputs, rows and outputs of a network with the tensors between them, for every picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnshape.graph.fold import Row
from cnnshape.graph.nested import drawn_inputs
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.io import Input

__all__ = ["Edge", "FoldedGraph", "Vertex", "folded_graph"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """What a picture shows as one box.

    Parameters
    ----------
    name : of the input, the row or the output
    sort : "input", "row" or "output"
    nodes : positions in `network.nodes`, in order, of all repeats; none for an output
    times : how many equal neighbors are folded into it
    scope : the block that it stands for, "" if it is none that the network names
    block : True if it stands for several layers
    """

    name: str
    sort: Literal["input", "row", "output"]
    nodes: tuple[int, ...] = ()
    times: int = 1
    scope: str = ""
    block: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor that leads from a vertex to a later one (their positions)."""

    source: int
    target: int
    tensor: str


@dataclass(frozen=True, slots=True)
class FoldedGraph:
    """A network as a picture shows it; every edge leads to a later vertex."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]


def folded_graph(found: Propagation, rows: Sequence[Row]) -> FoldedGraph:
    """Return the graph of `rows`.

    Parameters
    ----------
    found : Propagation
    rows : from `fold`: all of a network, or those of a part of it; tensors that come from outside the part start at an
        input of their name, those that leave it end at an output
    """
    network, drawn = found.network, drawn_inputs(found.network)
    entering, leaving = _ends(network, drawn, rows)
    vertices = [
        *(Vertex(tensor, "input", (i,)) for tensor, i in entering.items()),
        *(Vertex(row.name, "row", row.nodes, row.times, row.scope, row.block) for row in rows),
        *(Vertex(name, "output") for name in leaving),
    ]
    first = len(entering)
    given = {tensor: number for number, tensor in enumerate(entering)}
    owner = {i: number for number, row in enumerate(rows, start=first) for i in row.nodes}

    def source(tensor: str) -> int:
        made = owner.get(network.producers[tensor])
        return given[tensor] if made is None else made

    edges: dict[Edge, None] = {}
    for number, row in enumerate(rows, start=first):
        for i in row.nodes:
            for tensor in drawn[i]:
                if (start := source(tensor)) != number:
                    edges[Edge(start, number, tensor)] = None
    for number, tensor in enumerate(leaving.values(), start=first + len(rows)):
        edges[Edge(source(tensor), number, tensor)] = None
    return FoldedGraph(tuple(vertices), tuple(edges))


def _ends(
    network: Network, drawn: Sequence[tuple[str, ...]], rows: Sequence[Row]
) -> tuple[dict[str, int], dict[str, str]]:
    """Return the tensors that the rows start from, with the nodes that give them, and those that they end with."""
    part = {i for row in rows for i in row.nodes}
    if len(part) == sum(not isinstance(node.layer, Input) for node in network.nodes):
        return {node.name: network.index[node.name] for node in network.inputs}, dict(network.outputs)
    entering: dict[str, int] = {}
    leaving = {tensor: tensor for tensor in network.outputs.values() if network.producers[tensor] in part}
    for i, tensors in enumerate(drawn):
        for tensor in tensors:
            source = network.producers[tensor]
            if i in part and source not in part:
                entering.setdefault(tensor, source)
            elif i not in part and source in part:
                leaving.setdefault(tensor, tensor)
    return entering, leaving
