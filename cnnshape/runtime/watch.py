"""What is seen while a network runs: how long each layer takes, and where the first number goes bad."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.plan import plan as planned
from cnnshape.runtime.program import Program, bind
from cnnshape.runtime.records import ArrayFacts
from cnnshape.runtime.room import has_room

__all__ = ["Spoiled", "array_facts", "first_spoiled", "is_finite", "layer_seconds"]


_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Where numbers stop being finite.

    Parameters
    ----------
    where : str, name of the first layer whose output holds a nan or an infinity, or of an input
    what : "nan" or "infinity", what its output holds first
    source : "layer", "input" or "weight"; of a weight, `where` is its name; "kernel", if it comes from the way that
        layers are computed together, "unknown" if there is no memory to look for it; then `where` is an output
    outputs : names of the outputs that are not finite
    """

    where: str
    what: str
    source: str
    outputs: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return one line."""
        into = {
            "input": f"the input {self.where} holds it",
            "weight": f"the weight {self.where} holds it",
            "layer": f"the first layer that gives it is {self.where}",
            "kernel": "computed layer by layer all numbers are finite; --strict or --dtype float64 may help",
            "unknown": "there is not enough free memory to look for the first layer that gives it",
        }
        many = "s" * (len(self.outputs) > 1)
        return f"the output{many} {', '.join(self.outputs)} hold{'s' * (not many)} {self.what}: {into[self.source]}"


def is_finite(values: Array) -> bool:
    """Say whether no number is nan or infinite, in little memory."""
    return not _bad(values)


def _bad(values: Array) -> str:
    """Return "nan" or "infinity", whichever is there first; "" for neither."""
    if values.dtype.kind != "f":
        return ""
    for part in np.nditer(values, ["external_loop", "buffered", "zerosize_ok"], buffersize=_CHUNK):
        finite = np.isfinite(part)
        if not finite.all():
            return "nan" if np.isnan(part[finite.argmin()]) else "infinity"
    return ""


def array_facts(name: str, values: Array) -> ArrayFacts:
    """Return what is told of an array."""
    spread: tuple[float | None, ...] = (None, None, None)
    if values.size and is_finite(values):
        spread = float(values.min()), float(values.mean(dtype=np.float64)), float(values.max())
    return ArrayFacts(name, values.shape, values.dtype.name, *spread)


def first_spoiled(
    plan: Plan, inputs: Mapping[str, Array], weights: Mapping[str, Array], outputs: Mapping[str, Array]
) -> Spoiled | None:
    """Return where the first nan or infinity comes from, if an output holds one.

    The network is then run again, every layer by itself.

    Parameters
    ----------
    plan, inputs, weights : what was run
    outputs : what a run returned for them
    """
    spoiled = tuple(name for name, values in outputs.items() if not is_finite(values))
    if not spoiled:
        return None
    for source, arrays in (("input", inputs), ("weight", weights)):
        for name, values in arrays.items():
            if what := _bad(values):
                return Spoiled(name, what, source, spoiled)
    found: list[tuple[str, str]] = []

    def look(node: str, made: Mapping[str, Array]) -> None:
        if not found:
            found.extend((node, what) for values in made.values() if (what := _bad(values)))

    plain = planned(plan.network, plan.sizes, plan.dtype, fused=False)
    what = _bad(outputs[spoiled[0]])
    if not has_room(plain):
        return Spoiled(spoiled[0], what, "unknown", spoiled)
    bind(plain, weights).run(inputs, look)
    return Spoiled(*found[0], "layer", spoiled) if found else Spoiled(spoiled[0], what, "kernel", spoiled)


def layer_seconds(
    program: Program,
    inputs: Mapping[str, Array],
    *,
    least: int = 3,
    seconds: float = 1.0,
    tick: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, float], int]:
    """Return how long each step takes, the median of several runs, and of how many.

    Parameters
    ----------
    program, inputs : what is run; once before, so that everything is loaded
    least : runs at least
    seconds : what more runs may take together
    tick : called after every step with the name of its node
    """
    taken: dict[str, list[float]] = {step.node: [] for step in (bound.step for bound in program.steps)}
    begun = perf_counter()
    runs = 0
    while runs < least or (perf_counter() - begun < seconds and runs < 100):
        last = perf_counter()

        def clock(node: str, _: Mapping[str, Array]) -> None:
            nonlocal last
            now = perf_counter()
            if node:
                taken[node].append(now - last)
                tick(node)
            last = perf_counter()

        program.run(inputs, clock)
        runs += 1
    return {node: float(np.median(times)) for node, times in taken.items()}, runs
