"""The conditions of a network solved together: what each symbol may be, and what couples several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from cnnshape.analysis.fitting.assumed import Assumed
from cnnshape.analysis.fitting.blame import Reason, core, reason
from cnnshape.analysis.fitting.constraints import Constraint, constraints, follows, split
from cnnshape.analysis.fitting.rules import Region, Rules, regions
from cnnshape.analysis.fitting.shorten import put_in
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Demand, Propagation
from cnnshape.symbolic import Box, IntegerSet, Size, boxes_text, subs, symbols

__all__ = ["Relation", "Solution", "in_order", "solution"]

Solved = tuple[Constraint, IntegerSet]


@dataclass(frozen=True, slots=True)
class Relation:
    """A condition that couples several symbols, or one that is beyond the limits of sets.

    Parameters
    ----------
    symbols : the symbols in it
    text : str, one line: the box nearest to a square and how many others there are, or the condition itself
    boxes : all boxes that it allows, the one with the default sizes first, then nearest to a square; empty if it does
        not split into boxes
    because : the layer that asks for it, then those that take something away from its boxes
    """

    symbols: tuple[str, ...]
    text: str
    boxes: tuple[Box, ...]
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """The conditions of a network under assumptions, solved.

    Parameters
    ----------
    network : Network
    taken : the assumptions
    known : symbol -> what assumptions and the conditions on it alone leave of it
    kept : symbol -> the conditions on it alone that are not implied by others, with their sets
    boxed : conditions on several symbols, with their boxes
    open : the other conditions that are left
    refused : demands that can not be met together, or one alone; empty if all can
    regions : what all boxes together allow
    notes : what could not be solved
    """

    network: Network
    taken: Assumed
    known: Mapping[str, IntegerSet]
    kept: Mapping[str, Sequence[Solved]]
    boxed: Sequence[tuple[Constraint, tuple[Box, ...]]]
    open: Sequence[Constraint]
    refused: Sequence[Demand]
    regions: tuple[Region, ...]
    notes: tuple[str, ...]

    def rules(self) -> Rules:
        """Return what sizes must fulfill."""
        exact = {name: each for name, each in self.known.items() if not each.is_everything}
        return Rules(exact, sorted([*(c for c, _ in self.boxed), *self.open], key=_position), self.regions)

    def restricted(self) -> dict[str, tuple[IntegerSet, tuple[Reason, ...]]]:
        """Return the values of each symbol that is restricted, and because of whom."""
        found: dict[str, tuple[IntegerSet, tuple[Reason, ...]]] = {}
        for name, rows in self._by_symbol().items():
            total, kept, _ = core([each for _, each in rows], self.taken.sets.get(name))
            if kept:
                found[name] = total.named(name), self._reasons(rows[i][0].demand for i in kept)
        for name, demands in self._impossible():
            found[name] = IntegerSet.nothing().named(name), self._reasons(demands)
        return {name: found[name] for name in in_order(found, self.network)}

    def _by_symbol(self) -> dict[str, list[Solved]]:
        """Return the conditions of each symbol in graph order, those that couple it as the box nearest to a square."""
        found = {name: list(rows) for name, rows in self.kept.items()}
        if self.regions:
            for (constraint, _), box in zip(self.boxed, self.regions[0].boxes, strict=True):
                for each in box.sets:
                    if not each.is_everything:
                        found.setdefault(each.symbol, []).append((constraint, each))
        return {name: sorted(rows, key=lambda row: _position(row[0])) for name, rows in found.items()}

    def _impossible(self) -> Iterator[tuple[str, list[Demand]]]:
        """Yield a symbol without any value for demands that can not be met, alone or together."""
        if self.refused:
            names = frozenset[str]().union(*map(_names, self.refused))
            yield in_order(names, self.network)[0], list(self.refused)
        if not self.regions:
            for name in frozenset[str]().union(*(constraint.names for constraint, _ in self.boxed)):
                yield name, [constraint.demand for constraint, _ in self.boxed if name in constraint.names]

    def relations(self) -> Iterator[Relation]:
        """Yield the conditions that couple symbols."""
        for constraint, boxes in self.boxed:
            left = tuple(self._within_known(boxes))
            yield self._relation(constraint, boxes_text(left), left, self._narrowing(boxes))
        for constraint in self.open:
            yield self._relation(constraint, str(constraint.demand.condition), (), [])

    def _relation(
        self, constraint: Constraint, text: str, boxes: tuple[Box, ...], others: Sequence[Demand]
    ) -> Relation:
        names = tuple(in_order(constraint.names, self.network))
        return Relation(names, text, boxes, self._reasons([constraint.demand, *others]))

    def _narrowing(self, boxes: Sequence[Box]) -> list[Demand]:
        """Return the demands on single symbols that take something away from boxes, late ones dropped first."""
        found: list[Constraint] = []
        for name in dict.fromkeys(each.symbol for box in boxes for each in box.sets):
            rows = self.kept.get(name, ())
            if not rows or all(each <= self.known[name] for box in boxes for each in box.sets if each.symbol == name):
                continue
            inside = reduce(IntegerSet.__or__, (box[name] for box in boxes), IntegerSet.nothing())
            _, needed, _ = core([each for _, each in rows], inside & self.taken.sets.get(name, inside))
            found += [rows[i][0] for i in needed]
        return [constraint.demand for constraint in sorted(found, key=_position)]

    def _within_known(self, boxes: Iterable[Box]) -> Iterator[Box]:
        for box in boxes:
            sets = tuple((each & self.known.get(each.symbol, each)).named(each.symbol) for each in box.sets)
            if all(sets):
                yield Box(box.factors, sets)

    def _reasons(self, demands: Iterable[Demand]) -> tuple[Reason, ...]:
        return tuple(dict.fromkeys(reason(self.network, demand) for demand in demands))


def solution(propagation: Propagation, taken: Assumed) -> Solution:
    """Solve the conditions of a propagation under assumptions."""
    network = propagation.network
    found = constraints(propagation.demands, _put_in(taken))
    known = dict(taken.sets)
    kept: dict[str, list[Solved]] = {}
    left, notes = list(found.open), list(found.notes)
    for name, rows in found.single.items():
        total, needed, beyond = core([each for _, each in rows], taken.sets.get(name))
        known[name] = total.named(name)
        kept[name] = [rows[i] for i in needed]
        left += [rows[i][0] for i in beyond]
        notes += [f"{rows[i][1]}: beyond the limits of sets together with the others" for i in beyond]
    steps = put_in(known)
    refused = list(found.refused[:1])
    boxed: list[tuple[Constraint, tuple[Box, ...]]] = []
    for constraint in found.several:
        holds = follows(constraint, steps)
        boxes = split(constraint, in_order(constraint.names, network)) if holds is None else None
        if holds is False and not refused:
            refused = [*_clashing(constraint, kept, taken), constraint.demand]
        if boxes is not None:
            boxed.append((constraint, _usual_first(boxes, network.defaults)))
        elif not holds:
            left.append(constraint)
    left.sort(key=_position)
    met = regions([boxes for _, boxes in boxed], known)
    return Solution(network, taken, known, kept, boxed, left, refused, met, tuple(notes))


def _put_in(taken: Assumed) -> Mapping[str, Size]:
    """Return what symbols are replaced by: those that equal a size, and those that are assumed to have one value."""
    fixed: dict[str, Size] = {
        name: low
        for name, members in taken.sets.items()
        if (low := members.minimum()) is not None and low == members.maximum()
    }
    return {**{name: subs(size, fixed) for name, size in taken.same.items()}, **fixed} if fixed else taken.same


def _clashing(constraint: Constraint, kept: Mapping[str, Sequence[Solved]], taken: Assumed) -> list[Demand]:
    """Return the demands on single symbols that it takes to exclude a condition on several, late ones dropped first."""
    rows = sorted((row for name in constraint.names for row in kept.get(name, ())), key=lambda row: _position(row[0]))
    for row in reversed(rows[:]):
        fewer = [each for each in rows if each is not row]
        known = dict(taken.sets)
        for each, members in fewer:
            (name,) = each.names
            known[name] = members if name not in known else known[name] & members
        if follows(constraint, put_in(known)) is False:
            rows = fewer
    return [each.demand for each, _ in rows]


def _usual_first(boxes: Sequence[Box], defaults: Mapping[str, int]) -> tuple[Box, ...]:
    """Put the box that holds the network's default sizes first, if it has some; the others keep their order."""
    usual = [all(defaults.get(each.symbol, 0) in each for each in box.sets) for box in boxes]
    return tuple(box for _, box in sorted(zip(usual, boxes, strict=True), key=lambda row: not row[0]))


def in_order(names: Iterable[str], network: Network) -> list[str]:
    """Return symbols in the order in which the inputs declare them, others after them by name."""
    given = set(names)
    declared = [name for name in network.symbols if name in given]
    return declared + sorted(given.difference(declared))


def _position(constraint: Constraint) -> int:
    return constraint.demand.node


def _names(demand: Demand) -> frozenset[str]:
    return symbols(demand.condition.expr)
