"""Groups of channels, each of which a convolution keeps to itself."""

from __future__ import annotations

from cnnshape.errors import ShapeError
from cnnshape.layers.context import Context
from cnnshape.layers.demands import share
from cnnshape.symbolic import Size, exact_div, floordiv

__all__ = ["grouped", "part", "seen_channels"]

_MOST_TRIED = 1 << 14


def part(size: Size, groups: Size) -> Size:
    """Return `size / groups`; `outputs` has demanded that it is whole."""
    quotient = exact_div(size, groups)
    return quotient if quotient is not None else floordiv(size, groups)


def grouped(ctx: Context, c_in: Size, c_out: Size, groups: Size) -> None:
    """Demand that `groups` divides both channel counts."""
    try:
        share(ctx, c_in, groups, "in_channels")
        share(ctx, c_out, groups, "out_channels")
    except ShapeError as error:
        tried = range(groups, 1, -1) if isinstance(groups, int) and groups <= _MOST_TRIED else ()
        works = (g for g in tried if exact_div(c_in, g) is not None and exact_div(c_out, g) is not None)
        raise error.at(fix=f"groups: {next(works, 1)}") from None


def seen_channels(c_in: Size, c_out: Size, groups: Size) -> tuple[int, ...]:
    """Return the channel axis if an output channel sees more than the input channel of its own number."""
    return () if groups == c_in == c_out else (1,)
