"""Pools with a sliding window: the largest, the smallest, the mean, the norm of what it holds."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.fields import Flag, Integer, Number, Padding, PerAxis, Strides, Word, one_of
from cnnshape.layers.pool.norms import check_norm, norm_work
from cnnshape.layers.pool.windowed import check_stride, mean_fits, pool_label, pool_window, pooled, taps
from cnnshape.symbolic import product

__all__ = ["AvgPool", "LPPool", "MaxPool", "MinPool"]


@layer
class MaxPool(Layer):
    """The largest value of each window, over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i = floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1,
                with ceil_mode floor((D_i + before + stride - 1 + min(0, after + stride - dilation*(k-1) - 1))/stride)
    Formulas:   parameters 0    MACs 0    comparisons N*C*prod(D')*(prod(k) - 1)

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    stride : pixels, default the kernel's size, one number or one per axis
    padding : pixels on each side, default 0, never the largest; one number, one per axis, (before, after) per axis, or
        "valid", "same" and "same_upper" (output ceil(D/stride), the odd pixel at the end), "same_lower"
    dilation : pixels, default 1, one number or one per axis
    return_indices : whether the positions of the largest values are a second output, for MaxUnpool; default False
    ceil_mode : whether a last window that starts inside the map or the padding before it counts, default False
    storage_order : whether positions are counted row by row, "row" (default), or with the first axis of space running
        fastest, "column"; they are the second output
    counted : whether positions are numbered within one channel's map, "map" (default), or through batch and channels,
        "tensor", as ONNX does
    dialect : "torch" (2*padding <= kernel_size) or "onnx" (padding < kernel_size, as ONNX Runtime asks)
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a symbolic kernel without a stride.
    ShapeError
        CS203 the window is larger than the padded input, CS206 the input has another number of space axes, CS212 the
        padding is too large for the dialect.

    Notes
    -----
    The ceil rule is that of PyTorch and ONNX Runtime. ONNX's stride defaults to 1, Keras's to the kernel.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> pool = MaxPool(3, stride=2, padding=1)
    >>> print(pool.outputs((Spec((dim("N"), 64, dim("H"), 112)),), Context())[0])
    (N, 64, ceil(H/2), 56)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    [2] https://onnx.ai/onnx/operators/onnx__MaxPool.html
    """

    kind = Kind.POOL
    pytorch = "MaxPool2d(3, 2, 1) is MaxPool(3, stride=2, padding=1)"

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides | None = None
    padding: Padding = 0
    dilation: PerAxis = 1
    return_indices: Flag = False
    ceil_mode: Flag = False
    storage_order: Word = one_of("row", "column")
    counted: Word = one_of("map", "tensor")
    dialect: Word = one_of("torch", "onnx")
    rank: Integer | None = None

    def validate(self) -> None:
        check_stride(self)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        y = pooled(self, self, inputs[0], ctx)
        return (y, Spec(y.shape, "int64")) if self.return_indices else (y,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return pool_window(self, inputs[0])

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=(taps(self, inputs[0]) - 1) * product(outputs[0].shape))

    def label(self) -> str:
        return pool_label(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(3, stride=2, padding=1, ceil_mode=True, return_indices=True), ("N", 2, "H", "W")),
            Example.of(cls((3, 2), stride=(2, 1), padding=((2, 1), (0, 1)), dialect="onnx"), ("N", 2, "H", "W")),
            Example.of(cls(3, stride=2, dilation=2, padding="same", rank=1), ("N", 2, "L")),
            Example.of(cls(2, stride=1), ("N", 1, "T", "H", "W")),
        )


@layer
class MinPool(Layer):
    """The smallest value of each window, over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i as for MaxPool
    Formulas:   parameters 0    MACs 0    comparisons N*C*prod(D')*(prod(k) - 1)

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    stride : pixels, default the kernel's size, one number or one per axis
    padding : pixels on each side, default 0, never the smallest; one number, one per axis, (before, after) per axis, or
        a word as in MaxPool
    dilation : pixels, default 1, one number or one per axis
    ceil_mode : whether a last window that starts inside the map or the padding before it counts, default False
    dialect : "torch" (2*padding <= kernel_size) or "onnx" (padding < kernel_size)
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a symbolic kernel without a stride.
    ShapeError
        CS203 the window is larger than the padded input, CS206 the input has another number of space axes, CS212 the
        padding is too large for the dialect.

    Notes
    -----
    No framework has it as a layer; it is -MaxPool(-x), and takes MaxPool's rules.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(MinPool(2).outputs((Spec((dim("N"), 64, dim("H"), 113)),), Context())[0])
    (N, 64, floor(H/2), 56)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__MaxPool.html
    """

    kind = Kind.POOL

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides | None = None
    padding: Padding = 0
    dilation: PerAxis = 1
    ceil_mode: Flag = False
    dialect: Word = one_of("torch", "onnx")
    rank: Integer | None = None

    def validate(self) -> None:
        check_stride(self)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (pooled(self, self, inputs[0], ctx),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return pool_window(self, inputs[0])

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=(taps(self, inputs[0]) - 1) * product(outputs[0].shape))

    def label(self) -> str:
        return pool_label(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(3, stride=2, padding=1, ceil_mode=True, rank=2), ("N", 2, "H", "W")),
            Example.of(cls(3, stride=2, dilation=2, padding=2, dialect="onnx"), ("N", 2, "L")),
            Example.of(cls((2, 3, 2), stride=1, padding="same_lower"), ("N", 1, "T", "H", "W")),
        )


@layer
class AvgPool(Layer):
    """The mean of each window, over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i as for MaxPool
    Formulas:   parameters 0    MACs 0    additions N*C*prod(D')*(prod(k) - 1)    divisions N*C*prod(D')

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    stride : pixels, default the kernel's size, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or a word of MaxPool
    ceil_mode : whether a last window that starts inside the map or the padding before it counts, default False
    count_include_pad : whether zeros of the padding count in the mean, default True
    divisor_override : optional, what the sum is divided by instead of the number of pixels; not 0
    dilation : pixels, default 1, one number or one per axis
    dialect : "torch" (2*padding <= kernel_size) or "onnx" (padding < kernel_size, as ONNX Runtime asks)
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a symbolic kernel without a stride, or divisor_override = 0.
    ShapeError
        CS203 the window is larger than the padded input, CS206 the input has another number of space axes, CS212 the
        padding is too large for the dialect.

    Notes
    -----
    The additions count every position of a window, those in the padding too. ONNX and Keras leave padding out of the
    mean (count_include_pad False); a window that ceil_mode lets reach beyond the padding never counts what is there.
    PyTorch's has no dilation, and in 1-D no divisor_override; in 3-D it needs a map as large as the kernel even before
    padding.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> pool = AvgPool(3, stride=2, ceil_mode=True)
    >>> print(pool.outputs((Spec((dim("N"), 64, dim("H"), 56)),), Context())[0])
    (N, 64, floor(H/2), 28)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    [2] https://onnx.ai/onnx/operators/onnx__AveragePool.html
    """

    kind = Kind.POOL
    pytorch = "AvgPool2d(3, 2, 1) is AvgPool(3, stride=2, padding=1)"

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides | None = None
    padding: Padding = 0
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Integer | None = None
    dilation: PerAxis = 1
    dialect: Word = one_of("torch", "onnx")
    rank: Integer | None = None

    def validate(self) -> None:
        check_stride(self)
        if self.divisor_override == 0:
            refuse(
                self,
                "divisor_override",
                "a sum cannot be divided by 0",
                rule="divisor_override is not 0",
                fix="leave divisor_override out: the number of pixels is the divisor",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        y = pooled(self, self, x, ctx)
        mean_fits(ctx, self, x)
        return (y,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return pool_window(self, inputs[0])

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = product(outputs[0].shape)
        return Work.of(muls=size, adds=(taps(self, inputs[0]) - 1) * size)

    def label(self) -> str:
        return pool_label(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), ("N", 2, "H", "W")),
            Example.of(cls((2, 3), stride=1, padding="same", divisor_override=7), ("N", 2, "H", "W")),
            Example.of(cls(3, stride=2, padding=2, dilation=2, dialect="onnx", rank=1), ("N", 2, "L")),
            Example.of(cls(2, stride=(1, 2, 2)), ("N", 1, "T", "H", "W")),
        )


@layer
class LPPool(Layer):
    """The p-norm of each window, (sum |x|^p)^(1/p), over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i as for MaxPool
    Formulas:   parameters 0    MACs 0    additions N*C*prod(D')*(prod(k) - 1);  with E = N*C*prod(D')
                p = 1: comparisons E*prod(k);  p = 2: products E*prod(k), roots E;  else: powers E*(prod(k) + 1)

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    norm_type : p, default 2; above 0 and finite
    stride : pixels, default the kernel's size, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or a word of MaxPool
    dilation : pixels, default 1, one number or one per axis
    ceil_mode : whether a last window that starts inside the map or the padding before it counts, default False
    dialect : "torch" (2*padding <= kernel_size) or "onnx" (padding < kernel_size, as ONNX Runtime asks)
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a symbolic kernel without a stride, or a norm_type that is not above 0 and finite.
    ShapeError
        CS203 the window is larger than the padded input, CS206 the input has another number of space axes, CS212 the
        padding is too large for the dialect.

    Notes
    -----
    PyTorch's LPPool(norm_type, kernel_size) has neither padding nor dilation and takes x^p without the absolute value,
    so that an odd p gives another result where x is negative; with ceil_mode it scales the sum of a window that leaves
    the map up to the whole kernel; in 3-D it needs a map as large as the kernel. ONNX's LpPool takes |x|^p.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> pool = LPPool(2, norm_type=2)
    >>> print(pool.outputs((Spec((dim("N"), 64, dim("H"), 56)),), Context())[0])
    (N, 64, floor(H/2), 28)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
    [2] https://onnx.ai/onnx/operators/onnx__LpPool.html
    """

    kind = Kind.POOL
    pytorch = "LPPool2d(2, 3) is LPPool(3, norm_type=2)"

    kernel_size: PerAxis
    _: KW_ONLY
    norm_type: Number = 2
    stride: Strides | None = None
    padding: Padding = 0
    dilation: PerAxis = 1
    ceil_mode: Flag = False
    dialect: Word = one_of("torch", "onnx")
    rank: Integer | None = None

    def validate(self) -> None:
        check_stride(self)
        check_norm(self)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        y = pooled(self, self, x, ctx)
        mean_fits(ctx, self, x)
        return (y,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return pool_window(self, inputs[0])

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return norm_work(self.norm_type, taps(self, inputs[0]), product(outputs[0].shape))

    def label(self) -> str:
        return pool_label(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(3, norm_type=1, stride=2, padding=1, ceil_mode=True, rank=2), ("N", 2, "H", "W")),
            Example.of(cls(3, norm_type=3, dilation=2, padding=2, dialect="onnx"), ("N", 2, "L")),
            Example.of(cls(2, norm_type=1.5, stride=(1, 2, 2)), ("N", 1, "T", "H", "W")),
        )
