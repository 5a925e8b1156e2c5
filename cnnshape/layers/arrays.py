"""What the kernels share: the types of their arguments, and arithmetic that is wide enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from cnnshape.symbolic import Dim, Size, Window, effective_kernel, evaluate, padding_of

__all__ = [
    "Array",
    "Arrays",
    "Kernel",
    "Weights",
    "bins",
    "blocks",
    "convolve",
    "elementwise",
    "erf",
    "integer",
    "listed",
    "logistic",
    "padded",
    "real",
    "row_blocks",
    "views",
    "wide",
]

Array: TypeAlias = "np.ndarray[Any, Any]"
Arrays: TypeAlias = tuple[Array, ...]
Weights: TypeAlias = Mapping[str, Array]
Kernel: TypeAlias = Callable[[Any, Arrays, Weights, Arrays], None]
"""``kernel(layer, inputs, weights, outputs)`` fills the outputs, whatever the strides of the arrays."""


def wide(x: Array) -> Array:
    """Return an array to compute with: half precision as single, everything else as it is."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def real(x: Array) -> Array:
    """Return an array to compute means, norms and weighed sums with: as `wide`, whole numbers in double precision."""
    return x.astype(np.float64) if x.dtype.kind in "biu" else wide(x)


def listed(values: Sequence[Any], shape: tuple[int, ...], dtype: str) -> Array:
    """Return numbers as an array of some shape and element type; formulas among them make it one of objects."""
    made = np.empty(len(values), object if any(isinstance(value, Dim) for value in values) else dtype)
    made[:] = values
    return made.reshape(shape)


def elementwise(function: Callable[[Any, Array], Array]) -> Kernel:
    """Return the kernel that applies ``function(layer, x)`` to the only input."""

    def kernel(layer: Any, inputs: Arrays, _: Weights, outputs: Arrays) -> None:
        with np.errstate(all="ignore"):  # infinities and NaN are results like others
            np.copyto(outputs[0], function(layer, wide(inputs[0])), "unsafe")  # no number among whole ones, too

    return kernel


def padded(x: Array, windows: Sequence[Window], out: Sequence[int], value: float = 0, mode: Any = "constant") -> Array:
    """Return a map (N, C, *D) with its padding around it, long enough for `out` windows on each space axis.

    Parameters
    ----------
    x : array
    windows : the window of each space axis; its padding may depend on the size
    out : how many windows there are on each space axis; what the last one has beyond the padding is `value` too
    value : what the padding holds
    mode : "constant", or what `numpy.pad` takes its values from: "reflect", "edge", "wrap"
    """
    sides, beyond = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
    for size, window, count in zip(x.shape[2:], windows, out, strict=True):
        before, after = (integer(side) for side in padding_of(size, window))
        reach = (count - 1) * integer(window.stride) + integer(effective_kernel(window))
        sides.append((before, after))
        beyond.append((0, max(reach - size - before - after, 0)))
    if mode == "constant":
        sides = [(before, after + more) for (before, after), (_, more) in zip(sides, beyond, strict=True)]
    if any(map(any, sides)):
        options: dict[str, Any] = {"constant_values": value} if mode == "constant" else {}
        x = np.pad(x, sides, mode, **options)
    return x


def views(x: Array, windows: Sequence[Window], out: Sequence[int]) -> Array:
    """Return the windows of a padded map, without a copy: (N, C, *D) -> (N, C, *out, *kernel)."""
    rank = len(windows)
    extents = tuple(integer(effective_kernel(window)) for window in windows)
    found = np.lib.stride_tricks.sliding_window_view(x, extents, tuple(range(2, 2 + rank)))
    places = [
        slice(0, (count - 1) * integer(w.stride) + 1, integer(w.stride)) for w, count in zip(windows, out, strict=True)
    ]
    taps = [slice(None, None, integer(w.dilation)) for w in windows]
    return found[space(*places, *taps)]


def space(*places: Any) -> Any:
    """Return the index of some places on the space axes, in all images and channels."""
    return (slice(None), slice(None), *places)


