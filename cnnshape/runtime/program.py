"""A plan with its memory and its weights: a flat list of calls, made once and run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnshape.layers import catalog
from cnnshape.layers.arrays import Array, Arrays
from cnnshape.layers.merge import Add
from cnnshape.runtime.algorithms.job import Algorithm, Job, Share
from cnnshape.runtime.crew import Crew, single_products
from cnnshape.runtime.given import check_inputs, check_weights
from cnnshape.runtime.kernels.calls import Call
from cnnshape.runtime.kernels.tails import tail_of
from cnnshape.runtime.places import LINE, Place
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.shares import Cut, cuts, saved, worth_sharing
from cnnshape.runtime.steps import Step, own_items

__all__ = ["Bound", "Program", "Watch", "bind"]

Watch = Callable[[str, Mapping[str, Array]], None]
Kept = dict[tuple[object, ...], Mapping[str, Array]]


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
    inputs : name of each input -> its place
    outputs : name of each output -> tensor
    steps : in order
    tensors : name -> array in the arena; what a run leaves there is overwritten by the next
    """

    def __init__(
        self,
        inputs: Mapping[str, Place],
        outputs: Mapping[str, str],
        steps: tuple[Bound, ...],
        tensors: Mapping[str, Array],
    ) -> None:
        self.inputs, self.outputs, self.steps, self.tensors = inputs, outputs, steps, tensors
        self._crew = Crew(max((len(bound.calls) for bound in steps), default=1))
        self._runs = list(_runs(steps))

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
        check_inputs(self.inputs, inputs)
        for name, values in inputs.items():
            np.copyto(self.tensors[name], values)
        # Infinities and NaN are results like others.
        with np.errstate(all="ignore"), single_products(), self._crew.awake():
            if watch is None:
                for parts in self._runs:
                    self._crew.run(parts)
            else:
                watch("", inputs)
                for bound in self.steps:
                    self._crew.run(bound.calls)
                    watch(bound.step.node, {name: self.tensors[name] for name in bound.step.outputs})
        return {name: self.tensors[tensor].copy() for name, tensor in self.outputs.items()}


def _runs(steps: Sequence[Bound]) -> Iterator[tuple[tuple[Call, ...], ...]]:
    """Yield the calls of all steps, those of steps that one thread computes together."""
    alone: list[Call] = []
    for bound in steps:
        if len(bound.calls) == 1:
            alone.extend(bound.calls[0])
            continue
        if alone:
            yield (tuple(alone),)
            alone = []
        yield bound.calls
    if alone:
        yield (tuple(alone),)


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
    kept: Kept = {}
    for threads in (plan.options.threads, 1):
        steps = tuple(_bound(plan, step, arena, tensors, weights, kept, threads) for step in plan.steps)
        if threads == 1 or worth_sharing(_work(steps)):
            break
    wanted = {node.name: plan.places[node.name] for node in plan.network.inputs}
    return Program(wanted, plan.network.outputs, steps, MappingProxyType(tensors))


def _tensors(plan: Plan, arena: Array, weights: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    made: dict[str, Array] = {}
    for name, place in plan.places.items():
        if place.offset is not None:
            made[name] = np.ndarray(place.shape, place.dtype, arena.data, place.offset, place.strides)
        elif place.view_of:
            made[name] = made[place.view_of].reshape(place.shape)
        else:
            owner = plan.network[name].weights_of or name
            made[name] = np.array(weights[name if name in weights else f"{owner}.weight"])
        yield name, made[name]


def _bound(
    plan: Plan,
    step: Step,
    arena: Array,
    tensors: Mapping[str, Array],
    weights: Mapping[str, Array],
    kept: Kept,
    most: int,
) -> Bound:
    inputs, outputs = (tuple(tensors[name] for name in names) for names in (step.inputs, step.outputs))
    if step.algorithm is None or step.job is None:
        kernel = catalog.kernel_of(type(step.layer))
        assert kernel is not None  # planned
        own = {name: weights[full] for name, full in step.weights.items()}
        return Bound(step, ((partial(kernel, step.layer, inputs, own, outputs),),))
    job, algorithm = step.job, step.algorithm
    if step.same not in kept:
        kept[step.same] = algorithm.pack(
            job, plan.options, {name: weights[full] for name, full in step.weights.items()}
        )
    packed = kept[step.same]
    arrays = tuple(_seen(x, maps=len(job.out) == 4) for x in (outputs[0], *inputs))
    parts: list[tuple[Call, ...]] = []
    for threads in (most, 1):
        parts = []
        for thread, cut in enumerate(cuts(algorithm, job, threads)):
            workspace = _workspace(plan, arena, thread, arrays[0].dtype)
            parts.append(_calls(plan, algorithm, job, cut, arrays, packed, workspace))
        if threads == 1 or saved(algorithm, job, [len(part) for part in parts]) > 0:
            break
    return Bound(step, tuple(parts))


def _work(steps: Sequence[Bound]) -> Iterator[tuple[Algorithm, Job, Sequence[int]]]:
    for bound in steps:
        if bound.step.algorithm is not None and bound.step.job is not None:
            yield bound.step.algorithm, bound.step.job, [len(calls) for calls in bound.calls]


def _calls(
    plan: Plan,
    algorithm: Algorithm,
    job: Job,
    cut: Cut,
    arrays: Arrays,
    packed: Mapping[str, Array],
    workspace: Array,
) -> tuple[Call, ...]:
    """Return the calls that compute a part of an output; of `arrays` that is the first."""
    out, *given = (x[cut.images] for x in arrays)
    more = iter(given[len(job.inputs) :])
    after = [next(more) if isinstance(layer, Add) else layer for layer in job.after]
    if algorithm.splits(job) == "channels":
        out = out[..., cut.channels]
        after = [each[..., cut.channels] if isinstance(each, np.ndarray) else each for each in after]
        packed = algorithm.narrowed(packed, cut.channels)
    own = own_items(algorithm, job, plan.options)
    bias = None if algorithm.adds_bias else packed.get("bias")
    tail = tail_of(bias, after, workspace[own:], scaled=algorithm.scales) if algorithm.finishes else None
    share = Share(tuple(given[: len(job.inputs)]), out, packed, cut.rows, workspace[:own], tail)
    return tuple(algorithm.calls(job, plan.options, share))


def _workspace(plan: Plan, arena: Array, thread: int, dtype: np.dtype[Any]) -> Array:
    start, length = plan.workspace
    return np.ndarray((length // dtype.itemsize,), dtype, arena.data, start + thread * length)


def _seen(x: Array, *, maps: bool) -> Array:
    """Return a map, or a line as a map of one row, with its channels last; any other tensor as one row of pixels."""
    if maps:
        return (x if x.ndim == 4 else x[:, :, None]).transpose(0, 2, 3, 1)
    return x.reshape(1, 1, -1, x.shape[-1])
