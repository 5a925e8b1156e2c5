"""From when to when a tensor is needed, if the nodes run in the stated order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.graph.network import Network
from cnnshape.layers.io import Input

__all__ = ["Lifetime", "lifetimes", "spans"]


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
    owners: dict[str, str] = {}
    given: list[str] = []
    reads: list[list[str]] = []
    makes: list[list[str]] = []
    for i, node in enumerate(network.nodes):
        reads.append([])
        makes.append([])
        if i in network.held:
            continue
        made = named.get(i, [node.name])
        source = owners[node.inputs[0]] if node.layer.is_view else ""
        owners.update((tensor, source or tensor) for tensor in made)
        if node.inputs:
            reads[i] = [name for place, name in enumerate(node.inputs) if place not in node.layer.sized_by]
            makes[i] = made
        elif isinstance(node.layer, Input):
            given += made
    found = spans(reads, makes, owners, given, network.outputs.values())
    return MappingProxyType({name: Lifetime(name, *span, owners[name]) for name, span in found.items()})


def spans(
    reads: Sequence[Iterable[str]],
    makes: Sequence[Iterable[str]],
    owners: Mapping[str, str],
    given: Iterable[str],
    kept: Iterable[str],
) -> dict[str, tuple[int, int]]:
    """Return the first and the last step in which each tensor must be there.

    Parameters
    ----------
    reads, makes : the tensors that each step reads and makes
    owners : tensor -> the tensor in whose memory it lies, itself unless it is a view
    given : tensors that are there before the first step
    kept : tensors that are there after the last step

    Returns
    -------
    mapping of tensor to steps, in the order they come to be
        What is read, but neither made nor given, is left out.

    Examples
    --------
    >>> spans([["x"], ["y"]], [["y"], ["z"]], {"x": "x", "y": "y", "z": "z"}, ["x"], ["z"])
    {'x': (0, 0), 'y': (0, 1), 'z': (1, 1)}
    """
    first: dict[str, int] = dict.fromkeys(given, 0)
    last: dict[str, int] = dict(first)
    for step, (read, made) in enumerate(zip(reads, makes, strict=True)):
        for name in read:
            last[name] = last[owners[name]] = step
        for name in made:
            first[name] = last[name] = step
    for name in kept:
        last[name] = last[owners[name]] = max(len(reads) - 1, 0)
    return {name: (start, last[name]) for name, start in first.items()}
