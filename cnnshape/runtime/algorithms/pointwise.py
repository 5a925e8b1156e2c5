"""Convolutions whose window is one pixel, with what their input goes through on its way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import prod

import numpy as np

from cnnshape.layers.activation import ReLU
from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.base import Layer
from cnnshape.layers.merge import Multiply
from cnnshape.layers.norm import BatchNorm
from cnnshape.layers.pool import AvgPool
from cnnshape.layers.pool.windowed import pool_windows
from cnnshape.runtime.algorithms.filters import WithBias, groups_of, has_border, slide_of
from cnnshape.runtime.algorithms.folding import absorbed
from cnnshape.runtime.algorithms.job import Job, Options, Shape, Share, last
from cnnshape.runtime.kernels import filling, product, tiles
from cnnshape.runtime.kernels.calls import Calls, Fill, Tail

__all__ = ["ByPoint"]

_TAKEN: tuple[tuple[type[Layer], ...], ...] = (
    (),
    (Multiply,),
    (BatchNorm, ReLU),
    (BatchNorm, ReLU, AvgPool),
    (AvgPool,),
)
"""What can run before the layer."""


class ByPoint(WithBias):
    """A convolution whose window is one pixel.

    Before it there may be a factor for each channel of each image: the weights are multiplied with it, or the map where
    that has fewer pixels than filters; a normalization with a ReLU, of which nothing remains but a maximum; and an
    average pool, with which a convolution changes places: every window has its mean of a sum of channels, and a bias is
    its own mean.
    """

    name = "product"
    ends_in_channels = True

    def takes(self, job: Job) -> bool:
        norm, first = _norm(job), job.inputs[0]
        return (
            tuple(map(type, job.before)) in _TAKEN
            and (norm is None or norm.track_running_stats)
            and (_pool(job) is None or _is_whole(job))
            and all(each == (*first[:2], 1, 1) for each in job.inputs[1:])
        )

    def fits(self, job: Job, options: Options) -> bool:
        if groups_of(job) != 1 or slide_of(job).kernel != (1, 1) or has_border(job):
            return False
        return not job.before or slide_of(job).stride == (1, 1)

    def shape(self, job: Job, options: Options) -> Shape:
        return tiles.blocked_shape(job.inputs[0][1], job.out[1], options.tiled)

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return tiles.block(weight[:, :, 0, 0].T, options.tiled)

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        shapes = dict(super().packed(job, options))
        if _norm(job) is not None:
            channels = (job.inputs[0][1],)
            shapes |= {"bias": (job.out[1],), "low": channels, "high": channels}
        return shapes

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        norm, pool, limits = _norm(job), _pool(job), {}
        if norm is not None:
            weights, limits["low"], limits["high"] = absorbed(norm, weights)
        if pool is not None:
            weights = {**weights, "weight": weights["weight"] / np.array(prod(pool[0]), weights["weight"].dtype)}
        return {**super().pack(job, options, weights), **limits}

    def workspace(self, job: Job, options: Options) -> int:
        x, out, pool = last(job.inputs[0]), last(job.out), _pool(job)
        if not job.before:
            return product.workspace_items(x, out, slide_of(job).stride)
        if _scales_weights(job):
            return prod(self.shape(job, options))
        return product.filled_items(x[3], out) + (filling.summed_items(x, *pool) if pool is not None else 0)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight, out = share.inputs[0], share.packed["weight"], share.out
        if not job.before:
            stride = slide_of(job).stride
            yield from product.product(x, out, weight, stride, share.rows, share.workspace, share.tail)
        elif _scales_weights(job):
            yield from _scaled(share)
        else:
            fill, room = _fill(job, share), share.workspace
            yield from product.filled_product(fill, x.shape[3], out, weight, share.rows, room, share.tail)


def _norm(job: Job) -> BatchNorm | None:
    return next((layer for layer in job.before if isinstance(layer, BatchNorm)), None)


def _pool(job: Job) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return kernel and stride of the average pool before the layer."""
    if not job.before or not isinstance(job.before[-1], AvgPool):
        return None
    down, across = pool_windows(job.before[-1], 2)
    return (integer(down.kernel), integer(across.kernel)), (integer(down.stride), integer(across.stride))


def _is_whole(job: Job) -> bool:
    """Say whether all windows of the pool lie within the map and divide by their size: then it can go first."""
    (pool,) = job.before[-1:]
    assert isinstance(pool, AvgPool)
    if (
        pool.divisor_override is not None
        or pool.padding not in (0, (0, 0), "valid")
        or pool.dilation not in (1, (1, 1))
    ):
        return False
    kernel, stride = _pool(job) or ((1, 1), (1, 1))
    return all(
        (count - 1) * s + k <= size
        for size, count, k, s in zip(job.inputs[0][2:], job.out[2:], kernel, stride, strict=True)
    )


def _scales_weights(job: Job) -> bool:
    """Say whether the weights are multiplied with a factor, not the map."""
    return isinstance(job.before[0], Multiply) and job.out[1] <= prod(job.out[2:])


def _scaled(share: Share) -> Calls:
    """Yield the calls that multiply the weights with the factors of each image, and its pixels with those."""
    x, factor = share.inputs
    weight, out = share.packed["weight"], share.out
    scaled = share.workspace[: weight.size].reshape(weight.shape)
    for n in range(len(x)):
        image = slice(n, n + 1)
        yield partial(np.multiply, weight, factor[n, 0, 0, :, None], out=scaled)
        tail = None if share.tail is None else _at(share.tail, image)
        yield from product.product(x[image], out[image], scaled, (1, 1), share.rows, share.workspace, tail)


def _at(tail: Tail, image: slice) -> Tail:
    return lambda view, place: tail(view, (image, *place[1:]))


def _fill(job: Job, share: Share) -> Fill:
    x, pool = share.inputs[0], _pool(job)
    if isinstance(job.before[0], Multiply):
        return filling.scaled(x, share.inputs[1])
    fill = None if _norm(job) is None else filling.limited(x, share.packed["low"], share.packed["high"])
    if pool is not None:
        room = share.workspace[product.filled_items(x.shape[3], last(job.out)) :]
        return filling.summed(x, fill, *pool, room)
    assert fill is not None
    return fill
