"""Nodes of ONNX graphs -> records; graphs inside of nodes and functions -> bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnshape.formats.onnx.names import named
from cnnshape.formats.onnx.values import Folder, check_texts, folded, initializer, no_model, plain_attribute
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
    return _called(node.op_type, node.domain, node.overload)


def _called(name: str, domain: str, overload: str) -> str:
    name = name if domain in DOMAINS else f"{domain}.{name}"
    return f"{name}:{overload}" if overload else name


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
    check_texts(values)
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
    plain = [_plain(number, node) for number, node in enumerate(nodes)]
    for (node, _, operator, path, inputs, outputs, _), (name, scope) in zip(plain, named(plain, values), strict=True):
        refers = closed and any(each.ref_attr_name for each in node.attribute)
        known = None if refers or len(outputs) != 1 else folded(operator, node, path)
        if known is not None:
            if outputs[0] in values or outputs[0] in given:
                raise no_model(f"the tensor {outputs[0]!r} is given twice", place)
            values[outputs[0]] = known
            continue
        attributes: dict[str, Any] = {}
        weighted = False
        for each in node.attribute:
            if refers and each.ref_attr_name:
                check_texts([each.ref_attr_name])
                attributes[each.name] = Reference(each.ref_attr_name)
            elif each.type == _GRAPH:
                body = attributes[each.name] = _body_of(each.g, version, folder, closed, depth + 1)
                weighted |= bool(body.parameters) or any(inner.weighted for inner in body.records)
            else:
                attributes[each.name] = plain_attribute(each)
        check_texts(attributes)
        records.append(
            Record("onnx", operator, version, path, inputs, outputs, attributes, name, scope, weighted=weighted)
        )
    return records


class _Plain(NamedTuple):
    """A NodeProto whose texts were looked at: each look makes a new one, and a slice of many is a list at once."""

    node: Any
    kind: str
    operator: str
    path: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scopes: str


def _plain(number: int, node: Any) -> _Plain:
    kind, domain, overload, name = node.op_type, node.domain, node.overload, node.name
    inputs, outputs, metadata = tuple(node.input[:]), tuple(node.output[:]), node.metadata_props
    scopes = next((each.value for each in metadata if each.key == _SCOPES), "") if metadata else ""
    check_texts((kind, domain, overload, name, scopes, *inputs, *outputs))
    path = name or (outputs[0] if outputs else "") or f"{kind}_{number}"
    while inputs and not inputs[-1]:
        inputs = inputs[:-1]
    return _Plain(node, kind, _called(kind, domain, overload), path, inputs, outputs, scopes)


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
        check_texts((each.name, each.domain, each.overload, *each.input, *each.output))
        name = _called(each.name, each.domain, each.overload)
        if each.domain in DOMAINS and catalog.foreign_of("onnx", name) is not None:
            continue
        if name in found:
            raise no_model(f"the function {name!r} is given twice", model.graph.name)
        values: dict[str, Known] = {}
        own = version_of(each.opset_import, name, version)
        records = records_of(each.node, own, values, each.input, name, closed=True)
        defaults = {one.name: plain_attribute(one) for one in each.attribute_proto}
        check_texts(defaults)
        found[name] = _body(each.input, each.output, records, values, frozenset(), defaults, closed=True)
    return found


def _body_of(graph: Any, version: int, folder: Folder | None, closed: bool, depth: int) -> Body:
    if depth > _MOST_DEPTH:
        raise no_model(f"graphs stand in one another {depth} deep", graph.name)
    values, learned = stored_of(graph, folder)
    inputs, outputs = ([each.name for each in names] for names in (graph.input, graph.output))
    check_texts((graph.name, *inputs, *outputs))
    records = records_of(graph.node, version, values, inputs, graph.name, folder=folder, closed=closed, depth=depth)
    return _body(inputs, outputs, records, values, learned, {}, closed=False)


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
