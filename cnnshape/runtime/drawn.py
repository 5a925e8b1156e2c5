"""One layer on a few numbers, for figures: plain lists in, plain lists out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan
from cnnshape.runtime.weights import initial

__all__ = ["computed"]


def computed(layer: Layer, x: Any, weights: Mapping[str, Any] | None = None) -> Any:
    """Return what a layer gives for one image, in float64.

    Parameters
    ----------
    layer : Layer, its arguments numbers
    x : nested lists, channels first, without the batch
    weights : name -> nested lists; those that are not given are what a layer starts from

    Examples
    --------
    >>> from cnnshape.layers import Conv, ReLU
    >>> computed(Conv(1, kernel_size=2, bias=False), [[1, 4, 9, 16]], {"weight": [[[-1, 1]]]})
    [[3.0, 5.0, 7.0]]
    >>> computed(ReLU(), [-1, 0, 2])
    [0.0, 0.0, 2.0]
    """
    image = np.asarray(x, np.float64)
    given = Input("x", image.shape)
    network = Network("figure", inputs=given, outputs=layer(given, name="y"))
    ready = plan(network, {"N": 1}, "float64", strict=True, threads=1)
    values = initial(ready) | {f"y.{name}": np.asarray(value, np.float64) for name, value in (weights or {}).items()}
    return execute(ready, {"x": image[None]}, values)["y"][0].tolist()
