"""Interpolation along one axis: which input positions an output position reads, as a window."""

from __future__ import annotations

from fractions import Fraction

from cnnshape.symbolic import Size, Window, exact_div, mod

__all__ = ["MODES", "TAPS", "sampling"]

MODES = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "cubic", "bicubic", "area")

TAPS = {"linear": 2, "bilinear": 2, "trilinear": 2, "cubic": 4, "bicubic": 4}
"""Input positions that an output position reads along one axis, in the modes that weigh several."""


def sampling(mode: str, factor: Fraction | None, size: Size, out: Size, corners: bool) -> Window | None:
    """Return the window of one axis that is resampled from `size` to `out` positions, or None if it has no fixed one.

    Parameters
    ----------
    mode : a word of MODES
    factor : output positions per input position; None where it is no number
    size, out : positions before and after
    corners : whether the corner pixels are aligned, which makes the step (size - 1)/(out - 1)

    Notes
    -----
    Output i lies at (i + 1/2)/factor - 1/2. For an up-factor s that is the transposed window of 2*r*s taps (one fewer
    for odd s) that reaches r positions to each side; for a down-factor 1/q it is a window of 2*r taps and stride q.
    At the borders the outer taps fall on the border pixel: the windows of the weighing modes are bounds.
    """
    if factor == 1:
        return Window()
    if factor is None or corners:
        return None
    up, down = factor.numerator, factor.denominator
    if mode in TAPS:
        return _weighed(TAPS[mode] // 2, up, down)
    if down == 1:
        return Window(up, up, mode="transposed")
    if up != 1:
        return None
    if mode == "area":
        # The bins of floor(size/q) means have one width only if nothing is left over.
        return Window(down, down) if exact_div(size, out) == down else None
    first = 0 if mode == "nearest" else down // 2
    return Window(1, down, before=-first, after=first + 1 - down)


def _weighed(radius: int, up: int, down: int) -> Window | None:
    if down == 1:
        padding = (2 * radius - 1) * up // 2
        kernel = 2 * radius * up - mod(up, 2)
        return Window(kernel, up, before=padding, after=padding, mode="transposed")
    if up == 1:
        before = radius - 1 - (down - 1) // 2
        return Window(2 * radius, down, before=before, after=2 * radius - down - before)
    return None
