"""What a classifier says: the classes with the largest outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.layers.arrays import Array
from cnnshape.runtime.records import ClassFacts

__all__ = ["classifier", "top_classes"]


_CLOSE = 1e-3
"""How far from 1 the sum of probabilities may be: 1000 of them, rounded in half precision."""


def classifier(shapes: Mapping[str, tuple[int, ...]], labels: Sequence[str]) -> str:
    """Return the output that holds classes: one number for each class and image.

    Parameters
    ----------
    shapes : output -> its sizes, batch first
    labels : names of the classes; empty if there are none

    Raises
    ------
    UsageError
        CS505, none or several of the outputs do, or there are more or fewer labels than classes.
    """
    fitting = [name for name, shape in shapes.items() if len(shape) > 1 and all(size == 1 for size in shape[2:])]
    if len(fitting) != 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise UsageError(
            f"{'no output holds' if not fitting else 'several outputs hold'} classes",
            code="CS505",
            given=listed,
            rule="a classifier has one output (N, C): a number for each class",
            fix="leave out --classes; -o y.npz writes the numbers",
        )
    (name,) = fitting
    count = shapes[name][1]
    if labels and len(labels) != count:
        raise UsageError(
            f"{len(labels)} labels are given for {count} classes",
            code="CS505",
            got=len(labels),
            needed=count,
            rule="a file of labels has one line for each class, in their order",
            fix=f"give a file with {count} lines",
        )
    return name


def top_classes(output: Array, count: int, labels: Sequence[str] = ()) -> tuple[tuple[ClassFacts, ...], bool]:
    """Return the classes with the largest outputs, image by image, and whether their shares are a softmax.

    Parameters
    ----------
    output : (N, C), or with more axes of 1; probabilities are taken as they are, of other numbers the softmax
    count : classes for each image
    labels : a name for each class, or none

    Examples
    --------
    >>> top_classes(np.array([[0.0, np.log(3.0)]]), 1, ["cat", "dog"])
    ((ClassFacts(image=0, index=1, label='dog', share=0.75),), True)
    """
    values = output.reshape(output.shape[:2]).astype(np.float64)
    sums = values.sum(axis=1)
    softmax = not (bool((values >= 0).all()) and bool((np.abs(sums - 1) <= _CLOSE).all()))
    if softmax:
        with np.errstate(invalid="ignore"):  # of infinities, whose shares are nan
            values = np.exp(values - values.max(axis=1, keepdims=True))
            values = values / values.sum(axis=1, keepdims=True)
    order = np.argsort(-values, axis=1, kind="stable")[:, :count]
    return tuple(
        ClassFacts(image, int(i), labels[i] if labels else "", float(values[image, i]))
        for image, row in enumerate(order)
        for i in row
    ), softmax
