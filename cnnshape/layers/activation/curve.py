"""What an activation states beside the four facts of a layer: its range, where it goes flat, how steep it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work
from cnnshape.layers.demands import elements
from cnnshape.symbolic import Size

__all__ = ["FLAT", "Activation", "Curve", "Pointwise", "above_zero"]

FLAT = 0.01
"""A curve is saturated where its slope is smaller than this in size: less than a hundredth of a gradient passes."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The graph of an activation in real numbers.

    Parameters
    ----------
    low, high : infimum and supremum of the output
    reached : whether some input gives low, and whether some input gives high
    slope : infimum and supremum of the derivative, where there is one
    saturates : (below, above): for every input below the first, and above the second, the slope is smaller than `FLAT`
        in size; None where the curve never goes flat
    domain : smallest and largest input
    """

    low: float = -inf
    high: float = inf
    reached: tuple[bool, bool] = (False, False)
    slope: tuple[float, float] = (-inf, inf)
    saturates: tuple[float | None, float | None] = (None, None)
    domain: tuple[float, float] = (-inf, inf)

    def __str__(self) -> str:
        """Return the range as an interval, ``[0, inf)``."""
        return f"{'[' if self.reached[0] else '('}{self.low:.6g}, {self.high:.6g}{']' if self.reached[1] else ')'}"


class Activation(Layer):
    """A layer that bends its input, with the facts about its curve."""

    kind = Kind.ACTIVATION

    @property
    def curve(self) -> Curve:
        """The range, the slope and the flat ends."""
        raise NotImplementedError  # every final class has it; a test checks


class Pointwise(Activation):
    """An activation of each element by itself; a final class states what one element costs."""

    cost: ClassVar[Work]
    cases: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    """Arguments for the examples."""

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return times(self.cost, elements(inputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return tuple(
            Example.of(cls(**cls.cases[i % len(cls.cases)]), shape)
            for i, shape in enumerate((("N", 3, "H", "W"), ("N", "C"), ("N", 2, "L"), ("N", 2, "T", "H", "W")))
        )


def times(cost: Work, size: Size) -> Work:
    """Return the work on `size` elements, from that on one."""
    return Work(cost.macs * size, cost.muls * size, cost.adds * size, cost.compares * size, cost.transcendental * size)


def above_zero(layer: Layer, name: str, rule: str) -> None:
    """Refuse an argument that is not above 0."""
    if not getattr(layer, name) > 0:
        refuse(layer, name, "it is not above 0", needed="> 0", rule=rule, fix=f"{name}: 1.0, or any number above 0")
