"""The report on a terminal: how the input was read, the table, the headline, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.render.columns import Sheet, chosen
from cnnshape.render.footer import headline, marks, verdict
from cnnshape.render.grid import Grid, GridColumn, fitted, plain, wrapped
from cnnshape.render.paint import Paint
from cnnshape.render.rows import table_lines

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["document", "fault_lines", "render"]

_NARROWEST_PAGE = 80


def render(facts: Facts, options: Options) -> str:
    """Return the table with what stands above and below it."""
    return document(Sheet(facts, options, table_lines(facts, options)))


def document(sheet: Sheet) -> str:
    """Return the lines of a sheet with what stands above and below them."""
    facts, options = sheet.facts, sheet.options
    paint = Paint(options.color)
    whole = _grid(sheet)
    grid = fitted(whole, options.width, "…" if options.unicode else "..")
    titles, *rows = grid.lines()
    page = options.width or max(grid.width, _NARROWEST_PAGE)
    rule = paint("dim", ("─" if options.unicode else "-") * grid.width)
    hidden = len(sheet.all_lines) - len(sheet.lines)

    def block(items: list[str], style: str = "") -> list[str]:
        shown = [plain(item, options.unicode) for item in items]
        return [paint(style, line) for line in wrapped(shown, page)]

    out = [*_head(sheet, page, paint), "", paint("bold", titles), rule]
    for line, row in zip(sheet.lines, rows, strict=True):
        out.append(paint("red" if line.fault else "bold" if line.group else "" if line.executed else "dim", row))
    if hidden:
        out.append(paint("dim", f"{hidden} more row{'s' * (hidden != 1)}"))
    items = headline(sheet)
    cells = [cell for column in grid.columns for cell in column.cells]
    out += [rule, *block([*marks(sheet), *sheet.formulas.legend([*cells, *items]), *_left_out(whole, grid)], "dim")]
    *lines, last = wrapped([plain(item, options.unicode) for item in (*items, verdict(facts))], page)
    good = facts.valid is not False and not facts.errors
    out += [*lines, last.removesuffix(verdict(facts)) + paint("green" if good else "red", verdict(facts))]
    for note in facts.notes:
        out += block([f"note: {note}"])
    for error in facts.errors:
        out += ["", *fault_lines(error.text, page, options.unicode, paint)]
    return "\n".join(out) + "\n"


def _left_out(whole: Grid, shown: Grid) -> list[str]:
    """Return the columns that a narrow page has no room for."""
    there = {column.title for column in shown.columns[1:]}
    lost = [each.title for each in whole.columns[1:] if each.title and any(each.cells) and each.title not in there]
    return [f"no room for {', '.join(lost)}"] if lost else []


def _head(sheet: Sheet, page: int, paint: Paint) -> list[str]:
    unicode = sheet.options.unicode
    name = plain(sheet.facts.model, unicode)
    first, *rest = wrapped([name, plain(sheet.options.read_as, unicode)], page)
    return [paint("bold", name) + first[len(name) :] if first.startswith(name) else paint("bold", first), *rest]


def fault_lines(text: str, page: int, unicode: bool, paint: Paint) -> list[str]:
    """Return a fault's five parts, wrapped; the first is the one that counts."""
    first, *rest = text.splitlines()
    out = [paint("red", line) for line in wrapped([plain(first, unicode)], page)]
    return out + [part for line in rest for part in wrapped([plain(line, unicode)], page, indent="    ")]


def _grid(sheet: Sheet) -> Grid:
    unicode = sheet.options.unicode
    return Grid(
        tuple(
            GridColumn(
                column.heading(sheet),
                tuple(plain(column.cell(sheet, line), unicode) for line in sheet.lines),
                column.align,
                column.goes,
            )
            for column in chosen(sheet.options)
        )
    )
