"""Operators of which nobody knows what they do."""

from __future__ import annotations

from cnnshape.analysis.alike import listed
from cnnshape.graph.network import Network
from cnnshape.layers.io import Unknown

__all__ = ["unknown_notes"]

_MOST_NAMES = 5


def unknown_notes(network: Network) -> tuple[str, ...]:
    """Return a line for each operator that no layer stands for, and each reason: how often it is there, and where.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> warp = L.Unknown("com.acme.Warp", shapes=(("N", 3, "H", "W"),))
    >>> print(*unknown_notes(Network("tiny", inputs=x, outputs=warp(warp(x)))))
    com.acme.Warp, 2 times (unknown1, unknown2): no layer stands for it; what depends on it is unknown
    """
    found: dict[tuple[str, str], list[str]] = {}
    for node in network.nodes:
        if isinstance(node.layer, Unknown):
            found.setdefault((node.layer.operator, node.layer.reason()), []).append(node.name)
    return tuple(
        f"{operator}{f', {len(names)} times' if len(names) > 1 else ''} ({listed(names, _MOST_NAMES)}): {why}; "
        "what depends on it is unknown"
        for (operator, why), names in found.items()
    )
