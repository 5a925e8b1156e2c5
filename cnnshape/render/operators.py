"""What the box of a layer or of a block says it does: ``Conv 3×3 /2``, ``Conv 1×1, 3×3, 1×1, Add``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from cnnshape.graph.network import Network
from cnnshape.layers.activation import GELU, Erf
from cnnshape.layers.base import Kind, Layer, in_space
from cnnshape.layers.merge import Add, Divide, Multiply, Subtract
from cnnshape.render.map_sizes import times_signs

__all__ = ["HEADS", "block_words", "label_of", "layer_words", "spoken"]

HEADS = frozenset({Kind.CONV, Kind.POOL, Kind.LINEAR, Kind.MERGE, Kind.RESAMPLE, Kind.ATTENTION, Kind.RECURRENT})
"""Kinds of layers that say what a block does."""
_TAILS = frozenset({Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE})
_SHORT = {"BatchNorm": "BN", "LayerNorm": "LN", "GroupNorm": "GN", "InstanceNorm": "IN", "LocalResponseNorm": "LRN"}
_AFFINE = (Add, Divide, Multiply, Subtract)
_SILENT = frozenset({"Cast", "Constant", "Identity", "Pad", "Parameter", "Slice"})
_LONGEST = 31
_STRIDE = re.compile(r" /[\d×]+$")
_EQUAL_STRIDES = re.compile(r" /(\d+)(?:×\1)+$")

Placed = tuple[Layer, int]
"""A layer, and how many axes of space its input has; 0 where that is unknown."""


def spoken(network: Network, nodes: Sequence[int], fixed: Collection[int]) -> list[tuple[int, Layer]]:
    """Return which nodes of a row are named, with the layer that they are named as.

    Casts, what no input of the network reaches, and its sums and products with a map are not named; the layers that
    GELU is exported as are one.

    Parameters
    ----------
    network : Network
    nodes : positions in `network.nodes`
    fixed : those that no input reaches
    """
    kept: list[tuple[int, Layer]] = []
    curves: set[int] = set()  # an error function, and what is added to it
    for i in nodes:
        layer = network.nodes[i].layer
        taken = [p for tensor in network.nodes[i].inputs if (p := network.producers[tensor]) not in fixed]
        curved = curves.intersection(taken)
        if i in fixed or type(layer).__name__ in _SILENT:
            continue
        if isinstance(layer, Erf):
            curves.add(i)
        elif isinstance(layer, _AFFINE) and curved:
            curves.update([i] if len(taken) == 1 else [])
            continue
        elif isinstance(layer, _AFFINE) and len(taken) == 1 and kept:
            continue
        kept.append((i, GELU() if isinstance(layer, Erf) and _is_gelu(network, nodes) else layer))
    moved = [i for i in nodes if i not in fixed and type(network.nodes[i].layer).__name__ not in ("Cast", "Identity")]
    first = (moved or nodes)[0]
    return kept or [(first, network.nodes[first].layer)]


def _is_gelu(network: Network, nodes: Sequence[int]) -> bool:
    """Tell whether an error function is multiplied with what it is taken of, and not shown by itself."""
    return any(isinstance(network.nodes[i].layer, Multiply) for i in nodes)


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
