"""Convolutions whose filters are a tensor of the network, computed by the layers before."""

from __future__ import annotations

from dataclasses import KW_ONLY, replace

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.fields import Count, Padding, PerAxis, Strides
from cnnshape.symbolic import Size

__all__ = ["ConvWithFilters"]


@layer
class ConvWithFilters(Layer):
    """Convolution whose filters, and biases if there are any, come in as tensors.

    Shape:      x (N, C_in, *D), filters (C_out, C_in/groups, *k), biases (C_out) -> y (N, C_out, *D');
                D'_i = floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1
    Formulas:   parameters 0    MACs N*C_out*C_in/groups*prod(k)*prod(D')

    Parameters
    ----------
    stride, dilation : pixels, default 1, one number or one per axis
    padding : as for `Conv`
    groups : divides both channel counts, default 1

    Raises
    ------
    ShapeError
        CS202 biases and filters of different number, CS206 filters or biases with too few or too many axes; what
        `Conv` raises.

    Notes
    -----
    Networks with weight standardization compute the filters from what they have learned. The receptive field is that of
    x: filters that depend on the image as well are not followed.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> conv = ConvWithFilters(stride=2, padding=1)
    >>> print(conv.outputs((Spec((dim("N"), 3, dim("H"), 224)), Spec((64, 3, 3, 3))), Context())[0])
    (N, 64, ceil(H/2), 112)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
    [2] Qiao et al.: Micro-Batch Training with Batch-Channel Normalization and Weight Standardization, arXiv:1903.10520
    """

    kind = Kind.CONV
    arity = (2, 3)
    pytorch = "F.conv2d(x, weight, bias, 2, 1) is ConvWithFilters(stride=2, padding=1)(x, weight, bias)"

    _: KW_ONLY
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: Count = 1

    def conv(self, inputs: tuple[Spec, ...]) -> Conv:
        """Return the layer that owns such filters."""
        out, seen, *kernel = inputs[1].shape
        return Conv(
            out,
            kernel_size=tuple(kernel),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=len(inputs) == 3,
            in_channels=seen * self.groups,
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, filters, *biases = inputs
        rank = len(filters.shape)
        if rank < 3 or any(len(bias.shape) != 1 for bias in biases):
            raise ShapeError(
                f"filters of {rank} axes" if rank < 3 else f"biases of {len(biases[0].shape)} axes",
                code="CS206",
                rule="filters are (C_out, C_in/groups, *kernel), biases (C_out)",
                fix="reshape them",
            )
        if biases:
            count, wanted = biases[0].shape[0], filters.shape[0]
            ctx.equal(count, wanted, lambda: _unequal(count, wanted))
        return self.conv(inputs).outputs((x,), ctx)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return replace(self.conv(inputs).window(inputs[:1]), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return self.conv(inputs).work(inputs[:1], outputs)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(padding=1), ("N", 3, "H", "W"), (4, 3, 3, 3)),
            Example.of(cls(stride=2, groups=2), ("N", 4, "L"), (6, 2, 5), (6,)),
            Example.of(cls(padding="same", dilation=2), (2, 2, "D", 6, 7), (3, 2, 3, 1, 2)),
        )


def _unequal(count: Size, wanted: Size) -> ShapeError:
    return ShapeError(
        f"{count} biases for {wanted} filters",
        code="CS202",
        rule="one bias for each filter",
        fix="biases of the length of the filters' first axis",
    )
