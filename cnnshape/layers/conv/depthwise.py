"""Convolutions that slide one kernel over each channel by itself: Keras's layers, under PyTorch's argument names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, layer
from cnnshape.layers.demands import channels, slide, space_rank, stated
from cnnshape.layers.fields import Count, Flag, Integer, Padding, PerAxis, Strides, per_axis
from cnnshape.layers.grouping import seen_channels
from cnnshape.layers.sliding import kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import Window, product

__all__ = ["DepthwiseConv", "SeparableConv"]


@layer
class DepthwiseConv(Layer):
    """Convolution that gives every input channel `depth_multiplier` kernels of its own.

    Shape:      x (N, C, *D) -> y (N, C*m, *D');  D'_i = floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1
    Formulas:   parameters C*m*prod(k) + C*m [bias]    MACs N*C*m*prod(k)*prod(D')

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    stride, dilation : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or "valid",
        "same" and "same_upper" (output ceil(D/stride), the odd pixel at the end), "same_lower"
    depth_multiplier : output channels for each input channel, default 1; they stand side by side
    bias : default True
    in_channels : optional, held against the input
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS202 in_channels differ, CS203 the window is larger than the padded input, CS206 the input has another number
        of space axes.

    Notes
    -----
    The same as Conv(C*m, groups=C), whose weight (C*m, 1, *k) it has; Keras stores (*k, C, m). Keras's `same` takes any
    stride.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> conv = DepthwiseConv(3, stride=2, padding="same", depth_multiplier=2)
    >>> print(conv.outputs((Spec((dim("N"), 32, dim("H"), 224)),), Context())[0])
    (N, 64, ceil(H/2), 112)

    References
    ----------
    [1] Howard et al.: MobileNets, arXiv:1704.04861
    [2] https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/
    """

    kind = Kind.CONV

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    depth_multiplier: Count = 1
    bias: Flag = True
    in_channels: Count | None = None
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        rank = space_rank(self, x, self.rank)
        c_out = channels(ctx, self.in_channels, x.shape[1], "in_channels") * self.depth_multiplier
        space = (slide(ctx, x, axis, w) for axis, w in enumerate(self.windows(rank), start=2))
        return (Spec((x.shape[0], c_out, *space), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        (x,) = inputs
        c_out = stated(self.in_channels, x.shape[1]) * self.depth_multiplier
        weights = {"weight": Weight((c_out, 1, *per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")))}
        if self.bias:
            weights["bias"] = Weight((c_out,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        axes = dict(enumerate(self.windows(len(x.shape) - 2), start=2))
        return Windows(
            axes,
            whole=seen_channels(
                stated(self.in_channels, x.shape[1]),
                stated(self.in_channels, x.shape[1]) * self.depth_multiplier,
                stated(self.in_channels, x.shape[1]),
            ),
        )

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (y,) = outputs
        kernel = per_axis(self.kernel_size, len(y.shape) - 2, "kernel_size")
        size = product(y.shape)
        return Work.of(product(kernel) * size, adds=size if self.bias else 0)

    def label(self) -> str:
        return f"DepthwiseConv {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(3, padding=1, bias=False, in_channels=4, rank=2), ("N", 4, "H", "W")),
            Example.of(cls((3, 2), stride=2, padding="same", depth_multiplier=2), ("N", 3, "H", "W")),
            Example.of(cls(3, dilation=2), ("N", 2, "L")),
            Example.of(cls(2, stride=2, padding=((1, 0), (0, 1), (1, 1))), ("N", 2, "T", "H", "W")),
        )


@layer
class SeparableConv(Layer):
    """A depthwise convolution followed by a 1x1 convolution, as one layer.

    Shape:      x (N, C_in, *D) -> y (N, C_out, *D');
                D'_i = floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1
    Formulas:   parameters C_in*m*prod(k) + C_out*C_in*m + C_out [bias]    MACs N*C_in*m*(prod(k) + C_out)*prod(D')

    Parameters
    ----------
    out_channels : number of filters of the 1x1 convolution, >= 1
    kernel_size : pixels of the depthwise kernel, one number or one per axis
    stride, dilation : pixels, default 1, one number or one per axis, of the depthwise part
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or "valid",
        "same" and "same_upper" (output ceil(D/stride), the odd pixel at the end), "same_lower"
    depth_multiplier : channels between the two parts for each input channel, default 1
    bias : default True; one, after the 1x1 convolution
    in_channels : optional, held against the input
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS202 in_channels differ, CS203 the window is larger than the padded input, CS206 the input has another number
        of space axes.

    Notes
    -----
    Keras's layer. PyTorch and ONNX write two convolutions; with a bias, a norm or an activation between them this is
    another network. Weights: `depthwise.weight` (C_in*m, 1, *k), `pointwise.weight` (C_out, C_in*m, 1...).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> conv = SeparableConv(128, kernel_size=3, padding="same")
    >>> print(conv.outputs((Spec((dim("N"), 64, dim("H"), 147)),), Context())[0])
    (N, 128, H, 147)

    References
    ----------
    [1] Chollet: Xception, arXiv:1610.02357
    [2] https://keras.io/api/layers/convolution_layers/separable_convolution2d/
    """

    kind = Kind.CONV

    out_channels: Count
    _: KW_ONLY
    kernel_size: PerAxis
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    depth_multiplier: Count = 1
    bias: Flag = True
    in_channels: Count | None = None
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        rank = space_rank(self, x, self.rank)
        channels(ctx, self.in_channels, x.shape[1], "in_channels")
        space = (slide(ctx, x, axis, w) for axis, w in enumerate(self.windows(rank), start=2))
        return (Spec((x.shape[0], self.out_channels, *space), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        (x,) = inputs
        rank = len(x.shape) - 2
        between = stated(self.in_channels, x.shape[1]) * self.depth_multiplier
        weights = {
            "depthwise.weight": Weight((between, 1, *per_axis(self.kernel_size, rank, "kernel_size"))),
            "pointwise.weight": Weight((self.out_channels, between, *(1,) * rank)),
        }
        if self.bias:
            weights["pointwise.bias"] = Weight((self.out_channels,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        axes = dict(enumerate(self.windows(len(inputs[0].shape) - 2), start=2))
        return Windows(axes, whole=(1,))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,), (y,) = inputs, outputs
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        positions = product((y.shape[0], *y.shape[2:]))
        macs = (
            stated(self.in_channels, x.shape[1])
            * self.depth_multiplier
            * (product(kernel) + self.out_channels)
            * positions
        )
        return Work.of(macs, adds=self.out_channels * positions if self.bias else 0)

    def label(self) -> str:
        return f"SeparableConv {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, kernel_size=3, padding="same", bias=False), ("N", 3, "H", "W")),
            Example.of(cls(2, kernel_size=(3, 2), stride=2, depth_multiplier=2, in_channels=3), ("N", 3, "H", "W")),
            Example.of(cls(2, kernel_size=3, padding=2, dilation=2, rank=1), ("N", 2, "L")),
            Example.of(cls(3, kernel_size=2, stride=2, padding="same_lower"), ("N", 2, "T", "H", "W")),
        )
