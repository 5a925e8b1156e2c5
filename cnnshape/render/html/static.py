"""The page before its script runs: totals, the table and the picture at the sizes that it begins with."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cnnshape.render.footer import fitting, verdict
from cnnshape.render.html.picture import Picture, Shapes
from cnnshape.render.palette import ROLES
from cnnshape.render.rows import Line
from cnnshape.render.shapes import field_text
from cnnshape.render.units import bytes_text, count_text, exact
from cnnshape.symbolic import Dim, Size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnshape.analysis.report import Facts

__all__ = ["fits_html", "legend_html", "picture_html", "state_of", "table_html", "totals_html", "verdict_text"]

_HEADS = ("layer", "output", "parameters", "MACs", "activations", "field")
_HATCH = '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
_TIPS = "".join(
    f'<marker id="tip{name and "-" + name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    f'markerUnits="userSpaceOnUse" orient="auto"><path class="tip {name}" d="M0 .8L7.4 4L0 7.2Z"/></marker>'
    for name in ("", "beside", "broken")
)


def totals_html(facts: Facts) -> str:
    """Return the numbers of the line at the top."""
    totals = facts.totals
    peak = totals.peak_activation_bytes
    least = any(layer.macs is None for layer in facts.layers)
    shapes = Shapes(facts)
    outputs = ", ".join(shapes.text(tensor.shape) for tensor in facts.outputs)
    rows = (
        ("params", "parameters", _text(totals.params, exact), _text(totals.weight_bytes, bytes_text)),
        ("macs", "MACs", ("≥ " if least else "") + _text(totals.macs, exact), _text(totals.macs, count_text)),
        ("activations", "activations", _text(totals.activation_bytes, bytes_text), ""),
        ("peak", "peak memory", "–" if peak is None else _text(peak, bytes_text), ""),
        ("output", "output", outputs or "–", ""),
    )
    return "".join(
        f'<div><dt>{title}</dt><dd id="total-{name}"><span>{escape(value)}</span> '
        f"<small>{escape(small)}</small></dd></div>"
        for name, title, value, small in rows
    )


def table_html(lines: Sequence[Line], facts: Facts) -> str:
    """Return the rows of the table, blocks and what is in them, as they are before the script makes them live."""
    body, written = [], Shapes(facts)
    for line in lines:
        shapes = ", ".join(written.text(tensor.shape) for tensor in line.last.outputs)
        cells = (
            escape(line.name),
            escape(shapes) or "–",
            _count(line.params, exact),
            _count(line.macs, count_text),
            _count(line.activation_bytes, bytes_text),
            escape(field_text(line.last.receptive_field)),
        )
        mark = ' class="broken"' if line.fault else ""
        body.append(f"<tr{mark}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    return f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody>"


def picture_html(picture: Picture, facts: Facts) -> str:
    """Return the first picture as SVG, drawn as the script draws it."""
    wires = "".join(
        f'<path class="wire" d="M{"L".join(f"{_number(x)} {_number(y)}" for x, y in route)}"/>'
        for route in picture.placed.routes
    )
    cards, shapes = [], Shapes(facts)
    for card, short, words, (x, y), (width, height) in picture.boxes():
        texts = [
            ("name", 19, short),
            *([("op", 34, words)] if words else []),
            ("shape", height - 11, shapes.words(card)),
        ]
        written = "".join(
            f'<text class="{kind}" x="15" y="{_number(at)}">{escape(text)}</text>' for kind, at, text in texts
        )
        times = f'<text class="times" x="{_number(width - 10)}" y="19">×{card.times}</text>' if card.times > 1 else ""
        broken = " broken" if card.fault else ""
        cards.append(
            f'<g class="card {card.role}{broken}" transform="translate({_number(x)} {_number(y)})">'
            f'<rect class="back" width="{_number(width)}" height="{_number(height)}" rx="6"/>'
            f'<path class="band" d="{band(height)}"/>{written}{times}</g>'
        )
    box = f"-24 -24 {_number(picture.placed.width + 48)} {_number(picture.placed.height + 48)}"
    return (
        f'<svg viewBox="{box}" role="img" aria-label="Graph of {escape(picture.diagram.name)}"><defs>{_TIPS}{_HATCH}'
        '<rect width="6" height="6"/><path d="M0 0V6"/></pattern></defs>'
        f'<g id="view"><g>{wires}</g><g>{"".join(cards)}</g></g></svg>'
    )


def band(height: float) -> str:
    """Return the outline of the colored side of a card."""
    return f"M6 0H7V{_number(height)}H6A6 6 0 0 1 0 {_number(height - 6)}V6A6 6 0 0 1 6 0Z"


def legend_html(shown: Sequence[Picture]) -> str:
    """Return the roles that the pictures show, with their names."""
    roles = {card.role for picture in shown for card in picture.diagram.cards}
    return "".join(
        f'<li data-role="{role}"><svg class="swatch {role}" viewBox="0 0 10 10" aria-hidden="true">'
        f'<rect width="10" height="10" rx="2"/></svg>{name}</li>'
        for role, (*_, name) in ROLES.items()
        if role in roles
    )


def fits_html(facts: Facts) -> str:
    """Return which inputs fit the network, because of which layers."""
    items = fitting(facts.free or facts).split("; ")
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def verdict_text(facts: Facts) -> str:
    """Return in a word or two whether the sizes fit."""
    if facts.errors:
        return f"{len(facts.errors)} broken"
    return verdict(facts)


def state_of(facts: Facts) -> str:
    """Return what colors the verdict: valid, broken or open."""
    if facts.errors or facts.valid is False:
        return "broken"
    return "valid" if facts.valid else "open"


def _text(size: Size, write: Callable[[int], str]) -> str:
    return str(size) if isinstance(size, Dim) else write(size)


def _count(size: Size | None, write: Callable[[int], str]) -> str:
    return "–" if size is None else escape(_text(size, write))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
