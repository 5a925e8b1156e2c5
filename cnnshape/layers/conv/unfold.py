"""Unfold and Fold: a convolution's windows as columns, and back."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.demands import slide, space_rank
from cnnshape.layers.fields import Integer, Padding, PerAxis, Strides, per_axis
from cnnshape.layers.grouping import part
from cnnshape.layers.sliding import kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import Dim, Size, Window, exact_div, product, text

__all__ = ["Fold", "Unfold"]


@layer
class Unfold(Layer):
    """The windows of a convolution as columns (im2col).

    Shape:      x (N, C, *D) -> y (N, C*prod(k), L);
                L = prod(floor((D_i + before + after - dilation*(k-1) - 1)/stride) + 1)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    kernel_size : pixels, one number or one per axis
    dilation, stride : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or a word as in Conv
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS203 the window is larger than the padded input, CS206 the input has another number of space axes.

    Notes
    -----
    PyTorch's takes 2 space axes only. ONNX has no such operator; Keras's extract_patches puts the channel last.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Unfold(3, padding=1).outputs((Spec((dim("N"), 16, dim("H"), dim("W"))),), Context())[0])
    (N, 144, H*W)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html
    """

    kind = Kind.CONV
    pytorch = "Unfold(3, 1, 1) is Unfold(3, dilation=1, padding=1)"

    kernel_size: PerAxis
    _: KW_ONLY
    dilation: PerAxis = 1
    padding: Padding = 0
    stride: Strides = 1
    rank: Integer | None = None

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        rank = space_rank(self, x, self.rank)
        kernel = per_axis(self.kernel_size, rank, "kernel_size")
        columns = product(slide(ctx, x, axis, w) for axis, w in enumerate(self.windows(rank), start=2))
        return (Spec((x.shape[0], x.shape[1] * product(kernel), columns), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        windows = self.windows(len(inputs[0].shape) - 2)
        if len(windows) == 1:
            return Windows({2: windows[0]}, source=(0, None, 2), exact=False)
        return Windows(source=(0, None, None), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    def label(self) -> str:
        return f"Unfold {kernel_text(self.kernel_size, self.rank)}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(3, padding=1), ("N", 2, "H", "W")),
            Example.of(cls((2, 3), stride=(2, 1), dilation=2, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(4, stride=4), ("N", 1, "L")),
            Example.of(cls(2, stride=2), ("N", 1, "T", "H", "W")),
        )


@layer
class Fold(Layer):
    """Columns summed back into a map where their windows overlap (col2im), the adjoint of Unfold.

    Shape:      x (N, C*prod(k), L) -> y (N, C, *output_size);
                L = prod(floor((output_size_i + before + after - dilation*(k-1) - 1)/stride) + 1)
    Formulas:   parameters 0    MACs 0    additions N*C*prod(k)*L

    Parameters
    ----------
    output_size : pixels of the map, one number or one per axis
    kernel_size : pixels, one number or one per axis
    dilation, stride : pixels, default 1, one number or one per axis
    padding : pixels on each side, default 0; one number, one per axis, (before, after) per axis, or a word as in Conv
    rank : optional; the number of space axes of the map, default that of the arguments given as a list, else 2

    Raises
    ------
    ShapeError
        CS201 L is not the number of windows, CS203 the window is larger than the padded map, CS206 the input has not
        3 axes, CS210 the channels are no multiple of prod(k).

    Notes
    -----
    PyTorch's has 2 space axes only; ONNX's is Col2Im.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> fold = Fold((dim("H"), dim("W")), kernel_size=3, padding=1)
    >>> print(fold.outputs((Spec((dim("N"), 144, dim("H") * dim("W"))),), Context())[0])
    (N, 16, H, W)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html
    [2] https://onnx.ai/onnx/operators/onnx__Col2Im.html
    """

    kind = Kind.CONV
    pytorch = "Fold((8, 8), 2) is Fold((8, 8), kernel_size=2)"

    output_size: PerAxis
    _: KW_ONLY
    kernel_size: PerAxis
    dilation: PerAxis = 1
    padding: Padding = 0
    stride: Strides = 1
    rank: Integer | None = None

    def space(self) -> int:
        """Return the number of space axes of the map."""
        given = (self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
        return self.rank or next((len(value) for value in given if isinstance(value, tuple)), 2)

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis, as Unfold would slide it over the map."""
        return sliding_windows(self.kernel_size, self.stride, self.padding, self.dilation, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        if len(x.shape) != 3:
            raise ShapeError(
                f"Fold needs the axes (N, C*prod(kernel_size), L), the input is {shape_text(x.shape)}",
                code="CS206",
                got=len(x.shape),
                needed=3,
                rule="the input of Fold has 3 axes, as the output of Unfold",
                fix="flatten the axes of the windows into one",
            )
        rank = self.space()
        taps = product(per_axis(self.kernel_size, rank, "kernel_size"))
        c = _share(ctx, x.shape[1], taps)
        y = Spec((x.shape[0], c, *per_axis(self.output_size, rank, "output_size")), x.dtype)
        columns = product(slide(ctx, y, axis, w) for axis, w in enumerate(self.windows(rank), start=2))
        ctx.equal(x.shape[2], columns, lambda: _columns_fault(x.shape[2], columns))
        return (y,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=(0, *(None,) * (self.space() + 1)), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(adds=product(inputs[0].shape))

    def label(self) -> str:
        return f"Fold {kernel_text(self.kernel_size, self.space())}{stride_text(self.stride)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, kernel_size=2, stride=2), ("N", 12, 4)),
            Example.of(cls((4, 5), kernel_size=(2, 3), padding=1, dilation=(1, 2)), ("N", "6*C", 15)),
            Example.of(cls(9, kernel_size=3, stride=2, rank=1), ("N", 3, 4)),
            Example.of(cls((2, 2, 4), kernel_size=2, stride=2), ("N", 8, 2)),
        )


def _share(ctx: Context, size: Size, taps: Size) -> Size:
    def fault() -> ShapeError:
        return ShapeError(
            f"{text(size)} channels are no multiple of the {text(taps)} pixels of the kernel",
            code="CS210",
            field="kernel_size",
            got=size,
            needed=taps,
            rule="channels % prod(kernel_size) == 0",
            fix=f"a multiple of {text(taps)} channels, or another kernel_size",
        )

    if exact_div(size, taps) is None:
        if isinstance(taps, Dim):
            raise fault()
        ctx.divides(taps, size, fault)
    return part(size, taps)


def _columns_fault(given: Size, columns: Size) -> ShapeError:
    return ShapeError(
        f"the input has {text(given)} columns, the map has {text(columns)} windows",
        code="CS201",
        got=given,
        needed=columns,
        rule="L is the number of windows that fit on the padded map",
        fix=f"an input of {text(columns)} columns, or the output_size and the arguments of the Unfold that made them",
    )
