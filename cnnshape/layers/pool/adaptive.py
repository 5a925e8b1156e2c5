"""Pools that state the size of their output, and take as many bins of the map."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import space_rank
from cnnshape.layers.fields import Flag, Integer, PerAxisOrNone, per_axis
from cnnshape.layers.sliding import bins_total
from cnnshape.symbolic import Size, Window, exact_div, product, text

__all__ = ["AdaptiveAvgPool", "AdaptiveMaxPool"]


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
