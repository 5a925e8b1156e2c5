"""The layer that a figure is about, at sizes that are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnshape.analysis.report import Facts
from cnnshape.errors import UsageError
from cnnshape.layers.base import Layer, Spec, axis_name, in_space
from cnnshape.layers.sized import put
from cnnshape.symbolic import Size, Window, evaluate

__all__ = ["Subject", "named", "sized", "subject", "whole"]

_SOME = 224
"""What a size that is free is drawn at, or the next that fits."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer with what goes in and what comes out, one image, sizes as numbers.

    Parameters
    ----------
    facts : of the network, at sizes
    name : of the layer
    layer : Layer
    inputs, outputs : their specs, the batch 1
    windows : axis -> Window, for the axes that are slid over; empty if the layer slides over none
    chosen : the sizes that nobody stated, as text: ``H = 32, W = 32``, or ""
    """

    facts: Facts
    name: str
    layer: Layer
    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]
    windows: Mapping[int, Window]
    chosen: str

    @property
    def x(self) -> Spec:
        return self.inputs[0]

    @property
    def y(self) -> Spec:
        return self.outputs[0]

    def axis(self, axis: int) -> str:
        """Return the letter of an axis."""
        return axis_name(len(self.x.shape), axis)


def whole(size: Size) -> int:
    """Return a size that is a number."""
    assert isinstance(size, int), size  # `subject` has put numbers in
    return size


def sized(facts: Facts) -> tuple[Facts, str]:
    """Return the facts with every symbol but the batch at a size that fits, and which were chosen.

    Raises
    ------
    UsageError
        CS004, no size that fits was found.
    """
    batch = facts.network.batch
    free = [name for name, size in facts.symbols.items() if size is None and name != batch]
    given: dict[str, int] = {}
    for name in free:
        default = facts.network.defaults.get(name, _SOME)
        allowed = facts.sets.get(name)
        given[name] = default if allowed is None or default in allowed else _next(allowed.nearest(default), default)
    found = facts.at({**({batch: 1} if batch and facts.symbols[batch] is None else {}), **given})
    if free and found.errors:
        raise UsageError(
            "no sizes were found that the figure could be drawn at",
            code="CS004",
            rule="a figure is drawn at sizes that are numbers and fit",
            fix=", ".join(f"--set {name}={size}" for name, size in given.items()),
        )
    return found, ", ".join(f"{name} = {size}" for name, size in given.items() if name not in facts.network.defaults)


def _next(near: tuple[int | None, int | None], default: int) -> int:
    below, above = near
    return above if above is not None else below if below is not None else default


def subject(facts: Facts, layer: str) -> Subject:
    """Return a layer of a network, ready to be drawn.

    Raises
    ------
    UsageError
        CS005, no layer has this name; CS001, its sizes are not known.
    """
    network = facts.network
    i = network.index.get(layer, network.producers.get(layer))
    if i is None:
        raise named(facts, layer)
    found, chosen = sized(facts)
    propagation = found.propagation
    inputs, outputs = propagation.inputs[i], propagation.outputs[i]
    node = network.nodes[i]
    if inputs is None or outputs is None:
        faults = found.errors
        raise UsageError(
            f"{node.name}: its sizes are not known: {faults[0].message}" if faults else f"{node.name} cannot be drawn",
            got=node.name,
            rule="a figure is drawn of a layer that its input fits",
            fix=faults[0].fix if faults else "another layer",
        )
    axes_of_space = len(inputs[0].shape) - 2 if inputs else 0
    sized_layer = in_space(put(node.layer, found.sizes), axes_of_space)
    windows = sized_layer.window(inputs) if inputs else None
    plain = windows is not None and windows.known and windows.source is None and len(inputs) == 1
    axes = dict(sorted(windows.axes.items())) if windows and plain else {}
    one = [tuple(_one(spec) for spec in specs) for specs in (inputs, outputs)]
    return Subject(found, node.name, sized_layer, one[0], one[1], axes, chosen)


def named(facts: Facts, layer: str) -> UsageError:
    """Return the error for a name that no layer has."""
    from difflib import get_close_matches

    nodes = facts.network.nodes
    scoped = next((node.name for node in nodes if f"{node.scope}.".startswith(f"{layer}.")), "") if layer else ""
    near = [] if scoped else get_close_matches(layer, [node.name for node in nodes][:10_000], 1)
    return UsageError(
        f"{layer} is a block of layers" if scoped else f"there is no layer {layer!r}" if layer else "which layer?",
        code="CS005",
        got=layer,
        rule="a figure is about one layer, named as in the report",
        fix=f"did you mean {near[0]}?"
        if near
        else f"a layer of the block, such as {scoped}"
        if scoped
        else "cnnshape report MODEL --detail layer lists them",
    )


def _one(spec: Spec) -> Spec:
    return Spec((1, *(evaluate(size, {}) for size in spec.shape[1:])), spec.dtype)
