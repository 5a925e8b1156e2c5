"""The smallest sizes that fit: the fewest elements in a map, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from cnnshape.analysis.fitting.rules import Rules
from cnnshape.symbolic import IntegerSet

__all__ = ["smallest"]

_MOST_STEPS = 4_000


def smallest(rules: Rules, names: Sequence[str]) -> tuple[Mapping[str, int] | None, bool]:
    """Return the sizes with the smallest product that fit, and whether no smaller ones can.

    Parameters
    ----------
    rules : what sizes must fulfill
    names : the symbols to find sizes for

    Returns
    -------
    tuple of
        symbol -> size, of equal products those nearest to a square; None if nothing was found
        True if the search was complete: then None means that nothing fits

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.fitting.validity import validity
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Linear(10, in_features=75)(L.Flatten()(L.MaxPool(8)(x))))
    >>> smallest(validity(propagate(net)).rules, ("H", "W"))
    ({'H': 40, 'W': 40}, True)
    """
    search = _Search(rules)
    for region in rules.regions:
        search.region({name: region.sets.get(name, rules.exact.get(name, IntegerSet.everything())) for name in names})
    return search.best, search.steps < _MOST_STEPS and not search.undecided


@dataclass(slots=True)
class _Search:
    """Branch and bound: one symbol after the other, smallest values first, until the product is that of the best."""

    rules: Rules
    best: dict[str, int] | None = None
    steps: int = 0
    undecided: bool = False

    def region(self, sets: Mapping[str, IntegerSet]) -> None:
        lows: dict[str, int] = {}
        for name, members in sets.items():
            low = members.minimum()
            if low is None:
                return
            lows[name] = low
        if not self._taken(lows):
            self._below({}, sets, lows)

    def _below(self, fixed: dict[str, int], sets: Mapping[str, IntegerSet], lows: Mapping[str, int]) -> None:
        name = next(each for each in sets if each not in fixed)
        rest = [each for each in sets if each not in fixed and each != name]
        members = sets[name] if rest else sets[name] & self.rules.members(name, fixed)
        least = prod(fixed.values()) * prod(lows[each] for each in rest)
        value = members.minimum()
        while value is not None and self.steps < _MOST_STEPS:
            if self.best is not None and value * least > prod(self.best.values()):
                return
            self.steps += 1
            sizes = {**fixed, name: value}
            if rest:
                if self.rules.decide(sizes) is not False:
                    self._below(sizes, sets, lows)
            elif self._taken(sizes):
                return
            value = members.nearest(value + 1)[1]

    def _taken(self, sizes: dict[str, int]) -> bool:
        """Tell whether these sizes fit, and keep them if they are better."""
        fits = self.rules.decide(sizes)
        self.undecided |= fits is None
        if not fits:
            return False
        if self.best is None or _order(sizes) < _order(self.best):
            self.best = sizes
        return True


def _order(sizes: Mapping[str, int]) -> tuple[int, int, tuple[int, ...]]:
    values = tuple(sizes.values())
    return prod(values), max(values, default=1) - min(values, default=1), values
