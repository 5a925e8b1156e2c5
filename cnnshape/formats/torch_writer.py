"""A Network as the source code of a PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cnnshape.errors import DesignError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate

__all__ = ["write"]


def write(network: Network, sizes: Mapping[str, int] = MappingProxyType({})) -> str:
    """Return the text of a module file whose class computes a network."""
    found = propagate(network, sizes)
    raise DesignError("no layer is written yet", code="CS130", place=found.network.name)
