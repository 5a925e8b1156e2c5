"""What sizes lie between in a network that is being read: its own layers ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cnnshape.errors import FormulaError
from cnnshape.layers.base import Condition, Spec
from cnnshape.layers.reshape import Reshape
from cnnshape.symbolic import exact_div, product, symbols
from cnnshape.symbolic.bounds import Interval, Ranges
from cnnshape.symbolic.solve import solve

__all__ = ["Bounds"]


class Bounds:
    """Ranges of symbols, worked out when somebody asks for them.

    Sizes outside of them fit no network that has the layers so far, so that it does not matter what is made of them.
    """

    def __init__(self) -> None:
        self._equal: dict[Condition, None] = {}
        self._waiting: dict[Condition, None] = {}
        self._known: dict[str, Interval] = {}
        self._told: dict[str, Interval] = {}

    def demand(self, conditions: Iterable[Condition]) -> None:
        """Note what a layer asks for."""
        for condition in conditions:
            if condition.op == ">=":
                self._waiting.setdefault(condition)
            elif condition.op == "==":
                self._equal.setdefault(condition)

    def rest(self, layer: Reshape, x: Spec) -> Reshape | None:
        """Return a layer with a number or a formula for its -1, where sizes divide that layers before made equal.

        A window partition that is taken back asks for it: N*(H//8)*(W//8) windows of 8 x 8 are (-1, H, W) once H is
        8*(H//8), which their partition has asked for.
        """
        shape = [x.shape[at] if size == 0 and at < len(x.shape) else size for at, size in enumerate(layer.shape)]
        have, want = product(x.shape), product(size for size in shape if size != -1)
        for condition in self._equal:
            for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
                times = exact_div(have, one)
                found = None if times is None else exact_div(times * other, want)
                if found is not None:
                    return replace(layer, shape=tuple(found if size == -1 else size for size in shape))
        return None

    def more(self) -> bool:
        """Say whether more is known than when this was asked before."""
        before, self._told = self._told, dict(self.ranges)
        return self._told != before

    @property
    def ranges(self) -> Ranges:
        """What each symbol lies between, as far as conditions on it alone say."""
        for condition in self._waiting:
            names = tuple(symbols(condition.expr))
            if len(names) == 1:
                try:
                    fitting = solve(condition.expr, condition.op, names[0])
                except FormulaError:
                    continue
                if fitting:
                    low, high = self._known.get(names[0], (1, None))
                    self._known[names[0]] = (max(low or 1, fitting.minimum() or 1), high)
        self._waiting = {}
        return self._known
