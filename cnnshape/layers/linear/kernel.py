"""Linear maps on arrays."""

from __future__ import annotations

from math import prod

import numpy as np

from cnnshape.errors import ShapeError
from cnnshape.layers.arrays import Array, Arrays, Weights, wide
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.equation import Labels, Step, steps
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear

__all__ = ["bilinear", "einsum", "embedding", "linear", "matmul"]

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


@_quiet
def einsum(layer: Einsum, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    operands, result = layer.labels(inputs)
    made, has = _diagonal(wide(inputs[0]), operands[0])
    for step, x, labels in zip(steps(operands, result), inputs[1:], operands[1:], strict=True):
        new, its = _diagonal(wide(x), labels)
        made, has = _times(step, _without(made, has, step), _without(new, its, step)), step.kept
    gone = tuple(axis for axis, label in enumerate(has) if label not in result)
    left = [label for label in has if label in result]
    outputs[0][...] = made.sum(gone).transpose([left.index(label) for label in result])


def _diagonal(x: Array, labels: Labels) -> tuple[Array, Labels]:
    """Return a view with one axis for each label: a label that stands twice means the diagonal."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = x.diagonal(axis1=first, axis2=second)
            labels = (*labels[:first], *labels[first + 1 : second], *labels[second + 1 :], label)
    return x, labels


def _without(x: Array, labels: Labels, step: Step) -> tuple[Array, Labels]:
    """Return the sum over the labels that this factor alone has and nothing needs."""
    gone = tuple(axis for axis, label in enumerate(labels) if label in step.alone)
    return x.sum(gone) if gone else x, tuple(label for label in labels if label not in step.alone)


def _times(step: Step, left: tuple[Array, Labels], right: tuple[Array, Labels]) -> Array:
    """Return the product of two factors as one of matrices, its axes in the order of `step.kept`."""
    (a, in_a), (b, in_b) = left, right
    sizes = {label: max(_size(a, in_a, label), _size(b, in_b, label)) for label in (*in_a, *in_b)}
    batch = [label for label in in_a if label in in_b and label in step.kept]
    inner = [label for label in in_a if label in in_b and label not in step.kept]
    rows, columns = ([x for x in own if x not in other] for own, other in ((in_a, in_b), (in_b, in_a)))
    a, b = _block(a, in_a, (batch, rows, inner), sizes), _block(b, in_b, (batch, inner, columns), sizes)
    made = np.matmul(a, b) if inner else a * b
    order = (*batch, *rows, *columns)
    return made.reshape([sizes[label] for label in order]).transpose([order.index(label) for label in step.kept])


def _size(x: Array, labels: Labels, label: str | int) -> int:
    return x.shape[labels.index(label)] if label in labels else 1


def _block(x: Array, labels: Labels, groups: tuple[list[str | int], ...], sizes: dict[str | int, int]) -> Array:
    """Return an array with an axis for each label of the first group, and one for each other group as a whole."""
    order = [label for group in groups for label in group]
    x = x.transpose([labels.index(label) for label in order])
    x = np.broadcast_to(x, [sizes[label] for label in order])
    batch, *others = groups
    return x.reshape([*(sizes[label] for label in batch), *(prod(sizes[label] for label in group) for group in others)])


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
