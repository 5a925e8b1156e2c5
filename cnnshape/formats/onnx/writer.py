"""A Network, with its weights or without, as an ONNX model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.errors import ArgumentError, DesignError
from cnnshape.formats.onnx.initializers import Initializers
from cnnshape.formats.onnx.pieces import Stream
from cnnshape.formats.onnx.sizes import FreeSizes
from cnnshape.formats.onnx.types import floats, keeps_type, takes
from cnnshape.formats.onnx.values import onnx_package
from cnnshape.formats.reading.records import Refusal
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_onnx import ONNX_NUMBERS
from cnnshape.layers.foreign_out import Case, Emit, Free, Numbers, Owned, Port, Source
from cnnshape.layers.io import Constant, Input, Parameter
from cnnshape.symbolic import text

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["OPSET", "stream", "write"]

OPSET = 28
"""The newest operator set that models are written in; ONNX Runtime 1.32 runs it."""
_OLDEST = 21
_MOST_LINES = 20


def write(
    network: Network,
    weights: Mapping[str, Array] | None = None,
    sizes: Mapping[str, int] = MappingProxyType({}),
    dtype: str = "float32",
    opset: int | None = None,
) -> Any:
    """Return a network as an ONNX model.

    Parameters
    ----------
    network : Network
    weights : name of each weight and each fixed tensor -> array, as `runtime.weights` makes them; None: every weight is
        a number repeated, that of its initialization if it is constant, else 0, which takes no room in a file
    sizes : symbol -> int; symbols without one stay free and become ONNX's dim_param
    dtype : "float32", "float64" or "float16", what floating-point tensors are
    opset : version of the operator set, 21 or newer; default 28, or the newest that the installed package onnx knows

    Returns
    -------
    onnx.ModelProto
        Inputs, outputs and nodes have the network's names. A layer that is several operators gives its name to the last
        one; the others are named ``name/Operator``. Weights have PyTorch's names where they are stored as PyTorch does.

    Raises
    ------
    ShapeError, ArgumentError
        The first fault of the network, if it has any.
    DesignError
        CS130, layers that cannot be written, all of them by name; CS115, an output that has the name of an input.
    UsageError
        CS503, weights that are missing or do not fit.
    ArgumentError
        CS401, an operator set older than 21 or newer than the package onnx knows.
    ExtraMissing
        CS010, the package onnx is not installed.

    Examples
    --------
    With the package onnx installed::

        x = Input("image", (3, "H", "W"))
        model = write(Network("tiny", inputs=x, outputs={"y": L.ReLU()(L.Conv(8, kernel_size=3)(x))}))
        onnx.save(model, "tiny.onnx")
    """
    return _written(network, Initializers(weights, dtype), sizes, opset)


def stream(
    network: Network,
    weights: Mapping[str, Array] | None = None,
    sizes: Mapping[str, int] = MappingProxyType({}),
    dtype: str = "float32",
    opset: int | None = None,
) -> Stream:
    """Return the same model as pieces of a file, in which each long weight is looked up when it is written."""
    initializers = Initializers(weights, dtype, lazily=True)
    return Stream(_written(network, initializers, sizes, opset), initializers.later)


def _written(network: Network, initializers: Initializers, sizes: Mapping[str, int], opset: int | None) -> Any:
    onnx = onnx_package()
    version = _opset(opset, onnx.defs.onnx_opset_version())
    found = propagate(network, sizes)
    if found.faults:
        raise found.faults[0][1]
    builder = _Builder(found, initializers, initializers.dtype, version)
    builder.run()
    if builder.refusals:
        raise _unwritten(found.network, builder.refusals)
    graph = onnx.helper.make_graph(
        [*builder.initializers.fills, *builder.nodes],
        network.name,
        builder.inputs,
        builder.outputs,
        builder.initializers.tensors,
    )
    operators = [onnx.helper.make_opsetid("", version)]
    oldest = onnx.helper.find_min_ir_version_for(operators)
    return onnx.helper.make_model(graph, opset_imports=operators, ir_version=oldest, producer_name="cnnshape")


def _opset(wanted: int | None, newest: int) -> int:
    """Return the operator set to write in."""
    if wanted is not None and not _OLDEST <= wanted <= newest:
        raise ArgumentError(
            f"models are written in operator set {_OLDEST} to {newest}, not {wanted}",
            field="opset",
            got=wanted,
            needed=newest,
            rule=f"the package onnx that is installed knows operator sets up to {newest}",
            fix=f"opset={newest}",
        )
    return min(OPSET, newest) if wanted is None else wanted


class _Builder:
    """The walk over the nodes: the operators so far, and what each tensor is called."""

    def __init__(self, found: Propagation, initializers: Initializers, dtype: str, opset: int) -> None:
        self.found, self.network, self.dtype, self.opset = found, found.network, dtype, opset
        self.initializers = initializers
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.refusals: list[Refusal] = []
        self._lost: set[str] = set()
        self._tensors: dict[str, str] = {}
        self._names = initializers.names
        specs = {node.name: found.specs[node.name] for node in self.network.inputs}
        self.sizes = FreeSizes(specs, self._computed, initializers)
        self._helper = onnx_package().helper

    def run(self) -> None:
        self._claim()
        for i, node in enumerate(self.network.nodes):
            if i in self.network.held:
                continue
            if self._lost.intersection(node.inputs):  # its fault follows from another
                self._lost.update(self._outputs(i, node))
                continue
            try:
                self._node(i, node)
            except Unmapped as why:
                self.refusals.append(Refusal(node.name, type(node.layer).__name__, str(why)))
                self._lost.update(self._outputs(i, node))
        for name, tensor in () if self.refusals else self.network.outputs.items():
            made = self._tensors.get(tensor)
            if made is not None and made != name:
                self._add("Identity", self._named(name), [made], [name], {})
            self.outputs.append(self._info(name, self.found.specs[tensor]))

    def _claim(self) -> None:
        """Take the names that must not change: of inputs, of weights, of outputs."""
        inputs = {node.name for node in self.network.inputs}
        self._names.update(inputs)
        for name, tensor in self.network.outputs.items():
            if name in inputs and name != tensor:
                raise DesignError(
                    f"the output {name!r} has the name of an input",
                    code="CS115",
                    rule="a tensor of an ONNX model has one name, and no other has it",
                    fix=f"outputs={{{name + '_out'!r}: ...}}",
                )
            self._names.add(name)
            given = isinstance(self.network.nodes[self.network.producers[tensor]].layer, _GIVEN)
            if not given:
                self._tensors.setdefault(tensor, name)

    def _outputs(self, i: int, node: Node) -> tuple[str, ...]:
        """Return the names of the tensors that a node gives."""
        ports = len(self.found.outputs[i] or ())
        return (node.name,) if ports == 1 else tuple(f"{node.name}.{port}" for port in range(ports))

    def _named(self, wished: str) -> str:
        """Return a name that nothing has yet."""
        name, count = wished, 1
        while name in self._names:
            count += 1
            name = f"{wished}_{count}"
        self._names.add(name)
        return name

    def _info(self, name: str, spec: Spec) -> Any:
        shape = [size if isinstance(size, int) else text(size) for size in spec.shape]
        return self._helper.make_tensor_value_info(name, self._type(spec.dtype), shape)

    def _type(self, word: str) -> int:
        return ONNX_NUMBERS[self.dtype if word == "float32" else word]

    def _node(self, i: int, node: Node) -> None:
        inputs, outputs = self.found.inputs[i], self.found.outputs[i]
        assert inputs is not None  # there are no faults
        assert outputs is not None  # as above
        if isinstance(node.layer, Input):
            self.inputs.append(self._info(node.name, outputs[0]))
            self._tensors[node.name] = node.name
            return
        if isinstance(node.layer, Constant):
            self._tensors[node.name] = self.initializers.constant(node.name, outputs[0])
            return
        weights = node.layer.weights(inputs)
        word = next((spec.dtype for spec in outputs if "float" in spec.dtype), "float32")
        own = self.initializers.of(node.weights_of or node.name, weights, word)
        if isinstance(node.layer, Parameter):
            self._tensors[node.name] = own(Owned(("weight",)), False)
            return
        writer = catalog.written_as("onnx", type(node.layer))
        if writer is None:
            raise Unmapped("no operator stands for it")
        made = writer(node.layer, Case(inputs, outputs, self.dtype))
        _Use(self, node, own).add(made if isinstance(made, tuple) else (made,))

    def _add(
        self, operator: str, name: str, inputs: list[str], outputs: list[str], attributes: Mapping[str, Any]
    ) -> None:
        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        given = floats(operator, attributes, self.opset)
        self.nodes.append(self._helper.make_node(operator, inputs, outputs, name, **given))

    def _computed(self, operator: str, wished: str, inputs: list[str], attributes: Mapping[str, Any]) -> str:
        """Add an operator that computes with sizes; return what its output is called, which is its own name."""
        name = self._named(wished)
        self._add(operator, name, inputs, [name], attributes)
        return name


class _Use:
    """One layer: its operators get names, and their inputs what they are called."""

    def __init__(self, builder: _Builder, node: Node, own: Any) -> None:
        self.builder, self.node, self.own = builder, node, own
        self.made: dict[int, tuple[Emit, list[str]]] = {}
        self.types: dict[int, str] = {}

    def add(self, outputs: tuple[Emit | Port | int, ...]) -> None:
        several = len(outputs) > 1
        tensors = [f"{self.node.name}.{port}" if several else self.node.name for port in range(len(outputs))]
        wanted: dict[tuple[int, int], str] = {}
        for tensor, what in zip(tensors, outputs, strict=True):
            if isinstance(what, int):
                self._pass(tensor, self.node.inputs[what])
                continue
            emit, port = (what.of, what.number) if isinstance(what, Port) else (what, 0)
            name = self.builder._tensors.get(tensor) or self.builder._named(tensor)
            if (id(emit), port) in wanted:
                self.builder._tensors[tensor] = wanted[id(emit), port]
                continue
            self.builder._tensors[tensor] = wanted[id(emit), port] = name
        chief: Emit | None = None
        for what in outputs:
            if not isinstance(what, int):
                top = what.of if isinstance(what, Port) else what
                chief = chief or top
                self._emit(top, chief, wanted)

    def _pass(self, tensor: str, source: str) -> None:
        given, name = self.builder._tensors[source], self.builder._tensors.get(tensor)
        if name is None:
            self.builder._tensors[tensor] = given
        else:
            self.builder._add("Identity", self.node.name, [given], [name], {})

    def _emit(self, top: Emit, chief: Emit, wanted: Mapping[tuple[int, int], str]) -> None:
        """Add an operator and those that it needs, which come first; the chief one has the layer's name."""
        stack = [(top, False)]
        while stack:
            emit, ready = stack.pop()
            if id(emit) in self.made:
                continue
            if not ready:
                stack.append((emit, True))
                stack.extend((each, False) for each in _operators(emit))
                continue
            label = self.node.name if emit is chief else self.builder._named(f"{self.node.name}/{emit.operator}")
            names = [
                wanted.get((id(emit), port)) or _port(self.builder, label, port, emit) for port in range(emit.outputs)
            ]
            self._check(emit)
            if keeps_type(emit.operator, self.builder.opset):
                self.types[id(emit)] = self._dtype(emit.inputs[0])
            inputs = [self._source(each, fill=emit.operator not in _ANY) for each in emit.inputs]
            self.builder._add(emit.operator, label, inputs, names, emit.attributes)
            self.made[id(emit)] = emit, names

    def _check(self, emit: Emit) -> None:
        """Refuse element types that the operator does not have."""
        for place, what in enumerate(emit.inputs):
            dtype = self._dtype(what)
            if dtype and not takes(emit.operator, place, dtype, self.builder.opset):
                raise Unmapped(f"ONNX's {emit.operator} takes no {dtype}")

    def _dtype(self, what: Source) -> str:
        """Return the element type of an input, or "" where it is not followed."""
        if isinstance(what, int):
            word = self.builder.found.specs[self.node.inputs[what]].dtype
            return self.builder.dtype if word == "float32" else word
        return self.types.get(id(what), "")

    def _source(self, what: Source, *, fill: bool) -> str:
        if what is None:
            return ""
        if isinstance(what, int):
            return self.builder._tensors[self.node.inputs[what]]
        if isinstance(what, Owned):
            return str(self.own(what, fill))
        if isinstance(what, Numbers):
            return self.builder.initializers.numbers(self.node.name, what)
        if isinstance(what, Free):
            return self.builder.sizes.tensor(what.size)
        of, port = (what.of, what.number) if isinstance(what, Port) else (what, 0)
        return self.made[id(of)][1][port]


