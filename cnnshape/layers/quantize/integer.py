"""Products of quantized tensors: convolution and matrix product of integers, summed in 32 bits."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text, sizes
from cnnshape.layers.demands import slide, space_rank
from cnnshape.layers.fields import Count, Integer, Padding, PerAxis, Strides, per_axis
from cnnshape.layers.grouping import grouped, part, seen_channels
from cnnshape.layers.products import matrix_macs, matrix_product, matrix_window
from cnnshape.layers.quantize.sides import demand_beside, demand_integers
from cnnshape.layers.sliding import kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import Window, product

__all__ = ["ConvInteger", "MatMulInteger"]


@layer
class ConvInteger(Layer):
    """Convolution of integers with filters that come in as a tensor, each less its zero point; the sums are int32.

    Shape:      x (N, C_in, *D), w (C_out, C_in/groups, *k) [, x_zero_point [, w_zero_point]] -> y (N, C_out, *D'), as
                Conv; zero points are broadcast to their tensor, such as () or (C_out, 1, 1, 1)
    Formulas:   parameters 0    MACs N*C_out*C_in/groups*prod(k)*prod(D')
                additions, of the zero points, N*C_in*prod(D) and C_out*C_in/groups*prod(k)

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis; held against the filters
    stride, dilation : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; they hold the zero point; as Conv's, or one of its words
    groups : divides both channel counts, default 1
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS201 the filters or a zero point do not fit, CS203 the window is larger than the padded input, CS204 groups do
        not divide, CS206 the input has another number of space axes, CS211 an input that is no integer.

    Notes
    -----
    ONNX writes the filters' zero points as a vector (C_out). Its QLinearConv is this layer between a sum with the bias,
    a DequantizeLinear and a QuantizeLinear. PyTorch's quantized convolutions are such a sequence too.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x, w = Spec((dim("N"), 3, dim("H"), 224), "uint8"), Spec((64, 3, 7, 7), "int8")
    >>> print(ConvInteger(7, stride=2, padding=3).outputs((x, w), Context())[0])
    (N, 64, ceil(H/2), 112)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ConvInteger.html
    """

    kind = Kind.CONV
    arity = (2, 4)

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: Count = 1
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_integers(inputs, "input")
        x, w, *points = inputs
        rank = space_rank(self, x, self.rank)
        if len(w.shape) != rank + 2:
            raise _filters_fault(self, x, w)
        grouped(ctx, x.shape[1], w.shape[0], self.groups)
        wanted = (part(x.shape[1], self.groups), *per_axis(self.kernel_size, rank, "kernel_size"))
        for size, fits in zip(w.shape[1:], wanted, strict=True):
            ctx.equal(size, fits, lambda: _filters_fault(self, x, w))
        for name, side, tensor in zip(("x_zero_point", "w_zero_point"), points, (x, w), strict=False):
            demand_beside(ctx, name, side.shape, tensor.shape, exact=False)
        space = [slide(ctx, x, axis, window) for axis, window in enumerate(self.windows(rank), start=2)]
        return (Spec((x.shape[0], w.shape[0], *space), "int32"),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        x, w, *_ = inputs
        axes = dict(enumerate(self.windows(len(x.shape) - 2), start=2))
        return Windows(axes, whole=seen_channels(x.shape[1], w.shape[0], self.groups))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        taken = sum((product(tensor.shape) for tensor, _ in zip(inputs, inputs[2:], strict=False)), 0)
        return Work.of(product(inputs[1].shape[1:]) * product(outputs[0].shape), adds=taken)

    def label(self) -> str:
        return f"ConvInteger {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        def held(*shape: str | int) -> Spec:
            return Spec(sizes(*shape), "int8")

        return (
            Example.of(cls(3, padding=1), held("N", 3, "H", "W"), held(4, 3, 3, 3)),
            Example.of(cls((3, 2), stride=(2, 1), groups=2), held("N", 4, "H", "W"), held(6, 2, 3, 2), held()),
            Example.of(
                cls(3, stride=2, padding="same_upper", dilation=2),
                held("N", 2, "L"),
                held(3, 2, 3),
                held(),
                held(3, 1, 1),
            ),
        )


@layer
class MatMulInteger(Layer):
    """Matrix product of integers, each less its zero point; the sums are int32.

    Shape:      a (*A, n, k), b (*B, k, m) [, a_zero_point [, b_zero_point]] -> y (*AB, n, m), as MatMul; zero points
                are broadcast to their tensor: () or (n, 1) for a, () or (m,) for b
    Formulas:   parameters 0    MACs prod(*AB)*n*k*m    additions, of the zero points, prod(*A)*n*k and prod(*B)*k*m

    Raises
    ------
    ShapeError
        CS201 the inner sizes or batch axes differ, or a zero point does not fit; CS206 an input is a single number;
        CS211 an input that is no integer.

    Notes
    -----
    ONNX writes the zero points of rows as a vector (n). Its QLinearMatMul is this layer, a DequantizeLinear and a
    QuantizeLinear.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> a, b = Spec((dim("N"), 8, 64), "uint8"), Spec((64, 10), "int8")
    >>> y = MatMulInteger().outputs((a, b), Context())[0]
    >>> print(y, y.dtype)
    (N, 8, 10) int32

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__MatMulInteger.html
    """

    kind = Kind.LINEAR
    arity = (2, 4)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_integers(inputs, "input")
        a, b, *_ = inputs
        made = matrix_product(ctx, self, a, b)
        for name, side, tensor in zip(("a_zero_point", "b_zero_point"), inputs[2:], inputs, strict=False):
            demand_beside(ctx, name, side.shape, tensor.shape, exact=False)
        return (Spec(made, "int32"),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        a, b, *_ = inputs
        return matrix_window(a, b)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        taken = sum((product(tensor.shape) for tensor, _ in zip(inputs, inputs[2:], strict=False)), 0)
        a, b, *_ = inputs
        return Work.of(matrix_macs(a, b, outputs[0].shape), adds=taken)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        def held(*shape: str | int) -> Spec:
            return Spec(sizes(*shape), "uint8")

        return (
            Example.of(cls(), held("N", 3, "T"), held("N", "T", 4)),
            Example.of(cls(), held("N", 5), held(5, "M"), held(), held("M")),
            Example.of(cls(), held(2, "T", 3), held(3, 4), held("T", 1)),
        )


def _filters_fault(layer: ConvInteger, x: Spec, w: Spec) -> ShapeError:
    kernel = kernel_text(layer.kernel_size, len(x.shape) - 2)
    return ShapeError(
        f"the filters are {shape_text(w.shape)}, the input {shape_text(x.shape)}, the kernel {kernel}",
        code="CS201",
        got=w.shape,
        rule="filters are (C_out, C_in/groups, *kernel_size)",
        fix="filters of that shape, or the kernel_size and groups that they have",
    )
