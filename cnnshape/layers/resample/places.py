"""Where the outputs of a resize lie among the pixels of one axis, and which pixels they read: ONNX's coordinates.

Every rule is affine: output i lies at `first + step*i`, the center of pixel j at j.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from cnnshape.symbolic import Size, Window

__all__ = ["COORDINATES", "NEAREST", "Places", "along", "nearest_window", "weighed_window"]

COORDINATES = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
)
_MIDDLE = Fraction(1, 2)

NEAREST: dict[str, Callable[[Fraction], int]] = {
    "round_prefer_floor": lambda place: ceil(place - _MIDDLE),
    "round_prefer_ceil": lambda place: floor(place + _MIDDLE),
    "floor": floor,
    "ceil": ceil,
}
"""ONNX's nearest_mode -> the pixel that is nearest."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the outputs of an axis lie: output i at ``first + step*i``."""

    first: Fraction
    step: Fraction

    def of(self, output: int) -> Fraction:
        """Return where an output lies."""
        return self.first + self.step * output


def along(rule: str, factor: Fraction, size: Size, out: Size, crop: tuple[Fraction, Fraction]) -> Places | None:
    """Return the places on one axis, or None where they depend on a size that is no number.

    Parameters
    ----------
    rule : a word of COORDINATES
    factor : output positions per input position, as stated; its product with the size need not be whole
    size, out : positions before and after
    crop : where in the map, from 0 to 1, the corners of the output lie; only tf_crop_and_resize reads it
    """
    half = Places(_MIDDLE / factor - _MIDDLE, 1 / factor)
    if rule == "half_pixel":
        return half
    if rule == "asymmetric":
        return Places(Fraction(0), 1 / factor)
    if rule == "tf_half_pixel_for_nn":
        return Places(_MIDDLE / factor, 1 / factor)
    if not isinstance(size, int) or not isinstance(out, int):
        return None
    reached = size * factor
    if rule == "half_pixel_symmetric":
        return Places(half.first + Fraction(size, 2) * (1 - out / reached), half.step)
    if rule == "pytorch_half_pixel":
        return half if reached != 1 else Places(Fraction(0), half.step)
    start, end = crop if rule == "tf_crop_and_resize" else (Fraction(0), Fraction(1))
    if reached == 1:
        middle = (start + end) / 2 if rule == "tf_crop_and_resize" else start
        return Places(middle * (size - 1), Fraction(1))
    return Places(start * (size - 1), (end - start) * (size - 1) / (reached - 1))


def nearest_window(places: Places, rounding: str) -> Window | None:
    """Return the window of an axis of which every output reads the nearest pixel, or None if it has no fixed one."""
    rounded = NEAREST[rounding]
    # Beyond the border its pixel is read, which the window holds too.
    return _window(places, lambda place: (rounded(place), rounded(place)), to_border=True)


def weighed_window(places: Places, reach: Fraction) -> Window | None:
    """Return the window of an axis of which every output reads the pixels nearer than `reach`, or None, as above."""
    return _window(places, lambda place: (floor(place - reach) + 1, ceil(place + reach) - 1), to_border=False)


def _window(places: Places, reads: Callable[[Fraction], tuple[int, int]], *, to_border: bool) -> Window | None:
    """Return the smallest window that holds the first and the last pixel that each output reads."""
    step = places.step
    if step.denominator == 1 and step > 0:
        low, high = reads(places.first)
        if to_border:
            low, high = min(low, int(step) - 1), max(high, 0)
        kernel, stride = high - low + 1, int(step)
        return Window(kernel, stride, before=-low, after=kernel - stride + low)
    if step.numerator != 1:
        return None
    # Output i + up reads one pixel further than output i: the first `up` outputs say all of a transposed window.
    up = step.denominator
    spans = []
    for output in range(up):
        low, high = reads(places.of(output))
        spans.append((min(low, 0), max(high, 0)) if to_border else (low, high))
    before = max(up * high - output for output, (_, high) in enumerate(spans))
    kernel = max(output + before + 1 - up * low for output, (low, _) in enumerate(spans))
    return Window(kernel, up, before=before, after=kernel - up - before, mode="transposed")
