"""One step of a run: a layer, what runs together with it, and the way it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnshape.errors import ShapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.io import Unknown
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, last
from cnnshape.runtime.fusion import Group
from cnnshape.runtime.kernels.tails import scratch_items
from cnnshape.runtime.places import ITEM_BYTES, LINE

__all__ = ["Step", "own_items", "refuse_unknown", "step_of", "tensor_names"]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer to run, with what runs together with it.

    Parameters
    ----------
    node : str, name of the node
    nodes : names of all nodes that it stands for, in the order that they follow one another
    layer : Layer, with numbers for all sizes
    inputs, outputs : names of tensors; what the last of its nodes adds follows the layer's own inputs
    weights : the layer's name of each weight -> the network's name of it; ``norm.`` stands before those of a
        normalization that is folded in, ``before.`` before those of one in front of the layer
    kernel : str, the way it is computed, or the function of the family that computes it, as the catalogue names it
    packed : name -> shape that the weights are kept in; empty if they are used as they are
    workspace : bytes that one thread needs beside the tensors
    job : what the algorithm is asked to do, or None
    algorithm : or None: the function of the family
    """

    node: str
    nodes: tuple[str, ...]
    layer: Layer
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, str]
    kernel: str
    packed: Mapping[str, Shape]
    workspace: int
    job: Job | None
    algorithm: Algorithm | None

    @property
    def same(self) -> tuple[object, ...]:
        """Return what is equal for two steps that keep the same weights in the same form."""
        return self.kernel, self.job, tuple(self.weights.items())


def step_of(found: Propagation, group: Group, options: Options) -> Step:
    """Return the step of a group of nodes."""
    nodes = [found.network.nodes[i] for i in group.nodes]
    node, algorithm, job = found.network.nodes[group.main], group.algorithm, group.job
    weights = _weights(found, group.main, "")
    for i in group.nodes[: group.nodes.index(group.main)]:
        weights |= _weights(found, i, "before.")
    if group.norm is not None:
        weights |= _weights(found, group.norm, "norm.")
    workspace = 0
    if algorithm is not None:
        tail = scratch_items(last(job.out)) if job.after else 0
        workspace = (own_items(algorithm, job, options) + tail) * ITEM_BYTES[job.dtype]
    return Step(
        node.name,
        tuple(each.name for each in nodes),
        node.layer,
        group.inputs,
        tensor_names(nodes[-1].name, found.outputs[group.nodes[-1]]),
        weights,
        algorithm.name if algorithm is not None else _kernel(node.layer, node.name),
        algorithm.packed(job, options) if algorithm is not None else {},
        workspace,
        job if algorithm is not None else None,
        algorithm,
    )


def own_items(algorithm: Algorithm, job: Job, options: Options) -> int:
    """Return how many elements of the workspace are the algorithm's, in whole cache lines; the tail's follow them."""
    line = LINE // ITEM_BYTES[job.dtype]
    return -(-algorithm.workspace(job, options) // line) * line


def _weights(found: Propagation, i: int, prefix: str) -> dict[str, str]:
    node, specs = found.network.nodes[i], found.inputs[i]
    assert specs is not None  # there are no faults
    owner = node.weights_of or node.name
    return {f"{prefix}{name}": f"{owner}.{name}" for name in node.layer.weights(specs)}


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


def tensor_names(node: str, outputs: tuple[Spec, ...] | None) -> tuple[str, ...]:
    """Return the names of what a node gives."""
    count = len(outputs or ())
    return (node,) if count == 1 else tuple(f"{node}.{port}" for port in range(count))


def refuse_unknown(network: Network) -> None:
    """Refuse a network with operators of which nobody knows what they compute.

    Raises
    ------
    ShapeError
        CS501, it has some that an output needs.
    """
    found = [
        (node.name, node.layer)
        for i, node in enumerate(network.nodes)
        if isinstance(node.layer, Unknown) and i not in network.held
    ]
    if not found:
        return
    names: dict[str, list[str]] = {}
    for name, layer in found:
        names.setdefault(layer.operator, []).append(name)
    listed = "; ".join(f"{operator} ({', '.join(each[:_MOST_NAMES])})" for operator, each in names.items())
    raise ShapeError(
        f"nobody knows what {listed} computes" if len(names) == 1 else f"nobody knows what these compute: {listed}",
        code="CS501",
        node=found[0][0],
        layer=f"{type(found[0][1]).__name__}, node {network.index[found[0][0]] + 1} of {len(network.nodes)}",
        given=f"{found[0][1].operator}: {found[0][1].reason()}",
        got=tuple(names),
        rule="a network runs if every layer is computed by a function of its family",
        fix="run the part of the network in front of it",
    )


_MOST_NAMES = 5
