"""ONNX models -> records (see `formats.foreign`). Nothing in a model is run, and no other file is opened."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.errors import DesignError, ExtraMissing, FormulaError, ReadError
from cnnshape.formats.foreign import ForeignModel, Known, Read, Record, read
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign_onnx import ONNX_DTYPES
from cnnshape.symbolic import Size, dim

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["FOLDED", "OLDEST", "input_names", "model_of", "node_model", "operators", "parse", "read_onnx"]

OLDEST = 6
"""The oldest operator set that is read."""
FOLDED = ("Constant", "ConstantOfShape")
"""Operators that the reader computes; their results are constants."""
_MOST_BYTES = 2**31
"""Protobuf's own bound."""


def read_onnx(path: str) -> Read:
    """Return the network of an ONNX file.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS129 it is no ONNX model.
    DesignError
        CS127, operators that no layer stands for; CS128, tensors that nothing gives.
    ExtraMissing
        CS010, the package onnx is not installed.
    """
    file = Path(path)
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise _no_model("it is longer than 2 GiB", path)
        content = file.read_bytes()
    except OSError as fault:
        raise ReadError(f"{path}: {fault.strerror or fault}", code="CS101", rule="a model is a file") from None
    return read(model_of(parse(content, str(path))))


def parse(content: bytes, place: str = "") -> Any:
    """Return the ModelProto of some bytes."""
    onnx = _onnx()
    broken: type[Exception] = import_module("google.protobuf.message").DecodeError
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except (broken, RecursionError, ValueError):
        raise _no_model("its bytes are no protobuf message", place) from None
    if not model.HasField("graph"):
        raise _no_model("it holds no graph", place)
    return model


def model_of(model: Any, given: Mapping[str, Array] | None = None) -> ForeignModel:
    """Return a ModelProto as plain data.

    Parameters
    ----------
    model : ModelProto
    given : input -> array, where the inputs are known: sizes are theirs, and their values may be arguments and weights

    Raises
    ------
    ReadError
        CS129, the model breaks ONNX's rules or is of a version that is not read.
    """
    given, graph, place = given or {}, model.graph, model.graph.name
    if not all(isinstance(name, str) for name in _names(model)):
        raise _no_model("a name in it is no text in UTF-8", "")
    version = _version(model)
    values = {tensor.name: _initializer(tensor) for tensor in graph.initializer}
    parameters = frozenset(name for name, known in values.items() if known.dtype.startswith(("float", "bfloat")))
    values |= {name: Known.of(array) for name, array in given.items()}
    inputs, symbols = {}, _Symbols()
    for each in graph.input:
        if each.name in given:
            inputs[each.name] = Spec(given[each.name].shape, str(given[each.name].dtype))
        elif each.name not in values:
            inputs[each.name] = _input(each, place, symbols)
    records = []
    for number, node in enumerate(graph.node):
        operator = f"{node.domain}.{node.op_type}" if node.domain not in _DOMAINS else node.op_type
        path = node.name or (node.output[0] if node.output else "") or f"{node.op_type}_{number}"
        folded = _folded(operator, node, values, path)
        if folded is not None:
            values[node.output[0]] = folded
            continue
        attributes = {each.name: _plain(each) for each in node.attribute}
        inputs_of = tuple(node.input)
        while inputs_of and not inputs_of[-1]:
            inputs_of = inputs_of[:-1]
        records.append(Record("onnx", operator, version, path, inputs_of, tuple(node.output), attributes))
    return ForeignModel(place or "model", inputs, tuple(out.name for out in graph.output), records, values, parameters)


_DOMAINS = ("", "ai.onnx")


def _names(model: Any) -> Iterator[Any]:
    """Yield all names that are read; protobuf gives bytes for what is no text."""
    graph = model.graph
    yield graph.name
    yield from (each.domain for each in model.opset_import)
    yield from (each.name for each in (*graph.initializer, *graph.input, *graph.output))
    yield from (size.dim_param for each in graph.input for size in each.type.tensor_type.shape.dim)
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (each.name for each in node.attribute)


def operators(model: Any) -> frozenset[str]:
    """Return the operators of a ModelProto's graph, with their domain where it is not ONNX's own."""
    return frozenset(
        node.op_type if node.domain in _DOMAINS else f"{node.domain}.{node.op_type}" for node in model.graph.node
    )


def input_names(model: Any) -> tuple[str, ...]:
    """Return the inputs of a ModelProto that are fed: those without an initializer."""
    stored = {tensor.name for tensor in model.graph.initializer}
    return tuple(each.name for each in model.graph.input if each.name not in stored)


def node_model(node: Any, inputs: Sequence[str]) -> Any:
    """Return the ModelProto of one NodeProto, in the newest version of its operator set."""
    helper = _onnx().helper
    graph = helper.make_graph(
        [node],
        node.op_type,
        [helper.make_empty_tensor_value_info(name) for name in inputs],
        [helper.make_empty_tensor_value_info(name) for name in node.output if name],
    )
    return helper.make_model(graph)


def _onnx() -> Any:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ExtraMissing(
            "reading ONNX needs the package onnx",
            rule="it comes with the extra onnx",
            fix="pip install 'cnnshape[onnx]'",
        ) from None
    return onnx


def _version(model: Any) -> int:
    found = [each.version for each in model.opset_import if each.domain in _DOMAINS]
    version = int(max(found, default=1))
    if version < OLDEST:
        raise _no_model(f"its operator set has version {version}, versions from {OLDEST} on are read", model.graph.name)
    return version