_GIVEN = (Input, Constant, Parameter)
_ANY = ("Add", "Mul")
"""Operators that take weights and other tensors alike."""


def _port(builder: _Builder, label: str, port: int, emit: Emit) -> str:
    return builder._named(f"{label}.{port}" if emit.outputs > 1 else f"{label}.y")


def _operators(emit: Emit) -> Iterator[Emit]:
    """Yield the operators whose outputs an operator takes, the last one first."""
    for each in reversed(emit.inputs):
        if isinstance(each, Port):
            yield each.of
        elif isinstance(each, Emit):
            yield each


def _unwritten(network: Network, refusals: list[Refusal]) -> DesignError:
    lines = [f"{each.path}: {each.operator}: {each.why}" for each in refusals]
    free = any(" is free, " in line for line in lines)
    many = f"{len(lines)} layers cannot" if len(lines) > 1 else "a layer cannot"
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return DesignError(
        f"{many} be written as ONNX operators: {lines[0]}",
        code="CS130",
        place=network.name,
        given="\n".join([*lines[1:_MOST_LINES], *more]),
        rule="a network is written if every layer is an operator of ONNX, or several, at the sizes that are known",
        fix=f"sizes={{{', '.join(f'{name!r}: ...' for name in network.symbols)}}}" if free else "",
        got=tuple(refusals),
    )
