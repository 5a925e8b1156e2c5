"""Running a plan: one block of memory, one function after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.layers import catalog
from cnnshape.layers.arrays import Array
from cnnshape.runtime.plan import LINE, Place, Plan

__all__ = ["execute"]


def execute(
    plan: Plan,
    inputs: Mapping[str, Array],
    weights: Mapping[str, Array],
    watch: Callable[[str, Mapping[str, Array]], None] | None = None,
) -> dict[str, Array]:
    """Return the outputs of a network: name -> array.

    Parameters
    ----------
    plan : Plan
    inputs : name of each input -> array, batch first
    weights : name of each weight and each fixed tensor -> array, as `weights.initial` makes them
    watch : called before the first layer with "" and the inputs, then after every layer with its name and its outputs,
        which are overwritten later

    Raises
    ------
    UsageError
        CS502, an input is missing, unknown, or of another shape or type; CS503, the same of a weight.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.runtime.plan import plan
    >>> x = Input("image", (1, "L"))
    >>> net = Network("difference", inputs=x, outputs=L.Conv(1, kernel_size=2, bias=False)(x))
    >>> ready = plan(net, {"N": 1, "L": 4})
    >>> line = np.array([[[1, 4, 9, 16]]], np.float32)
    >>> execute(ready, {"image": line}, {"conv1.weight": np.array([[[-1, 1]]], np.float32)})["conv1"].tolist()
    [[[3.0, 5.0, 7.0]]]
    """
    tensors = _given(plan, inputs, weights)
    arena = np.empty(plan.arena_bytes + LINE, np.uint8)
    start = -arena.ctypes.data % LINE
    arena = arena[start : start + plan.arena_bytes]
    for tensor, place in plan.places.items():
        if place.offset is not None and not place.view_of:
            tensors[tensor] = _placed(arena, place)
    for tensor, place in plan.places.items():
        if place.view_of:
            tensors[tensor] = tensors[place.view_of].reshape(place.shape)
    if watch is not None:
        watch("", inputs)
    for step in plan.steps:
        kernel = catalog.kernel_of(type(step.layer))
        assert kernel is not None  # planned
        made = tuple(tensors[name] for name in step.outputs)
        own = {name: weights[full] for name, full in step.weights.items()}
        kernel(step.layer, tuple(tensors[name] for name in step.inputs), own, made)
        if watch is not None:
            watch(step.node, dict(zip(step.outputs, made, strict=True)))
    return {name: tensors[tensor].copy() for name, tensor in plan.network.outputs.items()}


def _placed(arena: Array, place: Place) -> Array:
    assert place.offset is not None
    return np.ndarray(place.shape, place.dtype, arena.data, place.offset)


def _given(plan: Plan, inputs: Mapping[str, Array], weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the tensors that nothing computes, once it is sure that they are what the plan expects."""
    tensors: dict[str, Array] = {}
    wanted = {node.name: plan.places[node.name] for node in plan.network.inputs}
    faults = [f"{name}: is missing, {_said(place)} is expected" for name, place in wanted.items() if name not in inputs]
    faults += [f"{name}: there is no such input" for name in inputs if name not in wanted]
    for name, place in wanted.items():
        if name in inputs:
            given = inputs[name]
            if given.shape != place.shape or given.dtype != place.dtype:
                faults.append(f"{name}: {_said(given)} is given, {_said(place)} is expected")
            tensors[name] = given
    _refuse(faults, "CS502", "input", "every input is given, in the shape and type that it is planned for")
    faults = []
    for name in plan.weights:
        shape = plan.shape_of(name)
        if name not in weights:
            faults.append(f"{name}: is missing, {shape} is expected")
        elif weights[name].shape != shape:
            faults.append(f"{name}: {weights[name].shape} is given, {shape} is expected")
    absent = [name for name in plan.constants if name not in weights]
    faults += [f"{name}: is missing, {_said(plan.places[name])} is expected" for name in absent]
    _refuse(faults, "CS503", "weight", "every weight is given, in the shape that its layer has")
    tensors.update({name: weights[name] for name in plan.constants})
    for node in plan.network.nodes:
        if f"{node.name}.weight" in plan.weights and not node.inputs:
            tensors[node.name] = weights[f"{node.name}.weight"]
    return tensors


def _said(what: Place | Array) -> str:
    return f"{what.dtype} {what.shape}"


def _refuse(faults: list[str], code: str, what: str, rule: str) -> None:
    if not faults:
        return
    count = f"{len(faults)} {what}s" if len(faults) > 1 else f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
    lines = [*faults[:_MOST_LINES], *([f"{len(faults) - _MOST_LINES} more"] if len(faults) > _MOST_LINES else [])]
    raise UsageError(
        f"{count} {'do' if len(faults) > 1 else 'does'} not fit: {lines[0]}",
        code=code,
        given="\n    ".join(lines[1:]),
        rule=rule,
    )


_MOST_LINES = 20
