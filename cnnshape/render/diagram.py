"""The folded network as cards and links: what the graph, the architecture figure and the page show alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnshape.graph.fold import Detail, detail_for, fold
from cnnshape.graph.folded import Vertex, folded_graph
from cnnshape.graph.quiet import fixed_nodes
from cnnshape.layers.base import Layer
from cnnshape.layers.merge import Add, Multiply, Subtract
from cnnshape.render.map_sizes import MapSizes
from cnnshape.render.operators import HEADS, block_words, layer_words, spoken
from cnnshape.render.palette import Role
from cnnshape.render.roles import role_of
from cnnshape.render.units import count_text
from cnnshape.symbolic import Size, total

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Card", "Diagram", "Link", "diagram"]

_SIGNS: dict[type[Layer], str] = {Add: "+", Multiply: "×", Subtract: "−"}


@dataclass(frozen=True, slots=True)
class Card:
    """A box of a picture, in words.

    Parameters
    ----------
    id : letters and digits, unique in the diagram
    name : of the input, layer, block or output, as the network names it
    sort : "input", "row" or "output"
    role : what chooses its color
    op : the operator with kernel and stride, ``Conv 3×3 /2``; of a block what it is made of
    extra : what is folded into its operator, ``BN, ReLU``; "" if nothing is
    sign : of what is drawn as a circle, ``+``; "" if it is a box
    shape : of what leaves it, ``64×56×56``, of one of its repeats; "−" where it is unknown
    times : how many equal neighbors are folded into it
    nodes : positions in `network.nodes`, of all repeats
    scope : the block that it stands for, the first of several; "" if it is none that the network names
    block : True if it stands for several layers
    params, macs : sums over the nodes; None where one is unknown
    fault : code, layer and message of what does not fit, in one line, "" if it fits
    held : True if no output needs it
    tip : what a reader is told who points at it
    """

    id: str
    name: str
    sort: str
    role: Role
    op: str
    extra: str
    sign: str
    shape: str
    times: int
    nodes: tuple[int, ...]
    scope: str
    block: bool
    params: Size | None
    macs: Size | None
    fault: str
    held: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Link:
    """A tensor between two cards, given by their positions; `crossed` if the target does not take it as it is."""

    source: int
    target: int
    tensor: str
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """A network, or a block of it, as cards and links; every link leads to a later card.

    Parameters
    ----------
    name : of the network or the block
    detail : how much is folded into a card
    cards, links : in topological order
    legend : what the names in the shapes stand for, ``h4 = ⌈H/4⌉``
    """

    name: str
    detail: Detail
    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    legend: tuple[str, ...] = ()


def diagram(facts: Facts, detail: Detail | None = None, within: str = "", most: int = 60) -> Diagram:
    """Return what a picture of a network shows.

    Parameters
    ----------
    facts : Facts
    detail : how much is folded into a card; None: the finest with at most `most` rows
    within : the block whose inside is shown, "" for the whole network
    most : rows
    """
    found = facts.propagation
    detail = detail or detail_for(found, most, within, quiet=True)
    graph = folded_graph(found, fold(found, detail, within, quiet=True))
    cards = _Cards(facts)
    made = tuple(cards.card(number, vertex) for number, vertex in enumerate(graph.vertices))
    links = tuple(
        Link(edge.source, edge.target, edge.tensor, bool(made[edge.target].fault) and edge.tensor in cards.refused)
        for edge in graph.edges
    )
    return Diagram(within or facts.model, detail, made, links, cards.sizes.legend)


class _Cards:
    """Makes cards of vertices."""

    def __init__(self, facts: Facts) -> None:
        self.found = facts.propagation
        self.network = self.found.network  # its layers have the sizes put in
        self.fixed = fixed_nodes(self.network)
        self.layers = {layer.name: layer for layer in facts.layers}
        self.inputs = {tensor.name: tensor for tensor in facts.inputs}
        self.outputs = {tensor.name: tensor for tensor in facts.outputs}
        self.usual_rank = max((len(tensor.shape) - 2 for tensor in facts.inputs), default=0)
        counted = (facts.free or facts).counts.params.per_layer().values()
        self.params = [size if isinstance(size, int) else 0 for size in counted]
        self.faults: dict[str, str] = {}
        for error in facts.errors:
            self.faults.setdefault(error.layer, f"{error.code} {error.layer}: {error.message}")
        self.refused = {
            tensor for name in self.faults if name in self.network.index for tensor in self.network[name].inputs
        }
        known = [tensor for layer in facts.layers for tensor in layer.outputs]
        self.sizes = MapSizes((tensor.shape for tensor in (*facts.inputs, *known, *facts.outputs)), facts.network.batch)

    def card(self, number: int, vertex: Vertex) -> Card:
        if vertex.sort == "row":
            return self._row(number, vertex)
        shape = self._end_shape(vertex)
        return Card(
            f"v{number}", vertex.name, vertex.sort, "io", vertex.sort.capitalize(), "", "", shape, 1, vertex.nodes, "",
            False, 0, 0, "", False, f"{vertex.sort} {vertex.name}: {shape}",
        )  # fmt: skip

    def _end_shape(self, vertex: Vertex) -> str:
        if vertex.name in self.inputs and vertex.sort == "input":
            return self.sizes.shape(self.inputs[vertex.name].shape)
        if vertex.name in self.outputs and vertex.sort == "output":
            return self.sizes.shape(self.outputs[vertex.name].shape)
        spec = self.found.specs.get(vertex.name)
        return "−" if spec is None else self.sizes.shape(spec.shape)

    def _row(self, number: int, vertex: Vertex) -> Card:
        nodes = self.network.nodes
        layers = [self.layers[nodes[i].name] for i in vertex.nodes]
        one = vertex.nodes[: len(vertex.nodes) // vertex.times]
        last = layers[-1]
        shape = ", ".join(self.sizes.shape(tensor.shape) for tensor in last.outputs) or "−"
        fault = next((self.faults[layer.name] for layer in layers if layer.name in self.faults), "")
        lead = self._lead(one)
        op, extra = self._words(one, vertex.block)
        params, macs = _sum(layer.params for layer in layers), _sum(layer.macs for layer in layers)
        tip = [f"{vertex.name} ×{vertex.times}" if vertex.times > 1 else vertex.name, f"{op}, {extra}" if extra else op]
        tip += [f"output {shape}", *_counted("parameters", params), *_counted("MACs", macs), *filter(None, [fault])]
        return Card(
            f"v{number}",
            vertex.name,
            "row",
            self._role(lead),
            op,
            extra,
            "" if vertex.block else self._sign(lead),
            shape,
            vertex.times,
            vertex.nodes,
            vertex.scope,
            vertex.block,
            params,
            macs,
            fault,
            not any(layer.executed for layer in layers),
            "\n".join(tip),
        )

    def _role(self, i: int) -> Role:
        fits = self.found.outputs[i] is not None
        return role_of(self.network.nodes[i].layer, self.found.inputs[i] if fits else None)

    def _sign(self, i: int) -> str:
        return _SIGNS.get(type(self.network.nodes[i].layer), "")

    def _lead(self, nodes: Sequence[int]) -> int:
        """Return the node whose role a row has, at all sizes: the one with most weights, or the first operator."""
        nodes = self._reached(nodes)
        counts = [self.params[i] for i in nodes]
        if max(counts) > 0:
            return nodes[counts.index(max(counts))]
        said = [i for i, _ in spoken(self.network, nodes, self.fixed)]
        return next((i for i in said if self.network.nodes[i].layer.kind in HEADS), said[0])

    def _reached(self, nodes: Sequence[int]) -> Sequence[int]:
        """Return the nodes that an input of the network reaches, all if there are none."""
        return [i for i in nodes if i not in self.fixed] or nodes

    def _words(self, nodes: Sequence[int], block: bool) -> tuple[str, str]:
        placed = [(layer, self._rank(i)) for i, layer in spoken(self.network, nodes, self.fixed)]
        return (block_words(placed), "") if block else layer_words(placed)

    def _rank(self, i: int) -> int:
        inputs = self.found.inputs[i]
        return len(inputs[0].shape) - 2 if inputs else self.usual_rank


def _counted(what: str, size: Size | None) -> list[str]:
    if size == 0 or size is None:
        return []
    return [f"{count_text(size) if isinstance(size, int) else size} {what}"]


def _sum(values: Iterable[Size | None]) -> Size | None:
    known = list(values)
    return None if None in known else total(value for value in known if value is not None)
