"""The ends of a network on arrays.

Input and Constant have no kernel: their values are not in the design, whoever runs the network gives them.
"""

from __future__ import annotations

from cnnshape.layers.arrays import Arrays, Weights
from cnnshape.layers.io.spec import Output, Parameter

__all__ = ["output", "parameter"]


def parameter(_: Parameter, __: Arrays, weights: Weights, outputs: Arrays) -> None:
    outputs[0][...] = weights["weight"]


def output(_: Output, inputs: Arrays, __: Weights, outputs: Arrays) -> None:
    outputs[0][...] = inputs[0]
