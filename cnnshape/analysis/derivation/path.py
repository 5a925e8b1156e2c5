"""The way through a network that decides what a tensor sees, or how large it is: one branch of every join."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.analysis.receptive_field import Fields
from cnnshape.analysis.sight import Sight, through
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Spec
from cnnshape.symbolic import Size, Window

__all__ = ["Hop", "path"]


@dataclass(frozen=True, slots=True)
class Hop:
    """A node on the way, from the input that decides to its output.

    Parameters
    ----------
    node : position in `network.nodes`
    name : str, the tensor that leaves it
    before : what the input sees
    moved : what the output sees of it, without the other inputs
    after : what the output sees
    given, made : the specs of the two tensors
    window : the window along the axis, or None
    branches : how many of its inputs see something of the axis
    """

    node: int
    name: str
    before: Sight
    moved: Sight
    after: Sight
    given: Spec
    made: Spec
    window: Window | None
    branches: int

    @property
    def size_before(self) -> Size | None:
        """The size of the axis in the input; None if no axis of it moves over the axis."""
        return None if self.before.at is None else self.given.shape[self.before.at]

    @property
    def size_after(self) -> Size | None:
        return None if self.after.at is None else self.made.shape[self.after.at]


def path(found: Propagation, fields: Fields, tensor: str, column: int) -> tuple[Hop, ...]:
    """Return the way to a tensor along one axis of one input, from the input on.

    At a join it is the branch whose window is that of the join; where none is, the one that sees most.

    Parameters
    ----------
    found : Propagation
    fields : its receptive fields
    tensor : str, where the way ends
    column : position in `fields.axes`
    """
    network = found.network
    hops: list[Hop] = []
    while True:
        node = network.producers[tensor] if tensor in network.producers else network.index.get(tensor)
        if node is None:
            node = network.index[tensor.rpartition(".")[0]]
        hop = _hop(found, fields, node, tensor, column)
        if hop is None:
            return tuple(reversed(hops))
        source, made = hop
        hops.append(made)
        tensor = source


def _hop(found: Propagation, fields: Fields, i: int, tensor: str, column: int) -> tuple[str, Hop] | None:
    node, inputs = found.network.nodes[i], found.inputs[i]
    after = fields.sights[tensor][column]
    if not inputs or not node.inputs or after is None:
        return None
    made = found.specs[tensor]
    windows = node.layer.window(inputs)
    read = range(len(inputs)) if windows.reads is None else windows.reads
    options: list[tuple[str, Hop]] = []
    for k in read:
        before = fields.sights[node.inputs[k]][column]
        if before is None:
            continue
        moved = through(before, windows, inputs[k], made, alone=len(inputs) == 1)
        window = windows.axes.get(moved.at) if moved.at is not None else None
        hop = Hop(i, tensor, before, moved, after, inputs[k], made, window, len(inputs))
        options.append((node.inputs[k], hop))
    if not options:
        return None
    return max(options, key=lambda option: _rank(option[1]))


def _rank(hop: Hop) -> tuple[bool, bool, bool, float]:
    moved, after = hop.moved, hop.after
    known = moved.known and not (moved.reduced and not after.reduced)
    size = moved.size if moved.known else 0
    return (
        known,
        moved.at is not None,
        (moved.low, moved.high) == (after.low, after.high),
        float(size) if isinstance(size, int) else 0.0,
    )
