"""Weights that a model cuts and joins out of those that it stores, as exporters of recurrent layers do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from cnnshape.formats.reading.folding import lazily
from cnnshape.layers.foreign import Known
from cnnshape.layers.io import Constant, Parameter
from cnnshape.layers.merge import Concat
from cnnshape.layers.reshape import Permute, Reshape, Slice, Squeeze, Transpose, Unsqueeze

if TYPE_CHECKING:
    from cnnshape.formats.reading.builder import Builder
    from cnnshape.graph.network import Node

__all__ = ["moved", "without"]

_MOVES = (Concat, Permute, Reshape, Slice, Squeeze, Transpose, Unsqueeze)
"""Layers that put numbers elsewhere and change none."""
_MOST = 256
"""More of them than exporters write are left to the network: they would be computed in turn for each weight."""
_MOST_SEEN = 20_000_000
"""Nodes that are looked through in one model, whatever it holds."""


def moved(walk: Builder, tensor: str) -> Known | None:
    """Return a tensor that layers have made of learned ones alone, each number at another place; else None.

    The layers are noted as spent: the numbers are a weight, and nobody computes them in a run.
    """
    walk.seen += len(walk.nodes)
    if walk.seen > _MOST_SEEN:
        return None
    nodes = {node.name: node for node in walk.nodes}
    spent: list[str] = []

    def known(name: str) -> Known | None:
        node = nodes.get(name)
        if node is None or len(spent) == _MOST or not isinstance(node.layer, (Parameter, Constant, *_MOVES)):
            return None
        spent.append(name)
        if isinstance(node.layer, _MOVES):
            inputs = [known(each) for each in node.inputs]
            parts = [each for each in inputs if each is not None]
            return lazily(node.layer, parts) if len(parts) == len(inputs) else None
        layer: Any = node.layer
        load = walk.weights.get(f"{name}.weight" if isinstance(layer, Parameter) else name)
        return Known(layer.shape, layer.dtype, load or _absent, there=load is not None)

    found = known(walk.known[tensor][0]) if tensor in walk.known else None
    if found is not None:
        walk.spent.update(spent)
    return found


def without(nodes: Sequence[Node], spent: set[str], outputs: Iterable[str]) -> list[Node]:
    """Return the nodes without those that were spent on weights and that nothing else reads."""
    read, kept = set(outputs), []
    for node in reversed(nodes):
        if node.name not in spent or node.name in read:
            kept.append(node)
            read.update(node.inputs)
    return kept[::-1]


def _absent() -> NoReturn:
    raise AssertionError("a weight that is not there is not loaded")
