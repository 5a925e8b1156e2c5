"""Which nodes run together as one step: what goes before a layer, the normalization after it, what finishes its output.

A mean of windows behind a convolution of single pixels is taken first: each is linear, and they work along other axes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from math import prod

from cnnshape.graph.propagate import Propagation
from cnnshape.layers.activation import ReLU
from cnnshape.layers.base import Spec
from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv, SeparableConv
from cnnshape.layers.io import Constant, Input, Parameter
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add, Multiply
from cnnshape.layers.norm import BatchNorm
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.runtime.algorithms.choice import chosen
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, as_map
from cnnshape.runtime.kernels.activations import handles
from cnnshape.symbolic import evaluate

__all__ = ["Group", "groups"]

_FOLDING = (Conv, ConvTranspose, DepthwiseConv, SeparableConv, Linear)
_OF_LINES = (Conv, DepthwiseConv, SeparableConv, BatchNorm, MaxPool, AvgPool)
"""Layers that take a line of pixels as a map of one row."""
_LEADING = (Multiply, BatchNorm, ReLU)
"""Layers that the input of another may go through on its way."""


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that run as one step, at the place of the last of them.

    Parameters
    ----------
    nodes : positions in the network, in the order that they follow one another
    main : the position of the layer that is computed; nodes in front of it are what its input goes through first
    norm : the position of a normalization that is folded into it, or None
    inputs : tensors: those of the first node, the map first, then one for each addition
    job : what is to be computed
    algorithm : how; None: by the kernel of the layer's family
    """

    nodes: tuple[int, ...]
    main: int
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
    walk = _Walk(found, dtype, options, kept) if fused else None
    network = found.network
    taken: set[int] = set()
    made: list[Group] = []
    for i, node in enumerate(network.nodes):
        if i in network.held or i in taken or isinstance(node.layer, (Input, Constant, Parameter)):
            continue
        group = walk.group(i, taken) if walk is not None else _alone(found, i, dtype)
        taken.update(group.nodes)
        made.append(group)
    return sorted(made, key=lambda group: group.nodes[-1])


