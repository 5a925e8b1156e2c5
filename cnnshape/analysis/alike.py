"""One fault that several uses of a layer share is told once, with the names of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.network import Network

__all__ = ["listed", "told_once"]

_MOST_NAMES = 3


def told_once(errors: Sequence[ShapeError | ArgumentError], network: Network) -> tuple[ShapeError | ArgumentError, ...]:
    """Return the errors without those that say of another use of the same layer what an earlier one says.

    Two nodes are uses of one layer if they come from one entry of a design file, or have one owner of their weights.
    The error that is kept names the others.
    """
    first: dict[object, ShapeError | ArgumentError] = {}
    others: dict[object, list[str]] = {}
    for error in errors:
        fault = error.fault
        at = network.index.get(fault.node)
        owner = fault.node if at is None else network.nodes[at].weights_of or fault.node
        key = (fault.place or owner, fault.code, fault.message, fault.rule, fault.fix)
        if key in first:
            if fault.node not in (first[key].fault.node, *others.get(key, ())):
                others.setdefault(key, []).append(fault.node)
        else:
            first[key] = error
    return tuple(
        error.at(layer=f"{error.fault.layer}; the same at {listed(others[key], _MOST_NAMES)}")
        if key in others
        else error
        for key, error in first.items()
    )


def listed(names: Sequence[str], most: int) -> str:
    """Return names with commas between them, the first of many.

    Examples
    --------
    >>> listed(["a"], 3), listed(["a", "b", "c", "d", "e"], 3)
    ('a', 'a, b, c and 2 more')
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
