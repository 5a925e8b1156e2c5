"""What convolutions and linear layers share: their windows and groups, and a bias beside their weights."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv, SeparableConv
from cnnshape.layers.linear import Linear
from cnnshape.runtime.algorithms.folding import affine, scaled, shifted
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, last
from cnnshape.runtime.kernels.activations import factor
from cnnshape.runtime.kernels.columns import Slide
from cnnshape.symbolic import Window, padding_of

__all__ = ["WithBias", "groups_of", "has_border", "slide_of", "windows_of"]


def slide_of(job: Job) -> Slide:
    """Return the window of a convolution over a map with two space axes, or over a line as one row of it."""
    assert isinstance(job.layer, (Conv, DepthwiseConv))
    return windows_of(job, job.layer)


def windows_of(job: Job, layer: Conv | DepthwiseConv | SeparableConv) -> Slide:
    """Return the window of a layer that slides over the first input of a job."""
    windows = (Window(1, 1), *layer.windows(1)) if job.line else layer.windows(2)
    before = [integer(padding_of(size, w)[0]) for size, w in zip(job.inputs[0][2:], windows, strict=True)]
    kernel, stride, dilation = (
        [integer(getattr(w, name)) for w in windows] for name in ("kernel", "stride", "dilation")
    )
    return Slide(_pair(kernel), _pair(stride), _pair(dilation), _pair(before))


def _pair(values: list[int]) -> tuple[int, int]:
    return values[0], values[1]


def groups_of(job: Job) -> int:
    """Return in how many groups a convolution of two space axes and zeros around the map works; 0 for other layers."""
    layer = job.layer
    if len(job.out) != 4:
        return 0
    if isinstance(layer, DepthwiseConv):
        return job.inputs[0][1]
    if isinstance(layer, Conv) and layer.padding_mode == "zeros":
        return integer(layer.groups)
    return 0


def has_border(job: Job) -> bool:
    """Say whether a window reaches over an edge of the map."""
    slide = slide_of(job)
    reach = [slide.reach(axis, job.out[2 + axis]) for axis in (0, 1)]
    return max(slide.before) > 0 or any(r > size for r, size in zip(reach, job.inputs[0][2:], strict=True))


class WithBias(Algorithm):
    """What keeps a bias beside its weights."""

    scales = True
    ends_in_channels: bool = False
    """Whether the last axis of the kept weights is that of the output's channels, whole or in blocks."""

    def shape(self, job: Job, options: Options) -> Shape:
        raise NotImplementedError

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        raise NotImplementedError

    def macs(self, job: Job) -> int:
        if isinstance(job.layer, Linear):
            return prod(job.out) * job.inputs[0][-1]
        if isinstance(job.layer, ConvTranspose):
            return prod(job.out) * job.inputs[0][1]
        return prod(job.out) * prod(slide_of(job).kernel) * job.inputs[0][1] // groups_of(job)

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        shapes = {"weight": self.shape(job, options)}
        if job.norm is not None or job.layer.bias:  # type: ignore[attr-defined]  # all of them have one
            shapes["bias"] = (last(job.out)[3],)
        return shapes

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        times = factor(job.after[0]) if job.after else 1
        found = {"weight": self._scaled(job, options, weights, times)}
        bias = shifted(job.norm, weights)
        if bias is not None:
            found["bias"] = np.multiply(bias, times, dtype=bias.dtype)
        return found

    def _scaled(self, job: Job, options: Options, weights: Mapping[str, Array], times: float) -> Array:
        """Return the weights as they are kept, times the factors of a normalization and of an activation."""
        weight = weights["weight"][:, :, None] if job.line else weights["weight"]
        if job.norm is None and times == 1:
            return self.matrix(job, options, weight)
        if not self.ends_in_channels:
            axis = 1 if isinstance(job.layer, ConvTranspose) else 0
            whole = scaled(job.norm, weights, axis) * np.array(times, weight.dtype)
            return self.matrix(job, options, whole[:, :, None] if job.line else whole)
        # After packing, in place: a network's largest weights would be there three times otherwise.
        found = self.matrix(job, options, weight)
        factors = np.full(last(job.out)[3], times) if job.norm is None else times * affine(job.norm, weights)[0]
        factors = factors.astype(weight.dtype)
        if found.shape[-1] != factors.size:
            factors = factors.reshape(-1, 1, found.shape[-1])
        with np.errstate(all="ignore"):
            return np.multiply(found, factors, out=None if np.may_share_memory(found, weight) else found)
