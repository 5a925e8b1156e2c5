"""Convolutions on arrays: the windows of a few rows are copied side by side and multiplied with the filters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from cnnshape.layers.arrays import Array, Arrays, Weights, convolve, integer, padded, space, views, wide
from cnnshape.layers.base import Spec
from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold, Unfold
from cnnshape.symbolic import Window, effective_kernel, output_size, padding_of

__all__ = ["conv", "conv_transpose", "conv_with_filters", "depthwise_conv", "fold", "separable_conv", "unfold"]

_PADDINGS = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def conv(layer: Conv, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    windows = layer.windows(x.ndim - 2)
    wider = padded(wide(x), windows, y.shape[2:], mode=_PADDINGS[layer.padding_mode])
    convolve(wider, windows, wide(weights["weight"]), weights.get("bias"), integer(layer.groups), y)


def conv_with_filters(layer: ConvWithFilters, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    like = layer.conv(tuple(Spec(each.shape) for each in inputs))
    conv(like, inputs[:1], dict(zip(("weight", "bias"), inputs[1:], strict=False)), outputs)


def depthwise_conv(layer: DepthwiseConv, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    windows = layer.windows(x.ndim - 2)
    wider = padded(wide(x), windows, y.shape[2:])
    convolve(wider, windows, wide(weights["weight"]), weights.get("bias"), x.shape[1], y)


def separable_conv(layer: SeparableConv, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    windows, rank = layer.windows(x.ndim - 2), x.ndim - 2
    wider = padded(wide(x), windows, y.shape[2:])
    depth, point = wide(weights["depthwise.weight"]), wide(weights["pointwise.weight"])
    between = np.empty((x.shape[0], depth.shape[0], *y.shape[2:]), wider.dtype)
    convolve(wider, windows, depth, None, x.shape[1], between)
    convolve(between, (Window(1, 1),) * rank, point, weights.get("pointwise.bias"), 1, y)


def conv_transpose(layer: ConvTranspose, inputs: Arrays, weights: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    rank, groups = x.ndim - 2, integer(layer.groups)
    windows, weight, x = layer.windows(rank), wide(weights["weight"]), wide(x)
    count, out = x.shape[0], x.shape[2:]
    flat = x.reshape(count, groups, x.shape[1] // groups, -1)
    canvas, cut = _canvas(y, windows, out, x.dtype)
    for tap in product(*map(range, weight.shape[2:])):
        filters = weight[space(*tap)].reshape(groups, -1, weight.shape[1])
        values = np.matmul(filters.swapaxes(1, 2), flat).reshape(count, -1, *out)
        canvas[space(*_places(windows, tap, out))] += values
    y[...] = canvas[cut] + (wide(weights["bias"]).reshape(-1, *(1,) * rank) if "bias" in weights else 0)


def unfold(layer: Unfold, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    rank = x.ndim - 2
    windows = layer.windows(rank)
    out = [integer(output_size(size, window)) for size, window in zip(x.shape[2:], windows, strict=True)]
    view = views(padded(x, windows, out), windows, out)
    y[...] = view.transpose(0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank)).reshape(y.shape)


def fold(layer: Fold, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
    (x,), (y,) = inputs, outputs
    rank = y.ndim - 2
    windows, x = layer.windows(rank), wide(x)
    kernel = [integer(window.kernel) for window in windows]
    out = [integer(output_size(size, window)) for size, window in zip(y.shape[2:], windows, strict=True)]
    columns = x.reshape(x.shape[0], y.shape[1], *kernel, *out)
    canvas, cut = _canvas(y, windows, out, x.dtype)
    for tap in product(*map(range, kernel)):
        canvas[space(*_places(windows, tap, out))] += columns[space(*tap)]
    y[...] = canvas[cut]


def _canvas(y: Array, windows: Sequence[Window], out: Sequence[int], dtype: np.dtype[Any]) -> tuple[Array, Any]:
    """Return zeros for all that the windows of `out` positions reach, and which part of them `y` is."""
    lengths, cut = [], []
    for size, window, count in zip(y.shape[2:], windows, out, strict=True):
        before = integer(padding_of(size, window)[0])
        full = (count - 1) * integer(window.stride) + integer(effective_kernel(window))
        lengths.append(max(full, before + size))
        cut.append(slice(before, before + size))
    return np.zeros((*y.shape[:2], *lengths), dtype), space(*cut)


def _places(windows: Sequence[Window], tap: Sequence[int], out: Sequence[int]) -> tuple[slice, ...]:
    """Return where on the canvas one tap of every window lies."""
    found = []
    for window, at, count in zip(windows, tap, out, strict=True):
        start, stride = at * integer(window.dilation), integer(window.stride)
        found.append(slice(start, start + (count - 1) * stride + 1, stride))
    return tuple(found)
