"""Which positions of an axis a window reads, and which it never does."""

from __future__ import annotations

from cnnshape.symbolic import Dim, Size, Window, effective_kernel, output_size, padding_of

__all__ = ["described", "seen", "unread"]

_MOST = 1 << 17  # taps that are looked at one by one
_MOST_LISTED = 6


def seen(d: Size, w: Window) -> list[str]:
    """Return in words where the windows lie and what they leave out; nothing where sizes are free.

    In the words ``{one}`` and ``{many}`` stand for what a position is called.

    Examples
    --------
    >>> for line in seen(224, Window(kernel=11, stride=4, before=2, after=2)):
    ...     print(line.format(one="row", many="rows"))
    window i reads rows 4*i - 2 .. 4*i + 8, the last one (i = 54) 214..224
    left out: row 225 of the padding; of the input nothing
    """
    before, after = padding_of(d, w)
    numbers = (d, before, after, w.kernel, w.dilation, w.output_padding)
    if any(isinstance(number, Dim) for number in numbers):
        return []
    count, extent = output_size(d, w), effective_kernel(w)
    assert isinstance(count, int)
    assert isinstance(extent, int)
    assert isinstance(before, int)
    if count < 1:
        return []
    if w.mode == "transposed":
        words = f"input pixel i adds to {_range(w.stride, -before, extent)} of the output{_every(w)}"
        return [words + (f"; what falls outside 0..{count - 1} is dropped" if before or after else "")]
    last = w.stride * (count - 1) - before
    words = f"window i reads {_range(w.stride, -before, extent)}{_every(w)}"
    if count > 1:
        words += f", the last one (i = {count - 1}) {last}" + (f"..{last + extent - 1}" if extent > 1 else "")
    lines = [words]
    missed = unread(d, w)
    if missed is not None:
        lines.append(_left_out(d, *missed))
    return lines


def unread(d: Size, w: Window) -> tuple[list[int], list[int]] | None:
    """Return the positions of the input, and those of the padding around it, that no tap of a window reads.

    None where a size is free, or where that would take long.

    Examples
    --------
    >>> unread(6, Window(kernel=3, stride=2)), unread(6, Window(kernel=1, stride=2))
    (([5], []), ([1, 3, 5], []))
    """
    before, after = padding_of(d, w)
    count = output_size(d, w)
    if not all(isinstance(n, int) for n in (d, before, after, count, w.kernel, w.dilation)):
        return None
    assert isinstance(d, int)
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert isinstance(count, int)
    assert isinstance(w.kernel, int)
    assert isinstance(w.dilation, int)
    if count * w.kernel > _MOST or d + before + after > _MOST:
        return None
    read = {w.stride * i - before + w.dilation * tap for i in range(count) for tap in range(w.kernel)}
    input_ = [i for i in range(d) if i not in read]
    around = [i for i in (*range(-before, 0), *range(d, d + after)) if i not in read]
    return input_, around


def described(places: list[int]) -> str:
    """Return a list of positions in a few words.

    Examples
    --------
    >>> print(described([5]), described([4, 5, 6]), described([1, 3, 5, 7, 9, 11, 13]), sep="; ")
    {one} 5; {many} 4..6; {many} 1, 3, 5 ... 13 (7 of them)
    """
    if len(places) == 1:
        return f"{{one}} {places[0]}"
    if places == list(range(places[0], places[-1] + 1)):
        return f"{{many}} {places[0]}..{places[-1]}"
    if len(places) <= _MOST_LISTED:
        return f"{{many}} {', '.join(map(str, places))}"
    return f"{{many}} {', '.join(map(str, places[:3]))} ... {places[-1]} ({len(places)} of them)"


def _left_out(d: Size, input_: list[int], around: list[int]) -> str:
    if not input_ and not around:
        return "left out: nothing"
    if not input_:
        return f"left out: {described(around)} of the padding; of the input nothing"
    words = f"left out: {described(input_)}"
    if around:
        return f"{words} of the input, and {described(around)} of the padding"
    return words + (f" of 0..{d - 1}" if isinstance(d, int) else "")


def _range(stride: int, start: int, extent: int) -> str:
    if extent == 1:
        return f"{{one}} {_line(stride, start)}"
    return f"{{many}} {_line(stride, start)} .. {_line(stride, start + extent - 1)}"


def _line(stride: int, start: int) -> str:
    slope = "i" if stride == 1 else f"{stride}*i"
    return slope if start == 0 else f"{slope} {'+' if start > 0 else '-'} {abs(start)}"


def _every(w: Window) -> str:
    return f", every {_nth(w.dilation)} of them" if w.dilation != 1 and w.kernel != 1 else ""


def _nth(n: object) -> str:
    return {2: "2nd", 3: "3rd"}.get(n, f"{n}th") if isinstance(n, int) else f"{n}"
