"""Pools that state their output: adaptive ones by its size, global ones by its absence."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import space_rank
from cnnshape.layers.fields import Flag, Integer, Number, PerAxisOrNone, per_axis
from cnnshape.layers.pool.norms import check_norm, norm_work
from cnnshape.layers.sliding import bins_total
from cnnshape.symbolic import Size, Window, exact_div, product, text

__all__ = ["AdaptiveAvgPool", "AdaptiveMaxPool", "GlobalAvgPool", "GlobalLPPool", "GlobalMaxPool"]


def _adapted(layer: Layer, x: Spec, output_size: PerAxisOrNone, stated: int | None) -> Spec:
    bins = per_axis(output_size, space_rank(layer, x, stated), "output_size")
    return Spec((*x.shape[:2], *(d if b is None else b for d, b in zip(x.shape[2:], bins, strict=True))), x.dtype)


def _bins_window(x: Spec, output_size: PerAxisOrNone) -> Windows:
    """Return exact windows where the bins are equal; an axis of unequal bins counts as seen whole, which is a bound."""
    axes: dict[int, Window] = {}
    whole: list[int] = []
    exact = True
    for axis, bins in enumerate(per_axis(output_size, len(x.shape) - 2, "output_size"), start=2):
        size = x.shape[axis]
        if bins is None or bins == size:
            continue
        width = exact_div(size, bins)
        if bins != 1 and isinstance(width, int):
            axes[axis] = Window(width, width)
        else:
            whole.append(axis)
            exact = exact and bins == 1
    return Windows(axes, whole=tuple(whole), exact=exact)


def _held(x: Spec, y: Spec) -> Size:
    """Return how many values the bins of all outputs hold together."""
    return product((*y.shape[:2], *(bins_total(d, b) for d, b in zip(x.shape[2:], y.shape[2:], strict=True))))


def _bins_text(output_size: PerAxisOrNone) -> str:
    sizes = output_size if isinstance(output_size, tuple) else (output_size,)
    return "x".join("*" if size is None else text(size) for size in sizes)


@layer
class AdaptiveAvgPool(Layer):
    """The mean of as many bins as the output has positions, over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *output_size)
    Formulas:   parameters 0    MACs 0    divisions N*C*prod(output)
                additions N*C*(prod(D_i + o_i - gcd(D_i, o_i)) - prod(o_i))

    Parameters
    ----------
    output_size : positions of the output, one number or one per axis; null keeps an axis as it is
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS402, output_size has another number of entries than the input has space axes.
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    Bin i holds the positions from floor(i*D/o) to ceil((i+1)*D/o) - 1: windows of one size only where o divides D;
    elsewhere the receptive field is given as the whole axis, a bound. ONNX has no such operator but for output 1.
    A formula as output size that neither divides nor is divided by D has the additions of unshared borders, a bound.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(AdaptiveAvgPool((7, None)).outputs((Spec((dim("N"), 512, dim("H"), dim("W"))),), Context())[0])
    (N, 512, 7, W)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """

    kind = Kind.POOL
    pytorch = "AdaptiveAvgPool2d((7, 5)) is AdaptiveAvgPool((7, 5))"

    output_size: PerAxisOrNone
    _: KW_ONLY
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_adapted(self, inputs[0], self.output_size, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _bins_window(inputs[0], self.output_size)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = product(outputs[0].shape)
        return Work.of(muls=size, adds=_held(inputs[0], outputs[0]) - size)

    def label(self) -> str:
        return f"AdaptiveAvgPool {_bins_text(self.output_size)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(1), ("N", 3, "H", "W")),
            Example.of(cls((2, None)), ("N", 2, "H", "W")),
            Example.of(cls(6), ("N", 2, 13, 12)),
            Example.of(cls(4, rank=1), ("N", 2, "4*L")),
            Example.of(cls((1, 2, 3)), ("N", 1, "T", "H", 6)),
        )


@layer
class AdaptiveMaxPool(Layer):
    """The largest value of as many bins as the output has positions, over 1, 2 or 3 space axes.

    Shape:      x (N, C, *D) -> y (N, C, *output_size)
    Formulas:   parameters 0    MACs 0    comparisons N*C*(prod(D_i + o_i - gcd(D_i, o_i)) - prod(o_i))

    Parameters
    ----------
    output_size : positions of the output, one number or one per axis; null keeps an axis as it is
    return_indices : whether the positions of the largest values are a second output, default False
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS402, output_size has another number of entries than the input has space axes.
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    The bins are those of AdaptiveAvgPool.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(AdaptiveMaxPool(2).outputs((Spec((dim("N"), 512, dim("H"), dim("W"))),), Context())[0])
    (N, 512, 2, 2)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
    """

    kind = Kind.POOL
    pytorch = "AdaptiveMaxPool2d((7, 5)) is AdaptiveMaxPool((7, 5))"

    output_size: PerAxisOrNone
    _: KW_ONLY
    return_indices: Flag = False
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        y = _adapted(self, inputs[0], self.output_size, self.rank)
        return (y, Spec(y.shape, "int64")) if self.return_indices else (y,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _bins_window(inputs[0], self.output_size)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=_held(inputs[0], outputs[0]) - product(outputs[0].shape))

    def label(self) -> str:
        return f"AdaptiveMaxPool {_bins_text(self.output_size)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(1, return_indices=True), ("N", 3, "H", "W")),
            Example.of(cls((None, 3)), ("N", 2, "H", "W")),
            Example.of(cls(3, rank=1), ("N", 2, "L")),
            Example.of(cls((4, 2, 3)), ("N", 1, "4*T", 5, 6)),
        )


def _reduced(layer: Layer, x: Spec, keepdim: bool, stated: int | None) -> Spec:
    rank = space_rank(layer, x, stated)
    return Spec((*x.shape[:2], *((1,) * rank if keepdim else ())), x.dtype)


def _space_window(x: Spec, keepdim: bool) -> Windows:
    return Windows(whole=tuple(range(2, len(x.shape))), source=None if keepdim else (0, 1))


@layer
class GlobalAvgPool(Layer):
    """The mean over all space axes, of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    additions N*C*(prod(D) - 1)    divisions N*C

    Parameters
    ----------
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator keeps the axes; Keras's GlobalAveragePooling drops them unless keepdims=True; PyTorch writes
    AdaptiveAvgPool(1), and flattens.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 512, dim("H"), dim("W")))
    >>> print(GlobalAvgPool().outputs((x,), Context())[0], GlobalAvgPool(keepdim=False).outputs((x,), Context())[0])
    (N, 512, 1, 1) (N, 512)

    References
    ----------
    [1] Lin, Chen, Yan: Network In Network, arXiv:1312.4400
    [2] https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    keepdim: Flag = True
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = product(outputs[0].shape)
        return Work.of(muls=size, adds=product(inputs[0].shape) - size)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False), ("N", 2, "L")),
            Example.of(cls(), ("N", "C", "T", "H", "W")),
        )


