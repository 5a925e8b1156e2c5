"""Which nodes run together as one step: a layer, the normalization after it, and what finishes its output in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv
from cnnshape.layers.io import Constant, Input, Parameter
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add
from cnnshape.layers.norm import BatchNorm
from cnnshape.runtime.algorithms.choice import chosen
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options
from cnnshape.runtime.kernels.activations import handles
from cnnshape.symbolic import evaluate

__all__ = ["Group", "groups"]

_FOLDING = (Conv, ConvTranspose, DepthwiseConv, Linear)


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that run as one step, at the place of the last of them.

    Parameters
    ----------
    nodes : positions in the network, in the order that they follow one another
    norm : the position of a normalization that is folded into the first, or None
    inputs : tensors: those of the first node, then one for each addition
    job : what is to be computed
    algorithm : how; None: by the kernel of the layer's family
    """

    nodes: tuple[int, ...]
    norm: int | None
    inputs: tuple[str, ...]
    job: Job
    algorithm: Algorithm | None


def groups(found: Propagation, dtype: str, options: Options, kept: Collection[str], *, fused: bool) -> list[Group]:
    """Return the steps of a network at known sizes, in the order that they run.

    Parameters
    ----------
    found : the walk through the network
    dtype : what floating-point tensors are
    options : what the algorithms are chosen by
    kept : tensors that have to be made as they are
    fused : False: every layer is a step, computed by the kernel of its family
    """
    network = found.network
    read = Counter(name for i, node in enumerate(network.nodes) if i not in network.held for name in node.inputs)
    read.update(network.outputs.values())
    read.update(kept)
    reader = {name: i for i, node in enumerate(network.nodes) if i not in network.held for name in node.inputs}
    taken: set[int] = set()
    made: list[Group] = []
    for i, node in enumerate(network.nodes):
        if i in network.held or i in taken or isinstance(node.layer, (Input, Constant, Parameter)):
            continue
        specs, outputs = found.inputs[i], found.outputs[i]
        assert specs is not None  # there are no faults
        assert outputs is not None
        job = _job(node.layer, None, (), specs, outputs, dtype)
        algorithm = chosen(job, options) if fused and _is_plain_float(specs, outputs) else None
        nodes, norm, inputs = [i], None, list(node.inputs)
        after: list[Layer] = []
        while algorithm is not None and algorithm.finishes:
            name = network.nodes[nodes[-1]].name
            if read[name] != 1 or name in network.outputs.values() or name in kept:
                break
            following = reader[name]
            layer = network.nodes[following].layer
            if following in taken:
                break
            if isinstance(layer, BatchNorm) and len(nodes) == 1 and _folds(job, layer):
                norm = following
            elif isinstance(layer, Add) and _adds(found, following):
                inputs.extend(other for other in network.nodes[following].inputs if other != name)
                after.append(layer)
            elif handles(layer):
                after.append(layer)
            elif not layer.is_view or found.inputs[following] != found.outputs[following]:
                break
            nodes.append(following)
        taken.update(nodes)
        if len(nodes) > 1:
            folded = None if norm is None else network.nodes[norm].layer
            job = _job(node.layer, folded, tuple(after), specs, outputs, dtype)
        made.append(Group(tuple(nodes), norm, tuple(inputs), job, algorithm))
    return sorted(made, key=lambda group: group.nodes[-1])


def _job(
    layer: Layer,
    norm: Layer | None,
    after: tuple[Layer, ...],
    specs: tuple[Spec, ...],
    outs: tuple[Spec, ...],
    dtype: str,
) -> Job:
    assert norm is None or isinstance(norm, BatchNorm)
    return Job(layer, norm, after, tuple(map(_numbers, specs)), _numbers(outs[0]), dtype)


def _numbers(spec: Spec) -> tuple[int, ...]:
    return tuple(evaluate(size, {}) for size in spec.shape)


def _is_plain_float(inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> bool:
    return len(outputs) == 1 and all(spec.dtype == "float32" for spec in (*inputs, *outputs))


def _folds(job: Job, norm: BatchNorm) -> bool:
    """Say whether the channels that a layer makes are those that are normalized."""
    makes = isinstance(job.layer, _FOLDING) and (len(job.out) == 2 or not isinstance(job.layer, Linear))
    return makes and norm.track_running_stats


def _adds(found: Propagation, i: int) -> bool:
    """Say whether a node adds two different tensors of one shape and type."""
    specs = found.inputs[i]
    a_b = found.network.nodes[i].inputs
    return specs is not None and len(specs) == 2 and specs[0] == specs[1] and a_b[0] != a_b[1]
