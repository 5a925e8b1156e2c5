"""What is drawn as one block: equal neighbors are its slices, and how more is folded where the width is small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnshape.render.figures.blocks.cells import Edge
from cnnshape.render.figures.blocks.names import Names
from cnnshape.render.figures.blocks.sizes import Sizes
from cnnshape.render.figures.blocks.units import Unit, Units
from cnnshape.render.palette import Role

__all__ = ["FOLDS", "Plan", "Stage", "plan_of"]

_KERNELS = frozenset({"conv", "depthwise", "up_conv"})
_NEAR = 0.75
FOLDS = ("", "pooling is not drawn", "pooling is not drawn, and maps of one height and width are one block")
"""The degrees of folding, and what the description says of each."""


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


@dataclass(frozen=True, slots=True)
class Plan:
    """The blocks of a figure in order, and what leads from one to another, by position."""

    stages: tuple[Stage, ...]
    steps: tuple[Edge, ...]
    skips: tuple[Edge, ...]
    copies: tuple[Edge, ...]


def plan_of(units: Units, sizes: Sizes, degree: int, names: Names) -> Plan:
    """Return the blocks of a network.

    Parameters
    ----------
    units : its units
    sizes : their sizes
    degree : how much is folded, a position in `FOLDS`
    names : of the units
    """
    found = _Graph(units)
    _absorb_upsampling(found)
    _drop_pools(found, sizes, all_pools=degree > 0)
    return _merged(found, sizes, degree, names)


class _Graph:
    """Units that are changed while the plan is made, with what leads to and from each."""

    def __init__(self, units: Units) -> None:
        self.stages = {
            i: Stage("", False, each.role, (each.residual,), each.shown, each.shown, each.nodes, (), (each,))
            for i, each in enumerate(units.units)
        }
        self._before: dict[int, set[int]] = {i: set() for i in self.stages}
        self._after: dict[int, set[int]] = {i: set() for i in self.stages}
        for a, b in units.steps:
            self._lead(a, b)
        self.skips, self.copies = set(units.skips), set(units.copies)

    @property
    def steps(self) -> set[Edge]:
        """What leads from one to another."""
        return {(a, b) for a, users in self._after.items() for b in users}

    def before(self, i: int) -> list[int]:
        return sorted(self._before[i])

    def after(self, i: int) -> list[int]:
        return sorted(self._after[i])

    def remove(self, i: int, heir: int) -> None:
        """Take a unit out; what leads to or from it leads past it, and shortcuts to its heir."""
        before, after = self._before.pop(i), self._after.pop(i)
        for a in before:
            self._after[a].discard(i)
        for b in after:
            self._before[b].discard(i)
        for a in before:
            for b in after:
                self._lead(a, b)

        def moved(edges: set[Edge]) -> set[Edge]:
            pairs = {(heir if a == i else a, heir if b == i else b) for a, b in edges}
            return {(a, b) for a, b in pairs if a != b}

        self.skips, self.copies = moved(self.skips), moved(self.copies)
        del self.stages[i]

    def _lead(self, a: int, b: int) -> None:
        self._after[a].add(b)
        self._before[b].add(a)


def _absorb_upsampling(found: _Graph) -> None:
    """Show what is upsampled as one part of the concatenation that takes it, beside what is copied there."""
    for target in sorted({b for _, b in found.copies}):
        stage = found.stages[target]
        if stage.role != "concat":
            continue
        copied = tuple(("concat", found.stages[a].last) for a, b in sorted(found.copies) if b == target)
        parts: list[tuple[Role, int]] = [*copied]  # type: ignore[list-item]  # the word is a role
        for source in found.before(target):
            role = found.stages[source].role
            parts.append((role if role == "up_conv" else "conv", found.stages[source].last))
            if role == "up_conv" and found.after(source) == [target]:
                nodes = tuple(sorted((*found.stages[source].nodes, *stage.nodes)))
                units = (*found.stages[source].units, *stage.units)
                stage = replace(stage, nodes=nodes, units=units)
                found.remove(source, target)
        found.stages[target] = replace(stage, parts=tuple(parts))


def _drop_pools(found: _Graph, sizes: Sizes, all_pools: bool) -> None:
    """Leave out pooling, or only that which does nothing at these sizes."""
    for i in sorted(found.stages):
        before, stage = found.before(i), found.stages[i]
        if stage.role != "pool" or len(before) != 1 or not found.after(i) or len(found.stages) < 4:
            continue
        if all_pools or sizes.extent(stage.last) == sizes.extent(found.stages[before[0]].last):
            found.remove(i, before[0])


def _merged(found: _Graph, sizes: Sizes, degree: int, names: Names) -> Plan:
    rows: list[list[int]] = []
    for i in sorted(found.stages):
        if rows and _continues(found, sizes, rows[-1], i, degree, names):
            rows[-1].append(i)
        else:
            rows.append([i])
    number = {i: k for k, row in enumerate(rows) for i in row}

    def numbered(edges: set[Edge]) -> tuple[Edge, ...]:
        return tuple(sorted({(number[a], number[b]) for a, b in edges if number[a] != number[b]}))

    stages = tuple(_stage([found.stages[i] for i in row], names, sizes) for row in rows)
    return Plan(stages, numbered(found.steps), numbered(found.skips), numbered(found.copies))


def _continues(found: _Graph, sizes: Sizes, row: Sequence[int], i: int, degree: int, names: Names) -> bool:
    """Tell whether a unit is a further slice of a block."""
    a, b = found.stages[row[-1]], found.stages[i]
    if found.before(i) != [row[-1]] or found.after(row[-1]) != [i]:
        return False
    if any(x == row[-1] or y == i for edges in (found.copies, found.skips) for x, y in edges) or b.parts:
        return False
    first = found.stages[row[0]]
    if first.parts or (first.role == "up_conv" and b.role == "conv"):
        same = _is_near(sizes.extent(a.last).space, sizes.extent(b.last).space)
        return degree > 1 and b.role == "conv" and same and bool(found.after(i))
    one, other = sizes.extent(a.last), sizes.extent(b.last)
    if a.role == b.role == "linear" and not other.space:
        return degree > 1 and one == other
    if not other.space or len(one.space) != len(other.space) or a.role in ("io", "concat", "add"):
        return False
    near = _is_near(one.space, other.space) and other.area > 1
    if degree > 1 and {a.role, b.role} <= {"conv", "depthwise"} and found.after(i):
        return near and (one.area > 1)
    if a.role != b.role or a.role not in (*_KERNELS, "linear", "other"):
        return False
    if names.is_grown(a.units[-1], b.units[-1]):
        return one.space == other.space
    return near and one.channels == other.channels


def _is_near(one: Sequence[int], other: Sequence[int]) -> bool:
    """Tell whether maps are equally large but for what a window without padding takes."""
    return len(one) == len(other) and all(_NEAR * p <= q <= p / _NEAR for p, q in zip(one, other, strict=True))


def _stage(stages: Sequence[Stage], names: Names, sizes: Sizes) -> Stage:
    units = tuple(unit for stage in stages for unit in stage.units)
    first, last = stages[0], stages[-1]
    named = (
        [unit for unit in units if unit.role in ("conv", "depthwise")] if first.role in ("concat", "up_conv") else ()
    )
    parts = tuple(part for stage in stages for part in (stage.parts or ((stage.role, stage.last),)))
    is_mixed = bool(first.parts) or (first.role == "up_conv") != (last.role == "up_conv")
    name = names.of(units[-1:] if last.parts else named or units)
    main = max(stages, key=lambda each: (each.role in _KERNELS, sizes.extent(each.last).channels))
    start = last if is_mixed else first
    return Stage(
        name,
        last.role in ("pool", "concat", "add"),
        main.role,
        tuple(flag for stage in stages for flag in stage.slices),
        start.last,
        last.last,
        tuple(sorted(i for stage in stages for i in stage.nodes)),
        parts if is_mixed else (),
        units,
    )
