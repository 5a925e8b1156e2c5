"""A plan with its memory and its weights: a flat list of calls, made once and run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from cnnshape.layers import catalog
from cnnshape.layers.arrays import Array
from cnnshape.layers.merge import Add
from cnnshape.runtime.algorithms.job import Share
from cnnshape.runtime.given import check_inputs, check_weights
from cnnshape.runtime.kernels.calls import Call
from cnnshape.runtime.kernels.tails import tail_of
from cnnshape.runtime.places import LINE
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.steps import Step

__all__ = ["Bound", "Program", "Watch", "bind"]

Watch = Callable[[str, Mapping[str, Array]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A step with its calls.

    Parameters
    ----------
    step : Step
    calls : for each thread those that it makes, one after the other
    """

    step: Step
    calls: tuple[tuple[Call, ...], ...]


class Program:
    """What `bind` makes: `run` may be called many times, by one thread at a time.

    Parameters
    ----------
    plan : Plan
    steps : in order
    tensors : name -> array in the arena; what a run leaves there is overwritten by the next
    """

    def __init__(self, plan: Plan, steps: tuple[Bound, ...], tensors: Mapping[str, Array]) -> None:
        self.plan, self.steps, self.tensors = plan, steps, tensors
        self._calls = [call for bound in steps for calls in bound.calls for call in calls]

    def run(self, inputs: Mapping[str, Array], watch: Watch | None = None) -> dict[str, Array]:
        """Return the outputs of the network: name -> array.

        Parameters
        ----------
        inputs : name of each input -> array, batch first
        watch : called before the first step with "" and the inputs, then after every step with the name of its node and
            its outputs, which are overwritten later

        Raises
        ------
        UsageError
            CS502, an input is missing, unknown, or of another shape or type.
        """
        check_inputs(self.plan, inputs)
        for name, values in inputs.items():
            np.copyto(self.tensors[name], values)
        with np.errstate(all="ignore"):  # infinities and NaN are results like others
            if watch is None:
                for call in self._calls:
                    call()
            else:
                watch("", inputs)
                for bound in self.steps:
                    for calls in bound.calls:
                        for call in calls:
                            call()
                    watch(bound.step.node, {name: self.tensors[name] for name in bound.step.outputs})
        return {name: self.tensors[tensor].copy() for name, tensor in self.plan.network.outputs.items()}


def bind(plan: Plan, weights: Mapping[str, Array]) -> Program:
    """Return a plan with its memory, and its weights in the form that they are computed with.

    Parameters
    ----------
    plan : Plan
    weights : name of each weight and each fixed tensor -> array, as `weights.initial` makes them; each is read once.
        What is kept as it is shares the array's memory: give a copy of what changes later.

    Raises
    ------
    UsageError
        CS503, a weight is missing, or of another shape.
    """
    check_weights(plan, weights)
    arena = np.empty(plan.arena_bytes + LINE, np.uint8)
    start = -arena.ctypes.data % LINE
    arena = arena[start : start + plan.arena_bytes]
    tensors = dict(_tensors(plan, arena, weights))
    return Program(
        plan, tuple(_bound(plan, step, arena, tensors, weights) for step in plan.steps), MappingProxyType(tensors)
    )


def _tensors(plan: Plan, arena: Array, weights: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    made: dict[str, Array] = {}
    for name, place in plan.places.items():
        if place.offset is not None:
            made[name] = np.ndarray(place.shape, place.dtype, arena.data, place.offset, place.strides)
        elif place.view_of:
            made[name] = made[place.view_of].reshape(place.shape)
        else:
            made[name] = np.array(weights[name if name in weights else f"{name}.weight"])
        yield name, made[name]


def _bound(plan: Plan, step: Step, arena: Array, tensors: Mapping[str, Array], weights: Mapping[str, Array]) -> Bound:
    inputs, outputs = (tuple(tensors[name] for name in names) for names in (step.inputs, step.outputs))
    own = {name: weights[full] for name, full in step.weights.items()}
    if step.algorithm is None or step.job is None:
        kernel = catalog.kernel_of(type(step.layer))
        assert kernel is not None  # planned
        return Bound(step, ((partial(kernel, step.layer, inputs, own, outputs),),))
    job, algorithm = step.job, step.algorithm
    packed = algorithm.pack(job, plan.options, own)
    out = _last(outputs[0])
    arrays = tuple(map(_last, inputs))
    count = len(job.inputs)
    more = iter(arrays[count:])
    after = [next(more) if isinstance(layer, Add) else layer for layer in job.after]
    base, length = plan.workspace
    space = np.ndarray((length // out.itemsize,), out.dtype, arena.data, base)
    own_items = -(-algorithm.workspace(job, plan.options) * out.itemsize // LINE) * LINE // out.itemsize
    tail = tail_of(packed.get("bias"), after, space[own_items:]) if algorithm.finishes else None
    share = Share(arrays[:count], out, packed, slice(0, out.shape[1]), space[:own_items], tail)
    return Bound(step, (tuple(algorithm.calls(job, plan.options, share)),))


def _last(x: Array) -> Array:
    """Return a map with its channels last, everything else as one row of pixels."""
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x.reshape(1, 1, -1, x.shape[-1])
