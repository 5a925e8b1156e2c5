"""Layers with their normalization and activation as one row, before them or behind."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.graph.network import Network, Node
from cnnshape.graph.rows import Row
from cnnshape.layers.base import Kind

__all__ = ["fused"]

_TAILS = frozenset({Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE})
_WEIGHTED = frozenset({Kind.CONV, Kind.LINEAR, Kind.ATTENTION})
_ALONE = frozenset({Kind.IO, Kind.ACTIVATION, Kind.REGULARIZE})


def fused(network: Network, shown: Sequence[int]) -> list[Row]:
    """Return a row for each layer, in order.

    A row holds what only it feeds, in its scope: one normalization, one activation, dropout. Where a block normalizes
    first (as pre-activation networks do), the normalization and the activation stand in the row of the layer behind
    them.

    Parameters
    ----------
    network : Network
    shown : the nodes to be shown, in order
    """
    only = _only_readers(network, shown)
    before = _led(network, shown, only)
    chains: dict[int, list[int]] = {}
    chain_of: dict[int, int] = {}
    for i in shown:
        source = _only_source(network, i, only)
        start = chain_of.get(source) if source is not None else None
        if start is None or not _joins(network, chains[start], i, before):
            start = i
            chains[start] = []
        chains[start].append(i)
        chain_of[i] = start
    return [Row(network.nodes[_head(network, chain)].name, tuple(chain)) for chain in chains.values()]


def _only_readers(network: Network, shown: Sequence[int]) -> dict[int, int]:
    """Return the only node that reads a node, for all that have one and give nothing to the outside."""
    readers: dict[int, set[int]] = {i: set() for i in shown}
    for i, node in enumerate(network.nodes):
        for tensor in node.inputs:
            source = network.producers[tensor]
            if source in readers:
                readers[source].add(i)
    for tensor in network.outputs.values():
        source = network.producers[tensor]
        if source in readers:
            readers[source].add(-1)
    return {i: next(iter(found)) for i, found in readers.items() if len(found) == 1}


def _only_source(network: Network, i: int, only: dict[int, int]) -> int | None:
    """Return the node that feeds `i`, if nothing else does and it feeds nothing else."""
    inputs = network.nodes[i].inputs
    if len(inputs) != 1:
        return None
    source = network.producers[inputs[0]]
    same = network.nodes[source].scope == network.nodes[i].scope
    return source if only.get(source) == i and same else None


def _led(network: Network, shown: Sequence[int], only: dict[int, int]) -> frozenset[int]:
    """Return the normalizations and activations that belong to the layer behind them.

    They do in a scope where a normalization that no weighted layer feeds leads to a weighted layer.
    """
    lead = {i: target for i in shown if (target := _target(network, i, only)) is not None}
    scopes = {
        network.nodes[i].scope
        for i in lead
        if network.nodes[i].layer.kind is Kind.NORM and not _follows_weights(network, network.nodes[i], only)
    }
    return frozenset(i for i in lead if network.nodes[i].scope in scopes)


def _target(network: Network, i: int, only: dict[int, int]) -> int | None:
    """Return the weighted layer that a normalization, or an activation behind one, leads to and feeds alone."""
    kind = network.nodes[i].layer.kind
    if kind is Kind.ACTIVATION:
        source = _only_source(network, i, only)
        if source is None or network.nodes[source].layer.kind is not Kind.NORM:
            return None
    elif kind is not Kind.NORM:
        return None
    following = only.get(i, -1)
    if following < 0 or _only_source(network, following, only) != i:
        return None
    if kind is Kind.NORM and network.nodes[following].layer.kind is Kind.ACTIVATION:
        return _target(network, following, only)
    return following if network.nodes[following].layer.kind in _WEIGHTED else None


def _follows_weights(network: Network, node: Node, only: dict[int, int]) -> bool:
    source = _only_source(network, network.index[node.name], only)
    return source is not None and network.nodes[source].layer.kind in _WEIGHTED


def _joins(network: Network, chain: Sequence[int], i: int, before: frozenset[int]) -> bool:
    """Say whether node `i`, which the chain alone feeds, stands in its row."""
    kinds = [network.nodes[j].layer.kind for j in chain]
    kind = network.nodes[i].layer.kind
    if chain[-1] in before:
        return i in before or kind in _WEIGHTED
    if i in before or kind not in _TAILS or kinds[0] in _ALONE:
        return False
    if kind is Kind.REGULARIZE:
        return kinds[-1] is not Kind.REGULARIZE
    head = kinds.index(next((k for k in kinds if k not in _TAILS), kinds[0]))
    return kind not in kinds[head:] and kinds[-1] is not Kind.REGULARIZE


def _head(network: Network, chain: Sequence[int]) -> int:
    """Return the node that names a row: its first that is no normalization or activation."""
    return next((i for i in chain if network.nodes[i].layer.kind not in _TAILS), chain[0])
