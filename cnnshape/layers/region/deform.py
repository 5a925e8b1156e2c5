"""A convolution each of whose taps reads where a second input says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, layer, sizes
from cnnshape.layers.demands import channels, equal_sizes, same_rank, share, slide, space_rank, stated
from cnnshape.layers.fields import Count, Flag, Integer, Padding, PerAxis, Strides, per_axis
from cnnshape.layers.grouping import grouped, part
from cnnshape.layers.sliding import kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import Window, product

__all__ = ["DeformConv"]

_RULE = "offsets (N, offset_groups*prod(k)*r, *D'), mask (N, offset_groups*prod(k), *D'), r the number of space axes"


@layer
class DeformConv(Layer):
    """Convolution each of whose taps is moved by an offset, read by interpolation, and weighed by a mask.

    Shape:      x (N, C_in, *D), offsets (N, G*prod(k)*r, *D') [, mask (N, G*prod(k), *D')] -> y (N, C_out, *D');  r is
                the number of space axes, G = offset_groups, D' as of Conv
    Formulas:   parameters C_out*C_in/groups*prod(k) + C_out [bias]    MACs N*C_out*C_in/groups*prod(k)*prod(D'), as of
                Conv;  beside them for the interpolation products N*C_in*prod(k)*prod(D')*2^r

    Parameters
    ----------
    out_channels : number of filters, >= 1
    kernel_size : pixels, one number or one per axis
    stride, dilation : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; as of Conv
    groups : divides both channel counts, default 1
    offset_groups : groups of input channels, each with offsets of its own, default 1
    bias : default True
    in_channels : optional, held against the input
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS201 offsets or mask have another size, CS202 in_channels differ, CS203 the window is larger than the padded
        input, CS204 groups do not divide, CS206 the input has another number of space axes, CS208 the inputs have
        different numbers of axes.

    Notes
    -----
    torchvision.ops.DeformConv2d, which finds the number of offset groups from the offsets, and ONNX's DeformConv. The
    offsets of a tap stand together, the first space axis first. Beyond the border the map is 0.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> N, H, W = dim("N"), dim("H"), dim("W")
    >>> layer = DeformConv(64, kernel_size=3, padding=1)
    >>> print(*layer.outputs((Spec((N, 32, H, W)), Spec((N, 18, H, W))), Context()))
    (N, 64, H, W)

    References
    ----------
    [1] Dai et al.: Deformable Convolutional Networks, ICCV 2017, arXiv:1703.06211
    [2] Zhu et al.: Deformable ConvNets v2, CVPR 2019, arXiv:1811.11168
    [3] https://onnx.ai/onnx/operators/onnx__DeformConv.html
    """

    kind = Kind.CONV
    arity = (2, 3)

    out_channels: Count
    _: KW_ONLY
    kernel_size: PerAxis
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: Count = 1
    offset_groups: Count = 1
    bias: Flag = True
    in_channels: Count | None = None
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis, before its taps are moved."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, *moves = inputs
        rank = space_rank(self, x, self.rank)
        same_rank(inputs)
        c_in = channels(ctx, self.in_channels, x.shape[1], "in_channels")
        grouped(ctx, c_in, self.out_channels, self.groups)
        share(ctx, c_in, self.offset_groups, "in_channels", "offset_groups")
        space = [slide(ctx, x, axis, window) for axis, window in enumerate(self.windows(rank), start=2)]
        taps = self.offset_groups * product(per_axis(self.kernel_size, rank, "kernel_size"))
        for spec, name, count in zip(moves, ("offsets", "mask"), (taps * rank, taps), strict=False):
            for axis, (size, wanted) in enumerate(zip(spec.shape, (x.shape[0], count, *space), strict=True)):
                equal_sizes(ctx, size, wanted, f"axis {axis} of the {name}", _RULE)
        return (Spec((x.shape[0], self.out_channels, *space), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        x = inputs[0]
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        shape = (self.out_channels, part(stated(self.in_channels, x.shape[1]), self.groups), *kernel)
        bias = {"bias": Weight((self.out_channels,), init="fan_in_uniform")} if self.bias else {}
        return {"weight": Weight(shape), **bias}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x, _, *masks), (y,) = inputs, outputs
        rank = len(x.shape) - 2
        taps = product(per_axis(self.kernel_size, rank, "kernel_size"))
        c_in, size = stated(self.in_channels, x.shape[1]), product(y.shape)
        read = product((x.shape[0], c_in, taps, *y.shape[2:]))
        return Work.of(
            part(c_in, self.groups) * taps * size,
            muls=read * (2**rank + len(masks)),
            adds=read * (2**rank - 1) + (size if self.bias else 0),
        )

    def label(self) -> str:
        return f"DeformConv {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2, kernel_size=3, padding=1), ("N", 3, "H", "W"), ("N", 18, "H", "W")),
            Example.of(
                cls(4, kernel_size=(2, 1), stride=(2, 1), groups=2, offset_groups=2, bias=False, rank=2),
                *(("N", 4, "2*H", "W"), ("N", 8, "H", "W"), ("N", 4, "H", "W")),
            ),
            Example.of(cls(3, kernel_size=2, dilation=2), ("N", 2, "L + 2"), ("N", 2, "L"), ("N", 2, "L")),
            Example.of(cls(2, kernel_size=1), Spec(sizes("N", 1, 2, "H", 3)), ("N", 3, 2, "H", 3)),
        )
