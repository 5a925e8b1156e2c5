"""Linear layers on maps: they see one row of positions at a time, where most who write one mean the whole map."""

from __future__ import annotations

from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Kind, axis_name, shape_text
from cnnshape.layers.linear import Linear

__all__ = ["unflattened_notes"]

_MAPS = frozenset({Kind.CONV, Kind.POOL, Kind.RESAMPLE, Kind.PAD, Kind.IO})
_LEAVE_AXES = frozenset({Kind.NORM, Kind.ACTIVATION, Kind.REGULARIZE, Kind.MERGE, Kind.LOGIC, Kind.QUANTIZE})


def unflattened_notes(found: Propagation) -> tuple[str, ...]:
    """Return a line for each linear layer whose input is a map as a convolution or a pool leaves it.

    A layer behind axes that were put in another order is meant as it is.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (1, 28, 28))
    >>> y = L.ReLU()(L.Linear(10)(L.AvgPool(2)(x)))
    >>> print(*unflattened_notes(propagate(Network("tiny", inputs=x, outputs=y))))
    linear1 sees only the last axis, W, of (N, 1, 14, 14); put a flatten in front of it if it is to see the whole map
    """
    notes, maps = [], set[int]()
    producers = found.network.producers
    for i, node in enumerate(found.network.nodes):
        kind, inputs = node.layer.kind, found.inputs[i]
        behind = bool(node.inputs) and producers[node.inputs[0]] in maps
        if kind in _MAPS or (kind in _LEAVE_AXES and behind):
            maps.add(i)
        if isinstance(node.layer, Linear) and behind and inputs and len(inputs[0].shape) > 3 and not node.weights_of:
            shape = inputs[0].shape
            last = axis_name(len(shape), len(shape) - 1)
            notes.append(
                f"{node.name} sees only the last axis, {last}, of {shape_text(shape)}; "
                "put a flatten in front of it if it is to see the whole map"
            )
    return tuple(notes)
