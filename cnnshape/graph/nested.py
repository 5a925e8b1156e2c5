"""Concats of many tensors as a picture shows them: one on the other, instead of every tensor to each."""

from __future__ import annotations

from cnnshape.graph.network import Network
from cnnshape.layers.merge import Concat

__all__ = ["drawn_inputs", "nested_inputs"]


def nested_inputs(network: Network) -> dict[int, tuple[str, ...]]:
    """Return the inputs of the concats that begin with those of an earlier one: its output, then the others.

    ``cat(a, b, c)`` behind ``cat(a, b)`` holds the same as ``cat(cat(a, b), c)``. A dense block that joins all earlier
    maps before each layer has a number of edges that grows with the square of its layers, and so only with the layers.
    """
    made: dict[tuple[int, tuple[str, ...]], str] = {}
    found: dict[int, tuple[str, ...]] = {}
    for i, node in enumerate(network.nodes):
        if not isinstance(node.layer, Concat) or i in network.held:
            continue
        for length in range(len(node.inputs) - 1, 1, -1):
            earlier = made.get((node.layer.dim, node.inputs[:length]))
            if earlier is not None:
                found[i] = (earlier, *node.inputs[length:])
                break
        made.setdefault((node.layer.dim, node.inputs), node.name)
    return found


def drawn_inputs(network: Network) -> list[tuple[str, ...]]:
    """Return for each node the tensors that lead to it in a picture."""
    nested = nested_inputs(network)
    return [nested.get(i, node.inputs) for i, node in enumerate(network.nodes)]
