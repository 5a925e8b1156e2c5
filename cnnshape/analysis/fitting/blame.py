"""Because of which layers the sizes are restricted: an irredundant core of conditions, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.errors import FormulaError
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import Demand
from cnnshape.layers import catalog
from cnnshape.layers.base import Condition
from cnnshape.symbolic import IntegerSet, factored

__all__ = ["Reason", "core", "node_text", "reason"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A layer that restricts the sizes.

    Parameters
    ----------
    node : position in `network.nodes`
    layer : str, its name
    text : str, what it asks: ``concat 'up1' joins floor(H/8) and 2*floor(H/16)``
    """

    node: int
    layer: str
    text: str


def reason(network: Network, demand: Demand) -> Reason:
    """Return who makes a demand, and what it is."""
    node = network.nodes[demand.node]
    return Reason(demand.node, node.name, f"{node_text(node)} {_wish(demand.condition)}")


def node_text(node: Node) -> str:
    """Return ``concat 'up1'``, or the name alone where it says the kind already: ``conv3``."""
    entry = catalog.by_class().get(type(node.layer))
    kind = entry.name if entry is not None else type(node.layer).__name__
    return node.name if kind in node.name.casefold() else f"{kind} {node.name!r}"


def _wish(condition: Condition) -> str:
    left, right = factored(condition.left), factored(condition.right)
    if condition.code == "CS201":
        return f"joins {left} and {right}"
    if condition.code == "CS202":
        return f"expects {right}, is given {left}"
    return f"needs {left} {condition.op} {right}"


def core(sets: Sequence[IntegerSet], given: IntegerSet | None = None) -> tuple[IntegerSet, list[int], list[int]]:
    """Return the common members of all sets, and which of them it takes to get them.

    Parameters
    ----------
    sets : in graph order
    given : what holds anyway; default everything

    Returns
    -------
    tuple of
        the members of `given` and all sets that could be intersected;
        the positions of an irredundant core: late sets are left out first, if the others imply them;
        the positions of those whose intersection with the others is beyond the limits of sets

    Notes
    -----
    With the intersections of all beginnings at hand one pass from the end is enough, so the cost is linear in the
    number of sets.
    """
    total = IntegerSet.everything() if given is None else given
    before: list[IntegerSet] = []
    beyond: list[int] = []
    for i, each in enumerate(sets):
        before.append(total)
        try:
            total = total & each
        except FormulaError:
            beyond.append(i)
    kept: list[int] = []
    rest: IntegerSet | None = None
    for i in range(len(sets) - 1, -1, -1):
        if i in beyond:
            continue
        others = before[i] if rest is None else before[i] & rest
        if others == total:
            continue
        kept.append(i)
        rest = sets[i] if rest is None else rest & sets[i]
        if rest == total:
            break
    return total, kept[::-1], beyond
