"""ONNX Runtime's own answer for a network that was written as an ONNX model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cnnshape.formats.onnx.writer import write
from cnnshape.graph.network import Network

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel  # noqa: E402  # after the check

__all__ = ["NoKernel", "answer", "checked"]


def checked(network: Network, weights: Mapping[str, Any] | None = None, dtype: str = "float32") -> Any:
    """Return a network as an ONNX model that ONNX's own checker accepts."""
    model = write(network, weights, dtype=dtype)
    onnx.checker.check_model(model, full_check=True)
    return model


def answer(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's outputs by name.

    Raises
    ------
    NoKernel
        ONNX Runtime has no function for an operator on such element types.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # the tests themselves run side by side
    options.log_severity_level = 4
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))
