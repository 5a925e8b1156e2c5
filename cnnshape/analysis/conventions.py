"""Named ways to count operations, and what lies between two of them, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from cnnshape.analysis.counts import Counts
from cnnshape.analysis.peer_rules import PEERS, PRODUCTS, Call, Rule
from cnnshape.analysis.quantity import Quantity, one_image
from cnnshape.errors import UsageError
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.catalog import by_class
from cnnshape.layers.io import Unknown
from cnnshape.symbolic import Size, subs, total

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Incomplete",
    "Reconciliation",
    "Tally",
    "Term",
    "convention",
    "reconcile",
    "tally",
]

FLOPS_PER_MAC = 2
"""A multiply-add is two floating-point operations. What torchvision and fvcore print as FLOPS is called MACs here."""


@dataclass(frozen=True, slots=True)
class Convention:
    """A way to count the multiply-adds of a network.

    Parameters
    ----------
    name : str
    words : str, what it counts, for the line under a report
    rules : design name of a layer -> how it counts it; None or absent if it has no rule and counts nothing
    rest : the rule for every layer that `rules` does not name
    """

    name: str
    words: str
    rules: Mapping[str, Rule | None] = field(default_factory=dict)
    rest: Rule | None = None

    def rule(self, op: str) -> Rule | None:
        """Return how it counts the layers of a design name."""
        return self.rules.get(op, self.rest)


def _peer(tool: str) -> Mapping[str, Rule | None]:
    return {name: getattr(peers, tool) for name, peers in PEERS.items()}


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        row.name: row
        for row in (
            Convention("torchvision", "conv + linear + matmul", rest=PRODUCTS),
            Convention(
                "fvcore", "conv + linear + matmul, norms, resampling, adaptive average pooling", _peer("fvcore")
            ),
            Convention("timm", "conv + linear + matmul, norms, resampling, adaptive average pooling", _peer("fvcore")),
            Convention("thop", "conv + linear, norms, average pooling, resampling, recurrent cells", _peer("thop")),
            Convention("ptflops", "conv + linear + matmul, bias, norms, activations, pooling", _peer("ptflops")),
            Convention("keras", "conv + linear + matmul; Keras has no count of its own", rest=PRODUCTS),
        )
    }
)
"""Conventions by name. timm counts with fvcore. torchvision's published GFLOPS are multiply-adds of products only."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A layer that a count leaves out, wholly or in part.

    Parameters
    ----------
    layer : str
    why : str
    """

    layer: str
    why: str


@dataclass(frozen=True, eq=False)
class Tally:
    """The operations of a network under a convention.

    Parameters
    ----------
    convention : Convention
    counts : Counts
    macs : Quantity, what the convention calls its count; layers it has no rule for count nothing and are listed
    incomplete : the layers that are missing from it; a layer that it counts as nothing by its rules is not among them
    """

    convention: Convention
    counts: Counts
    macs: Quantity
    incomplete: tuple[Incomplete, ...]

    @property
    def complete(self) -> bool:
        """True if no layer is missing."""
        return not self.incomplete


def convention(name: str) -> Convention:
    """Return the convention of that name.

    Raises
    ------
    UsageError
        CS001, there is none.
    """
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    near = get_close_matches(name, CONVENTIONS, 1)
    raise UsageError(
        f"there is no counting convention {name!r}",
        got=name,
        rule=f"a convention is one of {', '.join(CONVENTIONS)}",
        fix=f"did you mean {near[0]}?" if near else "torchvision",
    )


def tally(counts: Counts, name: str = "torchvision") -> Tally:
    """Return the operations of a network as the convention `name` counts them.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.counts import counts
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.MaxPool(2)(L.Conv(8, kernel_size=3, padding=1)(x))
    >>> found = counts(propagate(Network("tiny", inputs=x, outputs=y)))
    >>> tally(found).macs.total, tally(found, "ptflops").macs.total
    (216*H*W, 240*H*W)
    >>> tally(found, "fvcore").incomplete
    (Incomplete(layer='max_pool1', why='fvcore has no rule for max_pool and counts nothing'),)
    """
    chosen = convention(name)
    found, network = counts.found, counts.found.network
    behind = [Incomplete(layer, "its shapes are unknown: it stands at or behind a fault") for layer in counts.unknown]
    behind += _untold(counts)
    if chosen.rest is PRODUCTS:
        return Tally(chosen, counts, counts.macs, tuple(behind))
    known: dict[tuple[Layer, tuple[Spec, ...] | None], tuple[Size, str]] = {}
    values: list[Size | None] = []
    lacking: list[Incomplete] = []
    for i, (node, row) in enumerate(zip(network.nodes, counts.rows, strict=True)):
        if row is None or not row.work.known or i in network.held:
            values.append(0 if i in network.held else None)
            continue
        key = (node.layer, found.inputs[i])
        if key not in known:
            known[key] = _counted(chosen, Call(node.layer, found.inputs[i] or (), found.outputs[i] or (), row))
        value, why = known[key]
        values.append(value)
        if why:
            lacking.append(Incomplete(node.name, why))
    macs = Quantity("macs", network, tuple(values), "multiply-adds")
    return Tally(chosen, counts, macs, (*behind, *lacking))


def _untold(counts: Counts) -> list[Incomplete]:
    """Return the operators of which nobody knows what they do."""
    found = []
    for i, (node, row) in enumerate(zip(counts.found.network.nodes, counts.rows, strict=True)):
        if isinstance(node.layer, Unknown) and row is not None:
            lost = ["operations"] if i not in counts.found.network.held else []
            lost += ["parameters"] if node.layer.weighted else []
            if lost:
                why = f"{node.layer.operator}: {node.layer.reason()}; its {' and '.join(lost)} are unknown"
                found.append(Incomplete(node.name, why))
    return found


def _counted(chosen: Convention, call: Call) -> tuple[Size, str]:
    """Return what a convention counts for a layer, and why that is not all of it, or ""."""
    name = by_class()[type(call.layer)].name
    rule, work = chosen.rule(name), call.count.work
    if rule is None and not any(s != 0 for s in (work.macs, work.muls, work.adds, work.compares, work.transcendental)):
        return 0, ""
    value = None if rule is None else rule.count(call)
    if rule is None or value is None:
        return 0, f"{chosen.name} has no rule for {name} and counts nothing"
    return value, f"{chosen.name} does not count {rule.lacks}" if rule.lacks else ""


@dataclass(frozen=True, slots=True)
class Term:
    """What all layers of one sort contribute to the difference of two counts.

    Parameters
    ----------
    op : str, design name of the layers
    layers : int, how many of them differ
    difference : Size, the second count minus the first
    first, second : how the two conventions count such a layer, in words
    """

    op: str
    layers: int
    difference: Size
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Two counts of one network and the terms between them: ``first + sum of the terms == second``.

    Parameters
    ----------
    names : of the two conventions
    first, second : Size, their totals
    terms : in the order the layers occur
    """

    names: tuple[str, str]
    first: Size
    second: Size
    terms: tuple[Term, ...]


