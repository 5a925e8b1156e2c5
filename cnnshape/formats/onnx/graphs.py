"""Nodes of ONNX graphs -> records; graphs inside of nodes and functions -> bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnshape.formats.onnx.names import Traces, named
from cnnshape.formats.onnx.values import Folder, folded, initializer, no_model, plain_attribute
from cnnshape.formats.reading.records import Body, Known, Record, Reference
from cnnshape.layers import catalog

__all__ = ["DOMAINS", "OLDEST", "functions_of", "nodes_of", "operator_of", "records_of", "stored_of", "version_of"]

DOMAINS = ("", "ai.onnx")
"""ONNX's own operators."""
OLDEST = 6
"""The oldest operator set that is read."""
_SCOPES = "pkg.torch.onnx.name_scopes"
"""The key under which newer exporters note the modules around a node."""
_SCALED = ("QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul")
"""Operators whose further inputs are scales, which are not learned."""
_GRAPH = 5
"""AttributeProto.GRAPH."""
_MOST_DEPTH = 50
"""Graphs in graphs; protobuf reads 33."""


def operator_of(node: Any) -> str:
    """Return the operator of a NodeProto, with its domain where it is not ONNX's own."""
    name = str(node.op_type) if node.domain in DOMAINS else f"{node.domain}.{node.op_type}"
    return f"{name}:{node.overload}" if node.overload else name


def version_of(imports: Any, place: str, otherwise: int = 1) -> int:
    """Return the version of ONNX's own operators among operator sets that are imported.

    Raises
    ------
    ReadError
        CS129, one that is not read.
    """
    version = int(max((each.version for each in imports if each.domain in DOMAINS), default=otherwise))
    if version < OLDEST:
        raise no_model(f"its operator set has version {version}, versions from {OLDEST} on are read", place)
    return version


def stored_of(graph: Any, folder: Folder | None) -> tuple[dict[str, Known], frozenset[str]]:
    """Return the initializers of a GraphProto, and the names of those that are learned."""
    values = {tensor.name: initializer(tensor, folder) for tensor in graph.initializer}
    floats = {name for name, known in values.items() if known.dtype.startswith(("float", "bfloat"))}
    scales = {name for node in graph.node if node.op_type in _SCALED for name in node.input[1:]}
    return values, frozenset(floats - scales)


def records_of(
    nodes: Sequence[Any],
    version: int,
    values: dict[str, Known],
    given: Sequence[str],
    place: str,
    *,
    folder: Folder | None = None,
    closed: bool = False,
    depth: int = 0,
) -> list[Record]:
    """Return the records of nodes.

    Parameters
    ----------
    nodes : NodeProtos
    version : of the operator set
    values : initializers, to which the numbers of Constants are added
    given : names of the tensors that come in
    place : what the graph is called
    folder : where numbers may stand
    closed : whether it is a function, whose attributes may be named in the place of numbers
    depth : how many graphs it stands in
    """
    records = []
    traces = [_traces(number, node, values) for number, node in enumerate(nodes)]
    for node, trace, (name, scope) in zip(nodes, traces, named(traces), strict=True):
        path = trace.path
        operator = operator_of(node)
        refers = closed and any(each.ref_attr_name for each in node.attribute)
        known = None if refers else folded(operator, node, path)
        if known is not None:
            if node.output[0] in values or node.output[0] in given:
                raise no_model(f"the tensor {node.output[0]!r} is given twice", place)
            values[node.output[0]] = known
            continue
        attributes: dict[str, Any] = {}
        for each in node.attribute:
            if refers and each.ref_attr_name:
                attributes[each.name] = Reference(each.ref_attr_name)
            elif each.type == _GRAPH:
                attributes[each.name] = _body_of(each.g, version, folder, closed, depth + 1)
            else:
                attributes[each.name] = plain_attribute(each)
        inputs_of = tuple(node.input)
        while inputs_of and not inputs_of[-1]:
            inputs_of = inputs_of[:-1]
        record = Record("onnx", operator, version, path, inputs_of, tuple(node.output), attributes, name, scope)
        bodies = [value for value in attributes.values() if isinstance(value, Body)]
        if any(body.parameters or any(each.weighted for each in body.records) for body in bodies):
            record = replace(record, weighted=True)
        records.append(record)
    return records


def functions_of(model: Any, version: int) -> dict[str, Body]:
    """Return the functions of a ModelProto by the operator that calls them.

    Those that have the name of an operator of ONNX's that a layer stands for are left out.

    Raises
    ------
    ReadError
        CS129, two functions of one name, or one in an operator set that is not read.
    """
    found: dict[str, Body] = {}
    for each in model.functions:
        name = str(each.name) if each.domain in DOMAINS else f"{each.domain}.{each.name}"
        name = f"{name}:{each.overload}" if each.overload else name
        if each.domain in DOMAINS and catalog.foreign_of("onnx", name) is not None:
            continue
        if name in found:
            raise no_model(f"the function {name!r} is given twice", model.graph.name)
        values: dict[str, Known] = {}
        own = version_of(each.opset_import, name, version)
        records = records_of(each.node, own, values, each.input, name, closed=True)
        defaults = {one.name: plain_attribute(one) for one in each.attribute_proto}
        found[name] = _body(each.input, each.output, records, values, frozenset(), defaults, closed=True)
    return found


def _body_of(graph: Any, version: int, folder: Folder | None, closed: bool, depth: int) -> Body:
    if depth > _MOST_DEPTH:
        raise no_model(f"graphs stand in one another {depth} deep", graph.name)
    values, learned = stored_of(graph, folder)
    inputs = tuple(each.name for each in graph.input)
    records = records_of(graph.node, version, values, inputs, graph.name, folder=folder, closed=closed, depth=depth)
    return _body(inputs, [each.name for each in graph.output], records, values, learned, {}, closed=False)


def _body(
    inputs: Sequence[str],
    outputs: Sequence[str],
    records: Sequence[Record],
    values: Mapping[str, Known],
    learned: frozenset[str],
    attributes: Mapping[str, Any],
    *,
    closed: bool,
) -> Body:
    reads = {name for record in records for name in record.inputs}
    for record in records:
        for value in record.attributes.values():
            if isinstance(value, Body):
                reads |= value.reads
    made = {name for record in records for name in record.outputs}
    passed = set(outputs) - made - set(inputs) - set(values)
    reads = (reads | passed) - {""}
    return Body(tuple(inputs), tuple(outputs), records, values, learned, attributes, closed, frozenset(reads))


def nodes_of(model: Any) -> Iterator[Any]:
    """Yield all nodes of a ModelProto: those of its graph, of the graphs in nodes, and of its functions."""
    waiting = [model.graph, *model.functions]
    while waiting:
        for node in waiting.pop().node:
            yield node
            waiting += [each.g for each in node.attribute if each.type == _GRAPH]


def _traces(number: int, node: Any, values: Mapping[str, Known]) -> Traces:
    path = str(node.name or (node.output[0] if node.output else "") or f"{node.op_type}_{number}")
    scopes = [each.value for each in node.metadata_props if each.key == _SCOPES]
    return Traces(
        node.op_type, path, tuple([name for name in node.input if name in values]), scopes[0] if scopes else ""
    )
