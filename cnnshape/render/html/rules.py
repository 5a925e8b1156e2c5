"""The solved conditions of a network as data: from them the live page finds the nearest sizes that fit."""

from __future__ import annotations

from typing import Any

from cnnshape.analysis.report import Facts
from cnnshape.render.html.program import program, whole
from cnnshape.symbolic import IntegerSet
from cnnshape.symbolic.intervals import runs_of

__all__ = ["relations_source", "rules_data"]

_MOST_REGIONS = 64
_MOST_PIECES = 512
"""A set of more pieces is left out, and sizes near it are then not looked for."""


def rules_data(facts: Facts) -> dict[str, Any]:
    """Return what each symbol may be, and what couples several of them."""
    rules, names = facts.validity.rules, facts.network.symbols
    place = {name: k for k, name in enumerate(names)}
    regions = rules.regions[:_MOST_REGIONS]
    boxed = len(regions[0].boxes) if regions else 0
    return {
        "exact": [_set(rules.exact.get(name)) for name in names],
        "names": [sorted(place[name] for name in each.names if name in place) for each in rules.open],
        "ops": [each.demand.condition.op for each in rules.open],
        "regions": [[_set(region.sets.get(name)) for name in names] for region in regions],
        "split": boxed == len(rules.open) and len(regions) == len(rules.regions),
        "solved": all(_pieces(members) <= _MOST_PIECES for members in rules.exact.values()),
    }


def relations_source(facts: Facts) -> str:
    """Return the JavaScript of the conditions on several symbols, and of those that are only checked on numbers."""
    return program("relations", [each.expr for each in facts.validity.rules.open], facts.network.symbols)


def _pieces(members: IntegerSet) -> int:
    return len(members.head) + len(runs_of(members.residues))


def _set(members: IntegerSet | None) -> list[Any] | None:
    if members is None or members.is_everything or _pieces(members) > _MOST_PIECES:
        return None
    head = [[whole(low), whole(high)] for low, high in members.head]
    return [head, whole(members.start), members.period, [[*run] for run in runs_of(members.residues)]]
