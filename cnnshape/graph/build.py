"""Building a network by calling layers on tensors: `y = Conv(64, kernel_size=3)(x)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cnnshape.errors import ArgumentError, DesignError, ShapeError
from cnnshape.graph.naming import Scope, calls_of, names_of, scopes_of, tensor_name
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import step
from cnnshape.layers import io
from cnnshape.layers.base import Layer, Spec, sizes
from cnnshape.layers.io.batch import volume_note, with_batch
from cnnshape.layers.sized import put
from cnnshape.symbolic import Size
from cnnshape.symbolic.names import renewed

__all__ = ["Constant", "Input", "Parameter", "Tensor", "block", "repeat", "sequential", "source"]

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
    outputs : what it gives, once somebody has asked; empty before
    """

    layer: Layer
    inputs: tuple[Tensor, ...] = field(repr=False)
    name: str
    scope: Scope
    weights: object = field(repr=False)
    frozen: bool
    when: int
    note: str = ""
    outputs: tuple[Spec, ...] = field(default=(), init=False, repr=False)


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """What a layer gives while a graph is being built; `t[1]` is the second output of a layer with several."""

    call: Call
    port: int | None = None

    def __repr__(self) -> str:
        name = f" {self.call.name!r}" if self.call.name else ""
        port = "" if self.port is None else f"[{self.port}]"
        try:
            shape = f" {', '.join(map(str, _outputs(self.call) if self.port is None else (self._spec,)))}"
        except (ShapeError, ArgumentError):  # the walk over the network says it in full
            shape = " without a shape"
        return f"<Tensor{name}{port}{shape} of {self.call.layer!r}>"

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes, batch first, as far as they are known: ints and formulas.

        Raises
        ------
        ShapeError, ArgumentError
            A layer on the way does not fit its input, or the layer has several outputs: take one, ``y[0].shape``.

        Examples
        --------
        >>> from cnnshape import Input, layers as L
        >>> x = Input("image", (3, "H", "W"))
        >>> L.Conv(8, kernel_size=3, stride=2)(x).shape
        (N, 8, ceil(H/2) - 1, ceil(W/2) - 1)
        """
        return self._spec.shape

    @property
    def dtype(self) -> str:
        """The element type."""
        return self._spec.dtype

    @property
    def _spec(self) -> Spec:
        outputs = _outputs(self.call)
        if self.port is None and len(outputs) == 1:
            return outputs[0]
        if self.port is None or not 0 <= self.port < len(outputs):
            has = f"{type(self.call.layer).__name__} has {len(outputs)} output{'s' * (len(outputs) != 1)}"
            raise ArgumentError(
                has if self.port is None else f"{has}, there is no [{self.port}]",
                code="CS406",
                got=self.port,
                rule="outputs are taken by number",
                fix="y[0].shape" if len(outputs) > 1 else "y.shape",
            )
        return outputs[self.port]

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
        new = renewed((*network.symbols, *network.undetermined))
        with _scope(((network.name, next(_CLOCK)),)):
            for node in network.nodes:
                if node.name not in made:
                    made[node.name] = _replay(node, made, network, new)
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


def _outputs(call: Call) -> tuple[Spec, ...]:
    """Return what a call gives; what leads to it is worked out on the way, each call once."""
    stack = [call]
    while stack:
        at = stack[-1]
        waiting = [tensor.call for tensor in at.inputs if not tensor.call.outputs]
        if not at.outputs and not waiting:
            made, _ = step(at.layer, tuple(tensor._spec for tensor in at.inputs))
            object.__setattr__(at, "outputs", made)
        if at.outputs:
            stack.pop()
        stack += waiting
    return call.outputs


def _replay(node: Node, made: Mapping[str, Tensor], network: Network, new: Mapping[str, Size]) -> Tensor:
    owner = network[node.weights_of] if node.weights_of else node
    scope = _SCOPE.get() + _blocks(node.scope)
    name = node.name.removeprefix(f"{node.scope}.") if node.scope else node.name
    inputs = tuple(_resolve(tensor, made) for tensor in node.inputs)
    return Tensor(Call(put(node.layer, new), inputs, name, scope, owner, node.frozen, next(_CLOCK)))


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


def source(layer: Layer, name: str = "") -> Tensor:
    """Return the tensor of a layer that takes none, such as `layers.Full`, `layers.Arange` or `layers.SizeTensor`.

    Parameters
    ----------
    layer : Layer
    name : str; "": its kind and count

    Raises
    ------
    ArgumentError
        CS406, a layer that takes tensors.

    Examples
    --------
    >>> from cnnshape import Network, layers as L
    >>> x = Input("signal", (1, "L"))
    >>> y = L.Add()(x, source(L.Arange("L", dtype="float32")))
    >>> [node.name for node in Network("positions", inputs=x, outputs=y).nodes]
    ['signal', 'arange1', 'add1']
    """
    if layer.arity != (0, 0):
        raise ArgumentError(
            f"{type(layer).__name__} takes tensors",
            code="CS406",
            rule="a source depends on sizes alone",
            fix=f"y = {layer!r}(x)",
        )
    return _source(layer, name)


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
    calls = calls_of((*inputs.values(), *outputs.values(), *held.values()))
    scopes = scopes_of(calls)
    names = names_of(calls, scopes, {tensor.call: name for name, tensor in inputs.items() if not name.startswith("#")})
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
                tuple(tensor_name(t, names) for t in call.inputs),
                scopes[call.scope],
                owner if owner != names[call] else "",
                call.frozen,
            )
        )
    given = {n: tensor_name(t, names) for n, t in outputs.items()}
    notes = tuple(_note(names[tensor.call], tensor.call.note) for tensor in inputs.values() if tensor.call.note)
    return tuple(nodes), {(t if n.startswith("#") else n): t for n, t in given.items()}, notes


def _note(name: str, note: str) -> str:
    """Return the note on an input as a design file has it: with the input's name, where it has one of its own."""
    return note if name == "input" else f"{name}: {note}"
