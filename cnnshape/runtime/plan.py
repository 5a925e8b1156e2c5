"""A network at sizes that are known, made ready to run: what runs in which order, and where every tensor lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from types import MappingProxyType

from cnnshape.analysis.memory import BITS
from cnnshape.errors import ShapeError
from cnnshape.graph.liveness import lifetimes
from cnnshape.graph.network import Network
from cnnshape.graph.offsets import offsets
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.layers.io import Constant, Input, Parameter
from cnnshape.symbolic import evaluate

__all__ = ["ITEM_BYTES", "LINE", "Place", "Plan", "Step", "plan"]

ITEM_BYTES: Mapping[str, int] = MappingProxyType(
    {name: bits // 8 for name, bits in BITS.items() if bits >= 8 and name not in ("bfloat16", "float8")}
)
"""Bytes of one element of the types that NumPy computes with."""

LINE = 64
"""Tensors start at multiples of a cache line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor lies: so many bytes into the arena, or in the memory of another tensor.

    Parameters
    ----------
    shape : ints, batch first
    dtype : str, element type
    offset : bytes into the arena; None for a tensor that is not the arena's: an input, a weight, a view of one
    view_of : str, the tensor whose memory it shares; "" if it has its own
    """

    shape: tuple[int, ...]
    dtype: str
    offset: int | None
    view_of: str = ""

    @property
    def bytes(self) -> int:
        """Return how many bytes its elements take."""
        return prod(self.shape) * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer to run.

    Parameters
    ----------
    node : str, name of the node
    layer : Layer, with numbers for all sizes
    inputs, outputs : names of tensors
    weights : the layer's name of each weight -> the network's name of it
    kernel : str, the function that computes it, as the catalogue names it
    """

    node: str
    layer: Layer
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, str]
    kernel: str


@dataclass(frozen=True, eq=False)
class Plan:
    """What `execute` follows.

    Parameters
    ----------
    network : Network, with numbers for all sizes
    steps : in the order they run; views and what the network owns take no step
    places : tensor -> Place
    weights : name of each weight, as PyTorch's state dict has it -> Weight
    constants : name of each fixed tensor -> Spec; its values are given with the weights
    dtype : str, element type of all floating-point tensors
    arena_bytes : int, the length of the one block of memory that holds all tensors that are made
    """

    network: Network
    steps: tuple[Step, ...]
    places: Mapping[str, Place]
    weights: Mapping[str, Weight]
    constants: Mapping[str, Spec]
    dtype: str
    arena_bytes: int

    @cached_property
    def weight_bytes(self) -> int:
        """Bytes of all weights."""
        return sum(prod(self.shape_of(name)) for name in self.weights) * ITEM_BYTES[self.dtype]

    def shape_of(self, weight: str) -> tuple[int, ...]:
        """Return the shape of a weight as numbers."""
        return tuple(evaluate(size, {}) for size in self.weights[weight].shape)


def plan(network: Network, sizes: Mapping[str, int], dtype: str = "float32") -> Plan:
    """Return how a network is run at some sizes.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int, for every symbol of the network, the batch among them
    dtype : "float64", "float32" or "float16", what floating-point tensors are

    Raises
    ------
    ShapeError
        The first fault, if the sizes do not fit; CS501, a layer that cannot be computed.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (1, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.ReLU()(L.Conv(2, kernel_size=3)(x)))
    >>> ready = plan(net, {"N": 1, "H": 8, "W": 8})
    >>> [step.node for step in ready.steps], ready.arena_bytes, ready.weight_bytes
    (['conv1', 'relu1'], 640, 80)
    """
    found = propagate(network, sizes)
    if found.faults:
        raise found.faults[0][1]
    numbers = found.network
    places, arena = _places(found, dtype)
    steps: list[Step] = []
    weights: dict[str, Weight] = {}
    constants: dict[str, Spec] = {}
    for i, node in enumerate(numbers.nodes):
        if i in numbers.held:
            continue
        specs = found.inputs[i]
        assert specs is not None  # there are no faults
        if not node.weights_of:
            weights.update({f"{node.name}.{name}": weight for name, weight in node.layer.weights(specs).items()})
        if isinstance(node.layer, Constant):
            constants[node.name] = found.specs[node.name]
        if isinstance(node.layer, (Input, Constant, Parameter)) or node.layer.is_view:
            continue
        owner = node.weights_of or node.name
        steps.append(
            Step(
                node.name,
                node.layer,
                node.inputs,
                _tensors(node.name, found.outputs[i]),
                {name: f"{owner}.{name}" for name in node.layer.weights(specs)},
                _kernel(node.layer, node.name),
            )
        )
    frozen = MappingProxyType
    return Plan(numbers, tuple(steps), frozen(places), frozen(weights), frozen(constants), dtype, arena)


def _kernel(layer: Layer, node: str) -> str:
    entry = catalog.by_class()[type(layer)]
    if not entry.kernel:
        raise ShapeError(
            f"{type(layer).__name__} cannot be computed yet",
            code="CS501",
            node=node,
            rule="a layer is computed by a function of its family",
        )
    return f"{type(layer).__module__.split('.')[2]}{entry.kernel}"


def _places(found: Propagation, dtype: str) -> tuple[dict[str, Place], int]:
    """Return where every tensor lies, and how long the arena is."""
    network, lives = found.network, lifetimes(found.network)
    places: dict[str, Place] = {}
    blocks: dict[str, tuple[int, int, int]] = {}
    for i, node in enumerate(network.nodes):
        if i in network.held:
            continue
        for tensor, spec in zip(_tensors(node.name, found.outputs[i]), found.outputs[i] or (), strict=True):
            life = lives.get(tensor)
            owner = life.owner if life is not None and life.is_view else ""
            places[tensor] = Place(_numbers(spec), _type(spec, dtype, node.name), None, owner)
            if node.inputs and not owner:
                first, last = (i, i) if life is None else (life.first, life.last)
                blocks[tensor] = (first, last, -(-places[tensor].bytes // LINE) * LINE)
    starts, length = offsets(list(blocks.values()))
    at = dict(zip(blocks, starts, strict=True))
    return {name: replace(place, offset=at.get(place.view_of or name)) for name, place in places.items()}, length


def _tensors(node: str, outputs: tuple[Spec, ...] | None) -> tuple[str, ...]:
    """Return the names of what a node gives."""
    count = len(outputs or ())
    return (node,) if count == 1 else tuple(f"{node}.{port}" for port in range(count))


def _numbers(spec: Spec) -> tuple[int, ...]:
    return tuple(evaluate(size, {}) for size in spec.shape)


def _type(spec: Spec, dtype: str, node: str) -> str:
    """Return the element type that a tensor has in memory; float32 stands for the type of the whole plan."""
    found = dtype if spec.dtype == "float32" else spec.dtype
    if found not in ITEM_BYTES:
        raise ShapeError(
            f"{found} is no type that is computed with",
            code="CS501",
            node=node,
            got=found,
            rule=f"NumPy computes with {', '.join(ITEM_BYTES)}",
            fix="float32",
        )
    return found
