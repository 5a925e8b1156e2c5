"""Convolutions and linear layers: one pixel at a time, Winograd's, channel by channel, or any window."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv
from cnnshape.layers.fields import per_axis
from cnnshape.layers.linear import Linear
from cnnshape.runtime.algorithms.folding import scaled, shifted
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, Share, last
from cnnshape.runtime.kernels import columns, depthwise, product, tiles, winograd
from cnnshape.runtime.kernels.calls import Calls
from cnnshape.runtime.kernels.columns import Slide
from cnnshape.symbolic import padding_of

__all__ = ["ByColumns", "ByDepth", "ByGroups", "ByPixel", "ByPoint", "ByTaps", "ByTiles"]


def _slide(job: Job) -> Slide:
    """Return the window of a convolution over a map with two space axes."""
    assert isinstance(job.layer, (Conv, DepthwiseConv))
    windows = job.layer.windows(2)
    before = [integer(padding_of(size, w)[0]) for size, w in zip(job.inputs[0][2:], windows, strict=True)]
    kernel, stride, dilation = (
        [integer(getattr(w, name)) for w in windows] for name in ("kernel", "stride", "dilation")
    )
    return Slide(_pair(kernel), _pair(stride), _pair(dilation), _pair(before))


def _pair(values: list[int]) -> tuple[int, int]:
    return values[0], values[1]


def _groups(job: Job) -> int:
    """Return in how many groups a convolution of two space axes and zeros around the map works; 0 for other layers."""
    layer = job.layer
    if len(job.out) != 4:
        return 0
    if isinstance(layer, DepthwiseConv):
        return job.inputs[0][1]
    if isinstance(layer, Conv) and layer.padding_mode == "zeros":
        return integer(layer.groups)
    return 0


def _has_border(job: Job) -> bool:
    """Say whether a window reaches over an edge of the map."""
    slide = _slide(job)
    reach = [slide.reach(axis, job.out[2 + axis]) for axis in (0, 1)]
    return max(slide.before) > 0 or any(r > size for r, size in zip(reach, job.inputs[0][2:], strict=True))


def _taps(job: Job) -> int:
    return job.out[2] * job.out[3] // (job.inputs[0][2] * job.inputs[0][3])


def _window(job: Job) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return kernel, stride, padding before and dilation."""
    slide = _slide(job)
    return slide.kernel, slide.stride, slide.before, slide.dilation


class _WithBias(Algorithm):
    """What keeps a bias beside its weights."""

    def shape(self, job: Job, options: Options) -> Shape:
        raise NotImplementedError

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        raise NotImplementedError

    def macs(self, job: Job) -> int:
        if isinstance(job.layer, Linear):
            return prod(job.out) * job.inputs[0][-1]
        if isinstance(job.layer, ConvTranspose):
            return prod(job.out) * job.inputs[0][1]
        return prod(job.out) * prod(_slide(job).kernel) * job.inputs[0][1] // _groups(job)

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        shapes = {"weight": self.shape(job, options)}
        if job.norm is not None or job.layer.bias:  # type: ignore[attr-defined]  # all of them have one
            shapes["bias"] = (last(job.out)[3],)
        return shapes

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        axis = 1 if isinstance(job.layer, ConvTranspose) else 0
        found = {"weight": self.matrix(job, options, scaled(job.norm, weights, axis))}
        bias = shifted(job.norm, weights)
        if bias is not None:
            found["bias"] = np.ascontiguousarray(bias)
        return found


class ByPixel(_WithBias):
    """A linear layer: every row of a table times one matrix."""

    name = "product"
    splits = "channels"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, Linear) and len(job.out) in (2, 3)

    def shape(self, job: Job, options: Options) -> Shape:
        return (job.out[-1], job.inputs[0][-1])

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return np.ascontiguousarray(weight)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, matrix = share.inputs[0], share.packed["weight"].T
        return product.product(x, share.out, matrix, (1, 1), share.rows, share.workspace, share.tail)


class ByPoint(_WithBias):
    """A convolution whose window is one pixel."""

    name = "product"

    def fits(self, job: Job, options: Options) -> bool:
        return _groups(job) == 1 and _slide(job).kernel == (1, 1) and not _has_border(job)

    def shape(self, job: Job, options: Options) -> Shape:
        return tiles.blocked_shape(job.inputs[0][1], job.out[1], options.tiled)

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return tiles.block(weight[:, :, 0, 0].T, options.tiled)

    def workspace(self, job: Job, options: Options) -> int:
        return product.workspace_items(last(job.inputs[0]), last(job.out), _slide(job).stride)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, stride = share.inputs[0], _slide(job).stride
        return product.product(x, share.out, share.packed["weight"], stride, share.rows, share.workspace, share.tail)