@layer
class GlobalMaxPool(Layer):
    """The largest value over all space axes, of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    comparisons N*C*(prod(D) - 1)

    Parameters
    ----------
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator keeps the axes; Keras's GlobalMaxPooling drops them unless keepdims=True.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GlobalMaxPool().outputs((Spec((dim("N"), 512, dim("L"))),), Context())[0])
    (N, 512, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    keepdim: Flag = True
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=product(inputs[0].shape) - product(outputs[0].shape))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(), ("N", 2, "L")),
            Example.of(cls(keepdim=False), ("N", "C", "T", "H", "W")),
        )


@layer
class GlobalLPPool(Layer):
    """The p-norm over all space axes, (sum |x|^p)^(1/p), of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    additions N*C*(prod(D) - 1);  powers and roots as for LPPool

    Parameters
    ----------
    norm_type : p, default 2; above 0 and finite
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a norm_type that is not above 0 and finite.
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator, with a whole p; PyTorch and Keras have no such layer.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GlobalLPPool(norm_type=3).outputs((Spec((dim("N"), 512, dim("H"), 7)),), Context())[0])
    (N, 512, 1, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    norm_type: Number = 2
    keepdim: Flag = True
    rank: Integer | None = None

    def validate(self) -> None:
        check_norm(self)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return norm_work(self.norm_type, product(inputs[0].shape[2:]), product(outputs[0].shape))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(norm_type=1, keepdim=False, rank=1), ("N", 2, "L")),
            Example.of(cls(norm_type=3), ("N", "C", "T", "H", "W")),
        )
