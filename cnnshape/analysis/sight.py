"""What one tensor sees of one axis of the input, and how a window, a reduction or a join changes it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from cnnshape.layers.base import Spec, Windows
from cnnshape.symbolic import (
    Dim,
    Size,
    Window,
    bound,
    ceildiv,
    effective_kernel,
    equal,
    exact_div,
    floordiv,
    maximum,
    minimum,
    padding_of,
)

__all__ = ["Jump", "Place", "Sight", "Status", "center_distance", "joined", "span", "through"]

Status: TypeAlias = Literal["exact", "upper bound", "whole input", "unknown"]
Jump: TypeAlias = int | Fraction
Place: TypeAlias = Size | Fraction
"""A position or distance in pixels of the input; a Fraction after up-sampling."""

_MOST_BITS = 1 << 14
"""Windows with holes that are longer than this are called an upper bound without saying where the holes are."""


class Sight(NamedTuple):
    """Position i along axis `at` of a tensor sees pixels ``jump*i + low .. jump*i + high`` of one axis of the input.

    Parameters
    ----------
    at : the axis of the tensor that moves over the input's axis; None if none does
    among : where `at` is None, the axes that the positions were merged into
    jump, low, high : pixels of the input
    seen : bit b says that pixel ``low + b`` is seen; None if all are
    bounded : True if fewer pixels than those of the window may be seen
    whole : True if more than the window is seen, as behind a gate or a norm
    reduced : True if no position is left that moves: behind a global reduction
    known : False if nothing can be said of the window
    mixed : the axis along which tensors with different windows stand side by side, or None
    images : the size of the input's first axis, which counts images and holds no positions
    """

    at: int | None
    among: frozenset[int] = frozenset()
    jump: Jump = 1
    low: Place = 0
    high: Place = 0
    seen: int | None = None
    bounded: bool = False
    whole: bool = False
    reduced: bool = False
    known: bool = True
    mixed: int | None = None
    images: Size | None = None

    @property
    def size(self) -> Place:
        return span(self.low, self.high)

    @property
    def status(self) -> Status:
        if self.whole:
            return "whole input"
        if not self.known:
            return "unknown"
        return "upper bound" if self.bounded or self.seen is not None else "exact"


def span(low: Place, high: Place) -> Place:
    """Return how many pixels lie from `low` to `high`; a Fraction beside a formula is rounded outward."""
    return _plus(_plus(high, _negative(low), up=True), 1, up=True)


def through(sight: Sight, windows: Windows, given: Spec, made: Spec, alone: bool = True) -> Sight:
    """Return what the output `made` of a layer sees, as far as it comes from the input `given` that has this sight.

    `alone` is False if other inputs come beside it.
    """
    if _is_plain(sight, windows) and len(given.shape) == len(made.shape):
        at = sight.at
        assert at is not None
        window = windows.axes.get(at)
        if window is not None and not sight.reduced:
            return _slid(sight, given.shape[at], window)
        if made.shape[at] == given.shape[at]:
            return sight
    if not windows.known:
        return sight._replace(at=None, among=frozenset(), known=False)
    at, among, mixed = _moved(sight, windows, len(given.shape), len(made.shape))
    if mixed is None and sight.mixed is not None and (not alone or made.shape == given.shape):
        mixed = _kept_mixed(sight.mixed, windows)
    if 0 in among and made.shape[0] == sight.images:
        among -= {0}
    over = sight.among & {*windows.whole}
    whole = windows.everything or sight.at in windows.whole or (bool(over) and over == sight.among)
    kept = at is not None and sight.at is not None and made.shape[at] == given.shape[sight.at]
    bounded = sight.bounded or not windows.exact or (sight.mixed is not None and _picks(sight.mixed, mixed, windows))
    window = windows.axes.get(at) if at is not None else None
    shifted = at is None and any(axis in windows.axes for axis in among)
    # Some of the positions that stand in a row with others, as those of a patch do: their windows are put together.
    shifted = shifted or (bool(over) and not whole)
    lost = at is None and sight.at is not None and not windows.exact
    # An axis of one position that meets a longer one is stretched: a gate, which every position sees whole.
    stretched = window is None and not kept and at is not None and _size_at(sight, given) == 1
    found = Sight(
        at,
        among,
        sight.jump,
        sight.low,
        sight.high,
        sight.seen,
        bounded,
        sight.whole or whole or stretched,
        sight.reduced or (whole and not kept) or stretched,
        sight.known and ((not shifted and not lost) or sight.reduced or whole),
        mixed,
        sight.images,
    )
    if window is None or window == _UNMOVED or found.reduced:
        return found
    assert sight.at is not None
    return _slid(found, given.shape[sight.at], window)


_UNMOVED = Window()


def _is_plain(sight: Sight, windows: Windows) -> bool:
    """Tell whether the axis can only slide: most layers, so that they need no bookkeeping."""
    return (
        windows.source is None
        and sight.at is not None
        and sight.at not in windows.whole
        and sight.mixed is None
        and windows.exact
        and windows.known
        and not windows.everything
    )


def _size_at(sight: Sight, spec: Spec) -> Size | None:
    return None if sight.at is None else spec.shape[sight.at]


def _moved(sight: Sight, windows: Windows, given: int, made: int) -> tuple[int | None, frozenset[int], int | None]:
    """Return where the positions and the mixed axis are in the output: (at, among, mixed)."""
    source = windows.source
    if source is None:
        shift = made - given
        if windows.everything and shift:
            return None, frozenset(), None
        at = None if sight.at is None or sight.at + shift < 0 else sight.at + shift
        mixed = None if sight.mixed is None or sight.mixed + shift < 0 else sight.mixed + shift
        among = frozenset(axis + shift for axis in sight.among if axis + shift >= 0)
    elif len(source) != made:
        at, among, mixed = None, frozenset(), None
    else:
        place = {axis: out for out, axis in reversed([*enumerate(source)]) if axis is not None}
        new = frozenset(out for out, axis in enumerate(source) if axis is None)
        at = None if sight.at is None else place.get(sight.at)
        mixed = None if sight.mixed is None else place.get(sight.mixed)
        among = frozenset[int]()
        for axis in sight.among if sight.at is None else (sight.at,) if at is None else ():
            among |= {place[axis]} if axis in place else new
    return at, among, None if sight.mixed in windows.whole else mixed


def _kept_mixed(before: int, windows: Windows) -> int | None:
    """Return the new axis that holds all channels again, where none of them can have been left out."""
    if before in windows.whole or windows.source is None:
        return None
    return next((out for out, axis in enumerate(windows.source) if axis is None), None)


def _picks(before: int, after: int | None, windows: Windows) -> bool:
    """Tell whether only some of the channels that stand side by side may be left."""
    return before not in windows.whole and (after is None or after in windows.axes)


def _slid(sight: Sight, size: Size, w: Window) -> Sight:
    jump, taps = sight.jump, effective_kernel(w) - 1
    if w.mode == "transposed":
        jump = _whole(Fraction(jump, w.stride))
        first, last = w.before - taps, w.before
        new = jump
    else:
        before = padding_of(size, w)[0]
        first, last = -before, taps - before
        new = jump * w.stride
    low = _plus(sight.low, _times(jump, first, up=False), up=False)
    high = _plus(sight.high, _times(jump, last, up=True), up=True)
    if w.mode == "transposed" and w.stride > 1:
        # Each of the `stride` phases sees its own part of the window.
        return sight._replace(jump=new, low=low, high=high, seen=None, bounded=True)
    seen, bounded = _union(sight, w, jump)
    bounded = bounded or sight.bounded
    return Sight(
        sight.at,
        sight.among,
        new,
        low,
        high,
        seen,
        bounded,
        sight.whole,
        sight.reduced,
        sight.known,
        sight.mixed,
        sight.images,
    )


def _union(sight: Sight, w: Window, jump: Jump) -> tuple[int | None, bool]:
    """Return the pixels that all taps together see, and whether there may be holes that are not listed."""
    if sight.bounded or w.kernel == 1:
        return sight.seen, False
    step, size = w.dilation * jump, sight.size  # type: ignore[operator]  # a Fraction only behind a bounded window
    if sight.seen is None and _at_least(size, step):
        return None, False
    if not (isinstance(step, int) and isinstance(size, int) and isinstance(w.kernel, int)):
        return None, True
    length = size + step * (w.kernel - 1)
    if length > _MOST_BITS:
        return None, True
    own = (1 << size) - 1 if sight.seen is None else sight.seen
    seen = 0
    for tap in range(w.kernel):
        seen |= own << (step * tap)
    return (None if seen == (1 << length) - 1 else seen), False


def _at_least(a: Place, b: Place) -> bool:
    if isinstance(a, Dim) or isinstance(b, Dim):
        low = bound(a - b)[0]  # type: ignore[arg-type, operator]  # no Fraction beside a Dim
        return low is not None and low >= 0
    return a >= b


def joined(sights: Sequence[Sight], side_by_side: int | None) -> Sight:
    """Return what a tensor sees that is made of others, of which all or only the reduced ones have moving positions.

    Parameters
    ----------
    sights : of each input that depends on the axis, after `through`
    side_by_side : the axis along which the inputs are concatenated, or None
    """
    whole = any(sight.whole for sight in sights)
    taken = [sight for sight in sights if not sight.reduced] or list(sights)
    first = taken[0]
    if all(sight == first for sight in taken):
        return first if first.whole == whole else first._replace(whole=whole)
    agree = all(s.known and s.jump == first.jump and s.at == first.at for s in taken)
    if not agree:
        same_axis = all(sight.at == first.at for sight in taken)
        among = frozenset[int]().union(*(sight.among for sight in taken))
        if not same_axis:
            among |= {sight.at for sight in taken if sight.at is not None}
        return first._replace(at=first.at if same_axis else None, among=among, whole=whole, known=False, seen=None)
    seen, bounded = _overlaid(taken)
    mixed = next((sight.mixed for sight in taken if sight.mixed is not None), None)
    return first._replace(
        among=frozenset[int]().union(*(sight.among for sight in taken)),
        low=_least([sight.low for sight in taken]),
        high=_most([sight.high for sight in taken]),
        seen=seen,
        bounded=bounded,
        whole=whole,
        mixed=side_by_side if side_by_side is not None else mixed,
    )


def _overlaid(taken: Sequence[Sight]) -> tuple[int | None, bool]:
    """Return the pixels that any of the windows sees, and whether there may be holes that are not listed."""
    if any(sight.bounded for sight in taken):
        return None, True
    widest = max(taken, key=lambda sight: sight.size if isinstance(sight.size, int) else 0)
    if widest.seen is None and all(_at_least(s.low, widest.low) and _at_least(widest.high, s.high) for s in taken):
        return None, False
    pieces = [(s.low, s.size, s.seen) for s in taken if isinstance(s.low, int) and isinstance(s.size, int)]
    if len(pieces) < len(taken):
        return None, True
    low = min(first for first, _, _ in pieces)
    length = max(first + size for first, size, _ in pieces) - low
    if length > _MOST_BITS:
        return None, True
    seen = 0
    for first, size, own in pieces:
        seen |= ((1 << size) - 1 if own is None else own) << (first - low)
    return (None if seen == (1 << length) - 1 else seen), False


def center_distance(a: Sight, b: Sight) -> Place | None:
    """Return how far the center of b's window lies beyond that of a's, in pixels; None for half a formula."""
    twice = _plus(_plus(b.low, b.high, up=True), _negative(_plus(a.low, a.high, up=True)), up=True)
    if not isinstance(twice, Dim):
        return _whole(Fraction(twice, 2))
    return 0 if equal(twice, 0) else exact_div(twice, 2)


def _least(places: Sequence[Place]) -> Place:
    if any(isinstance(place, Dim) for place in places):
        return minimum(*(_floored(place) for place in places))
    return min(places)


def _most(places: Sequence[Place]) -> Place:
    if any(isinstance(place, Dim) for place in places):
        return maximum(*(-_floored(_negative(place)) for place in places))
    return max(places)


def _floored(place: Place) -> Size:
    return place.__floor__() if isinstance(place, Fraction) else place


def _negative(place: Place) -> Place:
    return -place


def _plus(a: Place, b: Place, *, up: bool) -> Place:
    """Add; a Fraction beside a formula is rounded outward, which keeps a bound a bound."""
    if type(a) is int and type(b) is int:
        return a + b
    if isinstance(a, Dim) or isinstance(b, Dim):
        return _rounded(a, up) + _rounded(b, up)
    return _whole(a + b)


def _times(jump: Jump, size: Size, *, up: bool) -> Place:
    if not isinstance(size, Dim):
        return jump * size if type(jump) is int else _whole(jump * size)
    product = jump.numerator * size
    quotient = exact_div(product, jump.denominator)
    if quotient is not None:
        return quotient
    return (ceildiv if up else floordiv)(product, jump.denominator)


def _rounded(place: Place, up: bool) -> Size:
    if not isinstance(place, Fraction):
        return place
    return place.__ceil__() if up else place.__floor__()


def _whole(number: int | Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
