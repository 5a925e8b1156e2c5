"""Units while it is decided what is one block: they are taken out, and become parts of others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnshape.render.figures.blocks.cells import Edge
from cnnshape.render.figures.blocks.units import Unit, Units
from cnnshape.render.palette import Role

__all__ = ["KERNELS", "Stage", "UnitGraph"]

KERNELS = frozenset({"conv", "depthwise", "up_conv"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A block of the figure.

    Parameters
    ----------
    name : what is written above it
    minor : True if the name may be left out where there is no room
    role : what chooses its color
    slices : for each of its units whether its input is added to its result
    first, last : the nodes whose outputs are its size
    nodes : positions in `network.nodes`
    parts : role and node of what a concatenation joins, from left to right
    units : what it is made of
    region : True if it has branches inside that are not drawn
    maps : nodes whose outputs have the height and width that are written under it
    """

    name: str
    minor: bool
    role: Role
    slices: tuple[bool, ...]
    first: int
    last: int
    nodes: tuple[int, ...]
    parts: tuple[tuple[Role, int], ...] = ()
    units: tuple[Unit, ...] = ()
    region: bool = False
    maps: tuple[int, ...] = ()


class UnitGraph:
    """Blocks of one unit each, by number, with what leads to and from each; every step leads to a higher number."""

    def __init__(self, units: Units, faults: frozenset[int] = frozenset()) -> None:
        self._faults = faults
        self.stages = {
            i: Stage(
                "", False, each.role, (each.residual,), each.shown, each.shown, each.nodes, (), (each,),
                maps=(each.shown,),
            )
            for i, each in enumerate(units.units)
        }  # fmt: skip
        self._before: dict[int, set[int]] = {i: set() for i in self.stages}
        self._after: dict[int, set[int]] = {i: set() for i in self.stages}
        for a, b in units.steps:
            self._lead(a, b)
        self.skips, self.copies = set(units.skips), set(units.copies)

    @property
    def steps(self) -> set[Edge]:
        """What leads from one to another."""
        return {(a, b) for a, users in self._after.items() for b in users}

    def is_broken(self, *blocks: int) -> bool:
        """Tell whether one of some blocks holds a layer that does not fit."""
        return any(not self._faults.isdisjoint(self.stages[i].nodes) for i in blocks)

    def before(self, i: int) -> list[int]:
        return sorted(self._before[i])

    def after(self, i: int) -> list[int]:
        return sorted(self._after[i])

    def remove(self, i: int, heir: int) -> None:
        """Take a block out; what leads to or from it leads past it, and shortcuts to its heir."""
        before, after = self._cut(i)
        for a in before:
            for b in after:
                self._lead(a, b)
        self._inherit(i, heir)

    def absorb(self, i: int, heir: int) -> None:
        """Make a block a part of a later one: what leads to or from it leads to or from that."""
        before, after = self._cut(i)
        for a in before - {heir}:
            self._lead(a, heir)
        for b in after - {heir}:
            self._lead(heir, b)
        self._inherit(i, heir, joined=True)

    def _inherit(self, i: int, heir: int, joined: bool = False) -> None:
        def moved(edges: set[Edge]) -> set[Edge]:
            pairs = {(heir if a == i else a, heir if b == i else b) for a, b in edges}
            return {(a, b) for a, b in pairs if a != b}

        if joined:
            one, other = self.stages[i], self.stages[heir]
            self.stages[heir] = replace(
                other, nodes=tuple(sorted((*one.nodes, *other.nodes))), units=(*one.units, *other.units)
            )
        self.skips, self.copies = moved(self.skips), moved(self.copies)
        del self.stages[i]

    def _cut(self, i: int) -> tuple[set[int], set[int]]:
        before, after = self._before.pop(i), self._after.pop(i)
        for a in before:
            self._after[a].discard(i)
        for b in after:
            self._before[b].discard(i)
        return before, after

    def _lead(self, a: int, b: int) -> None:
        self._after[a].add(b)
        self._before[b].add(a)
