"""Layers and inputs that no output needs."""

from __future__ import annotations

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
    layers = [network.nodes[i].name for i in sorted(network.held)]
    read = {network.producers[t] for i, node in enumerate(network.nodes) if i not in network.held for t in node.inputs}
    read |= {network.producers[tensor] for tensor in network.outputs.values()}
    inputs = [node.name for node in network.inputs if network.index[node.name] not in read]
    return (
        *_line(layers, "it is not executed", "they are not executed"),
        *_line(inputs, "its values are not used", "their values are not used"),
    )


def _line(names: list[str], one: str, many: str) -> tuple[str, ...]:
    if not names:
        return ()
    says = f"reaches no output: {one}" if len(names) == 1 else f"reach no output: {many}"
    return (f"{listed(names, _MOST_NAMES)} {says}",)
