"""Random settings of single layers: every layer, every argument, inputs of every rank that it takes, with numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

from cnnshape.errors import ArgumentError
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.catalog import ENTRIES
from cnnshape.layers.io import Constant, Input, Parameter, Unknown
from cnnshape.layers.sized import put, symbols_of
from cnnshape.runtime.plan import ITEM_BYTES
from cnnshape.symbolic import subs, symbols
from tests.random_networks.grow import grow
from tests.random_networks.growth import outcome

__all__ = ["Setting", "settings"]

VALUES: dict[str, tuple[Any, ...]] = {
    "eps": (1e-5, 1e-3, 0.1),
    "momentum": (0.1, 0.3),
    "alpha": (0.3, 0.75, 1.0),
    "beta": (0.4, 0.75, 1.0),
    "k": (1.0, 2.0),
    "lambd": (0.2, 0.5, 1.1),
    "threshold": (-0.4, 0.3, 1.5),
    "value": (-1.5, 0.0, 2.0),
    "init": (0.1, 0.25),
    "init_values": (1e-3,),
    "p": (0.0, 0.3),
    "dropout": (0.0, 0.2),
    "min": (-0.7, None),
    "max": (0.6, None),
    "min_val": (-0.8, -0.2),
    "max_val": (0.3, 1.2),
    "negative_slope": (0.0, 0.2),
    "approximate": ("none", "tanh"),
    "scale": (None, 0.4),
    "rounding_mode": ("none", "trunc", "floor"),
    "normalize": (False, True),
}
"""What changes values alone: networks of all layers leave it as it is."""


@dataclass(frozen=True)
class Setting:
    """A layer, and inputs that it takes; all sizes are numbers."""

    layer: Layer
    inputs: tuple[Spec, ...]

    def __str__(self) -> str:
        return f"{self.layer!r} on {', '.join(f'{spec} {spec.dtype}' for spec in self.inputs)}"


def settings(count: int, seed: int) -> list[Setting]:
    """Return so many different settings, of each layer about the same number while there are enough."""
    waiting: dict[type[Layer], list[Setting]] = defaultdict(list)
    seen: set[tuple[Any, ...]] = set()
    for number in range(count // 4 + 40):
        rng = Random(f"{seed} {number}")
        for setting in (*_of_a_network(rng), *(_of_examples(rng) if number % 8 == 0 else ())):
            key = (setting.layer, setting.inputs)
            if key not in seen and not isinstance(setting.layer, Unknown):  # nobody can say what it gives
                seen.add(key)
                waiting[type(setting.layer)].append(setting)
    found: list[Setting] = []
    rows = list(waiting.values())
    turn = 0
    while len(found) < count and any(turn < len(row) for row in rows):
        found += [row[turn] for row in rows if turn < len(row)]
        turn += 1
    return found[:count]


def _of_a_network(rng: Random) -> Iterator[Setting]:
    sample = grow(rng, 12)
    found = propagate(sample.network, sample.sizes)
    for node, inputs, outputs in zip(found.network.nodes, found.inputs, found.outputs, strict=True):
        given = isinstance(node.layer, (Input, Constant, Parameter))
        if outputs is not None and not given and {spec.dtype for spec in (*inputs, *outputs)} <= set(ITEM_BYTES):  # type: ignore[misc]  # no layer without inputs is left
            yield Setting(_varied(rng, node.layer, inputs), inputs)


def _of_examples(rng: Random) -> Iterator[Setting]:
    """Yield the examples of every layer at random sizes, where they fit: some layers stand in no random network."""
    for entry in ENTRIES:
        for example in entry.layer.examples() if entry.layer.arity != (0, 0) else ():
            names = {name for spec in example.inputs for size in spec.shape for name in symbols(size)}
            names |= set(symbols_of(example.layer))
            sizes = {name: rng.randint(2, 9) for name in sorted(names)}
            inputs = tuple(Spec(tuple(subs(size, sizes) for size in spec.shape), spec.dtype) for spec in example.inputs)
            if any(size < 1 for spec in inputs for size in spec.shape):  # type: ignore[operator]  # numbers
                continue
            layer = _varied(rng, put(example.layer, sizes), inputs)
            fits = outcome(layer, inputs)
            if fits and {spec.dtype for spec in (*inputs, *fits)} <= set(ITEM_BYTES):
                yield Setting(layer, inputs)


def _varied(rng: Random, layer: Layer, inputs: tuple[Spec, ...]) -> Layer:
    """Return the layer with other values."""
    names = [f.name for f in fields(layer) if f.name in VALUES and rng.random() < 0.6]  # type: ignore[arg-type]  # a dataclass
    for name in names:
        if isinstance(getattr(layer, name), str) != isinstance(VALUES[name][0], str):
            continue
        try:
            layer = replace(layer, **{name: rng.choice(VALUES[name])})  # type: ignore[type-var]  # a dataclass
        except (ArgumentError, TypeError):
            continue
    return layer
