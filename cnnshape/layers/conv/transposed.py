"""The transposed convolution: the adjoint of a convolution, which makes maps larger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from functools import lru_cache

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, axis_name, layer
from cnnshape.layers.demands import channels, slide, space_rank, stated
from cnnshape.layers.fields import Count, Flag, Integer, Padding, PerAxis, PerAxisNatural, Strides, paddings, per_axis
from cnnshape.layers.grouping import grouped, part, seen_channels
from cnnshape.layers.sliding import kernel_text, stride_text
from cnnshape.symbolic import Size, Window, effective_kernel, floordiv, maximum, product, text

__all__ = ["ConvTranspose"]


@layer
class ConvTranspose(Layer):
    """Transposed convolution of 1, 2 or 3 space axes.

    Shape:      x (N, C_in, *D) -> y (N, C_out, *D');
                D'_i = (D_i - 1)*stride - before - after + dilation*(k-1) + 1 + output_padding
    Formulas:   parameters C_in*C_out/groups*prod(k) + C_out [bias]    MACs N*C_in*C_out/groups*prod(k)*prod(D)

    Parameters
    ----------
    out_channels : number of filters, >= 1
    kernel_size : pixels, one number or one per axis
    stride, dilation : pixels, default 1, one number or one per axis; the stride is that of the convolution undone
    padding : pixels cut from each side of the output, default 0; one number, one per axis, (before, after) per axis, or
        "valid", "same" (Keras's), "same_upper", "same_lower" (ONNX's auto_pad); see Notes
    output_padding : pixels added at the end of each axis, one number or one per axis, less than the larger of stride
        and dilation; default none, or with Keras's words what Keras adds
    groups : divides both channel counts, default 1
    bias : default True
    in_channels : optional, held against the input
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS202 in_channels differ, CS203 the output would have no positions, CS204 groups do not divide, CS206 the input
        has another number of space axes, CS212 output_padding is too large.

    Notes
    -----
    MACs count every product of an input pixel with a kernel tap, also those that padding then cuts away.
    With ke = dilation*(k-1) + 1 the words give

    ======================  ===================================  =======================================
    word                    output_padding not given             output_padding o
    ======================  ===================================  =======================================
    valid                   ``(d-1)*s + max(ke, s)``             ``(d-1)*s + ke + o``
    same                    ``d*s``                              ``(d-1)*s + ke % 2 + o``
    same_upper, same_lower  ``d*s``                              ``d*s``
    ======================  ===================================  =======================================

    "same" and "same_upper" cut the smaller half at the start, as TensorFlow does; "same_lower" the larger half. Where
    the kernel is smaller than the stride ONNX Runtime does not reach ``d*s``: it leaves ``(d-1)*s + ke``.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> up = ConvTranspose(64, kernel_size=4, stride=2, padding=1)
    >>> print(up.outputs((Spec((dim("N"), 128, dim("H"), 28)),), Context())[0])
    (N, 64, 2*H, 56)

    References
    ----------
    [1] Dumoulin, Visin: A guide to convolution arithmetic for deep learning, arXiv:1603.07285
    [2] https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
    """

    kind = Kind.CONV
    pytorch = "ConvTranspose2d(128, 64, 4) is ConvTranspose(64, kernel_size=4)"

    out_channels: Count
    _: KW_ONLY
    kernel_size: PerAxis
    stride: Strides = 1
    padding: Padding = 0
    output_padding: PerAxisNatural | None = None
    groups: Count = 1
    bias: Flag = True
    dilation: PerAxis = 1
    in_channels: Count | None = None
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return _windows(self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        rank = space_rank(self, x, self.rank)
        c_in = channels(ctx, self.in_channels, x.shape[1], "in_channels")
        grouped(ctx, c_in, self.out_channels, self.groups)
        if self.output_padding is not None:
            for axis, added in enumerate(per_axis(self.output_padding, rank, "output_padding"), start=2):
                _bound(ctx, x, axis, added, self.windows(rank)[axis - 2])
        space = (slide(ctx, x, axis, w) for axis, w in enumerate(self.windows(rank), start=2))
        return (Spec((x.shape[0], self.out_channels, *space), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        (x,) = inputs
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        weights = {
            "weight": Weight((stated(self.in_channels, x.shape[1]), part(self.out_channels, self.groups), *kernel))
        }
        if self.bias:
            weights["bias"] = Weight((self.out_channels,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        axes = dict(enumerate(self.windows(len(x.shape) - 2), start=2))
        return Windows(axes, whole=seen_channels(stated(self.in_channels, x.shape[1]), self.out_channels, self.groups))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,), (y,) = inputs, outputs
        kernel = per_axis(self.kernel_size, len(x.shape) - 2, "kernel_size")
        macs = part(self.out_channels, self.groups) * product(kernel) * product(x.shape)
        return Work.of(macs, adds=product(y.shape) if self.bias else 0)

    def label(self) -> str:
        return f"ConvTranspose {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, kernel_size=2, stride=2, bias=False), ("N", 6, "H", "W")),
            Example.of(cls(6, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2), ("N", 4, "T", "H", "W")),
            Example.of(
                cls(2, kernel_size=(3, 2), stride=(2, 1), padding=((1, 0), (0, 1)), dilation=2), ("N", 3, "H", "W")
            ),
            Example.of(cls(2, kernel_size=5, stride=3, padding="same_lower"), ("N", 3, "L")),
            Example.of(cls(2, kernel_size=2, stride=3, padding="valid", in_channels=3, rank=1), ("N", 3, "L")),
            Example.of(cls(2, kernel_size=3, stride=2, padding="same", output_padding=0), ("N", 3, "H", "W")),
        )


def _bound(ctx: Context, spec: Spec, axis: int, added: Size, window: Window) -> None:
    most = maximum(window.stride, window.dilation) - 1
    ctx.at_least(
        most,
        added,
        lambda: ShapeError(
            f"axis {axis_name(len(spec.shape), axis)}: output_padding {text(added)} with stride {window.stride} "
            f"and dilation {text(window.dilation)}",
            code="CS212",
            field="output_padding",
            got=added,
            needed=most,
            rule="output_padding < max(stride, dilation)",
            fix=f"output_padding <= {text(most)}",
        ),
    )


@lru_cache(maxsize=256)
def _windows(
    kernel: PerAxis,
    stride: Strides,
    padding: Padding,
    output_padding: PerAxisNatural | None,
    dilation: PerAxis,
    rank: int,
) -> tuple[Window, ...]:
    kernels = per_axis(kernel, rank, "kernel_size")
    strides = per_axis(stride, rank, "stride")
    dilations = per_axis(dilation, rank, "dilation")
    given = per_axis(output_padding, rank, "output_padding")
    if not isinstance(padding, str):
        return tuple(
            Window(k, s, before, after, d, "transposed", 0 if o is None else o)
            for k, s, (before, after), d, o in zip(
                kernels, strides, paddings(padding, rank), dilations, given, strict=True
            )
        )
    return tuple(
        _in_words(padding, Window(k, s, 0, 0, d, "transposed"), o)
        for k, s, d, o in zip(kernels, strides, dilations, given, strict=True)
    )


def _in_words(word: str, bare: Window, given: Size | None) -> Window:
    """Return the window of one axis under Keras's or ONNX's word; `bare` has no padding yet."""
    span, s = effective_kernel(bare), bare.stride
    added: Size = 0 if given is None else given
    if word == "valid":
        cut: Size = 0
        added = maximum(s - span, 0) if given is None else added
    elif word == "same" and given is not None:
        cut = 2 * floordiv(span, 2)
    else:
        cut = span + added - s
    if word == "same":
        # Keras cuts what is left after the output padding was set off against it.
        cut, added = cut - added if given is not None else cut, 0
    taken = maximum(cut, 0)
    small = floordiv(taken, 2)
    before, after = (taken - small, small) if word == "same_lower" else (small, taken - small)
    return Window(bare.kernel, s, before, after, bare.dilation, "transposed", added + taken - cut)
