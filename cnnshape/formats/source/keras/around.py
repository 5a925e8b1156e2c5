"""What stands around a layer: what feeds it and what reads it, as far as that changes how it is written in Keras."""

from __future__ import annotations

import re
from typing import Any

from cnnshape.graph.network import Node
from cnnshape.graph.propagate import Propagation
from cnnshape.layers import catalog
from cnnshape.layers.activation.spec import ReLU, ReLU6
from cnnshape.layers.base import Kind
from cnnshape.layers.linear.spec import Linear
from cnnshape.layers.reshape.axes import Permute, Transpose
from cnnshape.layers.reshape.spec import Flatten

__all__ = ["Surroundings", "spread"]

_KEPT_POSITIVE = ("MaxPool", "Concat", "Dropout", "Identity", "Add", "AvgPool")
_POSITIVE = (ReLU, ReLU6)
_POSITIVE_WORDS = ("Sigmoid", "Softmax", "Hardsigmoid")
_FEW_STEPS = 12


class Surroundings:
    """Who reads which tensor.

    Parameters
    ----------
    found : Propagation of the network
    """

    def __init__(self, found: Propagation) -> None:
        self.found, self.network = found, found.network
        self.given = set(self.network.outputs.values())
        self.shared = {node.weights_of for node in self.network.nodes if node.weights_of}
        self.readers: dict[str, list[int]] = {}
        for i, node in enumerate(self.network.nodes):
            if i not in self.network.held:
                for tensor in node.inputs:
                    self.readers.setdefault(tensor, []).append(i)

    def tensors(self, i: int) -> list[str]:
        """Return the names of the tensors that a node gives."""
        name, ports = self.network.nodes[i].name, len(self.found.outputs[i] or ())
        return [name] if ports == 1 else [f"{name}.{port}" for port in range(ports)]

    def wants_last(self, tensor: str, rank: int) -> bool:
        """Say whether the first layers that take an input have their channels behind space."""
        if rank < 3:
            return False
        stack, seen = [tensor], {tensor}
        for _ in range(_FEW_STEPS):
            if not stack:
                break
            for i in self.readers.get(stack.pop(0), ()):
                layer = self.network.nodes[i].layer
                if isinstance(layer, (Permute, Transpose)):
                    return False
                way = catalog.source_of("keras", type(layer))
                if way is not None and way.order == "last":
                    return True
                if way is not None and way.order == "any":
                    stack.extend(each for each in self.tensors(i) if each not in seen)
                    seen.update(self.tensors(i))
        return False

    def ends_in_linear(self, tensor: str) -> bool:
        """Say whether only linear layers with weights of their own read a vector, as it is or entry by entry."""
        stack = [tensor]
        while stack:
            tensor = stack.pop()
            if tensor in self.given or not self.readers.get(tensor):
                return False
            for i in self.readers[tensor]:
                node = self.network.nodes[i]
                if isinstance(node.layer, Linear):
                    if node.weights_of or node.name in self.shared:
                        return False
                elif node.layer.kind in (Kind.ACTIVATION, Kind.REGULARIZE) and not hasattr(node.layer, "dim"):
                    if node.layer.weights(self.found.inputs[i] or ()):
                        return False
                    stack.extend(self.tensors(i))
                else:
                    return False
        return True

    def only_flattened(self, node: Node) -> bool:
        readers = self.readers.get(node.name, [])
        return (
            bool(readers)
            and node.name not in self.given
            and all(
                isinstance(each, Flatten) and each.start_dim == 1 and each.end_dim in (-1, 3)
                for each in (self.network.nodes[i].layer for i in readers)
            )
        )

    def nonnegative(self, node: Node) -> bool:
        """Say whether no number that comes in is below zero."""
        stack = list(node.inputs)
        for _ in range(_FEW_STEPS):
            if not stack:
                return True
            source = self.network.nodes[self.network.producers[stack.pop()]]
            if isinstance(source.layer, _POSITIVE) or type(source.layer).__name__ in _POSITIVE_WORDS:
                continue
            if type(source.layer).__name__ not in _KEPT_POSITIVE:
                return False
            stack.extend(source.inputs)
        return False


def spread(found: Propagation) -> frozenset[str]:
    """Return the convolutions that have a like one with a stride in another place: padding is written out in all.

    Blocks that differ in the stride alone are then one function.
    """
    alike: dict[tuple[Any, ...], list[tuple[str, bool]]] = {}
    for node in found.network.nodes:
        layer: Any = node.layer
        if not node.scope or layer.kind is not Kind.CONV or not hasattr(layer, "kernel_size"):
            continue
        if isinstance(getattr(layer, "padding", ""), (int, tuple)):
            stride = getattr(layer, "stride", 1)
            key = (re.sub(r"\d+", "#", node.name), layer.kernel_size, layer.padding)
            alike.setdefault(key, []).append((node.name, stride != 1))
    return frozenset(name for group in alike.values() if any(wide for _, wide in group) for name, _ in group)
