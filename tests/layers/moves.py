"""Whether a layer's window says where elements went, by moving numbered elements with NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnshape.layers.base import Context, Layer, Spec


def check_moves(layer: Layer, shape: tuple[int, ...], function: Callable[[Any], Any]) -> None:
    """Assert that the shape is NumPy's, and that each output element stands where the window says.

    An axis with a source and no window holds the input's position; one with a window a position that it covers.
    """
    x = Spec(shape)
    windows = layer.window((x,))
    (y,) = layer.outputs((x,), Context())
    moved = function(np.arange(np.prod(shape, dtype=int)).reshape(shape))
    assert moved.shape == y.shape, layer
    came_from = np.unravel_index(moved, shape)
    source = windows.source if windows.source is not None else tuple(range(len(shape)))
    assert len(source) == len(y.shape), layer
    here = np.indices(y.shape)
    for axis, origin in enumerate(source):
        if origin is None:
            continue
        window = windows.axes.get(axis)
        if window is None:
            assert np.array_equal(came_from[origin], here[axis]), (layer, axis)
            continue
        if window.mode == "transposed":
            assert np.array_equal(came_from[origin], here[axis] // window.stride), (layer, axis)
            continue
        first = here[axis] * window.stride - window.before
        reached = came_from[origin] - first
        assert ((reached >= 0) & (reached < window.kernel)).all(), (layer, axis)
        assert set(reached.ravel().tolist()) == set(range(int(window.kernel))), "no wider than needed"
