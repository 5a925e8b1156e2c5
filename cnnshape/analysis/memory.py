"""Bytes: of weights, of every tensor that is made, and of what is alive at once when that is most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from cnnshape.analysis.counts import Counts
from cnnshape.analysis.frontier import largest, least_values, undominated
from cnnshape.analysis.quantity import Quantity, one_image
from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.liveness import lifetimes
from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.symbolic import Size, ceildiv, product, total

__all__ = ["BITS", "DType", "Memory", "Peak", "memory", "tensor_bytes"]

DType: TypeAlias = str | Mapping[str, str]
"""One element type for all, or {layer or block: element type}; the longest name that fits counts, "" is the rest."""

BITS: Mapping[str, int] = MappingProxyType(
    {
        "float64": 64,
        "float32": 32,
        "float16": 16,
        "bfloat16": 16,
        "float8": 8,
        "int64": 64,
        "int32": 32,
        "int16": 16,
        "int8": 8,
        "int4": 4,
        "uint64": 64,
        "uint32": 32,
        "uint16": 16,
        "uint8": 8,
        "uint4": 4,
        "bool": 8,
    }
)
"""Bits of one element. A tensor of 4-bit elements packs two in a byte, a last odd one takes a byte."""

_NOMINAL = "float32"


def tensor_bytes(shape: Iterable[Size], dtype: str) -> Size:
    """Return the bytes of one tensor.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> tensor_bytes((3, dim("H")), "float32"), tensor_bytes((3, 5), "int4")
    (12*H, 8)
    """
    return _bytes(product(shape), BITS[dtype])


def _bytes(elements: Size, bits: int) -> Size:
    return ceildiv(elements * bits, 8) if bits % 8 else elements * (bits // 8)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most bytes of activations that are alive at once, and where.

    Parameters
    ----------
    bytes : Size, or None if too many formulas compete for the maximum: put sizes in
    holders : (layer, bytes alive while it runs): the one that holds the peak, or with free symbols each that may
    """

    bytes: Size | None
    holders: tuple[tuple[str, Size], ...]


@dataclass(frozen=True, eq=False)
class Memory:
    """The memory of a network as quantities in bytes.

    Parameters
    ----------
    counts : Counts
    types : for each node the element type that stands for float32 there

    Notes
    -----
    A type replaces the nominal float32, of weights and of tensors; a tensor whose type is stated otherwise (token
    numbers in int64, a mask) keeps it. Nothing is computed in place and no workspace of a kernel is counted.
    """

    counts: Counts
    types: tuple[str, ...]

    @cached_property
    def weights(self) -> Quantity:
        """Bytes of the parameters, shared ones once."""
        return self._weights("weight_bytes", trainable=True)

    @cached_property
    def buffers(self) -> Quantity:
        """Bytes of what is stored with the weights and never trained."""
        return self._weights("buffer_bytes", trainable=False)

    @cached_property
    def activations(self) -> Quantity:
        """Bytes of every tensor that a layer computes; views, inputs and held nodes make none."""
        found = self.counts.found
        held, known = found.network.held, _Known(self.types)
        values: list[Size | None] = []
        for i, (node, outputs) in enumerate(zip(found.network.nodes, found.outputs, strict=True)):
            if i in held or not node.inputs or node.layer.is_view:
                values.append(0)
            elif outputs is None:
                values.append(None)
            else:
                values.append(total([known(i, spec) for spec in outputs]))
        return Quantity("activation_bytes", found.network, tuple(values), "bytes")

    @cached_property
    def live(self) -> Quantity:
        """Bytes of all tensors that are alive while a node runs; nodes together have the largest of them."""
        found = self.counts.found
        network, known = found.network, _Known(self.types)
        steps = len(network.nodes)
        made: list[Size] = [0] * steps
        freed: list[Size] = [0] * steps
        lost: list[int] = [0] * (steps + 1)
        lives = lifetimes(network)
        for tensor, life in lives.items():
            if life.owner != tensor:
                continue
            spec = found.specs.get(tensor)
            if spec is None:
                lost[life.first] += 1
                lost[life.last + 1] -= 1
                continue
            size = known(network.producers[tensor] if tensor in network.producers else network.index[tensor], spec)
            made[life.first] += size
            freed[life.last] += size
        for i, outputs in enumerate(found.outputs):
            if outputs is not None and len(outputs) > 1 and i not in network.held:
                names = [f"{network.nodes[i].name}.{port}" for port in range(len(outputs))]
                unread = [known(i, spec) for name, spec in zip(names, outputs, strict=True) if name not in lives]
                made[i] += total(unread)
                freed[i] += total(unread)
        values: list[Size | None] = []
        alive: Size = 0
        missing = 0
        for i in range(steps):
            alive += made[i]
            missing += lost[i]
            values.append(0 if i in network.held else None if missing else alive)
            alive -= freed[i]
        return Quantity("live_bytes", network, tuple(values), "bytes", self._largest)

    @cached_property
    def peak(self) -> Peak:
        """The largest of `live`, and which layers hold it."""
        network = self.counts.found.network
        places: dict[Size, int] = {}
        for i, value in enumerate(self.live.values):
            if value is not None:
                places.setdefault(value, i)
        alone: dict[Size, int] = {}
        for value, i in places.items():
            alone.setdefault(one_image(value, network.batch), i)
        try:
            kept = undominated(alone, self._least)
        except FormulaError:
            return Peak(None, ())
        return Peak(largest(kept, self._least), tuple((network.nodes[alone[size]].name, size) for size in kept))

    @cached_property
    def _least(self) -> Mapping[str, int]:
        return least_values(demand.condition for demand in self.counts.found.demands)

    def _largest(self, sizes: Iterable[Size]) -> Size:
        return largest(undominated(sizes, self._least), self._least)

    def _weights(self, name: str, trainable: bool) -> Quantity:
        found = self.counts.found
        values: list[Size | None] = []
        for i, (node, row) in enumerate(zip(found.network.nodes, self.counts.rows, strict=True)):
            if node.weights_of:
                values.append(0)
                continue
            if row is None:
                values.append(None)
                continue
            outputs = found.outputs[i]
            stated = outputs[0].dtype if outputs else _NOMINAL
            bits = BITS[self.types[i] if stated == _NOMINAL or "float" not in stated else stated]
            elements = row.params if trainable else row.buffers
            if bits % 8 and elements:
                weights = node.layer.weights(found.inputs[i] or ()).values()
                values.append(total(_bytes(product(w.shape), bits) for w in weights if w.trainable is trainable))
            else:
                values.append(_bytes(elements, bits))
        return Quantity(name, found.network, tuple(values), "bytes")


