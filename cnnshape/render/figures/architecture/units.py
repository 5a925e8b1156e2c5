"""The layers that an architecture figure shows, and how they feed each other; what computes nothing is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cnnshape.graph.network import Network
from cnnshape.graph.quiet import fixed_nodes
from cnnshape.layers.base import Kind, Layer, Spec
from cnnshape.layers.io import Input, Parameter
from cnnshape.render.diagram import Card, diagram
from cnnshape.render.map_sizes import MapSizes
from cnnshape.render.operators import spoken
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Source", "Unit", "Units", "units_of"]

_QUIET = frozenset({"Cast", "Flatten", "Identity", "Permute", "Reshape", "Squeeze", "Unsqueeze"})
"""Layers that move elements and compute none."""
_SIDE = frozenset({Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE})
"""What stands beside another layer of its unit."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a unit takes a tensor from.

    Parameters
    ----------
    unit : its position
    tensor : its name
    crossed : True if the unit does not take it as it is
    shape : of the tensor as the unit takes it; None behind a fault
    """

    unit: int
    tensor: str
    crossed: bool = False
    shape: tuple[Size, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One layer with the normalization and activation that follow it, or an input, or one of several outputs.

    Parameters
    ----------
    card : its words
    layer : the one that gives it its name; None for an output
    takes, gives : what enters it and what leaves it, as far as it is known
    heads, tails : the layers before and behind it, as far as they compute
    sources : where its tensors come from
    scope : the block that it stands in
    given : names of the learned tensors that it takes, ``class_token``
    rank : how many axes its maps have
    """

    card: Card
    layer: Layer | None
    takes: tuple[Spec, ...]
    gives: tuple[Spec, ...]
    heads: tuple[Layer, ...]
    tails: tuple[Layer, ...]
    sources: tuple[Source, ...]
    scope: str
    given: tuple[str, ...] = ()
    rank: int = 2


@dataclass(frozen=True)
class Units:
    """All units of a network in topological order.

    Parameters
    ----------
    units : the inputs first
    left_out : names of the classes that are not drawn
    sizes : what writes their shapes
    batch : the symbol that counts the images
    """

    units: tuple[Unit, ...]
    left_out: tuple[str, ...]
    sizes: MapSizes
    batch: str

    @cached_property
    def users(self) -> tuple[tuple[int, ...], ...]:
        """For each unit those that take its tensors."""
        found: list[dict[int, None]] = [{} for _ in self.units]
        for i, unit in enumerate(self.units):
            for source in unit.sources:
                found[source.unit][i] = None
        return tuple(map(tuple, found))


def units_of(facts: Facts) -> Units:
    """Return the units of a network.

    Dropout and what moves elements without computing any is left out, so are layers that no output needs; a learned
    tensor is a word at the layer that takes it. What does not fit is always shown.
    """
    shown = diagram(facts, "layer")
    found = facts.propagation
    network = found.network  # its layers have the sizes put in
    batch, fixed = facts.network.batch, fixed_nodes(network)
    rank = max((len(tensor.shape) for tensor in facts.inputs), default=4)
    several = sum(card.sort == "output" for card in shown.cards) > 1
    entering: list[list[Source]] = [[] for _ in shown.cards]
    for link in shown.links:
        spec = found.specs.get(link.tensor)
        entering[link.target].append(Source(link.source, link.tensor, link.crossed, spec.shape if spec else None))
    through: dict[int, int] = {}  # a card that is left out -> the card before it
    constant: dict[int, str] = {}  # a card that gives learned tensors alone
    place: dict[int, int] = {}
    left_out: dict[str, None] = {}
    made: list[Unit] = []
    ends: list[Unit] = []
    for i, card in enumerate(shown.cards):
        sources = _sources(entering[i], through, constant)
        if card.sort == "output":
            if several and sources:
                ends.append(Unit(card, None, (), (), (), (), _placed(sources, place), ""))
            continue
        if card.held:
            left_out[f"{card.scope or card.name} (not executed)"] = None
            through[i] = -1
            continue
        reached = [j for j in card.nodes if j not in fixed] or card.nodes
        nodes = [network.nodes[j] for j in reached]
        read = {t for node in nodes for k, t in enumerate(node.inputs) if k not in node.layer.sized_by}
        sources = tuple(source for source in sources if source.tensor in read)
        head = nodes[0]
        if not isinstance(head.layer, Input) and not card.fault:
            if not sources and (entering[i] or not head.inputs):
                constant[i] = constant.get(entering[i][0].unit, card.name) if entering[i] else card.name
                continue
            if len(sources) == 1 and all(_is_quiet(node.layer) for node in nodes):
                left_out.update(dict.fromkeys(type(node.layer).__name__ for node in nodes))
                through[i] = sources[0].unit
                continue
        place[i] = len(made)
        said = spoken(network, reached, fixed)
        number = _lead([layer for _, layer in said])
        lead = said[number][0]
        made.append(
            Unit(
                card,
                network.nodes[lead].layer,
                found.inputs[lead] or (),
                found.outputs[reached[-1]] or (),
                _computing([layer for _, layer in said[:number]]),
                _computing([layer for _, layer in said[number + 1 :]]),
                _placed(sources, place),
                head.scope,
                (
                    *(constant[source.unit].rpartition(".")[2] for source in entering[i] if source.unit in constant),
                    *_learned(network, card.nodes, lead, fixed),
                ),
                _rank(found.inputs[lead] or (), rank),
            )
        )
    made = _with_ends(_with_tails(made), ends)
    sizes = MapSizes((spec.shape for unit in made for spec in (*unit.takes, *unit.gives)), batch)
    return Units(tuple(made), tuple(left_out), sizes, batch)


