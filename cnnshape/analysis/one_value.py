"""One value of a convolution or a pool: its window on the input, the products, their sum, the bias, the activation.

Arrays are functions from a place to a number, so that a map on disk is read only where its window lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import fsum, inf, nan
from typing import Literal

from cnnshape.layers.base import Context, Spec
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.symbolic import Window, padding_of

__all__ = [
    "Channel",
    "ConvValue",
    "Number",
    "PoolValue",
    "Reach",
    "Reader",
    "Term",
    "conv_value",
    "pool_value",
    "reach",
]

Number = int | float
Reader = Callable[[tuple[int, ...]], Number]
"""From a place, such as (channel, row, column), to the number there."""
Where = Literal["input", "padding", "beyond"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What one output position is made of along one axis.

    Parameters
    ----------
    taps : the taps of the kernel that take part, in the order of their positions
    positions : the position in the input that each of them meets; below 0, or from `size` on, there is no input
    size : of the axis of the input
    before, after : padding of the input; a window with ceil_mode may reach even further
    """

    taps: tuple[int, ...]
    positions: tuple[int, ...]
    size: int
    before: int = 0
    after: int = 0

    def where(self, position: int) -> Where:
        """Return what lies at a position."""
        if 0 <= position < self.size:
            return "input"
        return "padding" if -self.before <= position < self.size + self.after else "beyond"


@dataclass(frozen=True, slots=True)
class Term:
    """A number of the input and the weight that it meets; outside the input the number is 0."""

    position: tuple[int, ...]
    tap: tuple[int, ...]
    where: Where
    number: Number
    weight: Number = 1

    @property
    def product(self) -> Number:
        return self.number * self.weight


@dataclass(frozen=True, slots=True)
class Channel:
    """The terms of one input channel, in the order of the window's places, and the sum of their products."""

    index: int
    terms: tuple[Term, ...]
    sum: Number


@dataclass(frozen=True, slots=True)
class ConvValue:
    """One output of a convolution.

    Parameters
    ----------
    at : (filter, position on each axis)
    reaches : per space axis
    channels : the input channels that the filter sees
    sum : of all products
    bias : one number for the whole filter
    value : sum + bias
    transposed : whether the taps are those that reach the output, and not the whole kernel
    """

    at: tuple[int, ...]
    reaches: tuple[Reach, ...]
    channels: tuple[Channel, ...]
    sum: Number
    bias: Number
    value: Number
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class PoolValue:
    """One output of a pool.

    Parameters
    ----------
    at : (channel, position on each axis)
    reaches : per space axis
    channel : the terms of the window; their weights are 1
    divisor : what the sum is divided by; 0 for the largest value
    largest : the first place of the largest value; () for a mean, or where the window holds no input
    value : the largest value, or sum / divisor
    """

    at: tuple[int, ...]
    reaches: tuple[Reach, ...]
    channel: Channel
    divisor: int
    largest: tuple[int, ...]
    value: Number