class _Known:
    """Bytes of the tensors that a node makes, each shape computed once."""

    __slots__ = ("sizes", "types")

    def __init__(self, types: tuple[str, ...]) -> None:
        self.types = types
        self.sizes: dict[tuple[Spec, int], Size] = {}

    def __call__(self, node: int, spec: Spec) -> Size:
        bits = BITS[self.types[node] if spec.dtype == _NOMINAL else spec.dtype]
        size = self.sizes.get((spec, bits))
        if size is None:
            size = self.sizes[spec, bits] = _bytes(product(spec.shape), bits)
        return size


def memory(counts: Counts, dtype: DType = _NOMINAL) -> Memory:
    """Return the memory of a network.

    Parameters
    ----------
    counts : Counts
    dtype : what stands for the nominal float32: one element type, or {layer or block: element type}, where the
        longest name that fits counts and "" stands for the rest

    Raises
    ------
    UsageError
        CS001, an element type or a layer that there is not.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.counts import counts
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Conv(8, kernel_size=3, padding=1)(x)
    >>> found = memory(counts(propagate(Network("tiny", inputs=x, outputs=L.Conv(2, kernel_size=1)(y)))))
    >>> found.weights.total, found.activations.total, found.peak
    (968, 40*H*W, Peak(bytes=44*H*W, holders=(('conv1', 44*H*W),)))
    """
    network = counts.found.network
    table = {"": dtype} if isinstance(dtype, str) else {"": _NOMINAL, **dtype}
    _check(network, table)
    if len(table) == 1:
        return Memory(counts, (table[""],) * len(network.nodes))
    return Memory(counts, tuple(_nearest(node.name, node.scope, table) for node in network.nodes))


def _nearest(name: str, scope: str, table: Mapping[str, str]) -> str:
    while name not in table:
        name, scope = scope, scope.rpartition(".")[0]
    return table[name]


def _check(network: Network, table: Mapping[str, str]) -> None:
    from difflib import get_close_matches

    scopes = {""} if len(table) == 1 else {"", *_scopes(network)}
    for name, dtype in table.items():
        if dtype not in BITS:
            near = get_close_matches(dtype, BITS, 1)
            raise UsageError(
                f"there is no element type {dtype!r}",
                got=dtype,
                rule=f"an element type is one of {', '.join(BITS)}",
                fix=f"did you mean {near[0]}?" if near else "float32",
            )
        if name not in network.index and name not in scopes:
            near = get_close_matches(name, [*network.index, *scopes][:10_000], 1)
            raise UsageError(
                f"there is no layer or block {name!r}",
                got=name,
                rule="an element type belongs to a layer or a block of this network",
                fix=f"did you mean {near[0]}?" if near else "name a layer of this network",
            )


def _scopes(network: Network) -> set[str]:
    found: set[str] = set()
    for node in network.nodes:
        scope = node.scope
        while scope and scope not in found:
            found.add(scope)
            scope = scope.rpartition(".")[0]
    return found
