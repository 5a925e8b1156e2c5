"""A backend as the ONNX project's own tests take one: ``onnx.backend.test.BackendTest(cnnshape.runtime.onnx_backend)``.

The module itself is the backend: prepare, run_model, run_node, supports_device, is_compatible. A model is read when its
inputs are there, since an argument of a layer, such as the shape of a Reshape, may come in as an input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.formats.onnx.reader import input_names, model_of, node_model, operators
from cnnshape.formats.onnx.values import FOLDED
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.inlining import INLINED
from cnnshape.layers import catalog
from cnnshape.layers.arrays import Array
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan

__all__ = ["Prepared", "is_compatible", "prepare", "run_model", "run_node", "supports_device"]


class Prepared:
    """A model that waits for its inputs.

    Parameters
    ----------
    model : onnx.ModelProto
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def run(self, inputs: Sequence[Array] | Mapping[str, Array], **_: Any) -> tuple[Array, ...]:
        """Return the outputs, in the model's order.

        Raises
        ------
        CnnshapeError
            An operator that no layer stands for (CS127), sizes that do not fit (CS2xx), an input that does not (CS502).
        """
        named = (
            dict(inputs) if isinstance(inputs, Mapping) else dict(zip(input_names(self.model), inputs, strict=False))
        )
        for name, value in named.items():
            if not isinstance(value, (np.ndarray, np.generic)):
                raise UsageError(
                    f"the input {name!r} is {type(value).__name__}", code="CS502", rule="inputs are arrays"
                )
            named[name] = np.asarray(value)
        found = read(model_of(self.model, named))
        ready = plan(found.network, {}, strict=True)
        needed = {*ready.weights, *ready.constants}
        weights = {name: load() for name, load in found.weights.items() if name in needed}
        fed = {node.name: named[node.name] for node in found.network.inputs}
        made = execute(ready, fed, weights)
        return tuple(made[each.name] for each in self.model.graph.output)


def prepare(model: Any, device: str = "CPU", **_: Any) -> Prepared:  # noqa: ARG001  # one device
    """Return what runs a ModelProto."""
    return Prepared(model)


def run_model(model: Any, inputs: Any, device: str = "CPU", **options: Any) -> tuple[Array, ...]:
    """Return the outputs of a ModelProto."""
    return prepare(model, device).run(inputs, **options)


def run_node(
    node: Any,
    inputs: Any,
    device: str = "CPU",
    outputs_info: Any = None,  # noqa: ARG001  # the contract has it
    **options: Any,
) -> tuple[Array, ...]:
    """Return the outputs of a NodeProto of the newest operator set."""
    names = [name for name in node.input if name]
    return run_model(node_model(node, names), inputs, device, **options)


def supports_device(device: str) -> bool:
    """Say whether a device is the processor."""
    return device.partition(":")[0].upper() == "CPU"


def is_compatible(model: Any, device: str = "CPU", **_: Any) -> bool:
    """Say whether every operator of a ModelProto is in scope: a row of the catalogue reads it, or the reader."""
    return supports_device(device) and all(
        name in (*FOLDED, *INLINED) or catalog.foreign_of("onnx", name) is not None for name in operators(model)
    )
