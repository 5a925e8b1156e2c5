"""Which element types ONNX's operators take."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnnshape.formats.onnx_values import onnx_package
from cnnshape.layers.foreign import Unmapped

__all__ = ["takes"]

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


@cache
def _allowed(operator: str, version: int) -> tuple[frozenset[str], ...]:
    if not onnx_package().defs.has(operator, version):
        raise Unmapped(f"ONNX has no {operator} in operator set {version}")
    schema: Any = onnx_package().defs.get_schema(operator, version)
    bound = {each.type_param_str: each.allowed_type_strs for each in schema.type_constraints}
    return tuple(frozenset(bound.get(each.type_str, (each.type_str,))) for each in schema.inputs)
