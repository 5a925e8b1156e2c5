"""Where a layer puts what it needs of the sizes: demands that are decided, raised or recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cnnshape.errors import ShapeError
from cnnshape.symbolic import Dim, Size, bound, complexity, equal, mod, text

__all__ = ["Condition", "Context"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of the symbols for a layer to fit: `expr op 0`.

    Parameters
    ----------
    expr : Dim
    op : ``==`` or ``>=``
    left, right : the two sizes as the layer compared them, for text
    fault : builds the error that a violation is; only the text of an error needs it, and texts are slow
    """

    expr: Dim
    op: Literal["==", ">="]
    left: Size
    right: Size
    fault: Callable[[], ShapeError] = field(compare=False, repr=False)

    @property
    def code(self) -> str:
        """The code of the error that a violation is."""
        return self.fault().code

    def holds(self, value: int) -> bool:
        """Say whether the condition holds where `expr` has this value."""
        return value == 0 if self.op == "==" else value >= 0

    def __str__(self) -> str:
        return f"{text(self.left)} {self.op} {text(self.right)}"


class Context:
    """Where `Layer.outputs` puts what it needs of the sizes.

    Each demand is decided if it can be: what always holds is dropped, what never holds is raised, the rest is recorded.
    `fault` builds the error with the numbers filled in; it is called only when one is raised.
    """

    __slots__ = ("conditions",)

    def __init__(self) -> None:
        self.conditions: list[Condition] = []

    def equal(self, left: Size, right: Size, fault: Callable[[], ShapeError]) -> Size:
        """Demand `left == right`; return the simpler of the two."""
        if left is right or left == right:
            return left
        difference = left - right
        if not isinstance(difference, Dim):
            raise fault()
        least, most = bound(difference)
        if (least is not None and least > 0) or (most is not None and most < 0):
            raise fault()
        if equal(left, right) is not True:
            self._record(Condition(difference, "==", left, right, fault))
        return min(left, right, key=complexity)

    def at_least(self, size: Size, least: Size, fault: Callable[[], ShapeError]) -> None:
        """Demand `size >= least`."""
        difference = size - least
        if not isinstance(difference, Dim):
            if difference < 0:
                raise fault()
            return
        low, high = bound(difference)
        if low is not None and low >= 0:
            return
        if high is not None and high < 0:
            raise fault()
        self._record(Condition(difference, ">=", size, least, fault))

    def divides(self, divisor: Size, size: Size, fault: Callable[[], ShapeError]) -> None:
        """Demand that `divisor`, an int, divides `size`; a symbolic divisor must divide it as a formula."""
        self.equal(mod(size, divisor), 0, fault)

    def _record(self, condition: Condition) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)
