"""The windows that turn one size into another, as a table with the rule behind it, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.analysis.inverse.windows import Windows, suggestion
from cnnshape.render.grid import Grid, GridColumn, fitted, plain, wrapped
from cnnshape.render.paint import Paint
from cnnshape.symbolic import Dim, Size, Window, bound, dim, effective_kernel, left_out, maximum, output_size, text

if TYPE_CHECKING:
    from cnnshape.render.options import Options

__all__ = ["windows_data", "windows_json", "windows_text"]

_PAGE = 100
_MOST_ROWS = 40


def windows_text(found: Windows, options: Options, *, every: bool = False) -> str:
    """Return a table of the windows, and the general rule.

    Parameters
    ----------
    found : Windows
    options : how wide a line is, and whether colors and letters beyond ASCII show
    every : also the windows with positions in the padding alone, and all rows
    """
    page, paint = options.width or _PAGE, Paint(options.color)
    rows = [*found.found, *(found.beyond if every else ())]
    shown = rows if every else rows[:_MOST_ROWS]
    kind = f"{'transposed ' if found.choices.transposed else ''}window{'s' * (len(rows) != 1)}"
    title = f"{text(found.before)} -> {text(found.after)}: {len(rows) or 'none of the'} {kind}"
    out = [paint("bold" if rows else "red", plain(title, options.unicode)), *wrapped([f"among {_among(found)}"], page)]
    if shown:
        first, *lines = fitted(_grid(found, shown), page).lines()
        out += ["", paint("dim", first), *lines]
    if len(rows) > len(shown):
        out.append(f"{len(rows) - len(shown)} more (--all lists them)")
    out.append("")
    for words in _rules(found, bool(rows)):
        out += wrapped([plain(words, options.unicode)], page, indent=" " * 6)
    if found.beyond and not every:
        left = len(found.beyond)
        words = f"note: {left} more with a padding of at least the kernel, so that windows see nothing else (--all)"
        out += wrapped([words], page, indent=" " * 6)
    return "".join(f"{line}\n" for line in out)


def windows_json(found: Windows) -> str:
    """Return the windows as JSON, schema ``cnnshape.windows/1``."""
    return json.dumps(windows_data(found), indent=2) + "\n"


def windows_data(found: Windows) -> dict[str, Any]:
    """Return the windows as plain data."""
    return {
        "schema": "cnnshape.windows/1",
        "from": _number(found.before),
        "to": _number(found.after),
        "transposed": found.choices.transposed,
        "windows": [_row(found, w, beyond=False) for w in found.found]
        + [_row(found, w, beyond=True) for w in found.beyond],
        "rule": _rule(found),
    }


def _row(found: Windows, w: Window, *, beyond: bool) -> dict[str, Any]:
    return {
        "kernel": w.kernel,
        "stride": w.stride,
        "padding": w.before,
        "dilation": w.dilation,
        "output_padding": w.output_padding,
        "size": _number(output_size(dim("d"), w)),
        "cut_off": _number(_cut_off(found.before, w)),
        "beyond": beyond,
    }


def _number(size: Size) -> int | str:
    return size if isinstance(size, int) else text(size)


def _grid(found: Windows, rows: Sequence[Window]) -> Grid:
    columns = [
        _column("kernel", [w.kernel for w in rows]),
        _column("stride", [w.stride for w in rows]),
        _column("padding", [w.before for w in rows]),
    ]
    if any(w.dilation != 1 for w in rows):
        columns.insert(2, _column("dilation", [w.dilation for w in rows]))
    if found.choices.transposed:
        columns.append(_column("output padding", [w.output_padding for w in rows]))
    else:
        columns.append(GridColumn("cut off", tuple(_cut_words(found, w) for w in rows), goes=2))
    if not found.symbol:
        columns.append(GridColumn("of any size d", tuple(text(output_size(dim("d"), w)) for w in rows), goes=1))
    return Grid(tuple(columns))


def _column(title: str, values: Sequence[Size]) -> GridColumn:
    return GridColumn(title, tuple(text(value) for value in values), "right")


def _cut_off(d: Size, w: Window) -> Size:
    """Return how many pixels at the end of the input, padding not counted, no window reaches."""
    rest = left_out(d, w)
    _, most = bound(rest)
    after = w.after
    assert isinstance(after, int)
    return 0 if most is not None and most <= after else maximum(rest - after, 0)


def _cut_words(found: Windows, w: Window) -> str:
    end, gap = _cut_off(found.before, w), w.stride - effective_kernel(w)
    assert isinstance(gap, int)
    words = [] if end == 0 else [f"{text(end)} pixel{'s' * (end != 1)}"]
    if gap > 0 and found.after != 1:
        words.append(f"{gap} between windows")
    return ", ".join(words) or "nothing"


def _among(found: Windows) -> str:
    asked = found.choices
    strides = found.choices.strides
    if found.form and found.form["m"] in strides:
        strides = (found.form["m"],)
    words = [f"kernels {_range(asked.kernels)}", f"strides {_range(strides)}", f"dilations {_range(asked.dilations)}"]
    if asked.paddings is not None:
        words.append(f"paddings {_range(asked.paddings)}")
    return ", ".join(words)


def _range(values: Sequence[int]) -> str:
    if len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):  # two are listed
        return f"{values[0]}..{values[-1]}"
    return ", ".join(map(str, values))


def _rules(found: Windows, any_found: bool) -> list[str]:
    out = []
    rule = _rule(found)
    if rule:
        out.append(f"rule  {rule}")
    elif found.choices.transposed:
        out.append(f"none  {text(found.after)} is not m*{found.symbol} + c, which is all that transposed windows make")
    else:
        out.append(
            f"none  {text(found.after)} is not floor(({found.symbol} + a)/m) + b, which is all that windows make"
        )
    if not any_found:
        more = suggestion(found)
        out += [f"try   {more}"] if more else []
    return out


def _rule(found: Windows) -> str:
    """Return what kernel, stride and padding must fulfill; "" if nothing does."""
    plain_only = all(dilation == 1 for dilation in found.choices.dilations)
    extent = "kernel" if plain_only else "extent"
    more = "" if plain_only else ", extent = dilation*(kernel - 1) + 1"
    form, added = found.form, " + output padding" if found.choices.transposed else ""
    if found.symbol:
        if not form:
            return ""
        shift = -form["m"] - form["c"] if added else form["a"] + form["m"] * (form["b"] - 1)
        kind = "" if added else f": {'an even' if shift % 2 == 0 else 'an odd'} {extent}"
        return f"stride {form['m']}, 2*padding = {extent}{_signed(shift)}{added}{kind}{more}"
    d, o = found.before, found.after
    assert not isinstance(d, Dim)
    assert not isinstance(o, Dim)
    if added:
        return f"2*padding = {d - 1}*stride - {o} + {extent}{added}{more}"
    return f"{o - 1}*stride - {d} + {extent} <= 2*padding <= {o}*stride - {d + 1} + {extent}{more}"


def _signed(value: int) -> str:
    return "" if value == 0 else f" {'+' if value > 0 else '-'} {abs(value)}"
