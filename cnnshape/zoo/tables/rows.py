"""How a table of the zoo is written: one paper and one builder, several networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cnnshape.zoo.entry import ZooEntry
from cnnshape.zoo.published import PUBLISHED

__all__ = ["family"]


def family(
    build: str, reference: str, networks: Mapping[str, Mapping[str, Any]], task: str = "classification"
) -> Iterator[ZooEntry]:
    """Yield the networks of one builder: name -> the arguments that make it."""
    for name, arguments in networks.items():
        yield ZooEntry(name, build, reference, task, MappingProxyType(dict(arguments)), PUBLISHED.get(name))
