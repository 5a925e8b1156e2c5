"""The report in Markdown: a table that GitHub shows, and the headline below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.render.columns import Sheet, chosen
from cnnshape.render.footer import headline, marks, verdict
from cnnshape.render.grid import plain
from cnnshape.render.rows import table_lines

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["render", "row", "safe"]

_SPECIAL = "\\`*_<>|[]#$~"


def render(facts: Facts, options: Options) -> str:
    """Return a heading, the table, and the headline as a list."""
    sheet = Sheet(facts, options, table_lines(facts, options))
    columns = [column for column in chosen(options) if column.name != "bar"]
    rows = [[column.cell(sheet, line) for column in columns] for line in sheet.lines]
    kept = [i for i, column in enumerate(columns) if not column.goes or any(cells[i] for cells in rows)]
    out = [f"## {safe(facts.model)}", "", safe(options.read_as), ""]
    out.append(row([columns[i].heading(sheet) for i in kept]))
    out.append("|" + "|".join(":--" if columns[i].align == "left" else "--:" for i in kept) + "|")
    out += [row([cells[i] for i in kept]) for cells in rows]
    out.append("")
    items = headline(sheet)
    legend = sheet.formulas.legend([*(cell for cells in rows for cell in cells), *items])
    out += [f"- {safe(item)}" for item in (*marks(sheet), *legend, *items, verdict(facts))]
    out += [f"- note: {safe(note)}" for note in facts.notes]
    for error in facts.errors:
        out += ["", *(f"    {line}" for line in error.text.splitlines())]
    return "\n".join(plain(text, options.unicode) for text in out) + "\n"


def row(cells: list[str]) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(safe(cell) for cell in cells) + " |"


def safe(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)
