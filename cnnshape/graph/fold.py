"""Folding a network for a table or a picture: activations into their layer, blocks by scope, equal neighbors as xN."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Kind
from cnnshape.layers.io import Input

__all__ = ["Detail", "Row", "detail_for", "fold"]

Detail = Literal["overview", "block", "layer", "op"]
_HEADS = frozenset({Kind.CONV, Kind.LINEAR, Kind.MERGE, Kind.NORM})
_TAILS = frozenset({Kind.NORM, Kind.ACTIVATION})
_WRAPPER_SHARE = 0.7
"""A scope with more than this share of all nodes is a wrapper around the network: it is opened."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some nodes shown as one.

    Parameters
    ----------
    name : str
    nodes : positions in `network.nodes`, in order, of all repeats
    times : int, how many equal neighbors are folded into it
    scope : str, the block that it stands for, "" if it is a single layer
    """

    name: str
    nodes: tuple[int, ...]
    times: int = 1
    scope: str = ""


def fold(found: Propagation, detail: Detail, within: str = "") -> tuple[Row, ...]:
    """Return the rows of a network at a level of detail; every node but the inputs is in exactly one.

    Parameters
    ----------
    found : Propagation
    detail : "op" one row a node; "layer" with normalization and activation in the row of their layer; "block" the
        innermost blocks that are not made of blocks alone; "overview" the outermost blocks
    within : the block whose nodes alone are shown, "" for all
    """
    nodes = found.network.nodes
    shown = [i for i, node in enumerate(nodes) if not isinstance(node.layer, Input) and _inside(node.scope, within)]
    if detail == "op":
        return tuple(Row(nodes[i].name, (i,)) for i in shown)
    fused = tuple(_fused(found, shown))
    if detail == "layer":
        return fused
    blocks = tuple(_blocks(found, fused, _opened(found, shown, deep=detail == "block")))
    return tuple(_repeats(found, blocks))


def detail_for(found: Propagation, most: int = 60, within: str = "") -> Detail:
    """Return the finest detail with at most `most` rows; "overview" if none has so few."""
    finest_first: Sequence[Detail] = get_args(Detail)[::-1]
    return next((detail for detail in finest_first if len(fold(found, detail, within)) <= most), "overview")


def _inside(scope: str, block: str) -> bool:
    return not block or scope == block or scope.startswith(f"{block}.")


def _fused(found: Propagation, shown: Sequence[int]) -> Iterator[Row]:
    """Yield one row a layer, with the normalization and activation that only it feeds."""
    network = found.network
    uses = [0] * len(network.nodes)
    for node in network.nodes:
        for tensor in node.inputs:
            uses[network.producers[tensor]] += 1
    for tensor in network.outputs.values():
        uses[network.producers[tensor]] += 1
    group: list[int] = []
    for i in shown:
        node = network.nodes[i]
        last = network.nodes[group[-1]] if group else None
        if (
            last is not None
            and network.nodes[group[0]].layer.kind in _HEADS
            and node.layer.kind in _TAILS
            and last.layer.kind is not Kind.ACTIVATION
            and len(node.inputs) == 1
            and network.producers[node.inputs[0]] == group[-1]
            and uses[group[-1]] == 1
            and node.scope == last.scope
        ):
            group.append(i)
            continue
        if group:
            yield Row(network.nodes[group[0]].name, tuple(group))
        group = [i]
    if group:
        yield Row(network.nodes[group[0]].name, tuple(group))


def _blocks(found: Propagation, rows: Sequence[Row], opened: frozenset[str]) -> Iterator[Row]:
    """Yield neighbors of one block as one row."""
    nodes = found.network.nodes

    def block_of(row: Row) -> str:
        parts = nodes[row.nodes[0]].scope.split(".")
        for depth in range(1, len(parts) + 1):
            scope = ".".join(parts[:depth])
            if scope not in opened:
                return scope
        return ""

    group: list[Row] = []
    for row in rows:
        if group and (block_of(row) != block_of(group[-1]) or not block_of(row)):
            yield _joined(group, block_of(group[0]))
            group = []
        group.append(row)
    if group:
        yield _joined(group, block_of(group[0]))


def _joined(rows: Sequence[Row], scope: str) -> Row:
    if not scope:
        return rows[0]
    return Row(scope, tuple(i for row in rows for i in row.nodes), 1, scope)


def _opened(found: Propagation, shown: Sequence[int], deep: bool) -> frozenset[str]:
    """Return the scopes whose contents are shown: wrappers of the whole network, and containers of blocks if `deep`."""
    sizes: dict[str, int] = {}
    direct: set[str] = set()
    for i in shown:
        node = found.network.nodes[i]
        direct.add(node.scope)
        scope = node.scope
        while scope:
            sizes[scope] = sizes.get(scope, 0) + 1
            scope = scope.rpartition(".")[0]
    wrappers = {scope for scope, size in sizes.items() if size > _WRAPPER_SHARE * len(shown)}
    containers = {scope for scope in sizes if scope not in direct}
    return frozenset(wrappers | containers if deep else wrappers)


def _repeats(found: Propagation, rows: Sequence[Row]) -> Iterator[Row]:
    """Yield equal neighbors as one row with their number."""
    group: list[Row] = []
    last = None
    for row in rows:
        signature = _signature(found, row)
        if group and signature != last:
            yield _times(group)
            group = []
        group.append(row)
        last = signature
    if group:
        yield _times(group)


def _signature(found: Propagation, row: Row) -> tuple[object, ...]:
    """Return what makes two rows equal: layers, wiring relative to the row's start, shapes in and out."""
    network, first = found.network, row.nodes[0]
    inside = set(row.nodes)
    sources = [
        tuple(p - first if (p := network.producers[t]) in inside else -1 for t in network.nodes[i].inputs)
        for i in row.nodes
    ]
    return (
        tuple(network.nodes[i].layer for i in row.nodes),
        tuple(sources),
        tuple(found.inputs[i] for i in row.nodes),
        tuple(found.outputs[i] for i in row.nodes),
        tuple(network.nodes[i].frozen or bool(network.nodes[i].weights_of) or i in network.held for i in row.nodes),
    )


def _times(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    nodes = tuple(i for row in rows for i in row.nodes)
    return Row(_range_name([row.name for row in rows]), nodes, len(rows), rows[0].scope)


def _range_name(names: Sequence[str]) -> str:
    """Return ``layer3.1-5`` for numbered neighbors, else ``first..last``."""
    split = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    found = [m for m in split if m is not None]
    if len(found) == len(names) and len({m[1] for m in found}) == 1:
        numbers = [int(m[2]) for m in found]
        if all(b == a + 1 for a, b in pairwise(numbers)):
            return f"{names[0]}-{numbers[-1]}"
    return f"{names[0]}..{names[-1]}"
