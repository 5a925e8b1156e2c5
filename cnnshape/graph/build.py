"""Building a network by calling layers on tensors: `y = Conv(64, kernel_size=3)(x)`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cnnshape.errors import ArgumentError, DesignError
from cnnshape.graph.network import Network, Node
from cnnshape.layers import catalog, io
from cnnshape.layers.base import Layer, sizes
from cnnshape.layers.io.batch import volume_note, with_batch
from cnnshape.symbolic import Size

__all__ = ["Constant", "Input", "Parameter", "Tensor", "block", "repeat", "sequential"]

Scope = tuple[tuple[str, int], ...]
"""Blocks from the outside in, each with a number: 0, or one of its own for each use of a network as a layer."""

_SCOPE: ContextVar[Scope] = ContextVar("scope", default=())
_CLOCK = count()


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """One use of a layer while a graph is being built.

    Parameters
    ----------
    layer : Layer
    inputs : tensors that it takes
    name : str, the name that was asked for, or ""
    scope : the blocks around it
    weights : object whose identity says which weights it has: the layer, or a node of an inlined network
    frozen : bool, True if its weights are not trained
    when : int, calls in the order they were made
    note : str, what the reader of a report is told about it
    """

    layer: Layer
    inputs: tuple[Tensor, ...] = field(repr=False)
    name: str
    scope: Scope
    weights: object = field(repr=False)
    frozen: bool
    when: int
    note: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """What a layer gives while a graph is being built; `t[1]` is the second output of a layer with several."""

    call: Call
    port: int | None = None

    def __repr__(self) -> str:
        name = f" {self.call.name!r}" if self.call.name else ""
        port = "" if self.port is None else f"[{self.port}]"
        return f"<Tensor{name}{port} of {self.call.layer!r}>"

    def apply(self, layer: Layer, *others: Tensor, name: str = "", frozen: bool = False) -> Tensor:
        """Return the output of `layer` on this tensor and `others`."""
        return Tensor(Call(layer, (self, *others), name, _SCOPE.get(), layer, frozen, next(_CLOCK)))

    def inline(self, network: Network, *others: Tensor) -> Any:
        """Return the outputs of `network` on this tensor and `others`: one tensor, or {name: tensor}."""
        given = (self, *others)
        wanted = network.inputs
        if len(given) != len(wanted):
            raise ArgumentError(
                f"network {network.name!r} takes {len(wanted)} inputs, is given {len(given)}",
                code="CS205",
                rule="a network is called with one tensor for each of its inputs",
                fix=f"give {', '.join(node.name for node in wanted)}",
            )
        made = {node.name: tensor for node, tensor in zip(wanted, given, strict=True)}
        with _scope(((network.name, next(_CLOCK)),)):
            for node in network.nodes:
                if node.name not in made:
                    made[node.name] = _replay(node, made, network)
        outputs = {name: _resolve(tensor, made) for name, tensor in network.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def __getitem__(self, port: int) -> Tensor:
        return Tensor(self.call, port)

    def __iter__(self) -> Iterator[Tensor]:
        raise ArgumentError(
            "how many outputs a layer has is known only with its input",
            code="CS406",
            rule="outputs are taken by number",
            fix="a, b = y[0], y[1]",
        )

    def freeze(self, inputs: Any, outputs: Any, held: Any) -> tuple[tuple[Node, ...], dict[str, str], tuple[str, ...]]:
        """Return the nodes between `inputs` and `outputs`, named, the outputs' names, and notes on the inputs."""
        return _freeze(_named(inputs), _named(outputs), _named(held))


def _replay(node: Node, made: Mapping[str, Tensor], network: Network) -> Tensor:
    owner = network[node.weights_of] if node.weights_of else node
    scope = _SCOPE.get() + _blocks(node.scope)
    name = node.name.removeprefix(f"{node.scope}.") if node.scope else node.name
    inputs = tuple(_resolve(tensor, made) for tensor in node.inputs)
    return Tensor(Call(node.layer, inputs, name, scope, owner, node.frozen, next(_CLOCK)))


def _resolve(tensor: str, made: Mapping[str, Tensor]) -> Tensor:
    if tensor in made:
        return made[tensor]
    owner, _, port = tensor.rpartition(".")
    return made[owner][int(port)]