def _input(each: Any, place: str, symbols: _Symbols) -> Spec:
    """Return the spec of an input, with symbols for sizes that are free."""
    tensor = each.type.tensor_type
    if not each.type.HasField("tensor_type") or not tensor.HasField("shape"):
        raise _no_model(f"the input {each.name!r} is no tensor with a number of axes", place)
    dtype = ONNX_DTYPES.get(tensor.elem_type)
    if dtype is None:
        raise _no_model(f"the input {each.name!r} has the element type {tensor.elem_type}, which no layer takes", place)
    return Spec(tuple(symbols.size(size, f"{each.name}_{axis}") for axis, size in enumerate(tensor.shape.dim)), dtype)


class _Symbols:
    """The symbols of a model's free sizes: one for each dim_param, however it has to be spelled here."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def size(self, given: Any, otherwise: str) -> Size:
        """Return a size; one without a name gets one after its input and axis, and is like no other."""
        if given.HasField("dim_value"):
            return int(given.dim_value)
        key = given.dim_param or f"{otherwise} unnamed"
        if key not in self._of:
            self._of[key] = self._spelled(given.dim_param or otherwise)
        return dim(self._of[key])

    def _spelled(self, wished: str) -> str:
        plain = re.sub(r"\W", "_", wished, flags=re.ASCII)
        for count in itertools.count(1):
            name = plain if count == 1 else f"d_{plain}_{count}"
            try:
                dim(name)
            except FormulaError:  # a digit first, or the name of a function
                continue
            if name not in self._of.values():
                return name
        raise AssertionError


def _initializer(tensor: Any) -> Known:
    dtype = ONNX_DTYPES.get(tensor.data_type, f"type {tensor.data_type}")
    return Known(tuple(tensor.dims), dtype, partial(_array, tensor))


def _array(tensor: Any) -> Array:
    """Return the numbers of a TensorProto."""
    from math import prod

    if tensor.data_location == _onnx().TensorProto.EXTERNAL:
        raise DesignError(
            f"the numbers of {tensor.name!r} lie in another file",
            code="CS129",
            rule="numbers are read from the model's own file",
            fix="onnx.save_model(model, path, save_as_external_data=False)",
        )
    # Dims that promise more than the file holds would take memory.
    held = len(tensor.raw_data) * 8 or max(map(len, (tensor.float_data, tensor.int32_data, tensor.int64_data)))
    held = max(held, len(tensor.double_data), len(tensor.uint64_data))
    if any(size < 0 for size in tensor.dims) or prod(tensor.dims) > max(2 * held, 1):
        raise _no_model(f"the tensor {tensor.name!r} does not hold as many numbers as its shape {(*tensor.dims,)}", "")
    try:
        array: Array = _onnx().numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        raise _no_model(f"the tensor {tensor.name!r} cannot be read", "") from None
    return array


def _folded(operator: str, node: Any, values: Mapping[str, Known], path: str) -> Known | None:
    """Return what a node gives if it is one of FOLDED and that is known, else None."""
    if operator not in FOLDED or len(node.output) != 1:
        return None
    if operator == "Constant":
        return _constant(node, path)
    if len(node.input) != 1 or node.input[0] not in values:
        return None
    return _filled(node, values[node.input[0]], path)


def _filled(node: Any, wanted: Known, path: str) -> Known:
    """Return the value of a ConstantOfShape node; whatever its size, it takes the memory of one number."""
    import numpy as np

    if len(wanted.shape) != 1 or wanted.shape[0] > _MOST_AXES:
        raise _no_model(f"the shape of {path!r} has {wanted.shape} entries", "")
    shape = tuple(int(size) for size in wanted.load())
    given = [_array(each.t) for each in node.attribute if each.name == "value"]
    number = given[0].reshape(-1) if given else np.zeros(1, np.float32)
    if any(size < 0 for size in shape) or len(number) != 1:
        raise _no_model(f"{path!r} has the shape {shape} and {len(number)} values", "")
    return Known(shape, str(number.dtype), lambda: np.broadcast_to(number[0], shape))


_MOST_AXES = 32


def _constant(node: Any, path: str) -> Known:
    """Return the value of a Constant node."""
    import numpy as np

    for each in node.attribute:
        if each.name == "value":
            return _initializer(each.t)
        if each.name in ("value_int", "value_ints"):
            return Known.of(np.array(_plain(each), np.int64))
        if each.name in ("value_float", "value_floats"):
            return Known.of(np.array(_plain(each), np.float32))
    raise _no_model(f"the Constant {path!r} holds no numbers", "")


def _plain(each: Any) -> Any:
    """Return an attribute as numbers and texts; None for a graph, a tensor or a type, which no row of a table reads."""
    kinds = _onnx().AttributeProto
    if each.type == kinds.FLOAT:
        return _shortest(each.f)
    if each.type == kinds.FLOATS:
        return tuple(map(_shortest, each.floats))
    if each.type == kinds.INT:
        return int(each.i)
    if each.type == kinds.INTS:
        return tuple(map(int, each.ints))
    if each.type == kinds.STRING:
        return each.s.decode("utf-8", "replace")
    if each.type == kinds.STRINGS:
        return tuple(text.decode("utf-8", "replace") for text in each.strings)
    return None


def _shortest(number: float) -> float:
    """Return the shortest decimal that a float32 is: 1e-05 for what it stores as 9.999999747e-06."""
    import numpy as np

    return float(str(np.float32(number)))


def _no_model(why: str, place: str) -> ReadError:
    return ReadError(
        f"this is no ONNX model that can be read: {why}",
        code="CS129",
        place=place,
        rule="a model is what onnx.checker.check_model accepts",
    )
