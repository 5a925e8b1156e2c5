"""The report on a terminal: how the input was read, the table, the headline, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnshape.render.columns import Sheet, chosen
from cnnshape.render.footer import headline, verdict
from cnnshape.render.grid import Grid, GridColumn, fitted, plain, wrapped

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["render"]


def render(facts: Facts, options: Options) -> str:
    """Return the table with what stands above and below it."""
    sheet = Sheet(facts, options)
    grid = fitted(_grid(sheet), options.width, "…" if options.unicode else "..")
    titles, *rows = grid.lines()
    line = ("─" if options.unicode else "-") * grid.width
    page = options.width or max(grid.width, 80)
    out = [*wrapped([f"{plain(facts.model, options.unicode)}   {options.read_as}"], page), ""]
    out += [titles, line, *rows, line]
    out += _legend(sheet, page)
    out += wrapped([*headline(sheet), verdict(facts)], page, indent="  ")
    out += _notes(facts.notes, page)
    for error in facts.errors:
        out += ["", *_lines(error.text, page)]
    return "\n".join(plain(text, options.unicode) for text in out) + "\n"


def _grid(sheet: Sheet) -> Grid:
    unicode = sheet.options.unicode
    return Grid(
        tuple(
            GridColumn(
                column.title(sheet),
                tuple(plain(column.cell(sheet, line), unicode) for line in sheet.lines),
                column.align,
                column.goes,
            )
            for column in chosen(sheet.options)
        )
    )


def _legend(sheet: Sheet, page: int) -> list[str]:
    return wrapped(sheet.letters.legend, page, indent="  ")


def _notes(notes: Iterable[str], page: int) -> list[str]:
    return [line for note in notes for line in wrapped([f"note: {note}"], page, indent="  ")]


def _lines(text: str, page: int) -> list[str]:
    return [part for line in text.splitlines() for part in wrapped([line], page, indent="    ")]
