"""Which element types ONNX's operators take."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnnshape.formats.onnx.values import onnx_package
from cnnshape.layers.foreign import Unmapped

__all__ = ["floats", "keeps_type", "takes"]

_WORDS = {"float32": "float", "float64": "double", "float8": "float8e4m3fn"}
"""ONNX's words for element types, where they are not ours."""


def takes(operator: str, place: int, dtype: str, version: int) -> bool:
    """Say whether an input of an operator may have an element type.

    Parameters
    ----------
    operator, version : such as "Relu", 22
    place : position of the input; a further one is like the last
    dtype : our word for the type

    Raises
    ------
    Unmapped
        The operator set has no such operator.
    """
    allowed = _allowed(operator, version)
    return f"tensor({_WORDS.get(dtype, dtype)})" in allowed[min(place, len(allowed) - 1)]


def keeps_type(operator: str, version: int) -> bool:
    """Say whether the first output has the type of the first input."""
    schema = _schema(operator, version)
    return bool(schema.inputs) and schema.outputs[0].type_str == schema.inputs[0].type_str


def floats(operator: str, attributes: Mapping[str, Any], version: int) -> dict[str, Any]:
    """Return attributes as ONNX has them: a number that is a FLOAT there is one."""
    schema = _schema(operator, version)
    kinds = {name: each.type.name for name, each in schema.attributes.items()}
    return {name: float(value) if kinds.get(name) == "FLOAT" else value for name, value in attributes.items()}


@cache
def _schema(operator: str, version: int) -> Any:
    defs = onnx_package().defs
    if not defs.has(operator, version):
        raise Unmapped(f"ONNX has no {operator} in operator set {version}")
    return defs.get_schema(operator, version)


@cache
def _allowed(operator: str, version: int) -> tuple[frozenset[str], ...]:
    schema = _schema(operator, version)
    bound = {each.type_param_str: each.allowed_type_strs for each in schema.type_constraints}
    return tuple(frozenset(bound.get(each.type_str, (each.type_str,))) for each in schema.inputs)