def row_blocks(view: Array) -> Iterator[slice]:
    """Yield slices of the first space axis of a view of windows, each of which may be copied in a few megabytes."""
    rows = view.shape[2]
    return blocks(rows, prod(view.shape) // max(rows, 1) * view.itemsize)


def blocks(rows: int, row: int) -> Iterator[slice]:
    """Yield slices of so many rows of `row` bytes, each slice of a few megabytes or of one row."""
    step = max(1, _WORKSPACE // max(row, 1))
    return (slice(first, first + step) for first in range(0, rows, step))


_WORKSPACE = 1 << 24


def convolve(x: Array, windows: Sequence[Window], weight: Array, bias: Array | None, groups: int, y: Array) -> None:
    """Fill `y` with the convolution of a padded map."""
    view, rank = views(x, windows, y.shape[2:]), len(windows)
    count, filters = y.shape[0], weight.reshape(groups, weight.shape[0] // groups, -1)
    columns_first = (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    offset = 0 if bias is None else wide(bias).reshape(-1, *(1,) * rank)
    for rows in row_blocks(view):
        taken = view[:, :, rows].transpose(columns_first)
        places = taken.shape[2 + rank :]
        columns = taken.reshape(count, groups, filters.shape[2], -1)
        y[:, :, rows] = np.matmul(filters, columns).reshape(count, -1, *places) + offset


def bins(x: Array, out: Sequence[int]) -> Iterator[tuple[Any, Array]]:
    """Yield what the bins of an adaptive pool hold, those of one row and one width together.

    Bin i of o on an axis of D positions begins at floor(i*D/o) and ends before ceil((i + 1)*D/o).

    Yields
    ------
    place : index of the bins among all (N, C, *out)
    held : (N, C, *first axes, bins, last axis), their part of the map (N, C, *D)
    """
    *first, last = [
        [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
        for size, count in zip(x.shape[2:], out, strict=True)
    ]
    widths: dict[int, list[int]] = {}
    for i, (start, end) in enumerate(last):
        widths.setdefault(end - start, []).append(i)
    for row in product(*map(enumerate, first)):
        part = x[space(*(slice(*edges) for _, edges in row))]
        for width, members in widths.items():
            windows = np.lib.stride_tricks.sliding_window_view(part, width, -1)
            held = windows[..., _progression([last[i][0] for i in members]), :]
            yield space(*(at for at, _ in row), _progression(members)), held


def _progression(places: list[int]) -> Any:
    """Return ascending places as a slice, which copies nothing, if they are evenly spaced."""
    step = places[1] - places[0] if len(places) > 1 else 1
    evenly = step > 0 and all(b - a == step for a, b in pairwise(places))
    return slice(places[0], places[-1] + 1, step) if evenly else places


def integer(size: Size) -> int:
    """Return a size that holds no symbol as a plain number."""
    return size if isinstance(size, int) else evaluate(size, {})


def logistic(x: Array) -> Array:
    """Return 1/(1 + exp(-x)) without an overflow on either side."""
    x = real(x)  # unsigned numbers have no opposite
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def erf(x: Array) -> Array:
    """Return the error function, to the last digits of float64.

    References
    ----------
    Cody: Rational Chebyshev Approximation for the Error Function, Math. Comp. 23 (1969), doi
    10.1090/S0025-5718-1969-0247736-4; coefficients of the program that he published (netlib, specfun)
    """
    dtype, x = x.dtype, real(x)
    y = np.abs(x)
    small, far = y <= 0.46875, y > 4
    square = y * y
    near = x * _ratio(np.where(small, square, 0), _NEAR)
    middle = _ratio(np.where(small | far, 1, y), _MIDDLE)
    inverse = 1 / np.where(far, square, 16)
    tail = (1 / np.sqrt(np.pi) - inverse * _ratio(inverse, _TAIL)) / np.where(far, y, 4)
    rest = np.exp(-np.minimum(square, 700)) * np.where(far, tail, middle)
    return np.where(np.isnan(x), x, np.where(small, near, np.sign(x) * (1 - rest))).astype(dtype)


def _ratio(x: Array, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Array:
    """Return the quotient of two polynomials, highest power first."""
    above, below = coefficients
    return np.polyval(above, x) / np.polyval(below, x)


_NEAR = (
    (0.185777706184603153, 3.16112374387056560, 113.864154151050156, 377.485237685302021, 3209.37758913846947),
    (1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062),
)
_MIDDLE = (
    (
        2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131,
        881.952221241769090, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725,
    ),
    (
        1.0, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019, 3290.79923573345963,
        4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
    ),
)  # fmt: skip
_TAIL = (
    (0.0163153871373020978, 0.305326634961232344, 0.360344899949804439, 0.125781726111229246, 0.0160837851487422766,
     6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 0.527905102951428412, 0.0605183413124413191,
     0.00233520497626869185),
)  # fmt: skip
