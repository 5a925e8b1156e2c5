"""The ends of a network on arrays.

Input and Constant have no kernel: their values are not in the design, whoever runs the network gives them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.layers.arrays import Arrays, Weights
from cnnshape.layers.io.sources import Arange, Full, SizeTensor
from cnnshape.layers.io.spec import Output, Parameter

__all__ = ["arange", "full", "output", "parameter", "size_tensor"]


def parameter(_: Parameter, __: Arrays, weights: Weights, outputs: Arrays) -> None:
    outputs[0][...] = weights["weight"]


def full(layer: Full, _: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = layer.value


def arange(layer: Arange, _: Arrays, __: Weights, outputs: Arrays) -> None:
    (y,) = outputs
    start: Any = layer.start  # a number, in a run
    y[...] = np.arange(len(y)) * layer.step + start


def size_tensor(layer: SizeTensor, _: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = np.reshape(np.array(layer.values, object), outputs[0].shape)


def output(_: Output, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0]
