"""Pools and upsampling."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from cnnshape.layers.pool.windowed import pool_windows
from cnnshape.layers.resample import Upsample
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, Share, Splits, last
from cnnshape.runtime.kernels import pooling, upsampling
from cnnshape.runtime.kernels.calls import Calls
from cnnshape.symbolic import Window, padding_of

__all__ = ["ByMeans", "ByWhole", "Interpolating", "Pooling", "Repeating"]

Pair = tuple[int, int]


def _window(job: Job) -> tuple[Pair, Pair, Pair, Pair, Pair]:
    """Return kernel, stride, dilation, and the padding before and after the map."""
    assert isinstance(job.layer, (MaxPool, AvgPool))
    windows = (Window(1, 1), *pool_windows(job.layer, 1)) if job.line else pool_windows(job.layer, 2)
    sides = [padding_of(size, w) for size, w in zip(job.inputs[0][2:], windows, strict=True)]
    axes = [
        (integer(w.kernel), integer(w.stride), integer(w.dilation), integer(before), integer(after))
        for w, (before, after) in zip(windows, sides, strict=True)
    ]
    kernel, stride, dilation, before, after = zip(*axes, strict=True)
    return kernel, stride, dilation, before, after


class _Windowed(Algorithm):
    """What slides a window over a map."""

    def workspace(self, job: Job, options: Options) -> int:
        kernel, stride, dilation, before, _ = _window(job)
        shapes = last(job.inputs[0]), last(job.out)
        return pooling.workspace_items(*shapes, kernel, stride, before, dilation, slice(0, job.out[2]))


class Pooling(_Windowed):
    """The largest value of each window."""

    name = "largest of taps"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, MaxPool) and len(job.out) == 4

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        kernel, stride, dilation, before, _ = _window(job)
        return pooling.max_pool(
            share.inputs[0], share.out, kernel, stride, before, dilation, share.rows, share.workspace, share.tail
        )


class ByMeans(_Windowed):
    """The mean of each window."""

    name = "mean of taps"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, AvgPool) and len(job.out) == 4

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        kernel, stride, dilation, before, after = _window(job)
        layer = job.layer
        assert isinstance(layer, AvgPool)
        return pooling.average_pool(
            share.inputs[0],
            share.out,
            kernel,
            stride,
            before,
            after,
            dilation,
            layer.count_include_pad,
            layer.divisor_override,
            share.rows,
            share.workspace,
            share.tail,
        )


class ByWhole(Algorithm):
    """The mean of each whole map."""

    name = "mean by product"

    def splits(self, job: Job) -> Splits:
        return "nothing"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, (AdaptiveAvgPool, GlobalAvgPool)) and job.out[2:] == (1, 1)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        return pooling.global_average(share.inputs[0], share.out, share.tail, wide=options.strict)


def _upsamples(job: Job, mode: str) -> bool:
    return isinstance(job.layer, Upsample) and job.layer.mode == mode and len(job.out) == 4


class Repeating(Algorithm):
    """Every pixel several times."""

    name = "repeat"

    def fits(self, job: Job, options: Options) -> bool:
        if not _upsamples(job, "nearest"):
            return False
        return all(out % size == 0 for size, out in zip(job.inputs[0][2:], job.out[2:], strict=True))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        factors = job.out[2] // job.inputs[0][2], job.out[3] // job.inputs[0][3]
        return upsampling.repeat(share.inputs[0], share.out, factors, share.rows, share.tail)


class Interpolating(Algorithm):
    """Rows and columns weighed by their distance."""

    name = "weighed rows and columns"

    def fits(self, job: Job, options: Options) -> bool:
        return _upsamples(job, "bilinear")

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        return {"down": (job.out[2], job.inputs[0][2]), "across": (job.out[3], job.inputs[0][3])}

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        assert isinstance(job.layer, Upsample)
        sizes = (job.inputs[0][2], job.inputs[0][3]), (job.out[2], job.out[3])
        down, across = upsampling.interpolation_weights(job.layer, *sizes, job.dtype)
        return {"down": down, "across": across}

    def workspace(self, job: Job, options: Options) -> int:
        return upsampling.interpolate_workspace(last(job.inputs[0]), last(job.out), slice(0, job.out[2]))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        down, across = share.packed["down"], share.packed["across"]
        return upsampling.interpolate(share.inputs[0], share.out, down, across, share.rows, share.workspace, share.tail)
