"""The arguments of a call of a Keras layer, as rows of tables read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnshape.formats.keras.file import no_keras
from cnnshape.formats.keras.graph import Layer, Numbers, config_of, operator_of
from cnnshape.formats.keras.layouts import Layout, place

__all__ = ["activation_of", "arguments", "described_layer", "fixed", "steps_alike", "values"]

_DTYPES = ("float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "bool")
_ALIKE = ("Activation", "Dense", "Dropout", "EinsumDense", "ELU", "Identity", "LayerNormalization", "LeakyReLU", "ReLU")


def steps_alike(operator: str) -> bool:
    """Say whether a layer does with a sequence what it does with each of its positions."""
    return operator in _ALIKE


def described_layer(described: Any, where: str) -> Layer:
    """Return the layer that another one stands around."""
    config = config_of(described, where)
    return Layer(str(config.get("name") or where), operator_of(described, where), config)


def values(given: Numbers) -> Any:
    """Return numbers among the arguments of a call as an array."""
    import numpy as np

    whole = isinstance(given.values, list) and not given.dtype
    array = np.array(given.values)
    if array.dtype.kind not in "biuf" or (given.dtype and given.dtype not in _DTYPES):
        raise no_keras("an argument of a call is no number, nor a list of numbers")
    kept = whole and array.dtype.kind in "biu"
    return array.astype(given.dtype or (str(array.dtype) if kept else "float32"))


def arguments(given: Mapping[str, Any], layout: Layout, where: str) -> dict[str, Any]:
    """Return arguments with lists as tuples and axes as they are counted here; how the tensors stand beside them."""
    config = {key: _tuples(value) for key, value in given.items()}
    config |= {"rank": layout.rank, "moved": layout.moved}
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if layout.rank and axis is not None and not isinstance(axis, tuple):
        config["axis"] = place(axis, layout, where)
    return config


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def activation_of(given: Any) -> tuple[str, dict[str, Any]]:
    """Return an activation that is an argument of a layer as a layer."""
    if isinstance(given, str):
        return "Activation", {"activation": given}
    config = given["config"]
    if isinstance(config, str):
        return "Activation", {"activation": config}
    if not isinstance(given["class_name"], str):
        raise no_keras("an activation is none of Keras's")
    return given["class_name"], dict(config)


def fixed(layer: Layer, config: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    """Return the statistics that a normalization states, as arrays."""
    if layer.operator != "Normalization" or config.get("mean") is None:
        return []
    import numpy as np

    deviation = np.maximum(np.sqrt(np.array(config["variance"], np.float64)), 1e-7)
    mean = np.array(config["mean"], np.float64)
    if mean.ndim > 1 or deviation.ndim > 1:
        raise no_keras("statistics along several axes", node=name)
    rest = (1,) * (config["rank"] - 2 if config["moved"] else 0)
    return [
        (word, (each.reshape(-1, *rest) if each.size > 1 else each.reshape(())).astype(np.float32))
        for word, each in (("mean", mean), ("deviation", deviation))
    ]