def reach(at: int, size: int, window: Window) -> Reach:
    """Return what position `at` of the output of a window is made of, on an axis of `size`.

    Tap t of a sliding window meets position at*stride - before + t*dilation. A transposed convolution is its adjoint:
    input position i adds to the output at i*stride - before + t*dilation, so only the taps take part for which
    at + before - t*dilation is a multiple of the stride.

    Examples
    --------
    >>> reach(0, 5, Window(kernel=3, before=1, after=1)).positions
    (-1, 0, 1)
    >>> up = reach(3, 7, Window(kernel=4, stride=2, before=1, after=1, mode="transposed"))
    >>> up.positions, up.taps
    ((1, 2), (2, 0))
    """
    kernel, dilation = _whole(window.kernel), _whole(window.dilation)
    before, after = map(_whole, padding_of(size, window))
    if window.mode != "transposed":
        first = at * window.stride - before
        taps = tuple(range(kernel))
        return Reach(taps, tuple(first + tap * dilation for tap in taps), size, before, after)
    rests = [(at + before - tap * dilation, tap) for tap in range(kernel)]
    pairs = sorted((rest // window.stride, tap) for rest, tap in rests if rest % window.stride == 0)
    pairs = [(position, tap) for position, tap in pairs if 0 <= position < size]
    return Reach(tuple(tap for _, tap in pairs), tuple(position for position, _ in pairs), size)


def conv_value(
    layer: Conv | ConvTranspose,
    x: Spec,
    read_x: Reader,
    read_weight: Reader,
    at: Sequence[int],
    bias: Number = 0,
) -> ConvValue:
    """Return one value of a convolution, or of a transposed one, with all that it is made of.

    Parameters
    ----------
    layer : its arguments are numbers; zeros pad
    x : the input's spec, batch first, sizes as numbers
    read_x : (channel, position on each axis) -> number
    read_weight : place -> number, in PyTorch's order: (filter, channel of its group, tap on each axis), or (channel,
        filter of its group, tap on each axis) for a transposed convolution
    at : (filter, position on each axis), within the output
    bias : that of the filter

    Examples
    --------
    >>> image = ((0, 1, 2), (3, 4, 5), (6, 7, 8))
    >>> found = conv_value(
    ...     Conv(1, kernel_size=2), Spec((1, 1, 3, 3)), lambda p: image[p[1]][p[2]], lambda p: 1, (0, 1, 0), bias=100
    ... )
    >>> found.sum, found.value
    (20, 120)
    """
    c_in, filters, groups = (_whole(size) for size in (x.shape[1], layer.out_channels, layer.groups))
    reaches = _reaches(layer, x, at)
    own, seen = filters // groups, c_in // groups
    number, transposed = at[0], isinstance(layer, ConvTranspose)
    group = number // own
    channels = []
    for channel in range(group * seen, (group + 1) * seen):
        head = (channel, number % own) if transposed else (number, channel - group * seen)
        channels.append(_channel(channel, reaches, read_x, partial(_weight, read_weight, head)))
    total = _total([term.product for channel in channels for term in channel.terms])
    return ConvValue(tuple(at), reaches, tuple(channels), total, bias, total + bias, transposed)


def pool_value(layer: MaxPool | AvgPool, x: Spec, read_x: Reader, at: Sequence[int]) -> PoolValue:
    """Return one value of a pool with all that it is made of; the arguments are those of `conv_value`.

    Padding is never the largest. In a mean it counts as zeros if `layer.count_include_pad`; what a window with
    ceil_mode reaches beyond the padding never counts.

    Examples
    --------
    >>> image = ((1, 2), (3, 4))
    >>> pool_value(AvgPool(2), Spec((1, 1, 2, 2)), lambda p: image[p[1]][p[2]], (0, 0, 0)).value
    2.5
    """
    reaches = _reaches(layer, x, at)
    channel = _channel(at[0], reaches, read_x, None)
    inside = [term for term in channel.terms if term.where == "input"]
    if isinstance(layer, MaxPool):
        if not inside:
            return PoolValue(tuple(at), reaches, channel, 0, (), -inf)
        best = max(inside, key=lambda term: term.number)
        return PoolValue(tuple(at), reaches, channel, 0, best.position, best.number)
    counted = [term for term in channel.terms if term.where != "beyond"] if layer.count_include_pad else inside
    divisor = len(counted) if layer.divisor_override is None else layer.divisor_override
    return PoolValue(tuple(at), reaches, channel, divisor, (), channel.sum / divisor if divisor else nan)


def _whole(size: object) -> int:
    assert isinstance(size, int), size  # the caller has put numbers in
    return size


def _reaches(layer: Conv | ConvTranspose | MaxPool | AvgPool, x: Spec, at: Sequence[int]) -> tuple[Reach, ...]:
    layer.outputs((x,), Context())  # raises where the window does not fit
    windows = layer.window((x,)).axes
    return tuple(reach(at[axis - 1], _whole(x.shape[axis]), windows[axis]) for axis in sorted(windows))


def _channel(channel: int, reaches: Sequence[Reach], read_x: Reader, weight: Reader | None) -> Channel:
    terms = []
    for steps in product(*(zip(r.positions, r.taps, strict=True) for r in reaches)):
        position, tap = tuple(p for p, _ in steps), tuple(t for _, t in steps)
        places = [r.where(p) for r, p in zip(reaches, position, strict=True)]
        where: Where = "beyond" if "beyond" in places else "padding" if "padding" in places else "input"
        number = read_x((channel, *position)) if where == "input" else 0
        terms.append(Term(position, tap, where, number, weight(tap) if weight else 1))
    return Channel(channel, tuple(terms), _total([term.product for term in terms]))


def _weight(read_weight: Reader, head: tuple[int, int], tap: tuple[int, ...]) -> Number:
    return read_weight((*head, *tap))


def _total(numbers: Sequence[Number]) -> Number:
    """Return the sum, rounded once; whole numbers stay whole."""
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    try:
        return fsum(numbers)
    except (OverflowError, ValueError):  # beyond what a float holds, or infinities of both signs
        return sum(numbers)