def _lead(layers: Sequence[Layer]) -> int:
    """Return which of some layers gives a unit its name: what neither only moves elements nor stands beside another."""
    loud = [k for k, layer in enumerate(layers) if not _is_quiet(layer)]
    return next((k for k in loud if layers[k].kind not in _SIDE), loud[0] if loud else 0)


def _with_tails(units: Sequence[Unit]) -> list[Unit]:
    """Return the units with normalization and activation in the convolution they follow, if it stands deeper inside."""
    users: dict[int, int] = {}
    for unit in units:
        for source in unit.sources:
            users[source.unit] = users.get(source.unit, 0) + 1
    out: list[Unit] = []
    place: dict[int, int] = {}
    for i, unit in enumerate(units):
        unit = replace(unit, sources=tuple(replace(s, unit=place[s.unit]) for s in unit.sources))
        before = unit.sources[0].unit if len(unit.sources) == 1 else -1
        if 0 <= before == len(out) - 1 and users.get(units[i].sources[0].unit) == 1 and _follows(out[before], unit):
            tails = (*out[before].tails, *unit.heads, *((unit.layer,) if unit.layer else ()), *unit.tails)
            out[before] = replace(out[before], tails=tails, gives=unit.gives)
            place[i] = before
            continue
        place[i] = len(out)
        out.append(unit)
    return out


def _follows(before: Unit, unit: Unit) -> bool:
    """Return True if all of a unit stands beside the unit before it."""
    layers = [*unit.heads, *([unit.layer] if unit.layer else []), *unit.tails]
    beside = all(layer.kind in _SIDE for layer in layers) and not (unit.card.fault or before.card.fault)
    computes = before.layer is not None and before.layer.kind in (Kind.CONV, Kind.LINEAR)
    ended = any(layer.kind is Kind.ACTIVATION for layer in before.tails)
    return beside and computes and not ended and f"{before.scope}.".startswith(f"{unit.scope}." if unit.scope else "")


def _with_ends(units: Sequence[Unit], ends: Sequence[Unit]) -> list[Unit]:
    """Return the units with each output behind the unit that it comes from, or at the end where others follow that."""
    used = {source.unit for unit in units for source in unit.sources}
    beside = {unit.sources[0].unit: unit for unit in ends if unit.sources[0].unit not in used}
    last = [unit for unit in ends if beside.get(unit.sources[0].unit) is not unit]
    out: list[Unit] = []
    place: dict[int, int] = {}
    for i, unit in enumerate(units):
        place[i] = len(out)
        out.append(unit)
        if i in beside:
            out.append(beside[i])
    out += last
    if not ends:
        return out
    return [replace(unit, sources=tuple(replace(s, unit=place[s.unit]) for s in unit.sources)) for unit in out]


def _is_quiet(layer: Layer) -> bool:
    return layer.kind is Kind.REGULARIZE or type(layer).__name__ in _QUIET


def _learned(network: Network, nodes: Sequence[int], lead: int, fixed: frozenset[int]) -> list[str]:
    """Return the names of the learned tensors that a sum or product takes, whose unit it names."""
    if network.nodes[lead].layer.kind is not Kind.MERGE:
        return []
    found = [network.nodes[i] for i in nodes if i in fixed and isinstance(network.nodes[i].layer, Parameter)]
    return [node.name.rpartition(".")[2] for node in found]


def _rank(takes: Sequence[Spec], assumed: int) -> int:
    """Return how many axes the maps have that enter a layer; behind a fault, those that enter the network."""
    return max(1, (len(takes[0].shape) if takes else assumed) - 2)


def _computing(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    return tuple(layer for layer in layers if not _is_quiet(layer))


def _sources(entering: Sequence[Source], through: dict[int, int], constant: dict[int, str]) -> tuple[Source, ...]:
    """Return the cards that are shown from which tensors come."""
    kept = []
    for source in entering:
        unit = source.unit
        while unit in through:
            unit = through[unit]
        if unit >= 0 and unit not in constant:
            kept.append(replace(source, unit=unit))
    return tuple(dict.fromkeys(kept))


def _placed(sources: Sequence[Source], place: dict[int, int]) -> tuple[Source, ...]:
    return tuple(replace(source, unit=place[source.unit]) for source in sources if source.unit in place)