class _Walk:
    """The walk along nodes that only the next one reads."""

    def __init__(self, found: Propagation, dtype: str, options: Options, kept: Collection[str]) -> None:
        network = found.network
        self.found, self.nodes, self.dtype, self.options = found, network.nodes, dtype, options
        reads = [(name, i) for i, node in enumerate(self.nodes) if i not in network.held for name in node.inputs]
        self.read = Counter(name for name, _ in reads)
        self.read.update((*network.outputs.values(), *kept))
        self.reader = dict(reads)
        self.fixed = {*network.outputs.values(), *kept}

    def group(self, first: int, taken: Collection[int]) -> Group:
        """Return the group that begins with a node."""
        group = self.led(first, taken) or _alone(self.found, first, self.dtype)
        if group.algorithm is None and _is_plain_float(self.found, first):
            group = replace(group, algorithm=chosen(group.job, self.options))
        while group.algorithm is not None and group.algorithm.finishes:
            following = self.next(group.nodes[-1], taken)
            longer = None if following is None else self.longer(group, following)
            if longer is None:
                break
            group = longer
        return group

    def next(self, i: int, taken: Collection[int]) -> int | None:
        """Return the one node that reads what a node makes, if nobody else asks for it."""
        name = self.nodes[i].name
        if self.read[name] != 1 or name in self.fixed or self.reader[name] in taken:
            return None
        return self.reader[name]

    def led(self, first: int, taken: Collection[int]) -> Group | None:
        """Return a layer with those before it that its algorithm takes, of which a node is the first."""
        nodes, before = [first], [self.nodes[first].layer]
        inputs = self.nodes[first].inputs
        shapes = _shapes(self.found.inputs[first])
        if isinstance(before[0], Multiply) and len(shapes) == 2 and prod(shapes[0]) < prod(shapes[1]):
            inputs, shapes = inputs[::-1], shapes[::-1]
        while isinstance(before[-1], _LEADING):
            following = self.next(nodes[-1], taken)
            if following is None or not all(_is_plain_float(self.found, i) for i in (*nodes, following)):
                break
            nodes.append(following)
            before.append(self.nodes[following].layer)
            outs = _shapes(self.found.outputs[following])
            job = Job(before[-1], None, (), shapes, outs[0], self.dtype, tuple(before[:-1]))
            algorithm = chosen(job, self.options)
            if algorithm is not None:
                return Group(tuple(nodes), following, None, tuple(inputs), job, algorithm)
        return None

    def longer(self, group: Group, following: int) -> Group | None:
        """Return a group with one more node, or None if that does not run together with it."""
        layer, last = self.nodes[following].layer, self.nodes[group.nodes[-1]].name
        nodes, job = (*group.nodes, following), group.job
        if isinstance(layer, BatchNorm) and group.norm is None and not job.after and self.folds(job, following):
            return replace(group, nodes=nodes, norm=following, job=replace(job, norm=layer))
        if isinstance(layer, AvgPool) and not job.after and isinstance(job.layer, Conv):
            earlier = replace(job, before=(*job.before, layer), out=_shapes(self.found.outputs[following])[0])
            algorithm = chosen(earlier, self.options)
            smaller = prod(earlier.out) < prod(job.out)
            return replace(group, nodes=nodes, job=earlier, algorithm=algorithm) if smaller and algorithm else None
        if isinstance(layer, Add) and _adds(self.found, following):
            others = (other for other in self.nodes[following].inputs if other != last)
            return replace(
                group, nodes=nodes, inputs=(*group.inputs, *others), job=replace(job, after=(*job.after, layer))
            )
        if handles(layer):
            return replace(group, nodes=nodes, job=replace(job, after=(*job.after, layer)))
        if layer.is_view and self.found.inputs[following] == self.found.outputs[following]:
            return replace(group, nodes=nodes)
        return None

    def folds(self, job: Job, norm: int) -> bool:
        """Say whether a layer makes the channels that a node normalizes by the statistics of training."""
        layer, shape = self.nodes[norm].layer, _shapes(self.found.inputs[norm])[0]
        makes = isinstance(job.layer, _FOLDING) and (len(shape) == 2 or not isinstance(job.layer, Linear))
        return makes and isinstance(layer, BatchNorm) and layer.track_running_stats


def _alone(found: Propagation, i: int, dtype: str) -> Group:
    """Return a layer by itself, computed by the kernel of its family."""
    node = found.network.nodes[i]
    inputs, out = _shapes(found.inputs[i]), _shapes(found.outputs[i])[0]
    if isinstance(node.layer, Linear):  # a table, whatever its leading axes
        inputs, out = (_table(inputs[0]),), _table(out)
    line = isinstance(node.layer, _OF_LINES) and len(out) == len(inputs[0]) == 3
    if line:
        inputs, out = tuple(map(as_map, inputs)), as_map(out)
    job = Job(node.layer, None, (), inputs, out, dtype, line=line)
    return Group((i,), i, None, tuple(node.inputs), job, None)


def _shapes(specs: tuple[Spec, ...] | None) -> tuple[tuple[int, ...], ...]:
    assert specs is not None  # there are no faults
    return tuple(tuple(evaluate(size, {}) for size in spec.shape) for spec in specs)


def _table(shape: tuple[int, ...]) -> tuple[int, int]:
    return prod(shape[:-1]), shape[-1]


def _is_plain_float(found: Propagation, i: int) -> bool:
    inputs, outputs = found.inputs[i] or (), found.outputs[i] or ()
    return len(outputs) == 1 and all(spec.dtype == "float32" for spec in (*inputs, *outputs))


def _adds(found: Propagation, i: int) -> bool:
    """Say whether a node adds two different tensors of one shape and type."""
    specs = found.inputs[i]
    a_b = found.network.nodes[i].inputs
    return specs is not None and len(specs) == 2 and specs[0] == specs[1] and a_b[0] != a_b[1]
