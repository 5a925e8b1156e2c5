"""Nodes and tensors of a network as columns of texts, numbers and references to sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.analysis.memory import BITS
from cnnshape.analysis.report import Facts
from cnnshape.graph.liveness import lifetimes
from cnnshape.graph.network import Node
from cnnshape.layers.base import Spec
from cnnshape.layers.io import Input
from cnnshape.render.html.program import NONE, Sizes
from cnnshape.render.html.windows import WindowTable
from cnnshape.render.operators import label_of
from cnnshape.symbolic import mod, product, total

__all__ = ["Tables"]

_NOMINAL = "float32"
_INPUT, _HELD, _FROZEN, _SHARES, _ACTIVATION, _NEVER = (1 << bit for bit in range(6))


class Tables:
    """The columns of a network with free sizes.

    Parameters
    ----------
    facts : Facts, with free sizes
    sizes : where references are taken from

    Attributes
    ----------
    nodes, tensors : name of a column -> its values
    windows : through which layers see their inputs
    index : name of a tensor -> its position
    """

    def __init__(self, facts: Facts, sizes: Sizes) -> None:
        self.facts = facts
        self.network = facts.network
        self.sizes = sizes
        self.mixed = not isinstance(facts.dtype, str)
        self.windows = WindowTable(facts, sizes)
        self.index: dict[str, int] = {}
        self.tensors: dict[str, list[Any]] = _columns(self._tensors())
        self.nodes: dict[str, list[Any]] = _columns([self._node(i, node) for i, node in enumerate(self.network.nodes)])

    def _tensors(self) -> list[dict[str, Any]]:
        found, lives = self.facts.propagation, lifetimes(self.network)
        makers = dict(self.network.producers)
        for i, node in enumerate(self.network.nodes):
            outputs = found.outputs[i] or ()
            makers.update(dict.fromkeys(_names(node, outputs), i))
        self.index.update({name: t for t, name in enumerate(sorted(makers, key=lambda name: makers[name]))})
        rows = []
        for name in self.index:
            i, spec, life = makers[name], found.specs.get(name), lives.get(name)
            alone = life is None and len(found.outputs[i] or ()) > 1 and i not in self.network.held
            span = (i, i) if alone else (NONE, NONE) if life is None or life.is_view else (life.first, life.last)
            rows.append(
                {
                    "name": name,
                    "node": i,
                    "dtype": "" if spec is None else spec.dtype,
                    "shape": None if spec is None else self.sizes.all_of(spec.shape),
                    "elements": NONE if spec is None else self.sizes.of(product(spec.shape)),
                    "bits": 0 if spec is None else self._bits(i, spec.dtype),
                    "first": span[0],
                    "last": span[1],
                    "alone": int(alone),
                }
            )
        return rows

    def _bits(self, i: int, dtype: str) -> int:
        """Return the bits of an element that `node` i makes; 0 where the reader chooses them."""
        if dtype != _NOMINAL:
            return BITS[dtype]
        return BITS[self.facts.memory.types[i]] if self.mixed else 0

    def _node(self, i: int, node: Node) -> dict[str, Any]:
        found, counts = self.facts.propagation, self.facts.counts
        outputs, row = found.outputs[i], counts.owned[i]
        is_input, held = isinstance(node.layer, Input), i in self.network.held
        stated = outputs[0].dtype if outputs else _NOMINAL
        makers = [self.network.producers[tensor] for tensor in node.inputs]
        flags = (
            _INPUT * is_input
            | _HELD * held
            | _FROZEN * node.frozen
            | _SHARES * bool(node.weights_of)
            | _ACTIVATION * (not held and bool(node.inputs) and not node.layer.is_view)
            | _NEVER * (outputs is None and all(found.outputs[k] is not None for k in makers))
        )
        names = _names(node, outputs or ())
        return {
            "name": node.name,
            "op": node.layer.op,
            "kind": str(node.layer.kind),
            "label": label_of(node.layer, _rank(found.inputs[i])),
            "block": node.scope,
            "place": node.place,
            "inputs": [self.index.get(tensor, NONE) for tensor in node.inputs],
            "outputs": [self.index[name] for name in names],
            "params": NONE if row is None else self.sizes.of(row.params),
            "buffers": NONE if row is None else self.sizes.of(row.buffers),
            "odd": NONE if row is None else self.sizes.of(total([mod(size, 2) for size in row.weights])),
            "macs": self.sizes.of(self.facts.tally.macs.values[i]),
            "flags": flags,
            "bits": self._bits(i, stated if "float" in stated else _NOMINAL),
            "shares": self.network.index[node.weights_of] if node.weights_of else NONE,
            "window": NONE if held or is_input else self.windows.of(i, node),
        }


def _rank(inputs: tuple[Spec, ...] | None) -> int:
    """Return how many axes of space the first input has; 0 where there is none."""
    return max(len(inputs[0].shape) - 2, 0) if inputs else 0


def _names(node: Node, outputs: Sequence[Spec]) -> list[str]:
    return [node.name] if len(outputs) == 1 else [f"{node.name}.{port}" for port in range(len(outputs))]


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
