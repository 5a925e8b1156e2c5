"""What makes two tensors fit together: a projection, another stride, a crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.layers.base import axis_name
from cnnshape.symbolic import Size, bound, ceildiv, equal, text

__all__ = ["Met", "repair"]

_STRIDES = range(2, 33)


@dataclass(frozen=True, slots=True)
class Met:
    """A size that meets others: the number of its input, counted from 1, the name of its axis, its tensor's shape."""

    number: int
    axis: str
    size: Size
    shape: tuple[Size, ...] = ()


@dataclass(frozen=True, slots=True)
class _Apart:
    """A space axis along which one tensor is surely larger."""

    name: str
    large: Size
    small: Size
    first_is_large: bool


def repair(a: Met, b: Met) -> str:
    """Return changes that make the two fit along every space axis along which they surely differ, not only the first.

    Examples
    --------
    >>> repair(Met(1, "C", 32, (1, 32, 8, 8)), Met(2, "C", 16, (1, 16, 16, 16)))
    'a conv with kernel_size 1, stride 2 and out_channels 32 on input 2'
    >>> repair(Met(1, "H", 31, (1, 8, 31, 37)), Met(2, "H", 30, (1, 8, 30, 36)))
    'crop input 1 to 30x36 along H and W, or pad input 2 to 31x37 along H and W'
    """
    if a.axis == b.axis == "N":
        return "feed both inputs with batches of one size"
    if a.axis != b.axis:
        large, small = (a, b) if _apart(a.axis, a.size, b.size).first_is_large else (b, a)
        return (
            f"crop input {large.number} to {text(small.size)} along {large.axis}, "
            f"or pad input {small.number} to {text(large.size)} along {small.axis}"
        )
    apart = _all_apart(a, b)
    one_way = len({each.first_is_large for each in apart}) == 1
    large, small = (a, b) if one_way and apart[0].first_is_large else (b, a)
    stride = _stride(large, small) if one_way else 0
    if a.axis == "C":
        if stride:
            return _strided(stride, small.size, large.number)
        either = (
            f"a conv with kernel_size 1 and out_channels {text(a.size)} on input {b.number}, "
            f"or {text(b.size)} on input {a.number}"
        )
        return f"{either}; they differ along {_names(apart)} too" if apart else either
    if stride and equal(stride * small.size, large.size):
        upsampled = f"an upsample with scale_factor {stride} on input {small.number}"
        return f"{_strided(stride, large.shape[1], large.number)}, or {upsampled}"
    return _cropped(apart or [_apart(a.axis, a.size, b.size)], a, b)


def _strided(stride: int, channels: Size, number: int) -> str:
    return f"a conv with kernel_size 1, stride {stride} and out_channels {text(channels)} on input {number}"


def _apart(name: str, first: Size, second: Size) -> _Apart:
    most = bound(first - second)[1]
    if most is not None and most < 0:
        return _Apart(name, second, first, False)
    return _Apart(name, first, second, True)


def _all_apart(a: Met, b: Met) -> list[_Apart]:
    dims = len(a.shape)
    if len(b.shape) != dims:
        return []
    stretched = 1 not in (a.size, b.size)  # where a 1 meets another size without a fault it is stretched
    found = []
    for axis in range(2, dims):
        first, second = a.shape[axis], b.shape[axis]
        low, high = bound(first - second)
        differ = (low is not None and low > 0) or (high is not None and high < 0)
        if differ and not (stretched and 1 in (first, second)):
            found.append(_apart(axis_name(dims, axis), first, second))
    return found


def _stride(large: Met, small: Met) -> int:
    """Return the stride that makes all of one map's sizes those of the other; 0 if there is none."""
    pairs = list(zip(large.shape[2:], small.shape[2:], strict=True))
    return next((s for s in _STRIDES if all(equal(ceildiv(size, s), other) for size, other in pairs)), 0)


def _cropped(apart: Sequence[_Apart], a: Met, b: Met) -> str:
    first_way = [each for each in apart if each.first_is_large]
    other_way = [each for each in apart if not each.first_is_large]
    if first_way and other_way:
        return f"crop input {a.number} to {_smalls(first_way)} and input {b.number} to {_smalls(other_way)}"
    large, small = (a, b) if first_way else (b, a)
    larges = "x".join(text(each.large) for each in apart)
    return (
        f"crop input {large.number} to {_smalls(apart)}, or pad input {small.number} to {larges} along {_names(apart)}"
    )


def _smalls(apart: Sequence[_Apart]) -> str:
    return f"{'x'.join(text(each.small) for each in apart)} along {_names(apart)}"


def _names(apart: Sequence[_Apart]) -> str:
    *others, last = [each.name for each in apart]
    return f"{', '.join(others)} and {last}" if others else last
