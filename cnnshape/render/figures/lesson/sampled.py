"""An activation and its slope at many places, computed by its own function."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from inspect import getdoc
from math import ceil, floor, inf, isfinite

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.report import Facts
from cnnshape.graph.network import Node
from cnnshape.layers.activation import Activation, PReLU
from cnnshape.layers.activation.curve import Pointwise
from cnnshape.layers.base import Layer
from cnnshape.layers.catalog import by_class
from cnnshape.runtime.drawn import computed

__all__ = ["Sampled", "activation_of", "activations_of", "formula", "sampled"]

_STEPS = 240
_NEAR = 1e-5
_WIDE = 6.0
_FARTHEST = 12.0


@dataclass(frozen=True, slots=True)
class Sampled:
    """A curve as points.

    Parameters
    ----------
    x : places, rising
    y : values; nan where there is none
    slope : of the curve
    low, high : where the places begin and end
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: tuple[float, ...]
    low: float
    high: float


def activation_of(facts: Facts, name: str) -> Pointwise | None:
    """Return a layer, if it is an activation of one number, or the activation that alone takes what it gives."""
    network = facts.network
    layer = network[name].layer
    if isinstance(layer, Pointwise):
        return layer
    users = [node for node in network.nodes if name in node.inputs]
    after = users[0].layer if len(users) == 1 else None
    return after if isinstance(after, Pointwise) else None


def activations_of(facts: Facts) -> list[tuple[Pointwise, list[Node]]]:
    """Return the different activations of one number in a network, each with the nodes that use it."""
    found: dict[Layer, list[Node]] = {}
    for node in facts.network.nodes:
        if isinstance(node.layer, Pointwise):
            found.setdefault(node.layer, []).append(node)
    return [(layer, nodes) for layer, nodes in found.items() if isinstance(layer, Pointwise)]


def formula(layer: Activation) -> str:
    """Return the formula of an activation in x, and the arguments that are not the usual ones."""
    entry = by_class()[type(layer)]
    if entry.name in CURVES and layer == type(layer)():
        return f"y = {CURVES[entry.name].formula}"
    given = [
        f"{f.name} = {getattr(layer, f.name)}"
        for f in fields(layer)  # type: ignore[arg-type]  # a dataclass
        if getattr(layer, f.name) != f.default and isinstance(getattr(layer, f.name), int | float | str)
    ]
    first = (getdoc(type(layer)) or "").partition("\n")[0].removesuffix(".")
    return f"{first}  ({', '.join(given)})" if given else first


def sampled(layer: Pointwise) -> Sampled:
    """Return the curve of an activation where something happens: around 0 and its flat ends.

    The places lie between the numbers at which activations break, so that no slope is taken across a corner.
    """
    low, high = _range(layer)
    step = (high - low) / _STEPS
    places = [low + (i + 0.5) * step for i in range(_STEPS)]
    one = replace(layer, num_parameters=1) if isinstance(layer, PReLU) else layer
    every = [*places, *(x - _NEAR for x in places), *(x + _NEAR for x in places)]
    (values,) = computed(one, [every])
    y, before, after = values[:_STEPS], values[_STEPS : 2 * _STEPS], values[2 * _STEPS :]
    slope = [(b - a) / (2 * _NEAR) for a, b in zip(before, after, strict=True)]
    return Sampled(tuple(places), tuple(y), tuple(slope), low, high)


def _range(layer: Pointwise) -> tuple[float, float]:
    """Return from where to where a curve is drawn."""
    curve = layer.curve
    ends = [end for end in (*curve.saturates, *curve.domain) if end is not None and isfinite(end)]
    near = [end for end in ends if abs(end) <= _FARTHEST - 2]
    low, high = min([-_WIDE, *(end - 1.5 for end in near)]), max([_WIDE, *(end + 1.5 for end in near)])
    if near and max(abs(end) for end in near) <= 2 and curve.saturates != (0.0, None):
        low, high = -3.0, 3.0  # all of it happens around 0
    low, high = max(floor(low), curve.domain[0]), min(ceil(high), curve.domain[1])
    return float(low), float(high) if high < inf else _WIDE
