"""What ONNX Runtime and PyTorch do not have or do wrongly, and why it is no fault of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import cnnshape.layers as L
from cnnshape.layers.base import Layer, Spec

__all__ = ["reason", "wrong_there"]

REASONS = {
    r"NOT_IMPLEMENTED": "ONNX Runtime has no function for the operator on these element types",
    r"does not support double yet": "ONNX Runtime's recurrent layers have single precision",
    r"not implemented for '(Long|Int|Short|Char|Byte|Bool|Half)'": "PyTorch has no function for these element types",
    r"Expected tensor for argument #1 'indices'": "PyTorch looks up int32 and int64 only",
    r"Input dtype must be either a floating point": "PyTorch has no means of whole numbers",
    r"upsamplebase.h": "ONNX Runtime resizes some numbers of axes only",
}
"""A message of theirs -> what they do not have."""


def reason(message: str) -> str:
    """Return why a message of another system is no fault, or ""."""
    return next((why for pattern, why in REASONS.items() if re.search(pattern, message)), "")


def _dilated(layer: Any, _: tuple[Spec, ...]) -> bool:
    many = layer.dilation if isinstance(layer.dilation, tuple) else (layer.dilation,)
    return any(step != 1 for step in many)


def _crop(layer: Any, inputs: tuple[Spec, ...]) -> bool:
    return layer.roi is not None and (layer.mode == "nearest" or len(inputs[0].shape) > 4)


def _empty(layer: Any, _: tuple[Spec, ...]) -> bool:
    return bool(layer.ceil_mode)


WRONG: Mapping[type[Layer], Callable[[Any, tuple[Spec, ...]], bool]] = {
    # ONNX's reference implementation and the definition agree with us.
    L.Fold: _dilated,
    L.Resize: _crop,
    # A window that holds padding alone has no largest value: -inf here and in PyTorch, the least number there.
    **dict.fromkeys((L.MaxPool, L.MinPool), _empty),
}
"""Layers that ONNX Runtime computes otherwise than ONNX says, in some settings."""


def wrong_there(layer: Layer, inputs: tuple[Spec, ...], fault: str) -> bool:
    """Say whether a difference is known to be ONNX Runtime's own."""
    return fault.startswith("onnxruntime") and type(layer) in WRONG and WRONG[type(layer)](layer, inputs)
