"""Folding a network for a table or a picture: activations into their layer, blocks by scope, equal neighbors as xN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from cnnshape.graph.chains import fused
from cnnshape.graph.propagate import Propagation
from cnnshape.graph.quiet import quieted
from cnnshape.graph.repeats import repeated
from cnnshape.graph.rows import Row, told_apart
from cnnshape.graph.scopes import by_scope
from cnnshape.graph.segments import by_passage, by_stage
from cnnshape.layers.io import Input

__all__ = ["Detail", "Row", "detail_for", "fold"]

Detail = Literal["overview", "block", "layer", "op"]
_FEW = 12
"""An overview with more rows gathers layers that stand in no block by the size of their maps."""


def fold(found: Propagation, detail: Detail, within: str = "", quiet: bool = False) -> tuple[Row, ...]:
    """Return the rows of a network at a level of detail; every node but the inputs is in exactly one.

    The nodes of the rows, one row after the other, are in topological order, so that no picture of rows has a cycle.

    Parameters
    ----------
    found : Propagation
    detail : "op" one row a node; "layer" with normalization and activation in the row of their layer; "block" the
        innermost blocks that are not made of blocks alone; "overview" the outermost blocks. Where a network names no
        blocks, the branches between two places that all data passes are one.
    within : the block whose nodes alone are shown, "" for all
    quiet : True to show constants, casts and the like, which compute no map, in the row that they belong to
    """
    nodes = found.network.nodes
    shown = [i for i, node in enumerate(nodes) if not isinstance(node.layer, Input) and _inside(node.scope, within)]
    if detail == "op":
        return tuple(Row(nodes[i].name, (i,)) for i in shown)
    layers = fused(found.network, shown)
    if quiet:
        layers = quieted(found, layers)
    if detail == "layer":
        return tuple(layers)
    blocks = by_passage(found, by_scope(found, layers, within, deep=detail == "block"))
    rows = tuple(repeated(found, blocks))
    if detail == "overview" and len(rows) > _FEW:
        rows = tuple(repeated(found, by_stage(found, blocks)))
    return told_apart(rows, [node.scope for node in nodes], [node.name for node in nodes])


def detail_for(found: Propagation, most: int = 60, within: str = "", quiet: bool = False) -> Detail:
    """Return the finest detail with at most `most` rows; "overview" if none has so few."""
    finest_first: Sequence[Detail] = get_args(Detail)[::-1]
    return next((detail for detail in finest_first if len(fold(found, detail, within, quiet)) <= most), "overview")


def _inside(scope: str, block: str) -> bool:
    return not block or scope == block or scope.startswith(f"{block}.")
