"""A convolution of every channel by itself and then of every pixel by itself, as one layer."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.conv import SeparableConv
from cnnshape.runtime.algorithms.filters import windows_of
from cnnshape.runtime.algorithms.folding import scaled, shifted
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, Share, last
from cnnshape.runtime.kernels import depthwise, product, tiles
from cnnshape.runtime.kernels.calls import Calls
from cnnshape.runtime.kernels.columns import Slide

__all__ = ["BySeparation"]


class BySeparation(Algorithm):
    """The map between the two halves lies in the workspace."""

    name = "depthwise, product"

    def fits(self, job: Job, options: Options) -> bool:
        layer = job.layer
        return isinstance(layer, SeparableConv) and len(job.out) == 4 and integer(layer.depth_multiplier) == 1

    def macs(self, job: Job) -> int:
        taps = prod(self._slide(job).kernel)
        return prod(self._between(job)) * (taps + job.out[1])

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        channels, filters = job.inputs[0][1], job.out[1]
        shapes = {
            "depth": depthwise.packed_shape(channels, self._slide(job).kernel, job.out[3]),
            "weight": tiles.blocked_shape(channels, filters, options.tiled),
        }
        assert isinstance(job.layer, SeparableConv)
        if job.norm is not None or job.layer.bias:
            shapes["bias"] = (filters,)
        return shapes

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        own = {name.removeprefix("pointwise."): values for name, values in weights.items()}
        depth = weights["depthwise.weight"]
        point = scaled(job.norm, own)
        found = {
            "depth": depthwise.pack(depth[:, :, None] if job.line else depth, job.out[3]),
            "weight": tiles.block(point.reshape(point.shape[:2]).T, options.tiled),
        }
        bias = shifted(job.norm, own)
        if bias is not None:
            found["bias"] = np.ascontiguousarray(bias)
        return found

    def workspace(self, job: Job, options: Options) -> int:
        rows = slice(0, job.out[2])
        between = self._between(job)
        return prod(between) + depthwise.workspace_items(last(job.inputs[0]), between, *self._window(job), rows)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        images, height, width, _ = share.out.shape
        shape = (images, height, width, job.inputs[0][1])
        between, rest = share.workspace[: prod(shape)].reshape(shape), share.workspace[prod(shape) :]
        depth, point = share.packed["depth"], share.packed["weight"]
        yield from depthwise.depthwise(share.inputs[0], between, depth, *self._window(job), share.rows, rest, None)
        yield from product.product(between, share.out, point, (1, 1), share.rows, rest, share.tail)

    def _between(self, job: Job) -> Shape:
        n, height, width, _ = last(job.out)
        return (n, height, width, job.inputs[0][1])

    def _slide(self, job: Job) -> Slide:
        assert isinstance(job.layer, SeparableConv)
        return windows_of(job, job.layer)

    def _window(self, job: Job) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
        slide = self._slide(job)
        return slide.kernel, slide.stride, slide.before, slide.dilation
