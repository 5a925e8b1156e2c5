"""Running a plan once."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.layers.arrays import Array
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.program import Watch, bind

__all__ = ["execute"]


def execute(
    plan: Plan,
    inputs: Mapping[str, Array],
    weights: Mapping[str, Array],
    watch: Watch | None = None,
) -> dict[str, Array]:
    """Return the outputs of a network: name -> array.

    Parameters
    ----------
    plan : Plan
    inputs : name of each input -> array, batch first
    weights : name of each weight and each fixed tensor -> array, as `weights.initial` makes them
    watch : called before the first step with "" and the inputs, then after every step with the name of its node and its
        outputs, which are overwritten later

    Raises
    ------
    UsageError
        CS502, an input is missing, unknown, or of another shape or type; CS503, the same of a weight.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.runtime.plan import plan
    >>> x = Input("image", (1, "L"))
    >>> net = Network("difference", inputs=x, outputs=L.Conv(1, kernel_size=2, bias=False)(x))
    >>> ready = plan(net, {"N": 1, "L": 4})
    >>> line = np.array([[[1, 4, 9, 16]]], np.float32)
    >>> execute(ready, {"image": line}, {"conv1.weight": np.array([[[-1, 1]]], np.float32)})["conv1"].tolist()
    [[[3.0, 5.0, 7.0]]]
    """
    return bind(plan, weights).run(inputs, watch)
