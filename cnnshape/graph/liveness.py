"""From when to when a tensor is needed, if the nodes run in the stated order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.graph.network import Network
from cnnshape.layers.io import Input

__all__ = ["Lifetime", "lifetimes"]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The steps in which a tensor must be kept; step i runs node i.

    Parameters
    ----------
    tensor : str
    first : int, the step that makes it; 0 for an input
    last : int, the last step that reads its values or those of a view of it; the last step of all for an output of the
        network. A layer that takes its size from a tensor does not read it.
    owner : str, the tensor in whose memory it lies: itself, or for a view what it is a view of
    """

    tensor: str
    first: int
    last: int
    owner: str

    @property
    def is_view(self) -> bool:
        """True if it takes no memory of its own."""
        return self.owner != self.tensor


def lifetimes(network: Network) -> Mapping[str, Lifetime]:
    """Return the lifetime of each tensor that running `network` makes or is fed.

    Parameters
    ----------
    network : Network

    Returns
    -------
    mapping of tensor name to Lifetime, in the order they come to be
        Held nodes do not run: they make and read nothing. What belongs to the network itself, such as a learned
        tensor or a constant, is kept with its weights and has no lifetime. Of a layer with several outputs those
        that no node reads are left out: they are needed in the step that makes them only.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Conv(8, kernel_size=3, padding=1)(x)
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(y))
    >>> [(life.tensor, life.first, life.last) for life in lifetimes(net).values()]
    [('image', 0, 1), ('conv1', 1, 2), ('conv2', 2, 2)]
    """
    named: dict[int, list[str]] = {}
    for tensor, i in network.producers.items():
        named.setdefault(i, []).append(tensor)
    held = network.held
    owners: dict[str, str] = {}
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for i, node in enumerate(network.nodes):
        if i in held:
            continue
        for place, tensor in enumerate(node.inputs):
            if place not in node.layer.sized_by:
                last[tensor] = last[owners[tensor]] = i
        source = owners[node.inputs[0]] if node.layer.is_view else ""
        start = i
        if not node.inputs:
            if not isinstance(node.layer, Input):
                owners.update((tensor, tensor) for tensor in named.get(i, ()))
                continue
            start = 0
        for tensor in named.get(i, (node.name,)):
            owners[tensor] = source or tensor
            first[tensor] = start
            last[tensor] = start
    end = len(network.nodes) - 1
    for tensor in network.outputs.values():
        last[tensor] = last[owners[tensor]] = end
    return MappingProxyType(
        {tensor: Lifetime(tensor, step, last[tensor], owners[tensor]) for tensor, step in first.items()}
    )
