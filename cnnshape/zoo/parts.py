"""What the builders share: containers as functions of a tensor, the usual convolution, the rounding of widths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from cnnshape import layers as L  # as users write it
from cnnshape.errors import FormulaError
from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Dim, Size, parse
from cnnshape.zoo.arguments import ratio

__all__ = [
    "Piece",
    "Width",
    "conv",
    "conv_norm",
    "divisible",
    "named",
    "network",
    "part",
    "scaled",
    "seq",
    "size",
    "squeeze_excite",
]

Piece: TypeAlias = Layer | Callable[[Tensor], Tensor]
"""A layer, or a function of a tensor."""

Width: TypeAlias = float | Fraction | str | Dim
"""A factor of all widths: a number, or a formula such as "w"."""


def part(name: str, piece: Piece, x: Tensor) -> Tensor:
    """Apply a layer under a name, or a function of a tensor inside a block of that name."""
    if isinstance(piece, Layer):
        return x.apply(piece, name=name)
    with block(name):
        return piece(x)


def named(pieces: Mapping[str, Piece] | None = None, /, **more: Piece) -> Callable[[Tensor], Tensor]:
    """Return what applies the pieces in order, each under its name."""
    listed = [*(pieces or {}).items(), *more.items()]

    def apply(x: Tensor) -> Tensor:
        for name, piece in listed:
            x = part(name, piece, x)
        return x

    return apply


def seq(*pieces: Piece, first: int = 0) -> Callable[[Tensor], Tensor]:
    """Return what applies the pieces in order, numbered as in PyTorch's Sequential."""
    return named({str(i): piece for i, piece in enumerate(pieces, first)})


def conv(
    out: Size,
    k: int | tuple[int, ...] = 1,
    s: int | tuple[int, ...] = 1,
    p: Any = None,
    *,
    groups: Size = 1,
    dilation: int = 1,
    bias: bool = False,
) -> Layer:
    """Return a convolution without bias that keeps the size at stride 1, unless a padding `p` is given."""
    half = tuple(i // 2 * dilation for i in k) if isinstance(k, tuple) else k // 2 * dilation
    padding = half if p is None else p
    return L.Conv(out, kernel_size=k, stride=s, padding=padding, dilation=dilation, groups=groups, bias=bias)


def conv_norm(
    out: Size,
    k: int | tuple[int, ...] = 1,
    s: int | tuple[int, ...] = 1,
    *,
    groups: Size = 1,
    dilation: int = 1,
    activation: Callable[[], Layer] | None = L.ReLU,
    eps: float = 1e-5,
) -> Callable[[Tensor], Tensor]:
    """Return convolution, batch norm and activation (None: none), numbered as in torchvision."""
    last = () if activation is None else (activation(),)
    return seq(conv(out, k, s, groups=groups, dilation=dilation), L.BatchNorm(eps=eps), *last)


def squeeze_excite(
    channels: Size, inner: Size, activation: Callable[[], Layer] = L.ReLU, gate: Callable[[], Layer] = L.Sigmoid
) -> Callable[[Tensor], Tensor]:
    """Return squeeze-and-excitation (Hu et al. 2018, doi 10.1109/CVPR.2018.00745) under torchvision's names."""
    factor = named(
        avgpool=L.AdaptiveAvgPool(1), fc1=conv(inner, bias=True), activation=activation(),
        fc2=conv(channels, bias=True), scale_activation=gate(),
    )  # fmt: skip
    return lambda x: L.Multiply()([factor(x), x])


def size(given: Size | str) -> Size:
    """Return a size that may be written as a formula."""
    return parse(given) if isinstance(given, str) else given


def scaled(channels: Size, width_mult: Width) -> Size:
    """Return `width_mult` times `channels`: rounded to a whole number of at least 1, or exact if it is a formula.

    Raises
    ------
    UsageError
        CS009, a number that is not in (0, 1000].
    FormulaError
        CS3xx, a text is no formula, or the product is not always whole.

    Examples
    --------
    >>> scaled(64, 0.5), scaled(64, "w"), scaled(64, "c/32")
    (32, 64*w, 2*c)
    """
    if isinstance(width_mult, str) and isinstance(channels, int):
        try:
            return parse(f"{channels}*({width_mult})")  # as a whole: 64*(c/64) is whole where c/64 is not
        except FormulaError as error:
            fault = f"width_mult = {width_mult!r} times {channels} channels: {error.fault.message}"
            raise error.at(message=fault) from None
    if isinstance(width_mult, str | Dim):
        return channels * size(width_mult)
    if width_mult == 1:
        return channels
    w = ratio("width_mult", width_mult)
    if isinstance(channels, int):
        return max(1, (2 * channels * w + 1) // 2)
    return (2 * channels * w.numerator + w.denominator) // (2 * w.denominator)


def divisible(width: float | Fraction, by: int = 8) -> int:
    """Return the nearest multiple of `by` that is no more than a tenth smaller (MobileNet's rounding).

    Examples
    --------
    >>> divisible(36), divisible(Fraction("26.7"))
    (40, 32)
    """
    rounded = max(by, int((2 * width + by) // (2 * by)) * by)
    return rounded + by if 10 * rounded < 9 * width else rounded


def network(name: str, body: Piece, channels: Size | str = 3, **defaults: int) -> Network:
    """Return the network of one image whose space axes are symbols with these defaults."""
    x = Input("input", ("N", channels, *defaults))
    y = body(x) if not isinstance(body, Layer) else x.apply(body)
    return Network(name, inputs=x, outputs=y, defaults=defaults)