def reconcile(
    counts: Counts, first: str, second: str, sizes: Mapping[str, int] = MappingProxyType({})
) -> Reconciliation:
    """Return what lies between two conventions.

    Parameters
    ----------
    counts : Counts
    first, second : names of conventions
    sizes : symbol -> int, put into the result

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.counts import counts
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.BatchNorm()(L.Conv(8, kernel_size=3, padding=1, bias=False)(x))
    >>> found = counts(propagate(Network("tiny", inputs=x, outputs=y)))
    >>> [(term.op, term.difference) for term in reconcile(found, "torchvision", "thop").terms]
    [('batch_norm', 32*H*W)]
    """
    one, two = tally(counts, first), tally(counts, second)
    network = counts.found.network
    groups: dict[str, list[Size]] = {}
    for node, a, b in zip(network.nodes, one.macs.values, two.macs.values, strict=True):
        if a is not None and b is not None and a != b:
            groups.setdefault(by_class()[type(node.layer)].name, []).append(b - a)

    def put(size: Size) -> Size:
        return one_image(subs(size, sizes), network.batch)

    terms = tuple(
        Term(op, len(parts), put(total(parts)), _words(one.convention, op), _words(two.convention, op))
        for op, parts in groups.items()
    )
    sums = [put(total(value for value in each.macs.values if value is not None)) for each in (one, two)]
    return Reconciliation((first, second), sums[0], sums[1], terms)


def _words(chosen: Convention, op: str) -> str:
    rule = chosen.rule(op)
    return "nothing, for want of a rule" if rule is None else rule.words
