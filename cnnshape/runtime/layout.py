"""How tensors lie: maps with their channels last, everything else row by row, and copies where the two meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from cnnshape.errors import ShapeError
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Spec
from cnnshape.layers.io import Constant, Input, Parameter
from cnnshape.layers.reshape import Permute
from cnnshape.runtime.algorithms.choice import COPYING
from cnnshape.runtime.algorithms.job import Job, as_map
from cnnshape.runtime.places import ITEM_BYTES, Tensor
from cnnshape.runtime.steps import Step, tensor_names
from cnnshape.symbolic import evaluate

__all__ = ["laid_out"]


def laid_out(
    found: Propagation, steps: Sequence[Step], dtype: str, *, fused: bool
) -> tuple[list[Step], dict[str, Tensor]]:
    """Return the steps that run, and all tensors that take part.

    Parameters
    ----------
    found : the walk through the network
    steps : one for every layer or group of them, in order; those of layers whose output is a view fall away where the
        memory of their input can be seen so
    dtype : what floating-point tensors are
    fused : whether maps lie with their channels last
    """
    return _Layout(found, dtype, fused=fused).run(steps)


class _Layout:
    """The walk over the steps: how every tensor lies."""

    def __init__(self, found: Propagation, dtype: str, *, fused: bool) -> None:
        self.found, self.dtype, self.fused = found, dtype, fused and dtype != "float16"
        self.tensors: dict[str, Tensor] = {}
        self.maps: set[str] = set()
        self.steps: list[Step] = []

    def run(self, steps: Sequence[Step]) -> tuple[list[Step], dict[str, Tensor]]:
        network = self.found.network
        of_maps = [step for step in steps if _of_maps(step)] if self.fused else []
        of_tables = [step for step in steps if step.algorithm is not None and not _of_maps(step)]
        self.maps = {name for step in of_maps for name in (*step.inputs, *step.outputs)}
        self.maps -= {name for step in of_tables for name in step.outputs}
        for i, node in enumerate(network.nodes):
            if i in network.held or not isinstance(node.layer, (Input, Constant, Parameter)):
                continue
            outputs = self.found.outputs[i]
            for name, spec in zip(tensor_names(node.name, outputs), outputs or (), strict=True):
                self._add(name, spec, in_arena=isinstance(node.layer, Input))
        for step in steps:
            if len(step.nodes) == 1 and (self._as_view(step) or self._as_turned(step)):
                continue
            if step.algorithm is not None:
                maps = _of_maps(step)
                step = replace(step, inputs=tuple(self._lying(name, last_axis=maps) for name in step.inputs))
            for name in step.outputs:
                self._add(name, self.found.specs[name], in_arena=True)
            self.steps.append(step)
        return self.steps, self.tensors

    def _add(self, name: str, spec: Spec, *, in_arena: bool) -> None:
        shape = tuple(evaluate(size, {}) for size in spec.shape)
        dtype = _type(spec, self.dtype, name)
        last_axis = in_arena and len(shape) in (3, 4) and dtype == self.dtype and name in self.maps
        self.tensors[name] = Tensor(shape, dtype, "", last_axis, in_arena)

    def _as_view(self, step: Step) -> bool:
        """Take the output of a step as a view of its input, if the memory allows it."""
        if not step.layer.is_view:
            return False
        (name,), source = step.outputs, self.tensors[step.inputs[0]]
        spec = self.found.specs[name]
        shape = tuple(evaluate(size, {}) for size in spec.shape)
        if shape != source.shape and source.last_axis and not _either_way(source.shape):
            return False
        owner = source.view_of or step.inputs[0]
        last_axis = source.last_axis and shape == source.shape
        self.tensors[name] = Tensor(shape, source.dtype, owner, last_axis, source.in_arena)
        return True

    def _as_turned(self, step: Step) -> bool:
        """Take a map whose channels are to come last, or first, as a view, if they lie so already."""
        if not isinstance(step.layer, Permute):
            return False
        (name,), source = step.outputs, self.tensors[step.inputs[0]]
        if not source.in_arena or step.layer.dims != ((0, 2, 3, 1) if source.last_axis else (0, 3, 1, 2)):
            return False
        shape = tuple(source.shape[axis] for axis in step.layer.dims)
        owner = source.view_of or step.inputs[0]
        self.tensors[name] = Tensor(shape, source.dtype, owner, not source.last_axis, source.in_arena)
        return True

    def _lying(self, name: str, *, last_axis: bool) -> str:
        """Return the name of a tensor that lies with its channels last, or row by row: its own, or that of a copy."""
        tensor = self.tensors[name]
        if tensor.last_axis == last_axis and (tensor.in_arena or not last_axis):
            return name
        if tensor.in_arena and _either_way(tensor.shape):
            return name
        copy = f"{name}, {'channels last' if last_axis else 'row by row'}"
        if copy not in self.tensors:
            self.tensors[copy] = replace(tensor, view_of="", last_axis=last_axis, in_arena=True)
            layer = self.found.network.nodes[self.found.network.producers[name]].layer
            shape = as_map(tensor.shape)
            job = Job(layer, None, (), (shape,), shape, self.dtype)
            self.steps.append(Step(copy, (copy,), job.layer, (name,), (copy,), {}, COPYING.name, {}, 0, job, COPYING))
        return copy


def _of_maps(step: Step) -> bool:
    """Say whether a step is computed on maps whose channels lie side by side."""
    return step.algorithm is not None and step.job is not None and len(step.job.out) == 4


def _either_way(shape: tuple[int, ...]) -> bool:
    """Say whether a map lies the same with its channels first or last."""
    return len(shape) in (3, 4) and (shape[1] == 1 or prod(shape[2:]) == 1)


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
