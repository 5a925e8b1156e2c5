"""Inputs whose channels stand behind the axes of space, as Keras has them."""

from __future__ import annotations

from cnnshape.graph.network import Network
from cnnshape.layers.reshape.axes import Permute

__all__ = ["channels_last"]


def channels_last(network: Network) -> frozenset[str]:
    """Return the inputs of which nothing is made before their last axis is moved to the front.

    Of three axes nothing can be said: a sequence may be turned for other reasons.

    Examples
    --------
    >>> from cnnshape import Input, layers as L
    >>> x = Input("image", ("H", "W", 3))
    >>> y = L.Conv(8, kernel_size=3)(L.Permute((0, 3, 1, 2))(x))
    >>> sorted(channels_last(Network("tiny", inputs=x, outputs=y)))
    ['image']
    """
    moved: dict[str, bool] = {node.name: False for node in network.inputs if len(node.declared) > 3}
    if not moved:
        return frozenset()
    met: set[str] = set()
    for node in network.nodes:
        for tensor in node.inputs:
            if tensor in moved:
                rank = len(network[tensor].declared)
                turns = isinstance(node.layer, Permute) and node.layer.dims == (0, rank - 1, *range(1, rank - 1))
                moved[tensor] = turns and (tensor not in met or moved[tensor])
                met.add(tensor)
    return frozenset(name for name, always in moved.items() if always)
