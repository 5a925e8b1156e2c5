"""A network -> calls of Keras, in order, with what is known of their axes and weights."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnshape.formats.reading.records import Refusal
from cnnshape.formats.source.blocks import Line
from cnnshape.formats.source.keras.around import Surroundings, spread
from cnnshape.formats.source.keras.sheet import Held, Lines
from cnnshape.formats.source.keras.use import Use, names_in
from cnnshape.formats.source.printer import written_name
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import Propagation
from cnnshape.layers import catalog
from cnnshape.layers.base import Kind, Spec
from cnnshape.layers.foreign import Unmapped, refuse
from cnnshape.layers.io import Constant, Input, Output, Parameter
from cnnshape.layers.linear.spec import Embedding, Linear
from cnnshape.layers.reshape.axes import Permute, Transpose
from cnnshape.layers.reshape.spec import Flatten
from cnnshape.layers.source_keras import (
    Argument,
    Kept,
    KerasCase,
    Order,
    Placed,
    Way,
    turned_last,
)

if TYPE_CHECKING:
    pass

__all__ = ["lines_of"]

_UNNAMED = re.compile(r"[^0-9A-Za-z_.]")
_KEPT_POSITIVE = ("MaxPool", "Concat", "Dropout", "Identity", "Sigmoid", "Softmax", "Hardsigmoid", "Add", "AvgPool")
_FEW_STEPS = 12


_OF_FRACTIONS = (Kind.ACTIVATION, Kind.NORM, Kind.CONV, Kind.POOL, Kind.LINEAR, Kind.ATTENTION, Kind.RECURRENT)


def lines_of(found: Propagation) -> Lines:
    """Return a network without faults as calls of Keras."""
    walk = _Walk(found)
    walk.run()
    return walk.made


class _Walk:
    """The walk over the nodes; a tensor is known by how its axes stand in Keras."""

    def __init__(self, found: Propagation) -> None:
        self.found, self.network = found, found.network
        self.made = Lines(batch=found.network.batch)
        self.stands: dict[str, dict[Order, int]] = {}
        self.flat: dict[str, tuple[int, ...]] = {}
        self.lost: set[str] = set()
        self.around = Surroundings(found)
        self.spread = spread(found)

    def run(self) -> None:
        for i, node in enumerate(self.network.nodes):
            if i in self.network.held:
                continue
            if self.lost.intersection(node.inputs):
                self.lost.update(self.around.tensors(i))
                continue
            try:
                self._node(i, node)
            except Unmapped as why:
                self.made.refusals.append(Refusal(node.name, type(node.layer).__name__, str(why)))
                self.lost.update(self.around.tensors(i))
        if self.made.refusals:
            return
        for name, tensor in self.network.outputs.items():
            order, number = next(iter(self.stands[tensor].items()))
            rank = len(self.found.specs[tensor].shape)
            if order not in (tuple(range(rank)), turned_last(rank)):
                order = tuple(range(rank))
                number = self._stand(tensor, order)
            self.made.orders[tensor] = order
            self.made.outputs.append((written_name(self.made.plain(name)), number))

    def _node(self, i: int, node: Node) -> None:
        layer, inputs, outputs = node.layer, self.found.inputs[i], self.found.outputs[i]
        assert inputs is not None  # there are no faults
        assert outputs is not None  # as above
        if self._given(node, outputs[0]) or self._of_axes(node, inputs, outputs):
            return
        way: Way | None = catalog.source_of("keras", type(layer))
        if way is None:
            refuse("no layer and no operation of Keras stands for it")
        if layer.kind in _OF_FRACTIONS and "float" not in inputs[0].dtype and not isinstance(layer, Embedding):
            refuse(f"numbers of type {inputs[0].dtype}, of which not every backend of Keras makes the same")
        if way.order == "last" and self.made.batch in names_in(inputs[0].shape[1:]):
            refuse("the images of a batch stand along another axis than the first")
        order = self._order(way, node, len(inputs[0].shape))
        numbers = []
        for k, tensor in enumerate(node.inputs):
            if k in layer.sized_by:
                numbers.append(-1)
                continue
            rank = len(inputs[k].shape)
            same = rank == len(order)
            numbers.append(self._stand(tensor, order if same else tuple(range(rank))))
        flat = self.flat.get(node.inputs[0]) if node.inputs else None
        once = layer.kind is Kind.POOL and self.around.only_flattened(node)
        case = KerasCase(
            inputs, outputs, "float32", order, self.around.nonnegative(node), node.name in self.spread, once
        )
        made = way.write(layer, case)
        after = made.order if isinstance(made, Placed) else None
        what = made.what if isinstance(made, Placed) else made
        use = Use(self.made, node, numbers, bool(node.weights_of) or node.name in self.around.shared)
        use.flat = flat
        given = use.add(what if isinstance(what, tuple) else (what,))
        for tensor, number, spec in zip(self.around.tensors(i), given, outputs, strict=True):
            rank = len(spec.shape)
            kept = order if len(order) == rank else tuple(range(rank))
            self.stands[tensor] = {after if after is not None else kept: number}
            if flat and rank == 2 and not isinstance(layer, Linear):
                self.flat[tensor] = flat

    def _given(self, node: Node, spec: Spec) -> bool:
        """Take what no layer computes."""
        if isinstance(node.layer, Constant):
            refuse("a tensor of fixed numbers")
        if isinstance(node.layer, Input):
            self._input(node, len(spec.shape))
        elif isinstance(node.layer, Parameter):
            self._parameter(node, spec.shape)
        else:
            return False
        return True

    def _of_axes(self, node: Node, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> bool:
        """Take a layer that only says how axes stand."""
        if isinstance(node.layer, (Permute, Transpose)):
            self._permuted(node.layer, node, len(inputs[0].shape))
            return True
        if isinstance(node.layer, Output):
            self.stands[node.name] = self.stands[node.inputs[0]]
            return True
        if isinstance(node.layer, Flatten):
            return self._flatten(node.layer, node, inputs[0].shape)
        return self._spans(node, outputs)

    def _order(self, way: Way, node: Node, rank: int) -> Order:
        if callable(way.order):
            return way.order(node.layer, rank)
        if way.order == "plain":
            return tuple(range(rank))
        if way.order == "last":
            return turned_last(rank)
        ranks = {len(self.found.specs[tensor].shape) for tensor in node.inputs}
        if len(ranks) > 1:
            return tuple(range(rank))
        known = [order for tensor in node.inputs for order in self.stands[tensor] if len(order) == rank]
        return known[0] if known else tuple(range(rank))

    def _stand(self, tensor: str, order: Order) -> int:
        """Return the number of a tensor whose axes stand in an order, turned if it is known in others only."""
        known = self.stands[tensor]
        if order not in known:
            base, number = next(iter(known.items()))
            if len(base) != len(order):
                refuse("an axis of one position that was left out")
            turn = tuple(base.index(axis) for axis in order)
            made = self.made.number()
            node = self.network.nodes[self.network.producers[tensor]]
            if turn[0] == 0:
                name = self.made.name(f"{tensor}.permute")
                arguments: tuple[Argument, ...] = (Argument("dims", turn[1:], bare=True),)
                line = Line("layers.Permute", (made,), (number,), arguments, name, node.scope, "layer")
            else:
                line = Line("ops.transpose", (made,), (number,), (Argument("axes", turn),), "", node.scope, "op")
            self.made.lines.append(replace(line, scope=self.made.plain(line.scope) if line.scope else ""))
            known[order] = made
        return known[order]

    def _input(self, node: Node, rank: int) -> None:
        order = turned_last(rank) if self.around.wants_last(node.name, rank) else tuple(range(rank))
        number = self.made.number()
        self.made.inputs.append((written_name(self.made.name(node.name)), number, node))
        self.made.orders[node.name] = order
        self.stands[node.name] = {order: number}

    def _permuted(self, layer: Permute | Transpose, node: Node, rank: int) -> None:
        if isinstance(layer, Permute):
            turn = [axis % rank for axis in layer.dims]
        else:
            turn = list(range(rank))
            first, second = layer.dim0 % rank, layer.dim1 % rank
            turn[first], turn[second] = turn[second], turn[first]
        # The tensor stays as it is: its axes have other names.
        known = {order: number for order, number in self.stands[node.inputs[0]].items() if len(order) == rank}
        if not known:
            refuse("an axis of one position that was left out")
        self.stands[node.name] = {tuple(turn.index(axis) for axis in order): number for order, number in known.items()}

    def _parameter(self, node: Node, shape: tuple[Any, ...]) -> None:
        if any(not isinstance(size, int) for size in shape):
            refuse("a learned tensor of free size")
        layer = node.layer
        assert isinstance(layer, Parameter)  # the caller looked
        initial = float(layer.value) if layer.init == "constant" else None
        spread = len(shape) > 1 and shape[0] == 1
        wanted = shape[1:] if spread else shape
        number, name = self.made.number(), self.made.name(node.name)
        first = self.made.inputs[0][1] if self.made.inputs else refuse("a learned tensor without an input beside it")
        arguments = (
            Argument("shape", wanted, bare=True),
            Argument("initial", initial, 0.0),
            Argument("batched", spread, True),
            *((Argument("trainable", False),) if node.frozen else ()),
        )
        scope = self.made.scope(node)
        self.made.lines.append(Line("Learned", (number,), (first,), arguments, name, scope, "layer"))
        turn = (lambda array: array.reshape(wanted)) if spread else (lambda array: array)
        self.made.held.append(Held(written_name(name), node.name, (Kept(("weight",), turn),)))
        self.stands[node.name] = {tuple(range(len(shape))): number}

    def _spans(self, node: Node, outputs: Any) -> bool:
        """Take a learned tensor for one of each image, which is what it is in Keras."""
        if type(node.layer).__name__ != "Expand" or len(node.inputs) != 1:
            return False
        source = self.network.nodes[self.network.producers[node.inputs[0]]]
        before, after = self.found.specs[node.inputs[0]].shape, outputs[0].shape
        if not isinstance(source.layer, Parameter) or len(before) != len(after) or before[1:] != after[1:]:
            return False
        batch = {self.found.specs[each.name].shape[0] for each in self.network.inputs}
        if before[0] != 1 or after[0] not in batch:
            return False
        self.stands[node.name] = self.stands[node.inputs[0]]
        return True

    def _flatten(self, layer: Flatten, node: Node, shape: tuple[Any, ...]) -> bool:
        """Flatten a map: as it stands, if that is the same, or if the layers behind take their weights so."""
        rank = len(shape)
        if layer.start_dim % rank != 1 or layer.end_dim % rank != rank - 1 or rank < 3:
            return False
        source = node.inputs[0]
        for order, number in self.stands[source].items():
            if len(order) < rank:  # it was flattened by the pool in front
                self.stands[node.name] = {(0, 1): number}
                return True
        last = turned_last(rank)
        if last not in self.stands[source]:
            return False
        plain = all(size == 1 for size in shape[2:]) or shape[1] == 1
        if not plain and not self.around.ends_in_linear(node.name):
            return False
        number = self.made.number()
        scope = self.made.scope(node)
        line = Line(
            "layers.Flatten", (number,), (self.stands[source][last],), (), self.made.name(node.name), scope, "layer"
        )
        self.made.lines.append(line)
        self.stands[node.name] = {(0, 1): number}
        if not plain:
            self.flat[node.name] = tuple(size if isinstance(size, int) else -1 for size in shape[1:])
        return True
