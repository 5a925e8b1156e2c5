"""What it costs to normalize."""

from __future__ import annotations

from cnnshape.layers.base import Work
from cnnshape.symbolic import Size

__all__ = ["affine_map", "by_mean_and_variance", "by_mean_square"]


def affine_map(size: Size) -> Work:
    """Return the work of one multiplication and one addition for each of `size` elements."""
    return Work.of(muls=size, adds=size)


def by_mean_and_variance(size: Size, groups: Size, *, scale: bool, shift: bool) -> Work:
    """Return the work of (x - mean)/sqrt(variance + eps) on `size` elements in `groups` equal groups.

    A group of m: m-1 additions and a division for the mean, m subtractions, m squares, m-1 additions and a division for
    the variance, eps, the root, its reciprocal, m products; then scale and shift, each once an element.
    """
    return Work.of(
        muls=(3 if scale else 2) * size + 3 * groups,
        adds=(4 if shift else 3) * size - groups,
        transcendental=groups,
    )


def by_mean_square(size: Size, groups: Size, *, scale: bool) -> Work:
    """Return the work of x/sqrt(mean(x^2) + eps) on `size` elements in `groups` equal groups.

    A group of m: m squares, m-1 additions and a division, eps, the root, its reciprocal, m products; then the scale.
    """
    return Work.of(muls=(3 if scale else 2) * size + 2 * groups, adds=size, transcendental=groups)
