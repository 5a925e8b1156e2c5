"""What `run` tells of the steps of a plan: `--plan` and `--profile`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnshape.cli.busy import busy
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network
    from cnnshape.layers.arrays import Array
    from cnnshape.runtime.plan import Plan
    from cnnshape.runtime.program import Program
    from cnnshape.runtime.records import PlanFacts, Profile

__all__ = ["check_looking", "facts_of", "macs_of", "profile_of"]


def check_looking(model: str, given: Mapping[str, object]) -> None:
    """Refuse options that need numbers beside `--plan`.

    Parameters
    ----------
    model : MODEL
    given : option -> its value, which is false if it was not given
    """
    options = [name for name, value in given.items() if value]
    if options:
        raise UsageError(
            f"--plan computes nothing: {', '.join(options)} beside it",
            rule="--plan shows how a network would run, and neither reads weights nor writes outputs",
            fix=f"cnnshape run {model} --plan",
        )


def macs_of(ready: Plan, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the multiply-adds of every step, by its node: those of all layers that it stands for."""
    from cnnshape.analysis.report import facts

    rows = {row.name: row.macs for row in facts(ready.network).at(sizes).layers}
    counts = {name: macs if isinstance(macs, int) else 0 for name, macs in rows.items()}
    return {step.node: sum(counts.get(node, 0) for node in step.nodes) for step in ready.steps}


def profile_of(ready: Plan, program: Program, inputs: Mapping[str, Array], macs: Mapping[str, int]) -> Profile:
    """Return how long each step takes."""
    from cnnshape.runtime.records import Profile, ProfileRow
    from cnnshape.runtime.watch import layer_seconds

    with busy(f"measuring {ready.network.name}"):
        seconds, runs = layer_seconds(program, inputs)
    rows = (
        ProfileRow(
            step.node,
            step.nodes,
            type(step.layer).__name__,
            step.kernel,
            ready.places[step.outputs[0]].shape,
            seconds[step.node],
            macs[step.node],
        )
        for step in ready.steps
    )
    return Profile(tuple(rows), runs)


def facts_of(network: Network, ready: Plan, sizes: Mapping[str, int]) -> PlanFacts:
    """Return what is told of a plan.

    Parameters
    ----------
    network : Network, with its symbols
    ready : Plan, of `network` at `sizes`
    sizes : symbol -> int
    """
    from cnnshape.runtime.plan import ITEM_BYTES, plan
    from cnnshape.runtime.records import BufferFacts, PlanFacts, StepFacts
    from cnnshape.runtime.room import needed_bytes

    options = ready.options
    strict = ready if options.strict else plan(network, sizes, ready.dtype, strict=True, threads=options.threads)
    macs = macs_of(ready, sizes)
    start, length = ready.workspace
    steps = (
        StepFacts(
            step.node,
            step.nodes,
            type(step.layer).__name__,
            step.kernel,
            step.inputs,
            step.outputs,
            macs[step.node],
            _kept(ready, step, ITEM_BYTES[ready.dtype]),
            step.workspace,
        )
        for step in ready.steps
    )
    buffers = (
        BufferFacts(name, place.shape, place.dtype, place.offset, place.bytes, place.order, place.view_of)
        for name, place in ready.places.items()
    )
    return PlanFacts(
        model=network.name,
        source=network.source,
        dtype=ready.dtype,
        sizes=sizes,
        threads=options.threads,
        strict=options.strict,
        inputs=tuple(node.name for node in ready.network.inputs),
        outputs=dict(ready.network.outputs),
        steps=tuple(steps),
        buffers=tuple(buffers),
        arena_bytes=ready.arena_bytes,
        workspace=(start, length),
        weight_bytes=ready.weight_bytes,
        strict_weight_bytes=strict.weight_bytes,
        stored_weight_bytes=ready.stored_weight_bytes,
        needed_bytes=needed_bytes(ready),
    )


def _kept(ready: Plan, step: Any, item: int) -> int:
    """Return the bytes of a step's weights as they are kept."""
    from math import prod

    shapes = step.packed.values() if step.algorithm else map(ready.shape_of, step.weights.values())
    return item * sum(map(prod, shapes))
