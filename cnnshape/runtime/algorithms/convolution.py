"""Convolutions and linear layers: a row at a time, Winograd's, channel by channel, or any window."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnshape.layers.arrays import Array, integer
from cnnshape.layers.conv import ConvTranspose
from cnnshape.layers.fields import per_axis
from cnnshape.layers.linear import Linear
from cnnshape.runtime.algorithms.filters import WithBias, groups_of, slide_of
from cnnshape.runtime.algorithms.job import Job, Options, Shape, Share, Splits, last
from cnnshape.runtime.kernels import columns, depthwise, product, tiles, winograd
from cnnshape.runtime.kernels.calls import Calls

__all__ = ["ByColumns", "ByDepth", "ByGroups", "ByPixel", "ByTaps", "ByTiles"]


def _taps(job: Job) -> int:
    return job.out[2] * job.out[3] // (job.inputs[0][2] * job.inputs[0][3])


def _window(job: Job) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return kernel, stride, padding before and dilation."""
    slide = slide_of(job)
    return slide.kernel, slide.stride, slide.before, slide.dilation


class ByPixel(WithBias):
    """A linear layer: every row of a table times one matrix."""

    name = "product"

    def splits(self, job: Job) -> Splits:
        return "channels"

    def narrowed(self, packed: Mapping[str, Array], channels: slice) -> Mapping[str, Array]:
        return {name: values[channels] for name, values in packed.items()}

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, Linear)

    def shape(self, job: Job, options: Options) -> Shape:
        return (job.out[-1], job.inputs[0][-1])

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return np.ascontiguousarray(weight)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, matrix = share.inputs[0], share.packed["weight"].T
        return product.product(x, share.out, matrix, (1, 1), share.rows, share.workspace, share.tail)


class ByTiles(WithBias):
    """Winograd's convolution with a window of 3x3."""

    name = "winograd"
    rate = 1.3e-11
    ends_in_channels = True
    adds_bias = True

    def splits(self, job: Job) -> Splits:
        # Few rows of tiles: each thread reads the filters of its own channels only.
        return "channels" if job.out[2] < 16 else "rows"

    def grain(self, job: Job) -> int:
        return 4

    def narrowed(self, packed: Mapping[str, Array], channels: slice) -> Mapping[str, Array]:
        weight = packed["weight"]
        if weight.ndim == 5:
            weight = weight[:, :, channels.start // tiles.WIDTH : channels.stop // tiles.WIDTH]
        else:
            weight = weight[..., channels]
        return {"weight": weight, **({"bias": packed["bias"][channels]} if "bias" in packed else {})}

    def fits(self, job: Job, options: Options) -> bool:
        if options.strict or groups_of(job) != 1:
            return False
        slide = slide_of(job)
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
        x, weight, before = share.inputs[0], share.packed["weight"], slide_of(job).before
        return winograd.winograd(
            x, share.out, weight, share.packed.get("bias"), before, share.rows, share.workspace, share.tail
        )


def _columns(options: Options) -> int:
    return tiles.WIDTH if options.tiled else 0


class ByColumns(WithBias):
    """A convolution with any window."""

    name = "columns"
    ends_in_channels = True

    def fits(self, job: Job, options: Options) -> bool:
        return groups_of(job) == 1

    def shape(self, job: Job, options: Options) -> Shape:
        slide, channels = slide_of(job), job.inputs[0][1]
        return tiles.blocked_shape(slide.kernel[0] * slide.kernel[1] * channels, job.out[1], options.tiled)

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return tiles.block(columns.pack(weight), options.tiled)

    def workspace(self, job: Job, options: Options) -> int:
        return columns.workspace_items(last(job.inputs[0]), last(job.out), slide_of(job))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight = share.inputs[0], share.packed["weight"]
        return columns.columns(x, share.out, weight, slide_of(job), share.rows, share.workspace, share.tail)


class ByGroups(WithBias):
    """A convolution in groups: each of them on its slice of the channels."""

    name = "grouped columns"

    def fits(self, job: Job, options: Options) -> bool:
        return groups_of(job) > 1 and job.inputs[0][1] // groups_of(job) >= _LEAST_CHANNELS

    def shape(self, job: Job, options: Options) -> Shape:
        slide, groups = slide_of(job), groups_of(job)
        inner = slide.kernel[0] * slide.kernel[1] * job.inputs[0][1] // groups
        return (groups, *tiles.blocked_shape(inner, job.out[1] // groups, options.tiled))

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        parts = np.split(weight, groups_of(job))
        return np.stack([tiles.block(columns.pack(part), options.tiled) for part in parts])

    def workspace(self, job: Job, options: Options) -> int:
        groups, (*x, c), (*out, k) = groups_of(job), last(job.inputs[0]), last(job.out)
        return columns.workspace_items((*x, c // groups), (*out, k // groups), slide_of(job))

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        groups = groups_of(job)
        c, k = job.inputs[0][1] // groups, job.out[1] // groups
        for group in range(groups):
            x, out = share.inputs[0][..., group * c : (group + 1) * c], share.out[..., group * k : (group + 1) * k]
            weight = share.packed["weight"][group]
            yield from columns.columns(x, out, weight, slide_of(job), share.rows, share.workspace, None)
        if share.tail is not None:
            yield from share.tail(share.out[:, share.rows], share.place)


_LEAST_CHANNELS = 4


class ByDepth(WithBias):
    """A convolution of every channel by itself."""

    name = "depthwise"
    rate = 1.6e-10

    def fits(self, job: Job, options: Options) -> bool:
        return groups_of(job) > 1 and job.inputs[0][1] == job.out[1] == groups_of(job)

    def shape(self, job: Job, options: Options) -> Shape:
        return depthwise.packed_shape(job.out[1], slide_of(job).kernel, job.out[3])

    def matrix(self, job: Job, options: Options, weight: Array) -> Array:
        return depthwise.pack(weight, job.out[3])

    def workspace(self, job: Job, options: Options) -> int:
        rows = slice(0, job.out[2])
        return depthwise.workspace_items(last(job.inputs[0]), last(job.out), *_window(job), rows)

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        x, weight = share.inputs[0], share.packed["weight"]
        return depthwise.depthwise(x, share.out, weight, *_window(job), share.rows, share.workspace, share.tail)


class ByTaps(WithBias):
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
