"""Bytes: of weights, of every tensor that is made, and of what is alive at once when that is most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import TypeAlias

from cnnshape.analysis.counts import Counts
from cnnshape.analysis.frontier import Form, Sum, least_values, undominated
from cnnshape.analysis.quantity import Quantity, one_image
from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.liveness import lifetimes
from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.symbolic import Dim, Size, ceildiv, maximum, product, total

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

_SHORT = {
    "double": "float64",
    "float": "float32",
    "half": "float16",
    "fp64": "float64",
    "fp32": "float32",
    "fp16": "float16",
    "bf16": "bfloat16",
    "fp8": "float8",
}
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
    at_most : Size that the peak does not exceed, where `bytes` is None
    """

    bytes: Size | None
    holders: tuple[tuple[str, Size], ...]
    at_most: Size | None = field(default=None, repr=False)


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
        """Bytes of all tensors that are alive while a node runs; several nodes have the largest of theirs.

        With free symbols `peak` gives that largest one as a shorter formula.
        """
        found = self.counts.found
        known = _Known(self.types)
        alive: Size = 0
        values: list[Size | None] = []
        for made, freed, missing in self._steps:
            alive += total([known(i, spec) for i, spec in made])
            values.append(None if missing else alive)
            alive -= total([known(i, spec) for i, spec in freed])
        for i in found.network.held:
            values[i] = 0
        return Quantity("live_bytes", found.network, tuple(values), "bytes", _largest)

    @cached_property
    def peak(self) -> Peak:
        """The largest of `live`, and which layers hold it."""
        found = self.counts.found
        network, held = found.network, found.network.held
        forms = _Forms(self.types, network.batch)
        alive: dict[Form, int] = {}
        sums: list[Sum] = []
        places: list[int] = []
        for i, (made, freed, missing) in enumerate(self._steps):
            for node, spec in made:
                form, size = forms(node, spec)
                if size:
                    alive[form] = alive.get(form, 0) + size
            if not missing and i not in held and made:
                sums.append(dict(alive))
                places.append(i)
            for node, spec in freed:
                form, size = forms(node, spec)
                if size and alive[form] == size:
                    del alive[form]
                elif size:
                    alive[form] -= size
        try:
            kept = undominated(sums, least_values(demand.condition for demand in found.demands))
        except FormulaError:
            return Peak(None, (), _above(sums))
        sizes = [total([size * product(form) for form, size in sums[k].items()]) for k in kept]
        holders = tuple((network.nodes[places[k]].name, size) for k, size in zip(kept, sizes, strict=True))
        return Peak(_largest(sizes), holders)

    @cached_property
    def _steps(self) -> list[_Step]:
        """Return for each node the tensors that come to be and that are freed, and whether one alive is unknown."""
        found = self.counts.found
        network, specs = found.network, found.specs
        count = len(network.nodes)
        made: list[list[tuple[int, Spec]]] = [[] for _ in range(count)]
        freed: list[list[tuple[int, Spec]]] = [[] for _ in range(count)]
        unknown = [0] * (count + 1)
        lives = lifetimes(network)
        for tensor, life in lives.items():
            if life.owner != tensor:
                continue
            if tensor in specs:
                node = network.producers[tensor] if tensor in network.producers else network.index[tensor]
                made[life.first].append((node, specs[tensor]))
                freed[life.last].append((node, specs[tensor]))
            else:
                unknown[life.first] += 1
                unknown[life.last + 1] -= 1
        for i, outputs in enumerate(found.outputs):
            if outputs is not None and len(outputs) > 1 and i not in network.held:
                unread = [(i, s) for port, s in enumerate(outputs) if f"{network.nodes[i].name}.{port}" not in lives]
                made[i] += unread
                freed[i] += unread
        return [(made[i], freed[i], missing > 0) for i, missing in zip(range(count), accumulate(unknown), strict=False)]

    def stored_as(self, node: int, stated: str) -> str:
        """Return the element type of a tensor that `node` makes and that is stated to be `stated`."""
        return self.types[node] if stated == _NOMINAL else stated

    def _weights(self, name: str, trainable: bool) -> Quantity:
        found = self.counts.found
        values: list[Size | None] = []
        for i, (node, row) in enumerate(zip(found.network.nodes, self.counts.owned, strict=True)):
            if node.weights_of:
                values.append(0)
                continue
            if row is None:
                values.append(None)
                continue
            outputs = found.outputs[i]
            stated = outputs[0].dtype if outputs else _NOMINAL
            bits = BITS[self.types[i] if stated == _NOMINAL or "float" not in stated else stated]
            if bits % 8:
                values.append(total([_bytes(size, bits) for size in (row.weights if trainable else row.stored)]))
            else:
                values.append(_bytes(row.params if trainable else row.buffers, bits))
        return Quantity(name, found.network, tuple(values), "bytes")


_Step: TypeAlias = tuple[list[tuple[int, Spec]], list[tuple[int, Spec]], bool]


def _above(sums: Iterable[Sum]) -> Size:
    """Return a sum that none of `sums` exceeds: of each product the most that one of them has."""
    most: dict[Form, int] = {}
    for each in sums:
        for form, size in each.items():
            most[form] = max(size, most.get(form, 0))
    return total([size * product(form) for form, size in most.items()])


def _largest(sizes: Iterable[Size]) -> Size:
    distinct = tuple(dict.fromkeys(sizes))
    return maximum(*distinct) if distinct else 0


class _Forms:
    """For one image each tensor's sizes that are formulas, and the bytes that they are to be multiplied with."""

    __slots__ = ("batch", "known", "types")

    def __init__(self, types: tuple[str, ...], batch: str) -> None:
        self.types = types
        self.batch = batch
        self.known: dict[tuple[Spec, int], tuple[Form, int]] = {}

    def __call__(self, node: int, spec: Spec) -> tuple[Form, int]:
        bits = BITS[self.types[node] if spec.dtype == _NOMINAL else spec.dtype]
        key = (spec, bits)
        if key not in self.known:
            shape = [one_image(size, self.batch) for size in spec.shape]
            if bits % 8:
                shape = [_bytes(product(shape), bits)]
                bits = 8
            numbers = product([size for size in shape if not isinstance(size, Dim)])
            assert isinstance(numbers, int)
            self.known[key] = tuple(size for size in shape if isinstance(size, Dim)), numbers * (bits // 8)
        return self.known[key]


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
            near = [_SHORT[dtype]] if dtype in _SHORT else get_close_matches(dtype, BITS, 1)
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
