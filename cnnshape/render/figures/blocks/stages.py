"""What is drawn as one block: equal neighbors are its slices, and how more is folded where the width is small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnshape.render.figures.blocks.cells import Edge
from cnnshape.render.figures.blocks.names import Names
from cnnshape.render.figures.blocks.regions import fold_chains, fold_joins, fold_regions
from cnnshape.render.figures.blocks.sizes import Sizes
from cnnshape.render.figures.blocks.unit_graph import KERNELS, Stage, UnitGraph
from cnnshape.render.figures.blocks.units import Units
from cnnshape.render.palette import Role

__all__ = ["DEGREES", "Plan", "Stage", "plan_of"]

_NEAR = 0.75
DEGREES = 5
"""How many degrees of folding there are: all blocks; without pooling; maps of one size together; the branches between
two places that all data passes as one; and all that leads to one addition or stands in one row with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The blocks of a figure in order, what leads from one to another, by position, and what had to be folded."""

    stages: tuple[Stage, ...]
    steps: tuple[Edge, ...]
    skips: tuple[Edge, ...]
    copies: tuple[Edge, ...]
    said: str = ""


def plan_of(units: Units, sizes: Sizes, degree: int, names: Names, faults: frozenset[int] = frozenset()) -> Plan:
    """Return the blocks of a network.

    Parameters
    ----------
    units : its units
    sizes : their sizes
    degree : how much is folded, 0 to `DEGREES` - 1
    names : of the units
    faults : nodes that do not fit; their blocks stand alone
    """
    found = UnitGraph(units, faults)
    said = []
    if degree < 3:
        _absorb_upsampling(found)
    if _drop_pools(found, sizes, all_pools=degree > 0):
        said.append("pooling is not drawn")
    if degree > 2 and fold_regions(found, sizes):
        said.append("branches between two places that all data passes are one block")
    if degree > 3:
        if fold_joins(found, sizes):
            said.append("what leads to one addition or concatenation alone is a part of it")
        fold_chains(found, sizes)
    if degree == 2 or degree > 3:
        said.append("maps of one height and width are one block")
    return replace(_merged(found, sizes, degree, names), said=_listed(said))


def _listed(words: Sequence[str]) -> str:
    return ", and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _absorb_upsampling(found: UnitGraph) -> None:
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
            if role == "up_conv" and found.after(source) == [target] and not found.is_broken(source, target):
                nodes = tuple(sorted((*found.stages[source].nodes, *stage.nodes)))
                units = (*found.stages[source].units, *stage.units)
                stage = replace(stage, nodes=nodes, units=units)
                found.remove(source, target)
        found.stages[target] = replace(stage, parts=tuple(parts))


def _drop_pools(found: UnitGraph, sizes: Sizes, all_pools: bool) -> bool:
    """Leave out pooling, or only that which does nothing at these sizes; tell whether some that matters was."""
    dropped = False
    for i in sorted(found.stages):
        before, stage = found.before(i), found.stages[i]
        if (
            stage.role != "pool"
            or found.is_broken(i)
            or len(before) != 1
            or not found.after(i)
            or len(found.stages) < 4
        ):
            continue
        idle = sizes.extent(stage.last) == sizes.extent(found.stages[before[0]].last)
        if all_pools or idle:
            found.remove(i, before[0])
            dropped |= not idle
    return dropped


def _merged(found: UnitGraph, sizes: Sizes, degree: int, names: Names) -> Plan:
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


def _continues(found: UnitGraph, sizes: Sizes, row: Sequence[int], i: int, degree: int, names: Names) -> bool:
    """Tell whether a unit is a further slice of a block."""
    a, b = found.stages[row[-1]], found.stages[i]
    if found.is_broken(row[-1]) or found.is_broken(i):
        return False
    if found.before(i) != [row[-1]] or found.after(row[-1]) != [i]:
        return False
    if any(x == row[-1] or y == i for edges in (found.copies, found.skips) for x, y in edges) or b.parts:
        return False
    first = found.stages[row[0]]
    if a.region or b.region:
        one, other = sizes.extent(a.last), sizes.extent(b.last)
        alike = a.region == b.region or (all((*a.slices, *b.slices)) and one == other)
        return alike and one.space == other.space and bool(one.space)
    if first.parts or (first.role == "up_conv" and b.role == "conv"):
        same = _is_near(sizes.extent(a.last).space, sizes.extent(b.last).space)
        return degree > 1 and b.role == "conv" and same and bool(found.after(i))
    one, other = sizes.extent(a.last), sizes.extent(b.last)
    if a.role == b.role == "linear" and not other.space:
        return degree > 1 and one == other
    if not other.space or len(one.space) != len(other.space) or a.role in ("io", "concat", "add"):
        return False
    near = other.area > 1 and (_is_near(one.space, other.space) if degree > 1 else one.space == other.space)
    if degree > 1 and {a.role, b.role} <= {"conv", "depthwise"} and found.after(i):
        return near and (one.area > 1)
    if a.role != b.role or a.role not in (*KERNELS, "linear", "other"):
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
    slices = tuple(flag for stage in stages for flag in stage.slices)
    region = any(stage.region for stage in stages)
    named = (
        [unit for unit in units if unit.role in ("conv", "depthwise")] if first.role in ("concat", "up_conv") else ()
    )
    parts = tuple(part for stage in stages for part in (stage.parts or ((stage.role, stage.last),)))
    is_mixed = not region and (bool(first.parts) or (first.role == "up_conv") != (last.role == "up_conv"))
    name = names.of(units, len(slices)) if region else names.of(units[-1:] if last.parts else named or units)
    main = max(stages, key=lambda each: (each.role in KERNELS, each.role == "linear", sizes.extent(each.last).channels))
    start = last if is_mixed else first
    return Stage(
        name,
        last.role in ("pool", "concat", "add") and not region,
        main.role,
        slices,
        start.last,
        last.last,
        tuple(sorted(i for stage in stages for i in stage.nodes)),
        parts if is_mixed else (),
        units,
        region,
        tuple(node for stage in stages for node in stage.maps),
    )
