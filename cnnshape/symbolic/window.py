"""The rule of sliding windows, ``floor((d - N + 2p)/s) + 1``, for one axis: the only place where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from struct import pack, unpack
from typing import Literal, TypeAlias, get_args

from cnnshape.errors import ArgumentError
from cnnshape.symbolic.dim import Dim, Size, bound, ceildiv, floordiv, maximum, minimum, mod, total

__all__ = [
    "Window",
    "WindowMode",
    "effective_kernel",
    "first_difference",
    "left_out",
    "output_size",
    "padded",
    "padding_of",
    "scaled",
]

WindowMode: TypeAlias = Literal["floor", "ceil", "same_upper", "same_lower", "transposed"]

_MODES = frozenset(get_args(WindowMode))
_MEMO: dict[tuple[Size, Window], Size] = {}
_MEMO_CAP = 1 << 15


@dataclass(frozen=True, slots=True)
class Window:
    """How one axis is slid over. Sizes and paddings are in elements of the input, those of "transposed" of the output.

    Parameters
    ----------
    kernel : int or Dim, taps of the kernel, >= 1
    stride : int >= 1; a symbolic stride would leave the sizes that can be decided
    before, after : int or Dim, padding at the start and at the end; negative ones crop; ignored by the SAME modes
    dilation : int or Dim >= 1, distance of the taps
    mode : "floor" drops a last partial window, "ceil" keeps it if it starts inside the input or the padding before,
        "same_upper" and "same_lower" give ``ceil(d/stride)`` with an odd padding's larger half at the end or at the
        start, "transposed" is the adjoint of "floor"
    output_padding : int or Dim, elements added at the end by "transposed"; 0 in the other modes

    Raises
    ------
    ArgumentError
        CS401 for a stride that is not an int >= 1, or an unknown mode.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> output_size(dim("H"), Window(kernel=7, stride=2, before=3, after=3))
    ceil(H/2)
    >>> output_size(224, Window(kernel=7, stride=2, before=3, after=3))
    112
    """

    kernel: Size = 1
    stride: int = 1
    before: Size = 0
    after: Size = 0
    dilation: Size = 1
    mode: WindowMode = "floor"
    output_padding: Size = 0

    def __post_init__(self) -> None:
        if type(self.stride) is not int or self.stride < 1:
            raise ArgumentError(
                f"the stride of a window is an int >= 1, not {self.stride}",
                field="stride",
                got=self.stride,
                needed=">= 1",
            )
        if self.mode not in _MODES:
            raise ArgumentError(
                f"a window has no mode {self.mode!r}", field="mode", got=self.mode, needed=sorted(_MODES)
            )


def effective_kernel(w: Window) -> Size:
    """Return what the taps span: ``dilation*(kernel - 1) + 1``."""
    return w.dilation * (w.kernel - 1) + 1


def output_size(d: Size, w: Window) -> Size:
    """Return the number of positions of the window on an axis of size `d`; below 1 where it does not fit.

    Formulas, with ke the effective kernel, pl and pr the paddings, s the stride:

    ======================  ==================================================
    floor                   ``floor((d + pl + pr - ke)/s) + 1``
    ceil                    ``floor((d + pl + s - 1 + min(0, pr + s - ke))/s)``
    same_upper, same_lower  ``ceil(d/s)``
    transposed              ``(d - 1)*s - pl - pr + ke + output_padding``
    ======================  ==================================================

    Notes
    -----
    The ceil rule is the one of PyTorch and ONNX Runtime: the last window must start inside the input or the padding
    before it. The plain ``ceil((d + pl + pr - ke)/s) + 1`` counts a window more whenever ``ke < pr + s`` lets it
    start in the padding after.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> H, k = dim("H"), dim("k")
    >>> output_size(H, Window(kernel=3, stride=2, mode="ceil"))
    floor(H/2)
    >>> output_size(H, Window(kernel=4, stride=2, before=1, after=1, mode="transposed"))
    2*H
    >>> output_size(H, Window(kernel=k, before=k - 1, after=0))
    H
    """
    key = (d, w)
    found = _MEMO.get(key)
    if found is None:
        found = _SIZES[w.mode](d, w)
        if len(_MEMO) >= _MEMO_CAP:
            _MEMO.clear()
        _MEMO[key] = found
    return found


def _floor_size(d: Size, w: Window) -> Size:
    return floordiv(d + (w.before + w.after - effective_kernel(w)), w.stride) + 1


def _ceil_size(d: Size, w: Window) -> Size:
    cut = minimum(0, w.after + w.stride - effective_kernel(w))
    return floordiv(d + (w.before + w.stride - 1 + cut), w.stride)


def _same_size(d: Size, w: Window) -> Size:
    return ceildiv(d, w.stride)


def _transposed_size(d: Size, w: Window) -> Size:
    return (d - 1) * w.stride + (effective_kernel(w) + w.output_padding - w.before - w.after)


_SIZES = {
    "floor": _floor_size,
    "ceil": _ceil_size,
    "same_upper": _same_size,
    "same_lower": _same_size,
    "transposed": _transposed_size,
}


def padding_of(d: Size, w: Window) -> tuple[Size, Size]:
    """Return the padding before and after; under SAME it follows from the size, as a formula.

    Examples
    --------
    >>> padding_of(224, Window(kernel=3, stride=2, mode="same_upper"))
    (0, 1)
    >>> padding_of(225, Window(kernel=3, stride=2, mode="same_upper"))
    (1, 1)
    """
    if w.mode not in ("same_upper", "same_lower"):
        return w.before, w.after
    both = _same_padding(d, w)
    less = floordiv(both, 2)
    return (less, both - less) if w.mode == "same_upper" else (both - less, less)


def _same_padding(d: Size, w: Window) -> Size:
    """Return max(0, ke - 1 - (d - 1) % s), what the last of ``ceil(d/s)`` windows reaches beyond the input."""
    reach, s = effective_kernel(w) - 1, w.stride
    last = d - 1
    low, _ = bound(reach - s + 1)
    if low is not None and low >= 0:
        return reach - mod(last, s)
    if isinstance(reach, Dim):
        return maximum(0, reach - mod(last, s))
    # Without max: the sum over j < reach of [last % s <= j], which is floor(last/s) - floor((last - j - 1)/s).
    return reach * floordiv(last, s) - total(floordiv(last - j, s) for j in range(1, reach + 1))


def padded(d: Size, w: Window) -> Size:
    """Return the size that the window slides over; of "transposed", the size before its paddings are cropped."""
    if w.mode == "transposed":
        return (d - 1) * w.stride + (effective_kernel(w) + w.output_padding)
    before, after = padding_of(d, w)
    return d + before + after


def left_out(d: Size, w: Window) -> Size:
    """Return how many elements at the end of the padded input the last window does not reach.

    Those in the padding count too: what is left out of the input itself is at most this less ``after``. With "ceil"
    it is above 0 only where the next window would start beyond the input; "transposed" leaves out nothing.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> left_out(dim("H"), Window(kernel=2, stride=2))
    H % 2
    >>> left_out(224, Window(kernel=7, stride=4))
    1
    """
    if w.mode == "transposed":
        return 0
    rest = padded(d, w) - (output_size(d, w) - 1) * w.stride - effective_kernel(w)
    return maximum(0, rest) if w.mode == "ceil" else rest


def scaled(d: Size, scale: Fraction) -> Size:
    """Return ``floor(d*scale)``, the size after a resize by an exact factor.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import dim
    >>> scaled(dim("H"), Fraction("1.5"))
    H + floor(H/2)
    """
    return floordiv(d * scale.numerator, scale.denominator)


def first_difference(scale: str, precision: Literal["double", "single"] = "double", limit: int = 4096) -> int | None:
    """Return the first size up to `limit` for which a floating-point product gives another size than the exact factor.

    Parameters
    ----------
    scale : str, the factor as it was written: "0.7", "1.5", "2/3"
    precision : "double" as PyTorch computes, "single" as ONNX (whose scales are float32)
    limit : int, the last size to try

    Examples
    --------
    >>> first_difference("1.5") is None
    True
    >>> first_difference("0.29")
    100
    """
    exact = Fraction(scale)
    if precision == "double":
        factor = float(exact)
        return next(
            (d for d in range(1, limit + 1) if floor(d * factor) != d * exact.numerator // exact.denominator), None
        )
    factor = _single(float(exact))
    return next(
        (d for d in range(1, limit + 1) if floor(_single(d * factor)) != d * exact.numerator // exact.denominator), None
    )


def _single(x: float) -> float:
    """Round to float32; a product of two float32 is exact in double, so rounding it once is what float32 does."""
    rounded: float = unpack("f", pack("f", x))[0]
    return rounded
