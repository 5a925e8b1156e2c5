"""The networks that the backends are compared on, at the sizes they are known for, with weights as after training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import cnnshape as cs
from cnnshape import layers as L
from cnnshape.analysis.counts import counts
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.runtime.plan import plan
from cnnshape.runtime.weights import initial

NETWORKS: Mapping[str, tuple[str, int]] = {
    "resnet18": ("resnet18", 224),
    "resnet50": ("resnet50", 224),
    "vgg16": ("vgg16", 224),
    "mobilenet_v2": ("mobilenet_v2", 224),
    "efficientnet_b0": ("efficientnet_b0", 224),
    "densenet121": ("densenet121", 224),
    "unet32": ("unet(width_mult=0.5)", 256),
}
"""Name in the tables -> name in the zoo, height and width of the image."""


@dataclass(frozen=True)
class Subject:
    """What every framework computes.

    Parameters
    ----------
    name : str
    network : Network, with its symbols
    sizes : symbol -> int
    inputs, weights : name -> array, float32
    """

    name: str
    network: Network
    sizes: Mapping[str, int]
    inputs: Mapping[str, Any]
    weights: Mapping[str, Any]

    @property
    def fixed(self) -> Network:
        """The network with numbers for all sizes."""
        return propagate(self.network, self.sizes).network

    @property
    def macs(self) -> int:
        """Multiplications with a weight, each with its addition."""
        return int(counts(propagate(self.network, self.sizes)).macs.total)


def subject(name: str, batch: int = 1) -> Subject:
    """Return one of `NETWORKS`."""
    spelled, size = NETWORKS[name]
    return made(name, cs.load(spelled), {"N": batch, "H": size, "W": size})


def made(name: str, network: Network, sizes: Mapping[str, int]) -> Subject:
    """Return a network with inputs and weights."""
    numbers, ready = np.random.default_rng(0), plan(network, sizes, fused=False)
    shapes = {node.name: ready.places[node.name].shape for node in ready.network.inputs}
    inputs = {name: numbers.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    weights = initial(ready)
    normalize(propagate(network, {**sizes, "N": 1}).network, {n: x[:1] for n, x in inputs.items()}, weights, numbers)
    return Subject(name, network, sizes, inputs, weights)


def normalize(network: Network, inputs: Mapping[str, Any], weights: dict[str, Any], numbers: Any) -> None:
    """Give each batch norm factors, summands, and the mean and variance of what it gets for the first image.

    Left at 1 and 0 they would hide a fault in merging them into a convolution, and what flows through a deep network
    would grow or vanish.
    """
    from benchmarks.eager import Eager

    def look(node: Any, x: Any) -> None:
        if isinstance(node.layer, L.BatchNorm):
            values = x.double().numpy()
            channels = values.shape[1]
            own = {
                "weight": numbers.uniform(0.7, 1.3, channels),
                "bias": numbers.normal(0, 0.2, channels),
                "running_mean": values.mean((0, 2, 3)),
                "running_var": values.var((0, 2, 3)) + 0.1,
            }
            for part, entries in own.items():
                weights[f"{node.name}.{part}"][...] = entries

    Eager(network, weights).run(inputs, look)
