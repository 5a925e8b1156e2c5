"""How the inputs were read: which size is the batch, which the channels, and where the sizes come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnshape.layers.base import shape_text
from cnnshape.symbolic import Dim, Size, symbols, text

if TYPE_CHECKING:
    from cnnshape.graph.network import Network

__all__ = ["read_as"]


def read_as(network: Network, sizes: Mapping[str, int], defaults: Mapping[str, int]) -> str:
    """Return one line on how the inputs were read.

    Parameters
    ----------
    network : Network
    sizes : symbol -> the size that it was given; those without one are free
    defaults : those of `sizes` that nobody gave: the network's own

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x), defaults={"H": 32, "W": 32})
    >>> read_as(net, {"H": 32, "W": 48}, {"H": 32})
    'input (N, 3, H, W): batch N, 3 channels, 2-D maps HxW; at W=48, and H=32 (default of the network)'
    """
    batch = network.batch
    parts = [_input(node.name, node.layer.shape, batch) for node in network.inputs]  # type: ignore[attr-defined]  # an Input
    word = "input" if len(parts) == 1 else "inputs"
    given = {name: size for name, size in sizes.items() if name not in defaults and name in network.symbols}
    own = {name: size for name, size in sizes.items() if name in defaults and name in network.symbols}
    values = _values(given)
    if own:
        words = "default" if len(own) == 1 else "defaults"
        source = "file" if network.source else "network"
        values += ("; " if not values else ", and ").removeprefix("; ") + f"{_values(own)} ({words} of the {source})"
    free = [name for name in network.symbols if name not in sizes and name != batch]
    tail = f"; at {values}" if values else f"; {', '.join(free)} free" if free else ""
    return f"{word} {' and '.join(parts)}{tail}"


def _values(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={size}" for name, size in sizes.items())


def _input(name: str, shape: Sequence[Size], batch: str) -> str:
    shown = shape_text(tuple(shape))
    title = shown if name in ("input", "image", "x") else f"{name} {shown}"
    rest = list(shape)
    words = []
    if rest and batch and isinstance(rest[0], Dim) and symbols(rest[0]) == {batch}:
        words.append(f"batch {text(rest.pop(0))}")
    if len(rest) > 1:
        channels = rest.pop(0)
        words.append(f"{text(channels)} channel{'s' * (channels != 1)}")
        axes = "x".join(text(size) for size in rest)
        words.append(f"{len(rest)}-D maps {axes}" if len(rest) > 1 else f"length {axes}")
    return f"{title}: {', '.join(words)}" if words else title
