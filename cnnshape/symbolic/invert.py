"""Which windows turn one size into another: the window rule solved for its kernel, stride and padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product as choices

from cnnshape.symbolic.dim import Dim, Floor, Size, dim
from cnnshape.symbolic.window import Window

__all__ = ["floor_form", "transposed_for", "transposed_for_all", "windows_for", "windows_for_all"]

_KERNELS = range(1, 12)
_STRIDES = range(1, 5)


def windows_for(
    d: int,
    o: int,
    kernels: Iterable[int] = _KERNELS,
    strides: Iterable[int] = _STRIDES,
    dilations: Iterable[int] = (1,),
) -> list[Window]:
    """Return every window with equal paddings that maps size `d` to size `o`, in the order of the arguments.

    Parameters
    ----------
    d, o : int >= 1, sizes before and after
    kernels, strides, dilations : what to choose from

    Notes
    -----
    ``floor((d + 2p - ke)/s) + 1 == o`` holds exactly for ``s*(o-1) - d + ke <= 2p <= s*o - 1 - d + ke``.

    Examples
    --------
    >>> [(w.kernel, w.before) for w in windows_for(224, 112, kernels=(2, 3, 7), strides=(2,))]
    [(2, 0), (3, 1), (7, 3)]
    """
    return list(_fitting(d, o, kernels, strides, dilations))


def _fitting(
    d: int, o: int, kernels: Iterable[int], strides: Iterable[int], dilations: Iterable[int]
) -> Iterator[Window]:
    for k, s, dilation in choices(kernels, strides, dilations):
        spare = d - (dilation * (k - 1) + 1)
        least, most = s * (o - 1) - spare, s * o - 1 - spare
        for p in range(max(-(-least // 2), 0), most // 2 + 1):
            yield Window(k, s, p, p, dilation)


def windows_for_all(
    m: int, a: int, b: int, kernels: Iterable[int] = _KERNELS, dilations: Iterable[int] = (1,)
) -> list[Window]:
    """Return every window with equal paddings that gives ``floor((d + a)/m) + b`` for all sizes `d`.

    Parameters
    ----------
    m : int >= 1
    a, b : int; `floor_form` finds the three in a formula
    kernels, dilations : what to choose from

    Notes
    -----
    The stride must be m, and ``2p = a + m*(b - 1) + ke``. So the same size needs ``2p = ke - 1``; ``ceil(d/2)`` an odd
    effective kernel and ``2p = ke - 1``; ``floor(d/2)`` an even one and ``2p = ke - 2``.

    Examples
    --------
    >>> [(w.kernel, w.before) for w in windows_for_all(2, 1, 0, kernels=range(1, 8))]
    [(1, 0), (3, 1), (5, 2), (7, 3)]
    >>> [(w.kernel, w.before) for w in windows_for_all(2, 0, 0, kernels=range(1, 8))]
    [(2, 0), (4, 1), (6, 2)]
    """
    found = []
    for k, dilation in choices(kernels, dilations):
        both = a + m * (b - 1) + dilation * (k - 1) + 1
        if both >= 0 and both % 2 == 0:
            found.append(Window(k, m, both // 2, both // 2, dilation))
    return found


def transposed_for(
    d: int,
    o: int,
    kernels: Iterable[int] = _KERNELS,
    strides: Iterable[int] = _STRIDES,
    dilations: Iterable[int] = (1,),
) -> list[Window]:
    """Return every transposed window with equal paddings that maps size `d` to size `o`, in the order of the arguments.

    Parameters
    ----------
    d, o : int >= 1, sizes before and after
    kernels, strides, dilations : what to choose from

    Notes
    -----
    ``(d - 1)*s - 2p + ke + output_padding == o``; as in PyTorch the output padding is below the stride or the dilation.

    Examples
    --------
    >>> [(w.kernel, w.before, w.output_padding) for w in transposed_for(7, 14, kernels=(2, 3, 4), strides=(2,))]
    [(2, 0, 0), (3, 1, 1), (4, 1, 0)]
    """
    return list(_enlarging(lambda s: (d - 1) * s - o, kernels, strides, dilations))


def transposed_for_all(
    m: int, c: int, kernels: Iterable[int] = _KERNELS, dilations: Iterable[int] = (1,)
) -> list[Window]:
    """Return every transposed window with equal paddings that gives ``m*d + c`` for all sizes `d`.

    Parameters
    ----------
    m : int >= 1
    c : int
    kernels, dilations : what to choose from

    Notes
    -----
    The stride must be m, and ``2p = ke - m + output_padding - c``.

    Examples
    --------
    >>> [(w.kernel, w.before, w.output_padding) for w in transposed_for_all(2, 0, kernels=(2, 3, 4))]
    [(2, 0, 0), (3, 1, 1), (4, 1, 0)]
    """
    return list(_enlarging(lambda s: -s - c, kernels, (m,), dilations))


def _enlarging(
    fixed: Callable[[int], int], kernels: Iterable[int], strides: Iterable[int], dilations: Iterable[int]
) -> Iterator[Window]:
    """Yield the transposed windows with ``2p = fixed(s) + ke + output_padding``."""
    for k, s, dilation in choices(kernels, strides, dilations):
        for added in range(max(s, dilation)):
            both = fixed(s) + dilation * (k - 1) + 1 + added
            if both >= 0 and both % 2 == 0:
                yield Window(k, s, both // 2, both // 2, dilation, "transposed", added)


def floor_form(size: Size, symbol: str) -> tuple[int, int, int] | None:
    """Return (m, a, b) if `size` is ``floor((symbol + a)/m) + b`` with 0 <= a < m, else None.

    Examples
    --------
    >>> from cnnshape.symbolic.dim import ceildiv
    >>> H = dim("H")
    >>> floor_form(ceildiv(H, 32), "H"), floor_form((H + 1) // 32 - 1, "H"), floor_form(H - 4, "H")
    ((32, 31, 0), (32, 1, -1), (1, 0, -4))
    >>> floor_form(2 * H, "H") is None
    True
    """
    if not isinstance(size, Dim):
        return None
    b = size.terms.get((), 0)
    (first, _), *_ = next(monomial for monomial in size.terms if monomial)
    a, m = (first.numerator.terms.get((), 0), first.divisor) if isinstance(first, Floor) else (0, 1)
    return (m, a, b) if size == (dim(symbol) + a) // m + b else None