def Input(name: str = "input", shape: Sequence[Size | str] = (), *, dtype: str = "float32") -> Tensor:  # noqa: N802  # reads as a layer
    """Return the tensor of a network's input.

    Parameters
    ----------
    name : str
    shape : sizes without the batch, such as ``(3, "H", "W")``; a text is a formula. A leading "N" is the batch, which
        is put in front where it is missing.
    dtype : str, element type, default "float32"

    Raises
    ------
    FormulaError
        CS3xx, if a text is no formula.
    ArgumentError
        CS401, a size below 1, an unknown dtype, or an N that is not in front.

    Examples
    --------
    >>> Input("image", (3, "H", "W")).call.layer
    Input((N, 3, H, W))
    """
    given = _sizes("Input", name, shape)
    return _source(io.Input(with_batch(given), dtype=dtype), name, note=volume_note(given))


def Parameter(  # noqa: N802  # reads as a layer
    name: str = "", shape: Sequence[Size | str] = (), *, frozen: bool = False, **options: Any
) -> Tensor:
    """Return a learned tensor, such as a class token or a position embedding.

    Parameters
    ----------
    name : str; "": its kind and count
    shape : sizes of all axes; a text is a formula. A first axis of 1 makes it join any batch.
    frozen : bool, True if it is not trained
    options : dtype, init and value of `layers.Parameter`

    Examples
    --------
    >>> from cnnshape import Network, layers as L
    >>> tokens = Input("tokens", (197, 768))
    >>> y = L.Add()(tokens, Parameter("position", (1, 197, 768)))
    >>> [node.name for node in Network("embedding", inputs=tokens, outputs=y).nodes]
    ['tokens', 'position', 'add1']
    """
    return _source(io.Parameter(_sizes("Parameter", name, shape), **options), name, frozen)


def Constant(name: str = "", shape: Sequence[Size | str] = (), *, dtype: str = "float32") -> Tensor:  # noqa: N802  # as above
    """Return a tensor that is neither fed nor learned; its name, shape and dtype are as for `Parameter`."""
    return _source(io.Constant(_sizes("Constant", name, shape), dtype=dtype), name)


def _sizes(kind: str, name: object, shape: object) -> tuple[Size, ...]:
    """Return the sizes of a shape, once it is sure that the two were not mixed up."""
    listed = shape if isinstance(shape, (list, tuple)) else None
    if isinstance(name, str) and listed is not None and None not in listed:
        return sizes(*listed)
    if not isinstance(name, str):
        fault, fixed = f"the name is {name!r}", name
    elif listed is None:
        fault, fixed = f"the shape is {shape!r}", None
    else:
        free = iter(("T", "H", "W")[-listed.count(None) :] if listed.count(None) > 1 else ("L",))
        fault, fixed = f"the shape is {shape!r}", [next(free, "S") if size is None else size for size in listed]
    written = tuple(fixed) if isinstance(fixed, (list, tuple)) and fixed else (3, "H", "W")
    raise ArgumentError(
        f"{kind}: {fault}",
        code="CS401",
        field="shape",
        got=shape,
        rule='a name, then a list of sizes, each a number, or a symbol such as "H" where it is free',
        fix=f"{kind}({name if isinstance(name, str) and name else 'image'!r}, {written!r})".replace("'", '"'),
    )


def _source(layer: Layer, name: str, frozen: bool = False, note: str = "") -> Tensor:
    return Tensor(Call(layer, (), name, _SCOPE.get(), layer, frozen, next(_CLOCK), note))


@contextmanager
def block(name: str) -> Iterator[None]:
    """Put the layers that are called inside into the block `name`; blocks nest."""
    with _scope(_blocks(name)):
        yield


def _blocks(name: str) -> Scope:
    return tuple((part, 0) for part in name.split(".")) if name else ()


@contextmanager
def _scope(inner: Scope) -> Iterator[None]:
    token = _SCOPE.set((*_SCOPE.get(), *inner))
    try:
        yield
    finally:
        _SCOPE.reset(token)


