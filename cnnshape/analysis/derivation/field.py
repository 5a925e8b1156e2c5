"""How a receptive field comes about: the recursion layer by layer, along the way that decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from cnnshape.analysis.derivation.data import Step, Table, Topic
from cnnshape.analysis.derivation.path import Hop, path
from cnnshape.analysis.receptive_field import AxisField, Fields
from cnnshape.analysis.sight import Place, Sight
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import axis_name
from cnnshape.symbolic import Dim, Size, Window, effective_kernel, text

__all__ = ["field_topics"]

_SLIDE = "r = r + (E - 1)*j,  start = start - p*j,  then j = j*s"
_UP = "where s < 1: first j = j*s,  then r = r + (E - 1)*j,  start = start - (E - 1 - p)*j"
_LETTERS = (
    ("r", "pixels seen"),
    ("j", "jump from one position to the next"),
    ("start", "first pixel of position 0"),
    ("E", "extent of the kernel"),
    ("s", "stride"),
    ("p", "padding before"),
)
_MOST_ROWS = 150
_OF_WINDOWS = {"upper bound": " (an upper bound)", "whole input": " (the whole input; by windows alone)"}
_STATUS = {
    "upper bound": "an upper bound: not every position sees every pixel of its window",
    "whole input": "the whole input is seen; the window is that of the path without gates, norms and global pools",
    "unknown": "unknown",
}


def field_topics(
    found: Propagation, fields: Fields, tensor: str, inside: Callable[[int], bool] = lambda _: True
) -> Iterator[Topic]:
    """Yield how the receptive field of a tensor comes about, one topic for each input and for axes that differ.

    Parameters
    ----------
    found : Propagation
    fields : its receptive fields
    tensor : str
    inside : tells which nodes are shown; those before them are one line
    """
    for field in fields.all_of(tensor):
        dims = len(found.specs[field.input].shape)
        groups: dict[tuple[object, ...], list[tuple[AxisField, Sequence[Hop]]]] = {}
        for axis in field.axes:
            column = fields.axes.index((field.input, axis.axis))
            hops = path(found, fields, tensor, column)
            key = (tuple(_rows(found, hops, inside)), axis.low, axis.high, axis.jump, axis.status)
            groups.setdefault(key, []).append((axis, hops))
        several = len(fields.all_of(tensor)) > 1
        for rows in groups.values():
            names = ", ".join(axis_name(dims, axis.axis) for axis, _ in rows)
            where = f" in {field.input}" if several else ""
            along = f" along {names}" if len(field.axes) > 1 or where else ""
            yield _topic(found, fields, tensor, rows[0], f"receptive field{where}{along}", inside)


def _topic(
    found: Propagation,
    fields: Fields,
    tensor: str,
    row: tuple[AxisField, Sequence[Hop]],
    title: str,
    inside: Callable[[int], bool],
) -> Topic:
    axis, hops = row
    if axis.low is None or axis.high is None or axis.size is None:
        lines = [Step("status", (), _why(found, fields, tensor, hops) or "nothing can be said")]
        return Topic("receptive-field", title, None, steps=tuple(lines))
    rows = list(_rows(found, hops, inside))
    ups = any(hop.window is not None and hop.window.mode == "transposed" for hop in hops)
    jump = axis.jump or 0
    reads = f"{_line(jump, axis.low)} .. {_line(jump, axis.high)}"
    steps = [
        Step("position i", (), f"sees pixels {reads}" if axis.size != 1 else f"sees pixel {_line(jump, axis.low)}")
    ]
    center = axis.center
    if center is not None:
        around = f"center of position 0: {_center(center)}"
        if isinstance(axis.low, int) and axis.low < 0:
            # What is enlarged reaches before the input without any padding: its window is a bound over the phases.
            where = "outside the input" if ups else "in the padding"
            around += f"; {-axis.low} of its pixels {'lies' if axis.low == -1 else 'lie'} {where}"
        steps.append(Step("", (), around))
    if axis.status != "exact":
        steps.append(Step("status", (), _why(found, fields, tensor, hops)))
    table = Table(
        ("layer", "E", "s", "p", "adds", "r", "j", "start"),
        ("name", "formula", "formula", "formula", "formula", "formula", "formula", "formula"),
        tuple(_shortened(rows)),
    )
    result = axis.size if isinstance(axis.size, (int, Dim)) else _number(axis.size)
    rules = (_SLIDE, *((_UP,) if ups else ()))
    title += _OF_WINDOWS.get(axis.status, "")
    unit = "pixel" if result == 1 else "pixels"
    if len(rows) == 1:  # no layer adds to it
        return Topic("receptive-field", title, result, steps=tuple(steps), unit=unit)
    return Topic("receptive-field", title, result, rules, _LETTERS, table, tuple(steps), unit=unit)


Row = tuple[str, ...]


def _rows(found: Propagation, hops: Sequence[Hop], inside: Callable[[int], bool]) -> Iterator[Row]:
    nodes = found.network.nodes
    shown = [hop for hop in hops if inside(hop.node)]
    first = shown[0].before if shown else Sight(None)
    yield ("input" if not shown or shown[0] is hops[0] else "before it", "", "", "", "", *_state(first))
    for hop in shown:
        name = nodes[hop.node].name
        before, moved, after = hop.before, hop.moved, hop.after
        if (moved.jump, moved.low, moved.high) != (before.jump, before.low, before.high):
            window = hop.window
            assert window is not None
            taps = effective_kernel(window) - 1
            up = window.mode == "transposed"
            jump = moved.jump if up else before.jump
            adds = f"{_factor(taps)}*{_number(jump)}" if taps != 0 else "0"
            shift = _number(window.stride) if not up else f"1/{window.stride}" if window.stride > 1 else "1"
            pad = _padding(before, moved, window)
            yield (name, _factor(effective_kernel(window)), shift, _factor(pad), adds, *_state(moved))
        if (after.low, after.high) != (moved.low, moved.high) and after.known:
            yield (name, "", "", "", f"widest of {hop.branches}", *_state(after))


def _padding(before: Sight, moved: Sight, window: Window) -> Size | Fraction:
    """Return the padding before; under SAME it is what the start has moved by."""
    if window.mode not in ("same_upper", "same_lower"):
        return window.before
    if isinstance(moved.low, Dim) or isinstance(before.low, Dim):
        return window.before
    return Fraction(before.low - moved.low) / before.jump


def _state(sight: Sight) -> tuple[str, str, str]:
    return _number(sight.size), _number(sight.jump), _number(sight.low)


def _shortened(rows: list[Row]) -> list[Row]:
    if len(rows) <= _MOST_ROWS:
        return rows
    head, tail = rows[: _MOST_ROWS - 30], rows[-30:]
    return [*head, (f"({len(rows) - _MOST_ROWS} more)", *[""] * 7), *tail]


def _center(center: Place) -> str:
    if isinstance(center, Fraction) and center.denominator == 2:  # half way
        return f"between pixels {center.numerator // 2} and {center.numerator // 2 + 1}"
    return f"pixel {_number(center)}"


def _why(found: Propagation, fields: Fields, tensor: str, hops: Sequence[Hop]) -> str:
    """Return the status with the layer that it begins with."""
    last = fields.of(tensor)
    if not hops or last is None:
        return ""
    status = hops[-1].after.status
    if status == "exact":
        return "exact"
    first = next((hop for hop in hops if hop.after.status == status and hop.before.status != status), None)
    words = _STATUS[status]
    if first is None:
        return words
    node = found.network.nodes[first.node]
    return f"{words} (since {node.name})"


def _factor(size: object) -> str:
    written = _number(size)
    return f"({written})" if " " in written else written


def _number(place: object) -> str:
    if isinstance(place, Dim):
        return text(place)
    if isinstance(place, Fraction) and place.denominator != 1:
        return f"{place.numerator}/{place.denominator}"
    return str(int(place)) if isinstance(place, (int, Fraction)) else str(place)


def _line(jump: object, start: object) -> str:
    slope = _factor(jump)
    head = "i" if slope == "1" else f"{slope}*i"
    written = _number(start)
    if written == "0":
        return head
    if isinstance(start, Dim):
        return f"{head} + {_factor(start)}"
    return f"{head} - {written[1:]}" if written.startswith("-") else f"{head} + {written}"
