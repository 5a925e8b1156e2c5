"""Linear maps on arrays."""

from __future__ import annotations

import numpy as np

from cnnshape.errors import ShapeError
from cnnshape.layers.arrays import Arrays, Weights, wide
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear

__all__ = ["bilinear", "embedding", "linear", "matmul"]

_LAST = ([-1], [1])
"""The last axis of the input with the second of the weight."""

_quiet = np.errstate(all="ignore")  # infinities and NaN are results like others


@_quiet
def linear(layer: Linear, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    made = np.tensordot(wide(inputs[0]), wide(weights["weight"]), _LAST)
    if layer.bias:
        made += wide(weights["bias"])
    outputs[0][...] = made


@_quiet
def bilinear(layer: Bilinear, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (a, b), (y,) = map(wide, inputs), outputs
    for feature, matrix in enumerate(wide(weights["weight"])):
        made = (a * np.tensordot(b, matrix, _LAST)).sum(-1)
        y[..., feature] = made + wide(weights["bias"])[feature] if layer.bias else made


@_quiet
def matmul(layer: MatMul, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    flags = (layer.transpose_a, layer.transpose_b)
    a, b = (x.swapaxes(-1, -2) if swap and x.ndim > 1 else x for x, swap in zip(map(wide, inputs), flags, strict=True))
    outputs[0][...] = np.matmul(a, b)


def embedding(_: Embedding, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x,), table = inputs, weights["weight"]
    if x.size:
        for index in (int(x.min()), int(x.max())):
            if not 0 <= index < len(table):
                raise ShapeError(
                    f"Embedding has {len(table)} rows, the input asks for row {index}",
                    code="CS213",
                    got=index,
                    needed=len(table) - 1,
                    rule="an index is an integer from 0 to num_embeddings - 1",
                    fix=f"indices from 0 to {len(table) - 1}"
                    + (f", or num_embeddings: {index + 1}" if index >= 0 else ""),
                )
    outputs[0][...] = table[x]