def sequential(*layers: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what applies `layers` (layers, networks or functions of a tensor) one after the other."""

    def apply(x: Any) -> Any:
        for each in layers:
            x = each(x)
        return x

    return apply


def repeat(times: int, make: Callable[[int], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Return what applies `make(0)`, `make(1)`, ... one after the other, each in a block of its number."""

    def apply(x: Any) -> Any:
        for i in range(times):
            with block(str(i)):
                x = make(i)(x)
        return x

    return apply


def _named(tensors: Any) -> dict[str, Tensor]:
    """Return {name: tensor}; "" and numbers stand for names that were not given."""
    if isinstance(tensors, Mapping):
        return dict(tensors)
    listed = tensors if isinstance(tensors, (list, tuple)) else (tensors,)
    return {f"#{i}": tensor for i, tensor in enumerate(listed)}


def _freeze(
    inputs: dict[str, Tensor], outputs: dict[str, Tensor], held: dict[str, Tensor]
) -> tuple[tuple[Node, ...], dict[str, str], tuple[str, ...]]:
    calls = _calls((*inputs.values(), *outputs.values(), *held.values()))
    scopes = _scopes(calls)
    names = _names(calls, scopes, {tensor.call: name for name, tensor in inputs.items() if not name.startswith("#")})
    declared = {tensor.call for tensor in inputs.values()}
    owners: dict[int, str] = {}
    nodes = []
    for call in calls:
        if isinstance(call.layer, io.Input) and call not in declared:
            raise DesignError(
                f"the outputs depend on the input {names[call]!r}, which is not among the inputs",
                code="CS117",
                node=names[call],
                rule="every Input that the outputs need is an input of the network",
                fix=f"inputs=[..., {names[call]}]",
            )
        owner = owners.setdefault(id(call.weights), names[call])
        nodes.append(
            Node(
                names[call],
                call.layer,
                tuple(_tensor_name(t, names) for t in call.inputs),
                scopes[call.scope],
                owner if owner != names[call] else "",
                call.frozen,
            )
        )
    given = {n: _tensor_name(t, names) for n, t in outputs.items()}
    notes = tuple(_note(names[tensor.call], tensor.call.note) for tensor in inputs.values() if tensor.call.note)
    return tuple(nodes), {(t if n.startswith("#") else n): t for n, t in given.items()}, notes


def _note(name: str, note: str) -> str:
    """Return the note on an input as a design file has it: with the input's name, where it has one of its own."""
    return note if name == "input" else f"{name}: {note}"


def _calls(tensors: Sequence[Tensor]) -> list[Call]:
    """Return every call that the tensors need, in the order they were made."""
    found: set[Call] = set()
    stack = [tensor.call for tensor in tensors]
    while stack:
        call = stack.pop()
        if call not in found:
            found.add(call)
            stack.extend(tensor.call for tensor in call.inputs)
    return sorted(found, key=lambda call: call.when)


def _scopes(calls: Sequence[Call]) -> dict[Scope, str]:
    """Return the dotted name of every scope; a second use of a network gets a number."""
    names: dict[Scope, str] = {(): ""}
    uses: Counter[tuple[str, str]] = Counter()
    for call in calls:
        for depth in range(1, len(call.scope) + 1):
            path = call.scope[:depth]
            if path not in names:
                outer, name = names[path[:-1]], path[-1][0]
                uses[outer, name] += 1
                numbered = name if uses[outer, name] == 1 else f"{name}_{uses[outer, name]}"
                names[path] = f"{outer}.{numbered}" if outer else numbered
    return names


def _names(calls: Sequence[Call], scopes: Mapping[Scope, str], given: Mapping[Call, str]) -> dict[Call, str]:
    """Give every call a unique name: the one asked for, else its kind and count in its scope."""
    asked: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    taken = {f"{scopes[call.scope]}.{call.name}".lstrip(".") for call in calls if call.name}
    names: dict[Call, str] = {}
    for call in calls:
        prefix = scopes[call.scope]
        dot = "." if prefix else ""
        if call in given:
            name = given[call]
        elif call.name:
            name = f"{prefix}{dot}{call.name}"
            asked[name] += 1
            if asked[name] > 1:
                name = f"{name}_{asked[name]}"
        else:
            kind = catalog.by_class()[type(call.layer)].name
            while True:
                counts[prefix, kind] += 1
                name = f"{prefix}{dot}{kind}{counts[prefix, kind]}"
                if name not in taken:
                    break
        names[call] = name
    return names


def _tensor_name(tensor: Tensor, names: Mapping[Call, str]) -> str:
    name = names[tensor.call]
    return name if tensor.port is None else f"{name}.{tensor.port}"
