"""What a network becomes on its way to source code of Keras: lines, inputs, outputs, and the weights of its layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnshape.formats.reading.records import Refusal
from cnnshape.formats.source.blocks import Line
from cnnshape.formats.source.printer import written_name
from cnnshape.graph.network import Node
from cnnshape.layers.source_keras import Kept, Order

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["Held", "Lines", "weights_in"]

_UNNAMED = re.compile(r"[^0-9A-Za-z_.]")


@dataclass(frozen=True, slots=True)
class Held:
    """A layer of Keras with weights: its name, the node that owns them here, and what they are made of."""

    name: str
    owner: str
    weights: tuple[Kept, ...]


@dataclass(slots=True)
class Lines:
    """What a network becomes.

    Parameters
    ----------
    lines : the calls
    inputs : name in Keras, number, node -- in order
    outputs : name and number
    orders : how each output and input stands
    held : the layers with weights
    refusals : the layers that Keras cannot say
    numbers : how many tensors have a number
    batch : the symbol that counts images
    names : of layers, as they are written
    objects : layers that are called several times: owner of the weights and arguments -> number
    """

    lines: list[Line] = field(default_factory=list)
    inputs: list[tuple[str, int, Node]] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    numbers: int = 0
    batch: str = ""
    names: set[str] = field(default_factory=set)
    objects: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers - 1

    def plain(self, name: str) -> str:
        made = _UNNAMED.sub("_", name)
        return made if made[:1].isalnum() else f"layer{made}"

    def name(self, wished: str) -> str:
        """Return a name for a layer that none has, and that Keras gives none of its operations by itself.

        Dots in it say what scope it stands in; it is written without them.
        """
        made = self.plain(wished)
        if written_name(made).rstrip("_0123456789") in _OPERATIONS:
            made = f"{made}_layer"
        base, count = made, 1
        while written_name(made) in self.names:
            count += 1
            made = f"{base}_{count}"
        self.names.add(written_name(made))
        return made

    def scope(self, node: Node) -> str:
        """Return the scope of a node as names of layers have it."""
        return self.plain(node.scope) if node.scope else ""


def weights_in(made: Lines, arrays: Mapping[str, Array]) -> dict[str, list[Array]]:
    """Return the weights of each layer of Keras by its name, in the order in which the layer has them."""
    return dict(_arrays(made, arrays))


def _arrays(made: Lines, arrays: Mapping[str, Array]) -> Iterator[tuple[str, list[Array]]]:
    for each in made.held:
        yield each.name, [kept.turn(*(arrays[f"{each.owner}.{name}"] for name in kept.names)) for kept in each.weights]


_OPERATIONS = frozenset(
    [
        "abs",
        "add",
        "arccos",
        "arccosh",
        "arcsin",
        "arcsinh",
        "arctan",
        "arctanh",
        "broadcast_to",
        "ceil",
        "celu",
        "clip",
        "concatenate",
        "cos",
        "cosh",
        "depth_to_space",
        "divide",
        "erf",
        "exp",
        "expand_dims",
        "floor",
        "fmod",
        "gelu",
        "get_item",
        "glu",
        "hard_shrink",
        "log",
        "log_softmax",
        "logsumexp",
        "matmul",
        "max",
        "maximum",
        "mean",
        "min",
        "minimum",
        "mod",
        "multiply",
        "negative",
        "ones_like",
        "pad",
        "power",
        "prod",
        "reshape",
        "roll",
        "round",
        "sign",
        "sin",
        "sinh",
        "soft_shrink",
        "softplus",
        "split",
        "sqrt",
        "square",
        "squeeze",
        "subtract",
        "sum",
        "swapaxes",
        "take",
        "tan",
        "tanh_shrink",
        "threshold",
        "tile",
        "transpose",
        "trunc",
    ]
)
"""What Keras calls the operations of a model by itself, numbered."""
