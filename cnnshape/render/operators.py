"""What the box of a layer or of a block says it does: ``Conv 3×3 /2``, ``Conv 1×1, 3×3, 1×1, Add``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from cnnshape.layers.base import Kind, Layer, in_space
from cnnshape.render.map_sizes import times_signs

__all__ = ["HEADS", "block_words", "label_of", "layer_words"]

HEADS = frozenset({Kind.CONV, Kind.POOL, Kind.LINEAR, Kind.MERGE, Kind.RESAMPLE, Kind.ATTENTION, Kind.RECURRENT})
"""Kinds of layers that say what a block does."""
_TAILS = frozenset({Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE})
_SHORT = {"BatchNorm": "BN", "LayerNorm": "LN", "GroupNorm": "GN", "InstanceNorm": "IN", "LocalResponseNorm": "LRN"}
_LONGEST = 31
_STRIDE = re.compile(r" /[\d×]+$")
_EQUAL_STRIDES = re.compile(r" /(\d+)(?:×\1)+$")

Placed = tuple[Layer, int]
"""A layer, and how many axes of space its input has; 0 where that is unknown."""


@lru_cache(maxsize=4096)
def label_of(layer: Layer, rank: int) -> str:
    """Return the label of a layer in its place: one number for the kernel counts for each axis of space.

    Examples
    --------
    >>> from cnnshape.layers import Conv, MaxPool
    >>> label_of(MaxPool(4), 1), label_of(MaxPool(4), 2), label_of(Conv(8, kernel_size=3, stride=(2, 2, 2)), 3)
    ('MaxPool 4', 'MaxPool 4×4', 'Conv 3×3×3 /2')
    """
    return _EQUAL_STRIDES.sub(r" /\1", times_signs(in_space(layer, rank).label()))


def layer_words(layers: Sequence[Placed]) -> tuple[str, str]:
    """Return the operator of a row, and what is folded into it."""
    head = next((i for i, (layer, _) in enumerate(layers) if layer.kind not in _TAILS), 0)
    names = [_SHORT.get(type(layer).__name__, type(layer).__name__) for layer, _ in layers]
    before = [f"after {', '.join(names[:head])}"] if head else []
    behind = [", ".join(names[head + 1 :])] if names[head + 1 :] else []
    return label_of(*layers[head]), ", ".join((*behind, *before))


def block_words(layers: Sequence[Placed]) -> str:
    """Return what a block is made of: its operators with their kernels, or how many there are of each."""
    heads = [each for each in layers if each[0].kind in HEADS] or layers
    full = ", ".join(_joined(heads))
    if len(full) <= _LONGEST:
        return full
    counts = Counter(type(layer).__name__ for layer, _ in heads)  # in the order of their first occurrence
    return _shortened([f"{count} {name}" if count > 1 else name for name, count in counts.items()])


def _joined(layers: Sequence[Placed]) -> Iterator[str]:
    """Yield ``Conv 1×1, 3×3, 1×1`` for neighbors of one class, ``2 Conv 3×3`` for equal ones."""
    for _, same in groupby(layers, key=lambda each: type(each[0])):
        labels = [_STRIDE.sub("", label_of(layer, rank)) for layer, rank in same]
        if len(labels) > 1 and len(set(labels)) == 1:
            yield f"{len(labels)} {labels[0]}"
            continue
        name = labels[0].partition(" ")[0]
        yield ", ".join([labels[0], *(label.removeprefix(f"{name} ") for label in labels[1:])])


def _shortened(words: Sequence[str]) -> str:
    """Return as many words as fit into a box."""
    shown = words[0]
    for word in words[1:]:
        if len(shown) + len(word) + 2 > _LONGEST:
            return f"{shown}, …"
        shown += f", {word}"
    return shown
