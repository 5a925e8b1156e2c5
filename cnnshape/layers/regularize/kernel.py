"""Regularization on arrays: at inference it lets everything pass."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.arrays import Arrays, Weights

__all__ = ["identity"]


def identity(_: Any, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0]
