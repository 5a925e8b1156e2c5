"""Padding and cropping in Keras, which its convolutions and pools do not all do by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.layers.foreign import refuse
from cnnshape.layers.source_keras import Call, KerasCase, layer, one, op
from cnnshape.symbolic import Size, Window, padding_of

__all__ = ["cropped", "filled", "padded", "sides_of", "zeros"]

Sides = Sequence[tuple[Size, Size]]


def padded(case: KerasCase, windows: Sequence[Window], *, spread: bool, causal: bool) -> tuple[int | Call, str]:
    """Return the input of a convolution, padded if its own `padding` does not say the same at all sizes, and that."""
    if all(w.mode == "same_upper" for w in windows):
        return 0, "same"
    sides = sides_of(case, windows)
    if not any(side != 0 for pair in sides for side in pair):
        return 0, "valid"
    if not spread and is_same(windows):
        return 0, "same"
    if causal and len(windows) == 1 and windows[0].mode == "floor":
        (w,) = windows
        if (w.before, w.after) == (w.dilation * (w.kernel - 1), 0):
            return 0, "causal"
    return zeros(0, sides), "valid"


def is_same(windows: Sequence[Window]) -> bool:
    """Say whether the padding is Keras's "same", whatever the size: the stride is 1, and the kernel is odd."""
    return all(
        w.mode == "floor" and w.stride == 1 and w.before == w.after and 2 * w.before == w.dilation * (w.kernel - 1)
        for w in windows
    )


def sides_of(case: KerasCase, windows: Sequence[Window]) -> list[tuple[Size, Size]]:
    """Return what is added before and after each axis of space."""
    sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
    if any(isinstance(side, int) and side < 0 for pair in sides for side in pair):
        refuse("negative padding")
    return sides


def _given(sides: Sides) -> object:
    """Return sides as Keras takes them: a number, one for each axis, or both ends of each."""
    if any(repr(before) != repr(after) for before, after in sides):
        return tuple(sides[0]) if len(sides) == 1 else tuple(map(tuple, sides))
    return one([before for before, _ in sides])


def zeros(x: int | Call, sides: Sides, suffix: str = "pad") -> int | Call:
    """Return a map with zeros around it."""
    if not any(side != 0 for pair in sides for side in pair):
        return x
    return layer(f"ZeroPadding{len(sides)}D", x, bare={"padding": _given(sides)}, suffix=suffix)


def filled(case: KerasCase, x: int | Call, sides: Sides, value: float) -> int | Call:
    """Return a map with a number around it."""
    if not any(side != 0 for pair in sides for side in pair):
        return x
    if value == 0:
        return zeros(x, sides)
    return op("pad", x, pad_width=case.sorted_sides(dict(enumerate(sides, start=2))), constant_values=float(value))


def cropped(x: int | Call, sides: Sides, suffix: str = "") -> int | Call:
    """Return the inner part of a map."""
    if not any(side != 0 for pair in sides for side in pair):
        return x
    return layer(f"Cropping{len(sides)}D", x, bare={"cropping": _given(sides)}, suffix=suffix)
