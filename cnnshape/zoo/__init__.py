"""Published networks as builder functions, each with its reference.

The package is called like a function: ``zoo("resnet50", num_classes=10)`` builds a network, ``zoo()`` lists all. Every
network is also a name of the package, ``zoo.resnet50(num_classes=10)``, which knows its paper and its published
figures: ``zoo.resnet50.reference``.

>>> from cnnshape import zoo
>>> zoo("resnet50", num_classes=10).name
'resnet50'
>>> zoo.resnet50.options["num_classes"]
1000
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnshape.graph.network import Network
    from cnnshape.zoo.entry import ZooEntry

__all__ = ["build", "networks"]


def networks() -> tuple[ZooEntry, ...]:
    """Return every network of the zoo."""
    from cnnshape.zoo.catalog import NETWORKS

    return tuple(NETWORKS.values())


def build(name: str, **arguments: Any) -> Network:
    """Return a published network.

    Parameters
    ----------
    name : torchvision's name where it has the network, such as "resnet50"; arguments may follow it in brackets
    arguments : those of its builder: num_classes, in_channels, width_mult, ...

    Raises
    ------
    UsageError
        CS009, no such network, or an argument that its builder does not take.
    """
    from cnnshape.zoo.catalog import entry, parse_call

    name, written = parse_call(name.removeprefix("zoo:"))
    return entry(name)(**{**written, **arguments})


class _Zoo(ModuleType):
    """The package as a function."""

    def __call__(self, name: str = "", **arguments: Any) -> Network | tuple[ZooEntry, ...]:
        return build(name, **arguments) if name else networks()

    def __getattr__(self, name: str) -> ZooEntry:
        from cnnshape.zoo.catalog import NETWORKS

        if name in NETWORKS:
            return NETWORKS[name]
        raise AttributeError(f"the zoo has no network {name!r}")

    def __dir__(self) -> list[str]:
        return sorted([*__all__, *(each.name for each in networks())])


sys.modules[__name__].__class__ = _Zoo
