"""A network while it grows: its tensors, what they are, and how a layer is put on some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from math import prod
from random import Random
from typing import Any

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.build import Tensor
from cnnshape.layers.base import Context, Layer, Spec
from cnnshape.layers.fields import KINDS
from cnnshape.layers.sized import put
from cnnshape.symbolic import dim, subs
from tests.random_networks.draw import At, chance

__all__ = ["Growth", "Unfit"]

LARGEST = 300_000
MOST_AXES = 6


class Unfit(Exception):
    """A move that does not fit the tensors at hand: another is drawn."""


class Growth:
    """The tensors of a growing network, latest last.

    Parameters
    ----------
    rng : Random
    sizes : symbol -> size that the network grows at
    """

    def __init__(self, rng: Random, sizes: dict[str, int]) -> None:
        self.rng = rng
        self.sizes = sizes
        self.tensors: list[At] = []
        self.used: set[Tensor] = set()
        self.dead: list[Tensor] = []
        self.placed: list[tuple[Layer, At]] = []

    def give(self, tensor: Tensor) -> At:
        """Take a tensor that no layer computes."""
        ((numbers,), (formulas,)) = (outcome(layer, ()) for layer in (self.at(tensor.call.layer), tensor.call.layer))
        self.tensors.append(At(tensor, numbers, formulas))
        return self.tensors[-1]

    def at(self, layer: Layer) -> Layer:
        return put(layer, self.sizes)

    def with_symbol(self, layer: Layer) -> Layer:
        """Return the layer with a formula in the place of one number, such as ``K - 2`` for the output channels."""
        sized = [f.name for f in fields(layer) if KINDS[f.type.partition(" | ")[0]].least is not None]  # type: ignore[arg-type]  # a dataclass
        numbers = [name for name in sized if isinstance(getattr(layer, name), int)]
        if not numbers:
            return layer
        name = self.rng.choice(numbers)
        value = getattr(layer, name)
        self.sizes.setdefault("K", max(value, 1))
        return replace(layer, **{name: dim("K") + (value - self.sizes["K"])})  # type: ignore[type-var]  # a dataclass

    def pick(self, *wants: Callable[[At], bool]) -> At:
        """Return one of the latest tensors that are as wanted."""
        fitting = [x for x in self.tensors if all(want(x) for want in wants)]
        if not fitting:
            raise Unfit
        return fitting[max(len(fitting) - 1 - int(self.rng.expovariate(1.0)), 0)]

    def any(self, *wants: Callable[[At], bool]) -> At:
        """Return any tensor that is as wanted."""
        fitting = [x for x in self.tensors if all(want(x) for want in wants)]
        if not fitting:
            raise Unfit
        return self.rng.choice(fitting)

    def put(self, layer: Layer, *taken: At, **options: Any) -> list[At]:
        """Put a layer on tensors; what does not fit the sizes is mostly refused, and sometimes kept as a fault."""
        layer = self.with_symbol(layer) if chance(self.rng, 0.04) else layer
        numbers = outcome(self.at(layer), [x.numbers for x in taken])
        if numbers is None and chance(self.rng, 0.9):
            raise Unfit
        if numbers is not None and any(not reasonable(spec) for spec in numbers):
            raise Unfit
        formulas = outcome(layer, [x.formulas for x in taken])
        agree = formulas is not None and numbers is not None and len(formulas) == len(numbers)
        if numbers is not None and not agree and chance(self.rng, 0.97):
            raise Unfit
        if chance(self.rng, 0.08):
            options.setdefault("frozen", True)
        if chance(self.rng, 0.08):
            options.setdefault("name", self.rng.choice(["stem", "head", "body", "x1"]))
        y = layer([x.tensor for x in taken], **options)
        self.used.update(x.tensor for x in taken)
        if not agree:
            self.dead.append(y)
            return []
        assert numbers is not None
        assert formulas is not None
        if len(taken) == 1:
            self.placed.append((layer, taken[0]))
        ports = [y] if len(numbers) == 1 else [y[port] for port in range(len(numbers))]
        made = [At(t, n, f) for t, n, f in zip(ports, numbers, formulas, strict=True)]
        self.tensors += made
        return made

    def one(self, layer: Layer, *taken: At, **options: Any) -> At:
        """Put a layer on tensors that has one output, or of which the first one matters."""
        made = self.put(layer, *taken, **options)
        if not made:
            raise Unfit
        return made[0]

    @property
    def leaves(self) -> list[Tensor]:
        """The tensors that nothing takes, those behind a fault too."""
        alive = [x.tensor for x in self.tensors if x.tensor not in self.used and x.tensor.call.inputs]
        return [*alive, *self.dead]


def outcome(layer: Layer, inputs: Sequence[Spec]) -> tuple[Spec, ...] | None:
    """Return the specs that leave a layer, or None if it does not fit."""
    least, most = layer.arity
    if len(inputs) < least or (most is not None and len(inputs) > most):
        return None
    try:
        return layer.outputs(tuple(inputs), Context())
    except (ShapeError, ArgumentError):
        return None


def reasonable(spec: Spec) -> bool:
    return len(spec.shape) <= MOST_AXES and prod(subs(size, {}) for size in spec.shape) <= LARGEST  # type: ignore[misc]
