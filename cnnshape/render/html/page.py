"""The live page: one file without any outside address, that works out every number anew as sizes change."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cnnshape.graph.fold import Detail, Row, fold
from cnnshape.render.html import static
from cnnshape.render.html.compact import compact_script, compact_style
from cnnshape.render.html.data import embedded, live
from cnnshape.render.html.letters import ascii_markup, ascii_script, ascii_style
from cnnshape.render.html.origins import origins
from cnnshape.render.html.pack import packed
from cnnshape.render.html.picture import pictures, pictures_data, runs
from cnnshape.render.html.ranges import starts
from cnnshape.render.options import Options
from cnnshape.render.palette import ROLES
from cnnshape.render.rows import table_lines

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["page", "row_detail", "table_rows"]

_LARGER = 4
"""Cards have room for what sizes so many times as large as those of the beginning say."""

_LONGEST_TITLE = 200

_SCRIPTS = ("text", "unpack", "state", "graph", "controls", "detail", "table", "files", "keys", "start")
"""The parts of the script, each after what it uses when it is read."""


def page(facts: Facts, options: Options) -> str:
    """Return the page of a network, at the sizes of `facts` to begin with.

    Parameters
    ----------
    facts : Facts
    options : `detail` is what the picture shows at first; where `unicode` is False the page is written in ASCII
    """
    free = facts.free or facts
    sizes = starts(facts)
    here, large = free.at(sizes), free.at({name: _LARGER * size for name, size in sizes.items()})
    made = live(facts, options.read_as)
    shown = pictures(free, (here, large), options.detail)
    data = {
        **packed(made.data),
        **pictures_data(shown, made.data),
        "rows": table_rows(free, shown[0].diagram.detail),
        "origins": origins(free),
    }
    style, picture_style = compact_style(_text("page.css")), compact_style(_text("picture.css") + _role_colors())
    script, written = compact_script(f'"use strict";\n{made.script}\n{_scripts()}'), embedded(data)
    if not options.unicode:
        style, picture_style = ascii_style(style), ascii_style(picture_style)
        script, written = ascii_script(script), ascii_script(written)
    parts = {
        "title": escape(_cut(free.model)),
        "reads": escape(_cut(_inputs(free))),
        "totals": static.totals_html(here),
        "state": static.state_of(here),
        "verdict": escape(static.verdict_text(here)),
        "fits": static.fits_html(facts),
        "picture": static.picture_html(shown[0], here),
        "legend": static.legend_html(shown),
        "table": static.table_html(table_lines(here, Options(detail=shown[0].diagram.detail)), here),
        "footer": escape(_footer(free)),
    }
    fixed = {
        "policy": _policy([style, picture_style], script),
        "style": style,
        "picture_style": picture_style,
        "data": written,
        "script": script,
    }
    template = _text("template.html")
    if not options.unicode:
        template, parts = ascii_markup(template), {name: ascii_markup(text) for name, text in parts.items()}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: {**parts, **fixed}[found[1]], template) + "\n"


def row_detail(shown: Detail) -> Detail:
    """Return what a row of the table is, beside a picture of some detail: never more than a layer."""
    return "op" if shown == "op" else "layer"


def table_rows(free: Facts, shown: Detail) -> list[list[Any]]:
    """Return the rows of the table as ``[name, times, nodes, rows inside]``: cards of a picture, and their layers.

    A name of 0 is that of the first node. A row that is one layer under the name of its block has that layer's name in
    the place of the rows inside.
    """
    inner = fold(free.propagation, row_detail(shown))
    outer = fold(free.propagation, shown)
    owner = {i: n for n, row in enumerate(outer) for i in row.nodes}
    parts: list[list[Row]] = [[] for _ in outer]
    for row in inner:
        parts[owner[row.nodes[0]]].append(row)
    names = [node.name for node in free.network.nodes]

    def entry(row: Row) -> list[Any]:
        return [0 if row.name == names[row.nodes[0]] else row.name, row.times, runs(row.nodes)]

    def inside(row: Row, within: list[Row]) -> list[Any]:
        if len(within) > 1:
            return [[entry(part) for part in within]]
        return [] if within[0].name == row.name else [entry(within[0])[0]]

    return [entry(row) + inside(row, within) for row, within in zip(outer, parts, strict=True)]


def _inputs(free: Facts) -> str:
    shapes = dict.fromkeys(
        "×".join(str(size) for size in (node.declared[1:] if free.network.batch else node.declared))
        for node in free.network.inputs
    )
    return "input " + " and ".join(shapes)


def _footer(free: Facts) -> str:
    convention = f"MACs by the convention {free.convention}: {free.tally.convention.words}"
    return " · ".join([convention, *free.notes])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


@cache
def _text(name: str) -> str:
    return files("cnnshape.render.html").joinpath(name).read_text(encoding="utf-8").rstrip("\n")


@cache
def _scripts() -> str:
    return "\n".join(_text(f"script/{name}.js") for name in _SCRIPTS)


def _role_colors() -> str:
    rows = [f".{role} .band,.swatch.{role} rect{{fill:{color}}}" for role, (color, *_) in ROLES.items()]
    return "\n" + "\n".join(rows)


def _policy(styles: list[str], script: str) -> str:
    """Return what the page may load and run: the styles and the script that are in it, and nothing else."""
    allowed = " ".join(_hash(style) for style in styles)
    return f"default-src 'none'; script-src {_hash(script)}; style-src {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
