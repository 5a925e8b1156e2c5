"""Published figures: parameters, and 10^9 multiply-adds of one input at the network's default size."""

from __future__ import annotations

from types import MappingProxyType

from cnnshape.zoo.entry import Published

__all__ = ["PUBLISHED"]

_TORCHVISION = "torchvision 0.28.0, metadata of the weights"

PUBLISHED = MappingProxyType(
    {
        name: Published(params, gmacs, _TORCHVISION)
        for name, params, gmacs in (
            ("resnet18", 11_689_512, "1.814"),
            ("resnet50", 25_557_032, "4.089"),
        )
    }
)
