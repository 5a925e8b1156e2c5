"""The list of the zoo, with computed and published figures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from cnnshape.render.grid import Grid, GridColumn, fitted, wrapped
from cnnshape.render.units import exact
from cnnshape.zoo.figures import Figures

__all__ = ["data", "markdown", "text"]

_TITLES = ("network", "input", "parameters", "published", "GMACs", "published", "inputs that fit")
_GOES = (0, 2, 0, 0, 0, 0, 1)


def text(found: Sequence[Figures], width: int | None, unicode: bool = True) -> str:
    """Return the list as a table for a terminal; input and conditions leave where there is no room."""
    cells = list(zip(*map(_cells, found), strict=True))
    columns = [
        GridColumn(title, column, "left" if i in (0, 1, 6) else "right", goes)
        for i, (title, column, goes) in enumerate(zip(_TITLES, cells, _GOES, strict=True))
    ]
    shown = fitted(Grid(tuple(columns)), width, ".." if not unicode else "…")
    lines = list(shown.lines())
    rule = ("─" if unicode else "-") * max(map(len, lines))
    lost = [each.title for each in columns if each.goes and each.title not in {kept.title for kept in shown.columns}]
    end = wrapped([_HELP + (f" No room for: {', '.join(lost)}." if lost else "")], width or 100, indent="")
    return "\n".join([lines[0], rule, *lines[1:], rule, *end]) + "\n"


_HELP = (
    "GMACs: 10^9 multiply-adds of one input. A design to start from: cnnshape zoo resnet50 > mine.yaml. "
    'Arguments: cnnshape report "resnet50(num_classes=10)".'
)


def _cells(found: Figures) -> tuple[str, ...]:
    published = found.entry.published
    return (
        found.entry.name,
        "x".join(map(str, found.input)),
        exact(found.params),
        exact(published.params) if published and published.params else "",
        found.gmacs,
        published.gmacs if published else "",
        ", ".join(found.fits) or "any",
    )


def markdown(found: Sequence[Figures]) -> str:
    """Return the list for a page: a table for each paper, with the arguments of its builder."""
    out = []
    for (task, reference), rows in groupby(found, lambda each: (each.entry.task, each.entry.reference)):
        listed = list(rows)
        sources = dict.fromkeys(each.entry.published.source for each in listed if each.entry.published)
        arguments = ", ".join(f"`{name}`" for name in listed[0].entry.options)
        out += [f"## {listed[0].entry.name}" + (f" to {listed[-1].entry.name}" if len(listed) > 1 else ""), ""]
        out += [f"{reference}. For {task}. Arguments: {arguments}.", ""]
        if sources:
            out += [f"Published figures: {'; '.join(sources)}.", ""]
        out += [f"| {' | '.join(_TITLES)} |", "|---|---|--:|--:|--:|--:|---|"]
        out += [f"| {' | '.join((f'`{cells[0]}`', *cells[1:]))} |" for cells in map(_cells, listed)]
        out.append("")
    return "\n".join(out)


def data(found: Sequence[Figures]) -> dict[str, Any]:
    """Return the list as plain data, schema ``cnnshape.zoo/1``."""
    return {"schema": "cnnshape.zoo/1", "networks": [_data(each) for each in found]}


def _data(found: Figures) -> dict[str, Any]:
    entry, published = found.entry, found.entry.published
    return {
        "name": entry.name,
        "task": entry.task,
        "reference": entry.reference,
        "arguments": {
            name: list(value) if isinstance(value, tuple) else value for name, value in entry.options.items()
        },
        "input": list(found.input),
        "params": found.params,
        "macs": found.macs,
        "fits": list(found.fits),
        "published": published
        and {"params": published.params, "gmacs": published.gmacs or None, "source": published.source},
    }
