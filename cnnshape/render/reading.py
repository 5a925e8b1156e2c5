"""How the inputs were read: which size is the batch, which the channels, and where the sizes come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnshape.graph.channels import channels_last
from cnnshape.layers.base import shape_text
from cnnshape.symbolic import Dim, Size, symbols, text

if TYPE_CHECKING:
    from cnnshape.graph.network import Network

__all__ = ["map_words", "read_as", "sizes_text"]

_PLAIN_NAMES = frozenset({"input", "image", "x"})


def read_as(network: Network, sizes: Mapping[str, int], defaults: Mapping[str, int], assume: Sequence[str] = ()) -> str:
    """Return one line on how the inputs were read.

    Parameters
    ----------
    network : Network
    sizes : symbol -> the size that it has; those without one are free
    defaults : those of `sizes` that nobody gave: the network's own
    assume : what is taken for granted of the sizes

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x), defaults={"H": 32, "W": 32})
    >>> read_as(net, {"H": 32, "W": 48}, {"H": 32})
    'input (N, 3, H, W): batch N, 3 channels, maps HxW; at W=48, and H=32 (default of the network)'
    """
    symbols_here = network.symbols
    last = channels_last(network)
    shapes: dict[tuple[tuple[Size, ...], bool], list[str]] = {}
    for node in network.inputs:
        shapes.setdefault((node.declared, node.name in last), []).append(node.name)
    parts = [_input(names, shape, network.batch, behind) for (shape, behind), names in shapes.items()]
    given = {name: size for name, size in sizes.items() if name in symbols_here and name not in defaults}
    own = {name: size for name, size in sizes.items() if name in symbols_here and name in defaults}
    clauses = ["; ".join(parts)]
    if given or own:
        clauses.append("at " + ", and ".join(filter(None, (sizes_text(given), _origin(own, network)))))
    free = [name for name in symbols_here if name not in sizes and name != network.batch]
    if free:
        clauses.append(f"{', '.join(free)} free")
    if assume:
        clauses.append(f"assuming {', '.join(assume)}")
    return f"input{'s' * (len(network.inputs) > 1)} {'; '.join(clauses)}"


def sizes_text(sizes: Mapping[str, int]) -> str:
    """Return ``H=224, W=224``."""
    return ", ".join(f"{name}={size}" for name, size in sizes.items())


def _origin(own: Mapping[str, int], network: Network) -> str:
    source = "file" if network.source else "network"
    return f"{sizes_text(own)} (default{'s' * (len(own) > 1)} of the {source})" if own else ""


def _input(names: Sequence[str], shape: Sequence[Size], batch: str, last: bool) -> str:
    shown = shape_text(tuple(shape))
    title = shown if set(names) <= _PLAIN_NAMES else f"{', '.join(names)} {shown}"
    rest = list(shape)
    words = []
    if rest and batch and isinstance(rest[0], Dim) and symbols(rest[0]) == {batch}:
        words.append(f"batch {text(rest.pop(0))}")
    elif not batch and (len(rest) > 3 or (len(rest) > 1 and rest[0] == 1)):
        words.append(f"batch {text(rest.pop(0))}")  # layers take the first axis for it, also where it is a number
    if rest:
        words.append(map_words([rest[-1], *rest[:-1]] if last else rest))
    return f"{title}: {', '.join(words)}" if words else title


def map_words(shape: Sequence[Size]) -> str:
    """Return what sizes without a batch are taken for.

    Examples
    --------
    >>> map_words((3, 224, 320)), map_words((1, 16000)), map_words((784,))
    ('3 channels, maps 224x320', '1 channel, length 16000', '784 values each')
    """
    channels, *space = shape
    if not space:
        return f"{text(channels)} values each"
    sizes = "x".join(text(size) for size in space)
    return f"{text(channels)} channel{'s' * (channels != 1)}, {'maps' if len(space) > 1 else 'length'} {sizes}"
