"""What a notebook shows of a report and of a picture: HTML without scripts, Markdown, and one line of text.

JupyterLab shows neither SVG nor scripts in a notebook that is not trusted, and prefers HTML over all else; a picture is
therefore an image inside the HTML. All text is escaped; what cannot be shown is left out, so that nothing is raised
while a notebook shows a value; no program is started.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from cnnshape.render.columns import Column, Sheet, chosen
from cnnshape.render.footer import headline, marks, verdict
from cnnshape.render.options import Options
from cnnshape.render.rows import Line, table_lines

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.drawing import Drawing

__all__ = ["Bundle", "drawing_bundle", "image", "report_bundle", "report_html", "report_markdown"]

Bundle: TypeAlias = dict[str, str]

MOST_NODES = 520
"""A network with more is shown without its figure, and block by block: a notebook shall not wait for it."""
MOST_LETTERS = 180_000
"""Of the HTML; what would go beyond is left out and said."""
_COLUMNS = ("layer", "op", "output", "params", "macs", "activations", "field")
_PAGE = "line-height:1.35;max-width:100%;overflow-x:auto"
_FAULT = "border-left:3px solid #d1242f;padding-left:8px;white-space:pre-wrap"
_MOST_FAULTS = 20
_SHEET = "background:#ffffff;padding:8px;border-radius:6px;max-width:100%;box-sizing:border-box"


def report_bundle(facts: Facts, read_as: Callable[[], str], line: Callable[[], str]) -> Bundle:
    """Return what a notebook may show of a report, by media type.

    Parameters
    ----------
    facts : Facts
    read_as : gives how the inputs were read
    line : gives the report in one line
    """
    return _bundle(
        {
            "text/html": lambda: report_html(facts, read_as()),
            "text/markdown": lambda: report_markdown(facts, read_as()),
            "text/plain": line,
        }
    )


def drawing_bundle(drawing: Drawing, line: Callable[[], str]) -> Bundle:
    """Return what a notebook may show of a picture; the program `dot` is not started for it."""
    return _bundle(
        {
            "text/html": lambda: image(_svg(drawing), line()),
            "image/svg+xml": lambda: _svg(drawing),
            "text/plain": line,
        }
    )


def _bundle(makers: dict[str, Callable[[], str]]) -> Bundle:
    found: Bundle = {}
    for kind, make in makers.items():
        try:
            found[kind] = make()
        except Exception:  # noqa: BLE001, S112  # showing a value must not fail: the notebook takes another type
            continue
    return found


def _svg(drawing: Drawing) -> str:
    if drawing.options.layout == "dot" and "scene" not in vars(drawing):
        drawing = replace(drawing, options=replace(drawing.options, layout="own"))
    return drawing.data("svg").decode()


def image(svg: str, alt: str) -> str:
    """Return a picture as an element of HTML, on white, whatever color the page has.

    Examples
    --------
    >>> image("<svg/>", 'a "b"')
    '<img alt="a &quot;b&quot;" src="data:image/svg+xml;base64,PHN2Zy8+" style="background:#ffffff;...">'
    """
    data = b64encode(svg.encode()).decode()
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}" style="{_SHEET}">'


def report_markdown(facts: Facts, read_as: str) -> str:
    """Return the blocks of a network as a table in Markdown, with the headline below."""
    from cnnshape.render.markdown import render

    return render(facts, Options(detail="overview", read_as=read_as))


def report_html(facts: Facts, read_as: str) -> str:
    """Return the headline, the figure, a table of the stages, and for each of them its layers, folded away."""
    return _Page(facts, read_as).html()


class _Page:
    """The HTML of one report while it is written; all its words are kept for the legend."""

    def __init__(self, facts: Facts, read_as: str) -> None:
        self.facts, self.read_as = facts, read_as
        self.large = len(facts.network.nodes) > MOST_NODES
        options = Options(detail="overview", columns=_COLUMNS)
        self.stages = table_lines(facts, options)
        self.rows = table_lines(facts, Options(detail="block" if self.large else "layer"))
        self.sheet = Sheet(facts, options, (*self.stages, *self.rows))  # one sheet: the same formula has one name
        self.columns = chosen(options)
        self.words: list[str] = []

    def html(self) -> str:
        parts = [f'<div class="cnnshape" style="{_PAGE}">', *self._head()]
        if not self.large:
            parts.append(f"<div>{self._figure()}</div>")
        parts.append(self._table(self.stages))
        parts += self._details(MOST_LETTERS - sum(map(len, parts)))
        return "\n".join([*parts, *self._foot(), "</div>"])

    def _head(self) -> Iterator[str]:
        facts = self.facts
        yield f"<p><b>{_text(facts.model)}</b> {_text(verdict(facts))}<br>{_text(self.read_as)}</p>"
        items = headline(self.sheet)
        self.words += items
        yield f"<p>{' &middot; '.join(map(_text, items))}</p>"
        for error in facts.errors[:_MOST_FAULTS]:
            yield f'<pre style="{_FAULT}">{_text(error.text)}</pre>'

    def _figure(self) -> str:
        from cnnshape.render import svg
        from cnnshape.render.figures.architecture import architecture
        from cnnshape.render.figures.options import DrawOptions

        scene = architecture(self.facts, DrawOptions(preset="readme"))  # as wide as a page, letters as large as its own
        return image(svg.render(replace(scene, dark=False)), f"{self.facts.model}: architecture")

    def _table(self, lines: Sequence[Line]) -> str:
        rows = [[column.cell(self.sheet, line) for column in self.columns] for line in lines]
        self.words += [cell for cells in rows for cell in cells]
        kept = [i for i, column in enumerate(self.columns) if not column.goes or any(cells[i] for cells in rows)]
        head = "".join(_cell("th", self.columns[i], self.columns[i].heading(self.sheet)) for i in kept)
        body = "".join(
            "<tr>" + "".join(_cell("td", self.columns[i], cells[i]) for i in kept) + "</tr>" for cells in rows
        )
        return f'<table cellpadding="3"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _details(self, room: int) -> Iterator[str]:
        """Yield the layers of each stage that has several, as far as there is room."""
        left = 0
        stage_of = {layer.name: n for n, line in enumerate(self.stages) for layer in line.layers}
        inside: list[list[Line]] = [[] for _ in self.stages]
        for row in self.rows:
            inside[stage_of[row.layers[0].name]].append(row)
        for stage, rows in zip(self.stages, inside, strict=True):
            if len(rows) < 2:
                continue
            output = self.sheet.shape(stage.last.outputs) or "-"
            words = _text(f"{stage.name}: {len(stage.layers)} layers, output {output}")
            written = f"<details><summary>{words}</summary>{self._table(rows)}</details>" if room > 0 else ""
            room -= len(written)
            if written and room > 0:
                yield written
            else:
                left += 1
        if left:
            yield f"<p>{left} more stages: print(report.to('table', detail='layer'))</p>"

    def _foot(self) -> Iterator[str]:
        rows = [*marks(self.sheet), *self.sheet.formulas.legend(self.words)]
        rows += [f"note: {note}" for note in self.facts.notes]
        if self.large:
            rows.append("note: cnnshape.draw(report, style='architecture') shows the figure")
        if rows:
            yield "<p><small>" + "<br>".join(map(_text, rows)) + "</small></p>"


def _cell(tag: str, column: Column, words: str) -> str:
    # A style wins over the sheet of the notebook, which puts all cells to the right; without one, all are to the left.
    place = 'style="text-align:left"' if column.align == "left" else 'align="right"'
    return f"<{tag} {place}>{_text(words)}</{tag}>"


def _text(words: str) -> str:
    """Return text that HTML shows as it is; what cannot be seen is a blank."""
    return escape("".join(letter if letter.isprintable() or letter == "\n" else " " for letter in words))
