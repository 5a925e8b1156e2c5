"""A network: a frozen graph of layers with names, and what can be read off its structure alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from cnnshape.errors import ArgumentError, DesignError
from cnnshape.graph.origin import Origin
from cnnshape.layers.base import Layer
from cnnshape.layers.io import Input
from cnnshape.layers.sized import symbols_of
from cnnshape.symbolic import Dim, Size, symbols
from cnnshape.symbolic.names import is_fresh

if TYPE_CHECKING:
    import networkx

__all__ = ["Network", "Node"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_NOWHERE = Origin()
_LAYERS: dict[Layer, Layer] = {}
_MOST_LAYERS = 1 << 17


def _one_of(layer: Layer) -> Layer:
    """Return the one object that stands for all equal layers: looking it up again needs no comparison."""
    if len(_LAYERS) >= _MOST_LAYERS:
        _LAYERS.clear()
    return _LAYERS.setdefault(layer, layer)


@dataclass(frozen=True, slots=True)
class Node:
    """One use of a layer in a network.

    Parameters
    ----------
    name : str, unique in the network; scopes joined by dots
    layer : Layer
    inputs : names of the tensors that it takes; a layer with one output names its tensor, else ``name.0``, ``name.1``
    scope : str, dotted name of the block it stands in, "" outside of blocks
    weights_of : str, name of the node that owns its weights; "" if they are its own
    frozen : bool, True if its weights are not trained
    place : str, ``file:line:column`` of its entry, or ""; nodes are equal wherever they stand
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()
    scope: str = ""
    weights_of: str = ""
    frozen: bool = False
    place: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer", _one_of(self.layer))

    @property
    def declared(self) -> tuple[Size, ...]:
        """The shape that an input states, batch first."""
        shape: tuple[Size, ...] = self.layer.shape  # type: ignore[attr-defined]  # an Input
        return shape


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Network:
    """A frozen graph of layers.

    Made by `cnnshape.Network(name, inputs=..., outputs=...)` from tensors, or by `Network.of_nodes` from nodes. Two
    networks are equal if they have the same name, nodes, outputs and default sizes, wherever they come from.

    Parameters
    ----------
    name : str
    nodes : in topological order, the inputs' among them
    outputs : output name -> tensor name
    defaults : symbol -> size to use where none is given
    source : str, the file or builder it came from
    notes : lines for the reader of a report
    index : node name -> its position in `nodes`
    producers : tensor name -> position of the node that gives it
    held : positions of the nodes that no output needs; they keep their parameters and are not executed
    origin : what a model file that it was read from calls its tensors, and its weights

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x))
    >>> [node.name for node in net.nodes]
    ['image', 'conv1']
    """

    name: str
    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]
    defaults: Mapping[str, int]
    source: str
    notes: tuple[str, ...]
    index: Mapping[str, int]
    producers: Mapping[str, int]
    held: frozenset[int]
    origin: Origin

    def __init__(
        self,
        name: str,
        *,
        inputs: Any,
        outputs: Any,
        defaults: Mapping[str, int] = _NO_SIZES,
        held: Any = (),
        notes: Sequence[str] = (),
    ) -> None:
        """Freeze the graph that leads from `inputs` to `outputs`.

        Parameters
        ----------
        name : str
        inputs, outputs : a tensor, a sequence of them, or {name: tensor}
        defaults : symbol -> size to use where none is given
        held : tensors that no output needs whose layers belong to the network all the same (an auxiliary head)
        notes : lines for the reader of a report

        Raises
        ------
        DesignError
            CS117, an output does not come from the inputs; CS115, a name is used twice.
        ArgumentError
            CS406, no output, or one that is no tensor.
        """
        for what, given in (("inputs", inputs), ("outputs", outputs), ("held", held)):
            _check_tensors(what, given)
        first = next(iter(_listed(outputs)))
        nodes, names, read = first.freeze(inputs, outputs, held)
        self._fill(name, nodes, names, defaults, "", (*read, *notes))

    @classmethod
    def of_nodes(
        cls,
        name: str,
        nodes: Iterable[Node],
        outputs: Mapping[str, str],
        *,
        defaults: Mapping[str, int] = _NO_SIZES,
        source: str = "",
        notes: Iterable[str] = (),
        origin: Origin = _NOWHERE,
    ) -> Self:
        """Make a network from nodes in any order.

        Raises
        ------
        DesignError
            CS115 a name is used twice, CS116 an input that no node gives, CS118 a cycle.
        """
        self = object.__new__(cls)
        self._fill(name, tuple(nodes), dict(outputs), defaults, source, tuple(notes))
        object.__setattr__(self, "origin", origin)
        return self

    def _fill(
        self,
        name: str,
        nodes: tuple[Node, ...],
        outputs: Mapping[str, str],
        defaults: Mapping[str, int],
        source: str,
        notes: tuple[str, ...],
    ) -> None:
        index = {node.name: i for i, node in enumerate(nodes)}
        if len(index) != len(nodes):
            twice = next(n for n, count in Counter(node.name for node in nodes).items() if count > 1)
            raise DesignError(
                f"the name {twice!r} is used twice",
                code="CS115",
                place=nodes[index[twice]].place,
                rule="a name is unique in its scope",
                fix=f"rename one {twice!r}",
            )
        producers: dict[str, int] = {}
        for node in nodes:
            for tensor in node.inputs:
                if tensor not in producers:
                    producers[tensor] = _producer(tensor, index, node)
        for tensor in outputs.values():
            producers.setdefault(tensor, _producer(tensor, index, None))
        if any(producers[t] >= i for i, node in enumerate(nodes) for t in node.inputs):
            order = _sorted(nodes, producers)
            self._fill(name, tuple(nodes[i] for i in order), outputs, defaults, source, notes)
            return
        put = object.__setattr__
        put(self, "name", name)
        put(self, "nodes", nodes)
        put(self, "outputs", MappingProxyType(dict(outputs)))
        put(self, "defaults", MappingProxyType(dict(defaults)))
        put(self, "source", source)
        put(self, "notes", notes)
        put(self, "index", MappingProxyType(index))
        put(self, "producers", MappingProxyType(producers))
        put(self, "held", _held(nodes, producers, outputs))
        put(self, "origin", _NOWHERE)

    def __call__(self, *inputs: Any) -> Any:
        """Use the network as a layer; called twice it shares its weights."""
        tensors = tuple(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else inputs
        wrong = [tensor for tensor in tensors if not hasattr(tensor, "inline")]
        if wrong or not tensors:
            raise ArgumentError(
                f"network {self.name!r} is called on {type(wrong[0]).__name__ if wrong else 'nothing'}",
                code="CS406",
                rule="a network is called on tensors that start from Input(...)",
                fix=f'x = Input("x", ...); y = network(x), one tensor for each of {len(self.inputs)}',
            )
        return tensors[0].inline(self, *tensors[1:])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return (self.name, self.nodes, [*self.outputs.items()], self.defaults) == (
            other.name,
            other.nodes,
            [*other.outputs.items()],
            other.defaults,
        )

    def __hash__(self) -> int:
        return hash((self.name, len(self.nodes)))

    def __getitem__(self, name: str) -> Node:
        return self.nodes[self.index[name]]

    def __reduce__(self) -> tuple[Any, ...]:
        of_nodes = partial(type(self).of_nodes, source=self.source, notes=self.notes, origin=self.origin)
        return partial(of_nodes, defaults={**self.defaults}), (self.name, self.nodes, {**self.outputs})

    def __repr__(self) -> str:
        return f"<Network {self.name!r}: {len(self.nodes)} nodes>"

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The input nodes, in order."""
        return tuple(node for node in self.nodes if isinstance(node.layer, Input))

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the inputs, then those that only arguments of layers hold, in order.

        Not those that nobody can put a number in for, since only a run would tell: these are `undetermined`.
        """
        first = dict.fromkeys(name for node in self.inputs for name in symbols_of(node.layer))
        held = (name for node in self.nodes for name in symbols_of(node.layer) if not is_fresh(name))
        return tuple(first | dict.fromkeys(held))

    @cached_property
    def undetermined(self) -> tuple[str, ...]:
        """The symbols in arguments of layers whose values no input shows, in order: of outputs that are unknown."""
        first = {name for node in self.inputs for name in symbols_of(node.layer)}
        held = (name for node in self.nodes for name in symbols_of(node.layer) if is_fresh(name))
        return tuple(dict.fromkeys(name for name in held if name not in first))

    @property
    def batch(self) -> str:
        """The symbol that counts the images of a batch: the leading free size of the inputs, or ""."""
        for node in self.inputs:
            shape = node.declared
            if shape and isinstance(shape[0], Dim):
                names = symbols(shape[0])
                return next(iter(names)) if len(names) == 1 else ""
        return ""

    def digraph(self) -> networkx.DiGraph[str]:
        """Return the nodes' names and the tensors between them as a networkx graph."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph(name=self.name)
        graph.add_nodes_from((node.name, {"layer": node.layer}) for node in self.nodes)
        for node in self.nodes:
            graph.add_edges_from((self.nodes[self.producers[t]].name, node.name, {"tensor": t}) for t in node.inputs)
        return graph


def _listed(tensors: Any) -> Sequence[Any]:
    if isinstance(tensors, Mapping):
        return tuple(tensors.values())
    return tensors if isinstance(tensors, (list, tuple)) else (tensors,)


def _check_tensors(what: str, given: Any) -> None:
    """Refuse what is no tensor, and a network without an output."""
    tensors = _listed(given)
    wrong = [tensor for tensor in tensors if not hasattr(tensor, "freeze")]
    if wrong or (what == "outputs" and not tensors):
        found = f"{type(wrong[0]).__name__} {wrong[0]!r}" if wrong else "nothing"
        raise ArgumentError(
            f"the {what} of a network are tensors, not {found}",
            code="CS406",
            field=what,
            rule="inputs come from Input(...), outputs from calling layers: one, a list of them, or {name: tensor}",
            fix=f"{what}={'x' if what == 'inputs' else 'y'}, where x = Input(...) and y = layer(x)",
        )


def _producer(tensor: str, index: Mapping[str, int], node: Node | None) -> int:
    """Return the node that gives `tensor`: the one of that name, or `x` for the tensor `x.1`."""
    if tensor in index:
        return index[tensor]
    owner, _, port = tensor.rpartition(".")
    if port.isdigit() and owner in index:
        return index[owner]
    raise DesignError(
        f"there is no tensor {tensor!r}",
        code="CS116",
        place=node.place if node else "",
        node=node.name if node else "outputs",
        rule="an input is the name of a layer, or name.0, name.1 where a layer has several outputs",
        fix=_near(tensor, index),
    )


def _near(name: str, index: Mapping[str, int]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(index)[:10_000], 1)
    return f"did you mean {near[0]}?" if near else "name a layer of this network"


def _sorted(nodes: tuple[Node, ...], producers: Mapping[str, int]) -> list[int]:
    """Return a topological order that keeps the given one where it can."""
    from heapq import heapify, heappop, heappush

    users: list[list[int]] = [[] for _ in nodes]
    missing = [0] * len(nodes)
    for i, node in enumerate(nodes):
        for source in {producers[t] for t in node.inputs}:
            users[source].append(i)
            missing[i] += 1
    ready = [i for i, count in enumerate(missing) if count == 0]
    heapify(ready)
    order = []
    while ready:
        i = heappop(ready)
        order.append(i)
        for user in users[i]:
            missing[user] -= 1
            if missing[user] == 0:
                heappush(ready, user)
    if len(order) < len(nodes):
        raise _cycle(nodes, producers, set(range(len(nodes))) - set(order))
    return order


def _cycle(nodes: tuple[Node, ...], producers: Mapping[str, int], left: set[int]) -> DesignError:
    """Return the error that names one cycle among the nodes that could not be ordered."""
    at, seen = min(left), dict[int, int]()
    while at not in seen:
        seen[at] = len(seen)
        at = next(producers[t] for t in nodes[at].inputs if producers[t] in left)
    round_trip = [nodes[i].name for i, when in sorted(seen.items(), key=lambda item: item[1]) if when >= seen[at]]
    words = " <- ".join([*round_trip, round_trip[0]])
    return DesignError(
        f"a cycle: {words}",
        code="CS118",
        place=nodes[at].place,
        node=nodes[at].name,
        rule="a layer takes tensors that were made before it",
        fix=f"break the cycle at the input of {round_trip[0]}",
    )


def _held(nodes: tuple[Node, ...], producers: Mapping[str, int], outputs: Mapping[str, str]) -> frozenset[int]:
    """Return the nodes that no output needs, inputs apart."""
    needed = bytearray(len(nodes))
    for tensor in outputs.values():
        needed[producers[tensor]] = 1
    for i in range(len(nodes) - 1, -1, -1):
        if needed[i]:
            for tensor in nodes[i].inputs:
                needed[producers[tensor]] = 1
    return frozenset(i for i, node in enumerate(nodes) if not needed[i] and not isinstance(node.layer, Input))