class ByTiles(_WithBias):
    """Winograd's convolution with a window of 3x3."""

    name = "winograd"

    def fits(self, job: Job, options: Options) -> bool:
        if options.strict or _groups(job) != 1:
            return False
        slide = _slide(job)
        return (
            (slide.kernel, slide.stride, slide.dilation) == ((3, 3), (1, 1), (1, 1))
            and max(slide.before) <= 2
            and winograd.pays(last(job.inputs[0]), last(job.out), options.tiled)
        )

    def shape(self, job: Job, options: Options) -> Shape:
        return winograd.packed_shape(job.inputs[0][1], job.out[1], _columns(options))

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return winograd.pack(weight, _columns(options))

    def workspace(self, job: Job, options: Options) -> int:
        shapes = last(job.inputs[0]), last(job.out)
        return winograd.workspace_items(*shapes, slice(0, shapes[1][1]))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight, before = share.inputs[0], share.packed["weight"], _slide(job).before
        return winograd.winograd(x, share.out, weight, None, before, share.rows, share.workspace, share.tail)


def _columns(options: Options) -> int:
    return tiles.WIDTH if options.tiled else 0


class ByColumns(_WithBias):
    """A convolution with any window."""

    name = "columns"

    def fits(self, job: Job, options: Options) -> bool:
        return _groups(job) == 1

    def shape(self, job: Job, options: Options) -> Shape:
        slide, channels = _slide(job), job.inputs[0][1]
        return tiles.blocked_shape(slide.kernel[0] * slide.kernel[1] * channels, job.out[1], options.tiled)

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return tiles.block(columns.pack(weight), options.tiled)

    def workspace(self, job: Job, options: Options) -> int:
        return columns.workspace_items(last(job.inputs[0]), last(job.out), _slide(job))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight = share.inputs[0], share.packed["weight"]
        return columns.columns(x, share.out, weight, _slide(job), share.rows, share.workspace, share.tail)


class ByGroups(_WithBias):
    """A convolution in groups: each of them on its slice of the channels."""

    name = "grouped columns"

    def fits(self, job: Job, options: Options) -> bool:
        return _groups(job) > 1 and job.inputs[0][1] // _groups(job) >= _LEAST_CHANNELS

    def shape(self, job: Job, options: Options) -> Shape:
        slide, groups = _slide(job), _groups(job)
        inner = slide.kernel[0] * slide.kernel[1] * job.inputs[0][1] // groups
        return (groups, *tiles.blocked_shape(inner, job.out[1] // groups, options.tiled))

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        parts = np.split(weight, _groups(job))
        return np.stack([tiles.block(columns.pack(part), options.tiled) for part in parts])

    def workspace(self, job: Job, options: Options) -> int:
        groups, (*x, c), (*out, k) = _groups(job), last(job.inputs[0]), last(job.out)
        return columns.workspace_items((*x, c // groups), (*out, k // groups), _slide(job))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        groups = _groups(job)
        c, k = job.inputs[0][1] // groups, job.out[1] // groups
        for group in range(groups):
            x, out = share.inputs[0][..., group * c : (group + 1) * c], share.out[..., group * k : (group + 1) * k]
            weight = share.packed["weight"][group]
            yield from columns.columns(x, out, weight, _slide(job), share.rows, share.workspace, None)
        if share.tail is not None:
            yield from share.tail(share.out[:, share.rows], share.place)


_LEAST_CHANNELS = 4


class ByDepth(_WithBias):
    """A convolution of every channel by itself."""

    name = "depthwise"

    def fits(self, job: Job, options: Options) -> bool:
        return _groups(job) > 1 and job.inputs[0][1] == job.out[1] == _groups(job)

    def shape(self, job: Job, options: Options) -> Shape:
        return depthwise.packed_shape(job.out[1], _slide(job).kernel, job.out[3])

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return depthwise.pack(weight, job.out[3])

    def workspace(self, job: Job, options: Options) -> int:
        rows = slice(0, job.out[2])
        return depthwise.workspace_items(last(job.inputs[0]), last(job.out), *_window(job), rows)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight = share.inputs[0], share.packed["weight"]
        return depthwise.depthwise(x, share.out, weight, *_window(job), share.rows, share.workspace, share.tail)


class ByTaps(_WithBias):
    """A transposed convolution whose windows lie side by side: every pixel makes a small block of the output."""

    name = "product to blocks"

    def fits(self, job: Job, options: Options) -> bool:
        layer = job.layer
        if not isinstance(layer, ConvTranspose) or len(job.out) != 4 or integer(layer.groups) != 1:
            return False
        kernel, stride, dilation = (
            per_axis(getattr(layer, name), 2, name) for name in ("kernel_size", "stride", "dilation")
        )
        blocks = [size * integer(k) for size, k in zip(job.inputs[0][2:], kernel, strict=True)]
        return kernel == stride and blocks == list(job.out[2:]) and dilation == (1, 1) and layer.padding == 0

    def shape(self, job: Job, options: Options) -> Shape:
        return tiles.blocked_shape(job.inputs[0][1], _taps(job) * job.out[1], options.tiled)

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return tiles.block(weight.transpose(0, 2, 3, 1).reshape(weight.shape[0], -1), options.tiled)

    def grain(self, job: Job) -> int:
        return job.out[2] // job.inputs[0][2]

    def workspace(self, job: Job, options: Options) -> int:
        return product.block_items(last(job.inputs[0]), last(job.out))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight = share.inputs[0], share.packed["weight"]
        return product.to_blocks(x, share.out, weight, share.rows, share.workspace, share.tail)
