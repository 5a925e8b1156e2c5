"""Layers and inputs that no output needs."""

from __future__ import annotations

from collections import Counter

from cnnshape.analysis.alike import listed
from cnnshape.graph.network import Network

__all__ = ["unused_notes"]

_MOST_NAMES = 5


def unused_notes(network: Network) -> tuple[str, ...]:
    r"""Return a line that names the layers that reach no output, and one for such inputs.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x, mask = Input("image", (3, "H", "W")), Input("mask", (1, "H", "W"))
    >>> y, head = L.Conv(8, kernel_size=3)(x), L.ReLU()(x)
    >>> print(*unused_notes(Network("tiny", inputs=[x, mask], outputs=y, held=head)), sep="\n")
    relu1 reaches no output: it is not executed
    mask reaches no output: its values are not used
    """
    layers = _named(network)
    read = {network.producers[t] for i, node in enumerate(network.nodes) if i not in network.held for t in node.inputs}
    read |= {network.producers[tensor] for tensor in network.outputs.values()}
    inputs = [node.name for node in network.inputs if network.index[node.name] not in read]
    return (
        *_line(layers, "it is not executed", "they are not executed"),
        *_line(inputs, "its values are not used", "their values are not used"),
    )


def _named(network: Network) -> list[str]:
    """Return the names of the held layers, those of a block that is held as a whole together."""
    blocks = [_blocks(node.scope) for node in network.nodes]
    every = Counter(block for path in blocks for block in path)
    held = Counter(block for i in network.held for block in blocks[i])
    found: dict[str, None] = {}
    for i in sorted(network.held):
        whole = next((block for block in blocks[i] if held[block] == every[block] > 1), "")
        found[f"{whole} ({every[whole]} layers)" if whole else network.nodes[i].name] = None
    return list(found)


def _blocks(scope: str) -> list[str]:
    """Return the names of the blocks around a layer, from the outside in."""
    parts = scope.split(".") if scope else []
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


def _line(names: list[str], one: str, many: str) -> tuple[str, ...]:
    if not names:
        return ()
    says = f"reaches no output: {one}" if len(names) == 1 else f"reach no output: {many}"
    return (f"{listed(names, _MOST_NAMES)} {says}",)
