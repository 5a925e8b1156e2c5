"""What an ONNX graph says of the tensors in its middle; looked up only where no layer says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from cnnshape.formats.reading.records import Declared
from cnnshape.layers.foreign_onnx import ONNX_DTYPES
from cnnshape.symbolic import Size, dim

__all__ = ["Declarations"]


class Declarations(Mapping[str, Declared]):
    """The stated shapes of a graph's tensors.

    Parameters
    ----------
    graph : GraphProto
    symbols : dim_param of an input -> the symbol that it is here
    """

    def __init__(self, graph: Any, symbols: Mapping[str, str]) -> None:
        self._graph, self._symbols = graph, symbols

    def __getitem__(self, name: str) -> Declared:
        tensor = self._stated[name]
        dtype = ONNX_DTYPES.get(tensor.elem_type, "")
        return Declared(tuple(self._size(size) for size in tensor.shape.dim), dtype)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stated)

    def __len__(self) -> int:
        return len(self._stated)

    @cached_property
    def _stated(self) -> Mapping[str, Any]:
        """The tensors of which at least the number of axes is said."""
        both = (*self._graph.value_info, *self._graph.output)
        found = {each.name: each.type for each in both if each.type.HasField("tensor_type")}
        return {name: each.tensor_type for name, each in found.items() if each.tensor_type.HasField("shape")}

    def _size(self, given: Any) -> Size | str | None:
        if given.HasField("dim_value"):
            return int(given.dim_value)
        name = given.dim_param
        if not isinstance(name, str) or not name:  # protobuf gives bytes for what is no text
            return None
        return dim(self._symbols[name]) if name in self._symbols else name
