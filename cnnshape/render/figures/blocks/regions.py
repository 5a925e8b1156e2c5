"""Folding by what all data passes: the branches between two such places are one block, and equal ones are slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from cnnshape.render.figures.blocks.sizes import Sizes
from cnnshape.render.figures.blocks.unit_graph import KERNELS, Stage, UnitGraph
from cnnshape.render.figures.blocks.units import Unit

__all__ = ["fold_chains", "fold_joins", "fold_regions"]

_WORK = KERNELS | {"linear"}
_JOINS = frozenset({"add", "concat"})
_MOST = 30
"""Branches of more units than this, with maps of several sizes, are no block that a reader can picture."""


def fold_regions(found: UnitGraph, sizes: Sizes) -> bool:
    """Make one block of all that lies between two blocks that all data passes; tell whether there was any."""
    folded = False
    for start, end in pairwise(_waists(found)):
        inside = [i for i in found.stages if start < i < end]
        spaces = {sizes.extent(found.stages[i].last).space for i in (*inside, end)}
        few = len(inside) <= _MOST or len(spaces) == 1
        ended = any(found.stages[i].role == "io" for i in inside) or found.is_broken(*inside, end)
        if not inside or not few or ended:
            continue
        across = start in found.before(end) or (start, end) in found.skips | found.copies
        found.skips.discard((start, end))
        found.copies.discard((start, end))
        for i in inside:
            found.absorb(i, end)
        is_sum = across and found.stages[end].role == "add"
        found.stages[end] = _as_one(found.stages[end], is_sum, sizes)
        folded = True
    return folded


def fold_joins(found: UnitGraph, sizes: Sizes) -> bool:
    """Make what leads to one addition or concatenation alone a part of it, as the exchange of parallel branches is.

    Tell whether there was any.
    """
    before = len(found.stages)
    for end in sorted(found.stages, reverse=True):
        if end not in found.stages or found.stages[end].role not in _JOINS or len(found.before(end)) < 2:
            continue
        if found.is_broken(end):
            continue
        parts = -1
        while len(found.stages) != parts:
            parts = len(found.stages)
            for i in found.before(end):
                whole = found.stages[i].role != "io" and not found.is_broken(i)
                if whole and found.after(i) == [end] and len(found.before(end)) > 1:
                    found.absorb(i, end)
        found.stages[end] = _as_one(found.stages[end], False, sizes)
    return len(found.stages) < before


def fold_chains(found: UnitGraph, sizes: Sizes) -> None:
    """Make one block of neighbors of one height and width where nothing branches off."""
    for i in sorted(found.stages):
        before = found.before(i)
        if (
            len(before) != 1
            or found.after(before[0]) != [i]
            or "io" in (found.stages[i].role, found.stages[before[0]].role)
        ):
            continue
        one, other = found.stages[before[0]], found.stages[i]
        if sizes.extent(one.last).space != sizes.extent(other.last).space or not found.after(i):
            continue
        slices, first, maps = (*one.slices, *other.slices), one.first, (*one.maps, *other.maps)
        found.absorb(before[0], i)
        role = max((one, other), key=lambda each: (each.role in KERNELS, sizes.extent(each.last).channels)).role
        found.stages[i] = replace(
            found.stages[i],
            role=role,
            slices=slices,
            first=first,
            maps=maps,
            parts=(),
            region=one.region or other.region,
        )


def _waists(found: UnitGraph) -> list[int]:
    """Return the blocks that all data passes, in order."""
    order = sorted(found.stages)
    edges = found.steps | found.skips | found.copies
    reach = {i: i for i in order}
    for a, b in edges:
        reach[a] = max(reach[a], b)
    furthest, out = -1, []
    sources = [i for i in order if not found.before(i)]
    for i in order:
        if furthest <= i and i >= sources[-1]:
            out.append(i)
        furthest = max(furthest, reach[i])
    return out


def _as_one(stage: Stage, is_sum: bool, sizes: Sizes) -> Stage:
    """Return a block of several units with as many slices as it has like parts."""
    work = [unit for unit in stage.units if unit.role in _WORK] or list(stage.units)
    slices = (True,) if is_sum else tuple(False for _ in range(_parts(work)))
    role = max(work, key=lambda unit: (unit.role in _WORK, sizes.extent(unit.shown).channels)).role
    if role not in _WORK and stage.role in _JOINS:
        role = stage.role
    return replace(stage, role=role, slices=slices, first=stage.last, parts=(), region=True, maps=(stage.last,))


def _parts(units: Sequence[Unit]) -> int:
    """Return how many scopes like ``denselayer3`` stand side by side in one scope; 1 if that is not all."""
    scopes = [unit.name.split(".") if unit.block else unit.name.split(".")[:-1] for unit in units]
    depth = next((k for k, column in enumerate(zip(*scopes, strict=False)) if len({*column}) > 1), -1)
    if depth < 0:
        return 1
    names = dict.fromkeys(".".join(scope[: depth + 1]) for scope in scopes)
    stems = {name.rstrip("0123456789") for name in names}
    return len(names) if len(stems) == 1 else 1
