"""What the sliders of the live page begin with, and how far and in which steps they move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from cnnshape.analysis.report import Facts
from cnnshape.layers.sized import symbols_of
from cnnshape.symbolic import IntegerSet, symbols

__all__ = ["Role", "first_node", "role_of_symbol", "slider", "starts"]

Role: TypeAlias = Literal["batch", "space", "channels", "argument"]

_USUAL: Mapping[int, int] = {1: 16_000, 2: 224, 3: 64}
"""Space axes -> the size to begin with where nobody says one."""
_START: Mapping[Role, int] = {"batch": 1, "channels": 3, "argument": 8}
"""A width is often written in eighths, so that 8 is the network as it was published."""
_MOST_BATCH = 64
_COARSEST = 32


def role_of_symbol(facts: Facts, name: str) -> Role:
    """Return what a symbol measures: where in the inputs' shapes it first stands."""
    if name == facts.network.batch:
        return "batch"
    for node in facts.network.inputs:
        for axis, size in enumerate(node.declared):
            if name in symbols(size):
                return "channels" if axis == 1 and len(node.declared) > 2 else "space"
    return "argument"


def starts(facts: Facts) -> dict[str, int]:
    """Return the sizes that a page begins with: those of the report, the network's own, else usual ones that fit."""
    network, fits = facts.network, facts.validity
    given = {**network.defaults, **facts.sizes}
    found = {name: given[name] if name in given else _usual(facts, name) for name in network.symbols}
    if given.keys() >= set(network.symbols) - {network.batch} or fits.check(found) is not False:
        return found
    near = fits.nearest({name: size for name, size in found.items() if name not in given}) if not given else ()
    return {**found, **near[0]} if near else found


def _usual(facts: Facts, name: str) -> int:
    role, members = role_of_symbol(facts, name), facts.sets.get(name, IntegerSet.everything())
    rank = max((len(node.declared) - 2 for node in facts.network.inputs), default=2)
    size = _USUAL.get(rank, 64) if role == "space" else _START[role]
    below, above = members.nearest(size)
    return above or below or size


def slider(facts: Facts, name: str, start: int) -> dict[str, Any]:
    """Return the lowest and the highest value of a slider, and its step: such that it can hold `start`."""
    role, members = role_of_symbol(facts, name), facts.sets.get(name, IntegerSet.everything())
    if members.is_empty:
        members = IntegerSet.everything()
    last = members.maximum()
    if last is not None:
        least = members.minimum() or 1
        margin = max(4, last - least + 1)
        return {"low": min(start, max(1, least - margin)), "high": max(start, last + margin), "step": 1}
    if role == "batch":
        return {"low": 1, "high": max(_MOST_BATCH, 4 * start), "step": 1}
    step = members.period if members.period > 1 and len(members.residues) == 1 else 1
    if step == 1 and role == "space":
        step = min(start & -start, _COARSEST)
    low = (start - 1) % step + 1
    times = 7 if role == "argument" else 3
    high = start + step * max(8, times * start // step)
    return {"low": low, "high": high, "step": step}


def first_node(facts: Facts, name: str) -> int:
    """Return the first node that has the symbol."""
    nodes = facts.network.nodes
    return next((i for i, node in enumerate(nodes) if name in symbols_of(node.layer)), 0)
