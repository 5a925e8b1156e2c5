"""Parameters and operations: what each layer declares, added up with shared, frozen and held nodes in mind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from cnnshape.analysis.quantity import Quantity
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Layer, Spec, Work
from cnnshape.symbolic import Size, product, total

__all__ = ["Count", "Counts", "count", "counts"]


@dataclass(frozen=True, slots=True)
class Count:
    """What one use of a layer costs, taken by itself.

    Parameters
    ----------
    params : elements of its trainable weights
    buffers : elements of what it stores and does not train, such as running means
    work : operations of one pass over the whole batch
    weights, stored : the elements of each trainable weight, and of each buffer
    """

    params: Size
    buffers: Size
    work: Work
    weights: tuple[Size, ...]
    stored: tuple[Size, ...]


_COUNTS: dict[tuple[Layer, tuple[Spec, ...]], Count] = {}
_MOST_COUNTS = 1 << 17


def count(layer: Layer, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Count:
    """Return the counts of a layer on inputs that it takes (remembered)."""
    key = (layer, inputs)
    found = _COUNTS.get(key)
    if found is None:
        owned = layer.weights(inputs).values()
        weights = tuple([product(weight.shape) for weight in owned if weight.trainable])
        stored = tuple([product(weight.shape) for weight in owned if not weight.trainable])
        found = Count(total(weights), total(stored), layer.work(inputs, outputs), weights, stored)
        if len(_COUNTS) >= _MOST_COUNTS:
            _COUNTS.clear()
        _COUNTS[key] = found
    return found


@dataclass(frozen=True, eq=False)
class Counts:
    """The counts of a network as quantities.

    Parameters
    ----------
    found : Propagation
    rows : for each node what it costs taken by itself; None at and behind a fault
    owned : the same for the weights alone; known at a fault too where they do not depend on the sizes, and None where
        a layer does not state them

    Notes
    -----
    Shared weights count once, at the node that owns them, and so does a single one that a file stores once. The weights
    of a frozen node are `frozen`, others are `trainable`, and `params` is both; `buffers` are apart: PyTorch leaves
    them out of its parameters, Keras counts them as non-trainable. A held node has parameters, and does no work.
    """

    found: Propagation
    rows: tuple[Count | None, ...]
    owned: tuple[Count | None, ...]

    @cached_property
    def params(self) -> Quantity:
        """Elements of all weights that training could change."""
        return self._owned("params", [None if row is None else row.params for row in self.owned])

    @cached_property
    def trainable(self) -> Quantity:
        """Parameters of the nodes that are trained."""
        return self._of_nodes("trainable", frozen=False)

    @cached_property
    def frozen(self) -> Quantity:
        """Parameters of the frozen nodes."""
        return self._of_nodes("frozen", frozen=True)

    @cached_property
    def buffers(self) -> Quantity:
        """Elements that are stored with the weights and never trained."""
        return self._owned("buffers", [None if row is None else row.buffers for row in self.owned])

    @cached_property
    def macs(self) -> Quantity:
        """Multiply-adds of convolutions, linear layers and matrix products."""
        return self.work("macs")

    def work(self, sort: str) -> Quantity:
        """Return the operations of one sort of `Work`: macs, muls, adds, compares or transcendental."""
        of, held = attrgetter(f"work.{sort}"), self.found.network.held
        values = [None if row is None or not row.work.known else of(row) for row in self.rows]
        for i in held:
            values[i] = 0
        unit = "multiply-adds" if sort == "macs" else "operations"
        return Quantity(sort, self.found.network, tuple(values), unit)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the nodes at and behind a fault: it is not known what they do."""
        return tuple(node.name for node, row in zip(self.found.network.nodes, self.rows, strict=True) if row is None)

    def _of_nodes(self, name: str, frozen: bool) -> Quantity:
        rows = zip(self.owned, self.found.network.nodes, strict=True)
        return self._owned(
            name, [None if row is None else row.params if node.frozen is frozen else 0 for row, node in rows]
        )

    def _owned(self, name: str, values: list[Size | None]) -> Quantity:
        network = self.found.network
        for i, node in enumerate(network.nodes):
            if node.weights_of:
                values[i] = 0
        return Quantity(name, network, tuple(values), "parameters")


def counts(found: Propagation, free: Counts | None = None) -> Counts:
    """Return the parameters and operations of a propagated network.

    Parameters
    ----------
    found : Propagation
    free : the counts of the same network with free sizes, for the weights of layers that do not fit these sizes

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Conv(8, kernel_size=3, padding=1)(x)
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(4, kernel_size=1, bias=False)(y, frozen=True))
    >>> found = counts(propagate(net))
    >>> found.params.total, found.trainable.total, found.frozen.total, found.macs.total
    (256, 224, 32, 248*H*W)
    """
    with collector_paused():
        nodes = found.network.nodes
        rows = tuple(
            [
                None if inputs is None or outputs is None else count(node.layer, inputs, outputs)
                for node, inputs, outputs in zip(nodes, found.inputs, found.outputs, strict=True)
            ]
        )
    owned = rows
    if free is not None and None in rows:
        owned = tuple(_fixed(other) if row is None else row for row, other in zip(rows, free.rows, strict=True))
    if found.network.origin.uncounted:
        owned = _counted(found, owned)
    if not all([node.layer.weights_known for node in nodes]):
        owned = tuple(row if node.layer.weights_known else None for node, row in zip(nodes, owned, strict=True))
    return Counts(found, rows, owned)


def _counted(found: Propagation, owned: tuple[Count | None, ...]) -> tuple[Count | None, ...]:
    """Return the counts of the weights without those that are no parameters of their own."""
    rows, uncounted = list(owned), found.network.origin.uncounted
    named = {weight.rpartition(".")[0] for weight in uncounted}
    for i, (node, inputs) in enumerate(zip(found.network.nodes, found.inputs, strict=True)):
        row = rows[i]
        if node.name in named and row is not None and inputs is not None:
            own = [
                product(weight.shape)
                for name, weight in node.layer.weights(inputs).items()
                if weight.trainable and f"{node.name}.{name}" not in uncounted
            ]
            rows[i] = replace(row, params=total(own), weights=tuple(own))
    return tuple(rows)


def _fixed(row: Count | None) -> Count | None:
    return row if row is not None and isinstance(row.params, int) and isinstance(row.buffers, int) else None
