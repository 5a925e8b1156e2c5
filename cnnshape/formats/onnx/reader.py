"""ONNX models -> records (see `formats.foreign`). Nothing in a model is run, and no other file is opened."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.errors import FormulaError
from cnnshape.formats.onnx.declared import Declarations
from cnnshape.formats.onnx.file import light
from cnnshape.formats.onnx.graphs import OLDEST, functions_of, nodes_of, operator_of, records_of, stored_of, version_of
from cnnshape.formats.onnx.values import Folder, check_texts, no_model, onnx_package
from cnnshape.formats.reading.faults import unreadable
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import ForeignModel, Known, Read
from cnnshape.graph.collector import collector_paused
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign_onnx import ONNX_DTYPES
from cnnshape.symbolic import Size, dim

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["OLDEST", "input_names", "model_of", "node_model", "operators", "parse", "read_onnx"]


def read_onnx(path: str) -> Read:
    """Return the network of an ONNX file.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS129 it is no ONNX model.
    DesignError
        CS127, operators in a form that they do not have; CS128, tensors that nothing gives.
    ExtraMissing
        CS010, the package onnx is not installed.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            if file.stat().st_size == 0:
                raise no_model("it is empty", path)
            with mmap(opened.fileno(), 0, access=ACCESS_READ) as content, memoryview(content) as data:
                structure = light(data)
    except OSError as fault:
        raise unreadable(path, fault) from None
    with collector_paused():
        return read(model_of(parse(structure, str(path)), file=file), unknown=True)


def parse(content: bytes, place: str = "") -> Any:
    """Return the ModelProto of some bytes."""
    onnx = onnx_package()
    broken: type[Exception] = import_module("google.protobuf.message").DecodeError
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except (broken, RecursionError, ValueError):
        raise no_model("its bytes are no protobuf message", place) from None
    if not model.HasField("graph"):
        raise no_model("it holds no graph", place)
    return model


def model_of(model: Any, given: Mapping[str, Array] | None = None, file: Path | None = None) -> ForeignModel:
    """Return a ModelProto as plain data.

    Parameters
    ----------
    model : ModelProto
    given : input -> array, where the inputs are known: sizes are theirs, and their values may be arguments and weights
    file : where it was read from; numbers that stand in its folder are there

    Raises
    ------
    ReadError
        CS129, the model breaks ONNX's rules or is of a version that is not read.
    """
    given, graph, place = given or {}, model.graph, model.graph.name
    outputs = tuple(out.name for out in graph.output)
    check_texts((place, *outputs, *(each.name for each in graph.input)))
    version = version_of(model.opset_import, place)
    folder = Folder(file) if file else None
    values, parameters = stored_of(graph, folder)
    values |= {name: Known.of(array) for name, array in given.items()}
    inputs, symbols = {}, _Symbols()
    for each in graph.input:
        if each.name in given:
            inputs[each.name] = Spec(given[each.name].shape, str(given[each.name].dtype))
        elif each.name not in values:
            inputs[each.name] = _input(each, place, symbols)
    records = records_of(graph.node, version, values, (*inputs, *given), place, folder=folder)
    called = file.stem if file else place or "model"
    declared = Declarations(graph, symbols.named)
    source, functions = str(file or ""), functions_of(model, version)
    return ForeignModel(
        called, inputs, outputs, records, values, parameters, source, functions=functions, declared=declared
    )


def operators(model: Any) -> frozenset[str]:
    """Return the operators of a ModelProto, with their domain where it is not ONNX's own; its functions are none."""
    functions = functions_of(model, OLDEST)
    return frozenset({*map(operator_of, nodes_of(model))} - functions.keys())


def input_names(model: Any) -> tuple[str, ...]:
    """Return the inputs of a ModelProto that are fed: those without an initializer."""
    stored = {tensor.name for tensor in model.graph.initializer}
    return tuple(each.name for each in model.graph.input if each.name not in stored)


def node_model(node: Any, inputs: Sequence[str]) -> Any:
    """Return the ModelProto of one NodeProto, in the newest version of its operator set."""
    helper = onnx_package().helper
    graph = helper.make_graph(
        [node],
        node.op_type,
        [helper.make_empty_tensor_value_info(name) for name in inputs],
        [helper.make_empty_tensor_value_info(name) for name in node.output if name],
    )
    return helper.make_model(graph)


def _input(each: Any, place: str, symbols: _Symbols) -> Spec:
    """Return the spec of an input, with symbols for sizes that are free."""
    tensor = each.type.tensor_type
    if not each.type.HasField("tensor_type") or not tensor.HasField("shape"):
        raise no_model(f"the input {each.name!r} is no tensor with a number of axes", place)
    dtype = ONNX_DTYPES.get(tensor.elem_type)
    if dtype is None:
        raise no_model(f"the input {each.name!r} has the element type {tensor.elem_type}, which no layer takes", place)
    return Spec(tuple(symbols.size(size, f"{each.name}_{axis}") for axis, size in enumerate(tensor.shape.dim)), dtype)


class _Symbols:
    """The symbols of a model's free sizes: one for each dim_param, however it has to be spelled here."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self.named: dict[str, str] = {}

    def size(self, given: Any, otherwise: str) -> Size:
        """Return a size; one without a name gets one after its input and axis, and is like no other."""
        if given.HasField("dim_value"):
            return int(given.dim_value)
        check_texts([given.dim_param])
        key = given.dim_param or f"{otherwise} unnamed"
        if key not in self._of:
            self._of[key] = self._spelled(given.dim_param or otherwise)
            if given.dim_param:
                self.named[given.dim_param] = self._of[key]
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
