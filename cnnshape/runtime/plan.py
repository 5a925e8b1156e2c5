"""A network at sizes that are known, made ready to run: what runs in which order, and where every tensor lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from types import MappingProxyType

from cnnshape.graph.liveness import spans
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers.base import Spec, Weight
from cnnshape.layers.io import Constant
from cnnshape.layers.merge import Concat
from cnnshape.runtime.algorithms.job import Options
from cnnshape.runtime.crew import default_threads, single_products
from cnnshape.runtime.fusion import groups
from cnnshape.runtime.kernels.tiles import faster
from cnnshape.runtime.layout import laid_out
from cnnshape.runtime.places import ITEM_BYTES, LINE, Place, arranged, beside
from cnnshape.runtime.steps import Step, refuse_unknown, step_of
from cnnshape.symbolic import evaluate

__all__ = ["ITEM_BYTES", "LINE", "Place", "Plan", "Step", "plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """What `execute` follows.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int, what it is planned for
    steps : in the order they run; views and what the network owns take no step
    places : tensor -> Place; those that are made nowhere, because their layer runs together with the next, are left out
    weights : name of each weight, as PyTorch's state dict has it -> Weight
    constants : name of each fixed tensor -> Spec; its values are given with the weights
    dtype : str, element type of all floating-point tensors
    options : what the algorithms were chosen by
    workspace : (where it starts in the arena, bytes for each thread)
    arena_bytes : int, the length of the one block of memory that holds the inputs, all tensors that are made, and the
        workspace
    """

    network: Network
    sizes: Mapping[str, int]
    steps: tuple[Step, ...]
    places: Mapping[str, Place]
    weights: Mapping[str, Weight]
    constants: Mapping[str, Spec]
    dtype: str
    options: Options
    workspace: tuple[int, int]
    arena_bytes: int

    @cached_property
    def weight_bytes(self) -> int:
        """Bytes of all weights as they are kept while the network runs."""
        packed = {step.same: step.packed for step in self.steps}
        kept = sum(prod(shape) for shapes in packed.values() for shape in shapes.values())
        plain = {full for step in self.steps if step.algorithm is None for full in step.weights.values()}
        learned = {f"{node.name}.weight" for node in self.network.nodes if not node.inputs}
        plain |= learned & self.weights.keys()
        return (kept + sum(prod(self.shape_of(name)) for name in plain)) * ITEM_BYTES[self.dtype]

    @cached_property
    def stored_weight_bytes(self) -> int:
        """Bytes of all weights as they are given."""
        return sum(prod(self.shape_of(name)) for name in self.weights) * ITEM_BYTES[self.dtype]

    def shape_of(self, weight: str) -> tuple[int, ...]:
        """Return the shape of a weight as numbers."""
        return tuple(evaluate(size, {}) for size in self.weights[weight].shape)


def plan(
    network: Network,
    sizes: Mapping[str, int],
    dtype: str = "float32",
    *,
    fused: bool = True,
    strict: bool = False,
    threads: int | None = None,
    keep: Collection[str] = (),
    tiled: bool | None = None,
) -> Plan:
    """Return how a network is run at some sizes.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int, for every symbol of the network, the batch among them
    dtype : "float64", "float32" or "float16", what floating-point tensors are
    fused : False: each layer is computed by itself, by the function of its family
    strict : True: no Winograd convolution, which is faster, and rounds up to ten times as much
    threads : how many threads may work on a layer; None: as many as NumPy's matrix products have
    keep : tensors that have to be made even if their layer could run together with the next
    tiled : whether matrix products are made in small tiles; None: as the machine is faster

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
    >>> [(step.node, step.nodes, step.kernel) for step in ready.steps], ready.weight_bytes
    ([('conv1', ('conv1', 'relu1'), 'columns')], 80)
    """
    refuse_unknown(network)
    found = propagate(network, sizes)
    if found.faults:
        raise found.faults[0][1]
    threads = default_threads() if threads is None else threads
    options = Options(strict, _tiled() if tiled is None else tiled, threads)
    chosen = groups(found, dtype, options, keep, fused=fused)
    steps, tensors = laid_out(found, [step_of(found, group, options) for group in chosen], dtype, fused=fused)
    joins = [  # what finishes a join in place would change those of its maps that somebody else reads
        (step.outputs[0], step.inputs)
        for step in steps
        if isinstance(step.layer, Concat) and step.algorithm is not None and step.job is not None and not step.job.after
    ]
    fixed = {tensor.view_of for tensor in tensors.values() if tensor.view_of}
    workspace = -(-max((step.workspace for step in steps), default=0) // LINE) * LINE
    lives = spans(
        [step.inputs for step in steps],
        [step.outputs for step in steps],
        {name: tensor.view_of or name for name, tensor in tensors.items()},
        [node.name for node in found.network.inputs],
        found.network.outputs.values(),
    )
    places, start, arena = arranged(tensors, lives, beside(joins, tensors, fixed), workspace * threads)
    weights, constants = _owned(found)
    frozen = MappingProxyType
    return Plan(
        found.network,
        frozen(dict(sizes)),
        tuple(steps),
        frozen(places),
        frozen(weights),
        frozen(constants),
        dtype,
        options,
        (start, workspace),
        arena,
    )


def _tiled() -> bool:
    with single_products():
        return faster()


def _owned(found: Propagation) -> tuple[dict[str, Weight], dict[str, Spec]]:
    """Return the weights of all nodes that run, and the fixed tensors."""
    weights: dict[str, Weight] = {}
    constants: dict[str, Spec] = {}
    for i, node in enumerate(found.network.nodes):
        specs = found.inputs[i]
        if i in found.network.held or specs is None:
            continue
        owner = node.weights_of or node.name  # which need not run itself
        weights.update({f"{owner}.{name}": weight for name, weight in node.layer.weights(specs).items()})
        if isinstance(node.layer, Constant):
            constants[node.name] = found.specs[node.name]
    return weights, constants
