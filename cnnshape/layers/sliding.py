"""What the layers that slide over space share: their windows, their demands on padding, the words of their pictures."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import get_args

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, axis_name
from cnnshape.layers.demands import slide
from cnnshape.layers.fields import Padding, PerAxis, Strides, paddings, per_axis
from cnnshape.symbolic import Size, Window, WindowMode, ceildiv, effective_kernel, exact_div, floordiv, text

__all__ = ["bins_total", "kernel_text", "reach", "slide_only", "sliding_windows", "stride_text"]

_MOST_BINS = 4096
"""More than any map has: the divisors of a larger number are not looked for."""
_WORDS: dict[str, WindowMode] = {word: word for word in get_args(WindowMode)} | {"same": "same_upper", "valid": "floor"}


@lru_cache(maxsize=1024)
def sliding_windows(
    kernel: PerAxis, stride: Strides, padding: Padding, dilation: PerAxis, rank: int, ceil_mode: bool = False
) -> tuple[Window, ...]:
    """Return the window of each axis from arguments in PyTorch's form; the words are those of `fields.Padding`."""
    mode: WindowMode = "ceil" if ceil_mode else "floor"
    sides: tuple[tuple[Size, Size], ...] = ((0, 0),) * rank
    if not isinstance(padding, str):
        sides = paddings(padding, rank)
    elif padding != "valid":
        mode = _WORDS[padding]
    kernels = per_axis(kernel, rank, "kernel_size")
    strides = per_axis(stride, rank, "stride")
    dilations = per_axis(dilation, rank, "dilation")
    return tuple(
        Window(k, s, before, after, d, mode)
        for k, s, (before, after), d in zip(kernels, strides, sides, dilations, strict=True)
    )


def reach(ctx: Context, spec: Spec, axis: int, sides: tuple[Size, Size], mode: str, field: str) -> None:
    """Demand that padding which is read from the map itself finds enough of it there.

    Raises
    ------
    ShapeError
        CS212, if reflected padding is not smaller than the map, or circular padding is larger than it.
    """
    if mode not in ("reflect", "circular"):
        return
    size = spec.shape[axis]
    most = size - 1 if mode == "reflect" else size
    for side in sides:

        def fault(side: Size = side) -> ShapeError:
            return ShapeError(
                f"axis {axis_name(len(spec.shape), axis)}: {mode} padding of {text(side)} on a map of {text(size)}",
                code="CS212",
                field="padding",
                got=side,
                needed=most,
                rule="reflect padding < size" if mode == "reflect" else "circular padding <= size",
                fix=f"{field}: replicate",
            )

        ctx.at_least(most, side, fault)


def slide_only(ctx: Context, spec: Spec, axis: int, window: Window) -> Size:
    """As `demands.slide`, for a layer whose padding is bounded: the way out is a larger map, not more padding."""
    try:
        return slide(ctx, spec, axis, window)
    except ShapeError as error:
        least = effective_kernel(window) - window.before - window.after
        name = axis_name(len(spec.shape), axis)
        raise error.at(fix=f"a map of at least {text(least)} positions on axis {name}") from None


def bins_total(size: Size, bins: Size) -> Size:
    """Return how many positions the `bins` of an adaptive pooling hold together; a position in two bins counts twice.

    Bin i holds the positions from floor(i*size/bins) to ceil((i+1)*size/bins) - 1, so two neighbors share one unless
    the border between them is whole. Of the borders 1..bins, gcd(size, bins) are: the total is size + bins - gcd.
    The gcd is written as the sum of totient(g) over the divisors g of bins that divide size, which is a formula in
    size. For a symbolic number of bins that is no multiple or divisor of the size, or one above 4096 on a size that is
    a formula, the total is the bound without gcd.

    Examples
    --------
    >>> bins_total(7, 3)  # 0..2, 2..4, 4..6
    9
    """
    if exact_div(size, bins) is not None:
        return size
    if isinstance(bins, int) and isinstance(size, int):
        return size + bins - gcd(size, bins)
    if not isinstance(bins, int) or bins > _MOST_BINS:
        return bins if exact_div(bins, size) is not None else size + bins - 1
    shared: Size = 0
    for divisor, count in _totients(bins):
        shared = shared + count * (ceildiv(size, divisor) - floordiv(size, divisor))
    return size + shared


@lru_cache(maxsize=256)
def _totients(number: int) -> tuple[tuple[int, int], ...]:
    """Return (g, totient(g)) for every divisor g > 1: totient(g) is g less those of the proper divisors of g."""
    divisors = [g for g in range(1, number + 1) if number % g == 0]
    counts: dict[int, int] = {}
    for g in divisors:
        counts[g] = g - sum(counts[h] for h in divisors if h < g and g % h == 0)
    return tuple((g, counts[g]) for g in divisors[1:])


def kernel_text(kernel: PerAxis, rank: int | None = None) -> str:
    """Return ``3x3`` for a kernel in a picture; where the rank is not stated one number counts for height and width."""
    sizes = kernel if isinstance(kernel, tuple) else (kernel,) * (rank or 2)
    return "x".join(text(k) for k in sizes)


def stride_text(stride: Strides | None) -> str:
    """Return `` /2``, or nothing for stride 1 or none."""
    if stride is None or stride == 1 or (isinstance(stride, tuple) and set(stride) == {1}):
        return ""
    return f" /{'x'.join(text(s) for s in stride) if isinstance(stride, tuple) else text(stride)}"
