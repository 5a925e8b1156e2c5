"""The conditions of a network in the form that decides whether sizes fit, and that finds the nearest that do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as choices

from cnnshape.analysis.fitting.constraints import Constraint
from cnnshape.errors import FormulaError
from cnnshape.symbolic import Box, IntegerSet, bound, solve, subs, symbols

__all__ = ["Region", "Rules", "regions"]

_MOST_REGIONS = 2_000


@dataclass(frozen=True, slots=True)
class Region:
    """Sizes that all relations allow together: one box of each.

    Parameters
    ----------
    sets : symbol -> its values, for the symbols of the boxes
    boxes : the box of each relation, in their order
    """

    sets: Mapping[str, IntegerSet]
    boxes: tuple[Box, ...]


def regions(boxed: Iterable[Sequence[Box]], known: Mapping[str, IntegerSet]) -> tuple[Region, ...]:
    """Return the regions of relations that split into boxes; the first relation's order counts first.

    Parameters
    ----------
    boxed : the boxes of each relation
    known : symbol -> the values that its other conditions leave
    """
    found = [Region({}, ())]
    for relation in boxed:
        met = (_met(region, box, known) for region in found for box in relation)
        found = [region for region in met if region is not None]
        if len(found) > _MOST_REGIONS:
            found = found[:_MOST_REGIONS]
    return tuple(found)


def _met(region: Region, box: Box, known: Mapping[str, IntegerSet]) -> Region | None:
    sets = dict(region.sets)
    for each in box.sets:
        other = sets.get(each.symbol, known.get(each.symbol))
        sets[each.symbol] = each if other is None else (each & other).named(each.symbol)
        if not sets[each.symbol]:
            return None
    return Region(sets, (*region.boxes, box))


@dataclass(frozen=True, slots=True)
class Rules:
    """What sizes must fulfil.

    Parameters
    ----------
    exact : symbol -> the values that satisfy all conditions on it alone; symbols with any value are left out
    open : the other conditions, to be evaluated
    regions : what those that split into boxes allow
    """

    exact: Mapping[str, IntegerSet]
    open: Sequence[Constraint]
    regions: tuple[Region, ...]

    def decide(self, sizes: Mapping[str, int]) -> bool | None:
        """Tell whether these sizes fit; None if symbols without a size leave it open."""
        if any(name in sizes and sizes[name] not in members for name, members in self.exact.items()):
            return False
        left = {name: members for name, members in self.exact.items() if name not in sizes}
        undecided = bool(left)
        for constraint in self.open:
            condition = constraint.demand.condition
            value = subs(constraint.expr, sizes)
            if isinstance(value, int):
                if not condition.holds(value):
                    return False
                continue
            low, high = bound(value)
            if (high is not None and high < 0) or (condition.op == "==" and low is not None and low > 0):
                return False
            if condition.op == ">=" and low is not None and low >= 0:
                continue
            undecided = True
            names = symbols(value)
            if len(names) == 1:
                (name,) = names
                left[name] = _narrowed(left.get(name), value, condition.op, name)
        if any(members.is_empty for members in left.values()):
            return False
        return None if undecided else True

    def nearest(self, sizes: Mapping[str, int]) -> tuple[dict[str, int], ...]:
        """Return the nearest sizes that fit: changes of one symbol if that is enough, else of several together."""
        if self.decide(sizes) is not False:
            return (dict(sizes),)
        found = [change for name in sizes for change in self._changes_of(name, sizes)]
        if not found:
            found = self.together(sizes)
        unique = {tuple(change.items()): change for change in found}
        return tuple(unique.values())

    def _changes_of(self, name: str, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Yield the nearest smaller and larger value of one symbol, the others as they are."""
        for near in self.members(name, sizes).nearest(sizes[name]):
            if near is not None and near != sizes[name]:
                changed = {**sizes, name: near}
                if self.decide(changed) is not False:
                    yield changed

    def members(self, name: str, sizes: Mapping[str, int]) -> IntegerSet:
        """Return the values of one symbol that its conditions allow, the others at these sizes."""
        others = {other: size for other, size in sizes.items() if other != name}
        found = self.exact.get(name, IntegerSet.everything())
        for constraint in self.open:
            value = subs(constraint.expr, others)
            if symbols(value) == {name}:
                found = _narrowed(found, value, constraint.demand.condition.op, name)
        return found

    def together(self, sizes: Mapping[str, int]) -> list[dict[str, int]]:
        """Return the nearest sizes below and above, several symbols changed."""
        found: list[tuple[int, dict[str, int]]] = []
        for region in self.regions:
            sets = {**self.exact, **region.sets}
            near = {
                name: [x for x in sets[name].nearest(size) if x is not None] if name in sets else [size]
                for name, size in sizes.items()
            }
            for values in choices(*(dict.fromkeys(row) for row in near.values())):
                changed = dict(zip(near, values, strict=True))
                if self.decide(changed) is not False:
                    found.append((sum(abs(changed[name] - size) for name, size in sizes.items()), changed))
        found.sort(key=lambda row: row[0])
        below = next((c for _, c in found if all(c[n] <= size for n, size in sizes.items())), None)
        above = next((c for _, c in found if all(c[n] >= size for n, size in sizes.items())), None)
        either = [change for change in (below, above) if change is not None]
        return either or [change for _, change in found[:1]]


def _narrowed(members: IntegerSet | None, expr: object, op: str, name: str) -> IntegerSet:
    known = IntegerSet.everything() if members is None else members
    try:
        return known & solve(expr, op, name)  # type: ignore[arg-type]  # a size and a relation
    except FormulaError:
        return known
