"""Inputs and maps whose channels stand behind the axes of space, as Keras has them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.graph.network import Network
from cnnshape.layers.base import Kind, Spec
from cnnshape.layers.io import Input
from cnnshape.layers.reshape.axes import Permute

__all__ = ["channels_last", "maps_last"]

_ALONG_FIRST = frozenset({Kind.CONV, Kind.POOL, Kind.RESAMPLE})


def channels_last(network: Network) -> frozenset[str]:
    """Return the inputs of which nothing is made before their last axis is moved to the front.

    Of three axes nothing can be said: a sequence may be turned for other reasons.

    Examples
    --------
    >>> from cnnshape import Input, layers as L
    >>> x = Input("image", ("H", "W", 3))
    >>> y = L.Conv(8, kernel_size=3)(L.Permute((0, 3, 1, 2))(x))
    >>> sorted(channels_last(Network("tiny", inputs=x, outputs=y)))
    ['image']
    """
    moved: dict[str, bool] = {node.name: False for node in network.inputs if len(node.declared) > 3}
    if not moved:
        return frozenset()
    met: set[str] = set()
    for node in network.nodes:
        for tensor in node.inputs:
            if tensor in moved:
                rank = len(network[tensor].declared)
                turns = isinstance(node.layer, Permute) and node.layer.dims == (0, rank - 1, *range(1, rank - 1))
                moved[tensor] = turns and (tensor not in met or moved[tensor])
                met.add(tensor)
    return frozenset(name for name, always in moved.items() if always)


def maps_last(network: Network, outputs: Sequence[tuple[Spec, ...] | None]) -> frozenset[int]:
    """Return the nodes whose maps have their channels behind the axes of space.

    Parameters
    ----------
    network : Network
    outputs : of its nodes, None behind a fault

    Examples
    --------
    >>> from cnnshape import Input, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.ReLU()(L.Permute((0, 2, 3, 1))(L.Conv(8, kernel_size=3)(x)))
    >>> network = Network("tiny", inputs=x, outputs=y)
    >>> [network.nodes[i].name for i in sorted(maps_last(network, propagate(network).outputs))]
    ['permute1', 'relu1']
    """
    turned = _turned(network, outputs)
    last: set[int] = set()
    for i, node in enumerate(network.nodes):
        rank = _rank(outputs[i])
        if isinstance(node.layer, Input) and i in turned:
            last.add(i)
        if rank < 4 or node.layer.kind in _ALONG_FIRST:
            continue
        sources = [network.producers[tensor] for tensor in node.inputs]
        if isinstance(node.layer, Permute):
            if node.layer.dims == (0, *range(2, rank), 1):
                last.add(i)
        elif any(source in last and _rank(outputs[source]) == rank for source in sources):
            last.add(i)
    return frozenset(last)


def _turned(network: Network, outputs: Sequence[tuple[Spec, ...] | None]) -> set[int]:
    """Return the nodes of which nothing is made before their last axis is moved to the front."""
    turned = {i for i in range(len(outputs)) if _rank(outputs[i]) > 3}
    used: set[int] = set()
    for i in range(len(outputs) - 1, -1, -1):
        node, rank = network.nodes[i], _rank(outputs[i])
        if i not in used:
            turned.discard(i)
        moved = isinstance(node.layer, Permute) and node.layer.dims == (0, rank - 1, *range(1, rank - 1))
        keeps = i in turned and node.layer.kind not in _ALONG_FIRST and not isinstance(node.layer, Permute)
        for tensor in node.inputs:
            source = network.producers[tensor]
            used.add(source)
            if not (moved or keeps):
                turned.discard(source)
    return turned


def _rank(made: tuple[Spec, ...] | None) -> int:
    return len(made[0].shape) if made else 0
