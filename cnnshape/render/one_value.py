"""One value of a convolution or a pool in words and small grids, for somebody who works it out by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import Channel, ConvValue, Number, PoolValue, Reach, Term
from cnnshape.render.labels import LABEL, PAGE, TIE, row, stacked
from cnnshape.render.number_grids import beside, number, whole

__all__ = ["conv_lines", "pool_lines"]

_AXES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
_CHANNELS, _TERMS = 3, 50
"""More are not shown one by one."""
_X = re.compile(r"\bx\b")


def conv_lines(value: ConvValue, activation: str = "", *, biased: bool = True) -> list[str]:
    """Return the lines on one value of a convolution or a transposed convolution.

    Parameters
    ----------
    value : what it is made of
    activation : a name of `CURVES`, or "" for none
    biased : whether the bias takes a line
    """
    shown = _Shown()
    out = row("output", f"{_place('filter', value.at)} (counted from 0)")
    out += _transposed_window(value.reaches) if value.transposed else row("window", _window(value.reaches))
    out += _outside(value.reaches, "padding, shown as (0)")
    several = len(value.channels) > 1
    for channel in value.channels[:_CHANNELS] if value.channels[0].terms else ():
        out += ["", *stacked(f"channel {channel.index}" if several else "", _grids(channel, value.reaches, shown))]
        if several:
            out += row("", _sum([term.product for term in channel.terms], channel.sum, shown))
    out.append("")
    out += _channel_sums(value, shown) if several else _plain_sum(value, shown)
    if biased:
        words = _sum([value.sum, value.bias], value.value, shown)
        out += row("bias", f"{words}   (one number for the whole filter, added once)")
    if activation:
        out += _activated(activation, value.value, shown)
    return out + shown.note()


def pool_lines(value: PoolValue, *, padding_counts: bool = True) -> list[str]:
    """Return the lines on one value of a pool; `padding_counts` says whether the zeros of the padding count."""
    shown = _Shown()
    mean = value.divisor != 0 or value.value != value.value  # nan: a mean of nothing
    out = row("output", f"{_place('channel', value.at)} (counted from 0)")
    out += row("window", _window(value.reaches))
    if not mean:
        out += _outside(value.reaches, "shown as (-), never the largest")
    elif not padding_counts:
        out += _outside(value.reaches, "shown as (-), does not count")
    else:
        out += _outside(value.reaches, _counted({term.where for term in value.channel.terms}))

    def cell(term: Term) -> str:
        if term.where == "input":
            return shown(term.number)
        return "(0)" if mean and padding_counts and term.where == "padding" else "(-)"

    out += ["", *stacked("", _grid_lines(("",), [_layout(value.channel.terms, value.reaches, cell)])), ""]
    counted = [
        term for term in value.channel.terms if term.where == "input" or (padding_counts and term.where == "padding")
    ]
    if mean:
        out += row("sum", _sum([term.number for term in counted], value.channel.sum, shown))
        out += row("mean", f"{shown(value.channel.sum)} / {value.divisor} = {shown(value.value)}")
        return out + shown.note()
    inside = [shown(term.number) for term in value.channel.terms if term.where == "input"]
    if not inside:
        return [*out, *row("largest", "none: the window lies in the padding")]
    out += row("largest", f"max({', '.join(_cut(inside))}) ={TIE}{shown(value.value)}")
    out += row("found at", f"{_place('', value.largest)} of the input")
    return out + shown.note()


class _Shown:
    """Writes numbers with few digits, and remembers whether that rounded one."""

    def __init__(self) -> None:
        self.rounded = False

    def __call__(self, value: Number, digits: int = 6) -> str:
        written = number(value, digits)
        self.rounded |= float(written) != value and value == value
        return written

    def note(self) -> list[str]:
        """Return a line that says so."""
        return row("", "(numbers are rounded for this page, and computed with all digits)") if self.rounded else []


def _place(head: str, at: Sequence[int]) -> str:
    names = _AXES[len(at) - bool(head)]
    return ", ".join(f"{name} {i}" for name, i in zip((head, *names) if head else names, at, strict=True))


def _transposed_window(reaches: Sequence[Reach]) -> list[str]:
    if any(not reach.taps for reach in reaches):
        return row("window", "no number of the input reaches this position")
    pairs = (
        f"{_span(name, reach.positions)} of the input with {_span(name, reach.taps)} of the kernel"
        for name, reach in zip(_AXES[len(reaches)], reaches, strict=True)
    )
    out: list[str] = []
    for words in pairs:
        out += row("" if out else "window", words)
    return out


def _window(reaches: Sequence[Reach]) -> str:
    names = _AXES[len(reaches)]
    spans = [_span(name, reach.positions) for name, reach in zip(names, reaches, strict=True)]
    return f"{', '.join(spans)} of the input"


def _outside(reaches: Sequence[Reach], words: str) -> list[str]:
    names = _AXES[len(reaches)]
    outside = [
        _span(name, found)
        for name, reach in zip(names, reaches, strict=True)
        if (found := [p for p in reach.positions if not 0 <= p < reach.size])
    ]
    return row("outside", f"{', '.join(outside)}: {words}") if outside else []


def _counted(places: Set[str]) -> str:
    padding, beyond = "padding, shown as (0), counts in the mean", "beyond the padding, shown as (-), does not count"
    return "; ".join(words for where, words in (("padding", padding), ("beyond", beyond)) if where in places)


def _span(name: str, positions: Sequence[int]) -> str:
    """Return ``rows 0 to 2``, ``rows 0 and 2``, ``rows 0, 2, 4`` or ``row 3``."""
    first, last = positions[0], positions[-1]
    if len(positions) == 1:
        return f"{name} {first}"
    if len(positions) > 2 and list(positions) == list(range(first, last + 1)):
        return f"{name}s {first} to {last}"
    if len(positions) == 2:
        return f"{name}s {first} and {last}"
    words = [str(position) for position in positions]
    return f"{name}s {', '.join(words if len(words) <= 7 else [*words[:4], '..', words[-1]])}"


def _grids(channel: Channel, reaches: Sequence[Reach], shown: _Shown) -> list[str]:
    def parts(digits: int) -> list[list[tuple[str, list[list[str]]]]]:
        cells: tuple[Callable[[Term], str], ...] = (
            lambda term: shown(term.number, digits) if term.where == "input" else "(0)",
            lambda term: shown(term.weight, digits),
            lambda term: shown(term.product, digits),
        )
        return [_layout(channel.terms, reaches, cell) for cell in cells]

    found = parts(6)
    if not whole([block for part in found for _, block in part], PAGE - LABEL):
        found = parts(3)
    return _grid_lines(("input", "kernel", "products"), found)


def _layout(
    terms: Sequence[Term], reaches: Sequence[Reach], cell: Callable[[Term], str]
) -> list[tuple[str, list[list[str]]]]:
    """Return the cells as rows and columns, one block for each slice of a volume with its name."""
    *outer, wide = [len(reach.taps) for reach in reaches]
    cells = [cell(term) for term in terms]
    lines = [cells[i : i + wide] for i in range(0, len(cells), wide)]
    if len(reaches) < 3:
        return [("", lines)]
    high = outer[-1]
    names = [f"slice {p}" for p in reaches[0].positions]
    return [(name, lines[i * high : (i + 1) * high]) for i, name in enumerate(names)]


def _grid_lines(titles: Sequence[str], parts: Sequence[Sequence[tuple[str, list[list[str]]]]]) -> list[str]:
    out: list[str] = []
    signs = ("*", "=") if len(parts) == 3 else ()
    for blocks in zip(*parts, strict=True):
        if name := blocks[0][0]:
            out.append(name)
        out += beside(titles, [block for _, block in blocks], signs, PAGE - LABEL)
    return out


def _plain_sum(value: ConvValue, shown: _Shown) -> list[str]:
    return row("sum", _sum([term.product for term in value.channels[0].terms], value.sum, shown))


def _channel_sums(value: ConvValue, shown: _Shown) -> list[str]:
    sums = [channel.sum for channel in value.channels]
    out = []
    if rest := sums[_CHANNELS:]:
        numbers = f"channels {value.channels[_CHANNELS].index} to {value.channels[-1].index}"
        out = row("more", f"{numbers} in the same way, together {shown(sum(rest))}")
        sums = [*sums[:_CHANNELS], sum(rest)]
    return out + row("sum", f"{_sum(sums, value.sum, shown)}   (over the {len(value.channels)} channels)")


def _sum(numbers: Sequence[Number], result: Number, shown: _Shown) -> str:
    """Return ``1 - 2 + 3 = 2``."""
    words = [shown(each) for each in numbers]
    signed = [f"-{TIE}{word[1:]}" if word.startswith("-") else f"+{TIE}{word}" for word in words]
    if not signed:
        return f"{shown(result)}, of no products"
    if len(words) == 1:
        return words[0]
    signed = [words[0], *signed[1:]]
    count = f"   ({len(numbers)} numbers)" if len(numbers) > _TERMS else ""
    dots = [*signed[:4], f"+{TIE}..", *signed[-2:]] if count else signed
    return f"{' '.join(dots)} ={TIE}{shown(result)}{count}"


def _cut(words: list[str]) -> list[str]:
    return words if len(words) <= _TERMS else [*words[:4], "..", *words[-2:]]


def _activated(name: str, x: Number, shown: _Shown) -> list[str]:
    curve = CURVES[name]
    written = shown(x)
    bare = _X.sub(f"({written})" if written.startswith("-") else written, curve.formula)
    filled = f"{bare.replace(f'(({written}))', f'({written})')} = "
    result = shown(curve.at(x))
    words = f"{curve.formula} at x = {written}: "
    short = len(words) + len(filled) + len(result) <= PAGE - LABEL
    return row(name, f"{words}{filled if short else ''}{result}")
