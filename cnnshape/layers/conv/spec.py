"""Convolutions: what slides a learned kernel over its input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, layer
from cnnshape.layers.demands import channels, slide, space_rank, stated
from cnnshape.layers.fields import Count, Flag, Integer, Padding, PerAxis, Strides, Word, one_of, per_axis
from cnnshape.layers.grouping import grouped, part, seen_channels
from cnnshape.layers.sliding import kernel_text, reach, slide_only, sliding_windows, stride_text
from cnnshape.symbolic import Window, padding_of, product

__all__ = ["Conv"]


@layer
class Conv(Layer):
    """Convolution of 1, 2 or 3 space axes.

    Shape:      x (N, C_in, *D) -> y (N, C_out, *D');
                D'_i = floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1
    Formulas:   parameters C_out*C_in/groups*prod(k) + C_out [bias]    MACs N*C_out*C_in/groups*prod(k)*prod(D')

    Parameters
    ----------
    out_channels : number of filters, >= 1
    kernel_size : pixels, one number or one per axis
    stride, dilation : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or "valid", "same"
        (stride 1 only, as in PyTorch), "same_upper", "same_lower" (TensorFlow's and ONNX's rule for any stride)
    groups : divides both channel counts, default 1
    bias : default True
    padding_mode : "zeros", "reflect", "replicate" or "circular"; sizes are the same, the window is then a bound
    in_channels : optional, held against the input
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, padding="same" with a stride above 1.
    ShapeError
        CS202 in_channels differ, CS203 the window is larger than the padded input, CS204 groups do not divide,
        CS206 the input has another number of space axes, CS212 reflect or circular padding that the map cannot fill.

    Notes
    -----
    TensorFlow and ONNX's SAME_UPPER put the odd padding pixel at the end, SAME_LOWER at the start; Keras's `same` is
    `same_upper`.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> conv = Conv(64, kernel_size=7, stride=2, padding=3)
    >>> print(conv.outputs((Spec((dim("N"), 3, dim("H"), 224)),), Context())[0])
    (N, 64, ceil(H/2), 112)

    References
    ----------
    [1] Dumoulin, Visin: A guide to convolution arithmetic for deep learning, arXiv:1603.07285
    [2] https://onnx.ai/onnx/operators/onnx__Conv.html
    """

    kind = Kind.CONV
    pytorch = "Conv2d(3, 64, 7) is Conv(64, kernel_size=7)"

    out_channels: Count
    _: KW_ONLY
    kernel_size: PerAxis
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: Count = 1
    bias: Flag = True
    padding_mode: Word = one_of("zeros", "reflect", "replicate", "circular")
    in_channels: Count | None = None
    rank: Integer | None = None

    def validate(self) -> None:
        strides = self.stride if isinstance(self.stride, tuple) else (self.stride,)
        if self.padding == "same" and any(s != 1 for s in strides):
            refuse(
                self,
                "padding",
                "PyTorch's `same` needs stride 1",
                rule="padding='same' keeps the size, which a stride above 1 cannot",
                fix="padding: same_upper (TensorFlow's, Keras's and ONNX's rule, output ceil(H/s)), or padding: k//2",
            )

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        rank = space_rank(self, x, self.rank)
        c_in = channels(ctx, self.in_channels, x.shape[1], "in_channels")
        grouped(ctx, c_in, self.out_channels, self.groups)
        place = slide if self.padding_mode in ("zeros", "replicate") else slide_only
        space = []
        for axis, w in enumerate(self.windows(rank), start=2):
            reach(ctx, x, axis, padding_of(x.shape[axis], w), self.padding_mode, "padding_mode")
            space.append(place(ctx, x, axis, w))
        return (Spec((x.shape[0], self.out_channels, *space), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        (x,) = inputs
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        weights = {
            "weight": Weight((self.out_channels, part(stated(self.in_channels, x.shape[1]), self.groups), *kernel))
        }
        if self.bias:
            weights["bias"] = Weight((self.out_channels,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        axes = dict(enumerate(self.windows(len(x.shape) - 2), start=2))
        seen = seen_channels(stated(self.in_channels, x.shape[1]), self.out_channels, self.groups)
        return Windows(axes, whole=seen, exact=self.padding_mode == "zeros")

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,), (y,) = inputs, outputs
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        size = product(y.shape)
        return Work.of(
            part(stated(self.in_channels, x.shape[1]), self.groups) * product(kernel) * size,
            adds=size if self.bias else 0,
        )

    def label(self) -> str:
        return f"Conv {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, kernel_size=3, padding=1, bias=False), ("N", 3, "H", "W")),
            Example.of(
                cls(6, kernel_size=(3, 2), stride=(2, 1), padding=((1, 0), (0, 1)), groups=2), ("N", 4, "H", "W")
            ),
            Example.of(cls(4, kernel_size=3, padding="same", groups=4, in_channels=4, rank=2), ("N", 4, "H", "W")),
            Example.of(cls(2, kernel_size=3, stride=2, dilation=2, padding="same_upper"), ("N", 3, "L")),
            Example.of(cls(2, kernel_size=4, stride=3, padding="same_lower"), ("N", 3, "L")),
            Example.of(cls(3, kernel_size=2, padding=1, padding_mode="reflect"), ("N", 2, "T", "H", "W")),
        )
