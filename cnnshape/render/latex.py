r"""Tables and derivations in LaTeX, to be put into a document with ``\input``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnnshape.render.columns import Sheet, chosen
from cnnshape.render.explanation import heading, part_text, result_text
from cnnshape.render.footer import headline, marks, verdict
from cnnshape.render.grid import plain
from cnnshape.render.rows import table_lines
from cnnshape.render.tex import escaped, math, number

if TYPE_CHECKING:
    from cnnshape.analysis.derivation.data import Derivation, Part, Step, Table, Topic
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["explanation", "formula", "render", "tabular"]

_MOST_ROWS = 45
"""Rows that fit on a page; a longer table is broken over several."""

_TIMES = r" \times "
_ARROW = r" $\to$ "
_WORDS = frozenset({"layer", "op", "kind", "block"})
_SHAPES = frozenset({"output", "input"})
_PAGE = "@{}lp{0.72\\linewidth}@{}"


def render(facts: Facts, options: Options) -> str:
    """Return the table of a report, with what its names mean and what it comes to below it."""
    sheet = Sheet(facts, options, table_lines(facts, options))
    columns = [column for column in chosen(options) if column.name != "bar"]
    rows = [[column.cell(sheet, line) for column in columns] for line in sheet.lines]
    kept = [i for i, column in enumerate(columns) if not column.goes or any(cells[i] for cells in rows)]
    titles = [escaped(plain(columns[i].heading(sheet), True)) for i in kept]
    aligned = "".join("l" if columns[i].align == "left" else "r" for i in kept)
    cells = [[_cell(columns[i].name, plain(row[i], True)) for i in kept] for row in rows]
    out = [*_comments(facts.model, options.read_as, long=len(cells) > _MOST_ROWS), *tabular(titles, aligned, cells)]
    items = headline(sheet)
    legend = sheet.formulas.legend([*(cell for row in rows for cell in row), *items])
    lines = [formula(item) for item in legend]
    lines += [_item(plain(item, True)) for item in (*marks(sheet), *items, verdict(facts))]
    lines += [escaped(plain(f"note: {note}", True)) for note in facts.notes]
    lines += [escaped(plain(error.text.splitlines()[0], True)) for error in facts.errors]
    out += [r"\par\smallskip", r"{\footnotesize\raggedright", *(rf"{line} \quad" for line in lines), r"\par}"]
    return "\n".join(out) + "\n"


def explanation(found: Derivation) -> str:
    """Return a derivation: for each topic a heading, the rule, its letters, the lines with the numbers put in."""
    longest = max((len(topic.table.rows) for topic in found.topics if topic.table), default=0)
    out = [*_comments(heading(found), found.read_as, long=longest > _MOST_ROWS)]
    for topic in found.topics:
        out += [r"\par\medskip\noindent", rf"\textbf{{{_title(topic)}}}\par\nobreak\smallskip\noindent"]
        out += list(_topic(topic))
    for note in (*found.notes, *(error.splitlines()[0] for error in found.errors)):
        out += [r"\par\smallskip\noindent", escaped(plain(note, True))]
    out.append(r"\par")
    return "\n".join(out) + "\n"


def tabular(titles: Sequence[str], aligned: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose cells are LaTeX already; a long one is broken over pages."""
    head = " & ".join(titles) + r" \\"
    body = [_row(cells) for cells in rows]
    columns = f"@{{}}{aligned}@{{}}"
    if len(rows) <= _MOST_ROWS:
        begin, end = rf"\begin{{tabular}}{{{columns}}}", r"\end{tabular}"
        return [begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", end]
    begin, end = rf"\begin{{longtable}}{{{columns}}}", r"\end{longtable}"
    return [begin, r"\toprule", head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot", *body, end]


def _row(cells: Sequence[str]) -> str:
    """Return a row; a star at its start would belong to the end of the row before."""
    return ("{}" if cells and cells[0].startswith("*") else "") + " & ".join(cells) + r" \\"


def _item(words: str) -> str:
    """Return an item of the headline, the formula in it in math mode."""
    found = re.fullmatch(r"(\w+(?: at least)? )([^'\"]*?\*[^'\"]*?)( bytes.*)?", words)
    if found is None or (written := math(found[2])).startswith(r"\text{"):
        return escaped(words)
    return f"{escaped(found[1])}${written}${escaped(found[3] or '')}"


def formula(words: str) -> str:
    """Return an equation, or several behind commas, in math mode; words between them stay words."""
    out = []
    for piece in re.split(r",\s{2,}", words):
        head = re.match(r"(then |where .*: first )?", piece)
        before = head[0] if head else ""
        sides = [math(side) for side in piece.removeprefix(before).split(" = ")]
        out.append(escaped(before) + "$" + " = ".join(sides) + "$")
    return ", ".join(out)


def _comments(title: str, read_as: str, *, long: bool) -> Iterator[str]:
    for line in (title, read_as):
        if line:
            yield f"% {plain(line, False)}"
    packages = ["booktabs", "amsmath", *(["longtable"] if long else [])]
    yield "% needs " + " ".join(rf"\usepackage{{{package}}}" for package in packages)


def _cell(column: str, words: str) -> str:
    if column in _WORDS:
        return escaped(words)
    if column in _SHAPES:
        return ", ".join(map(_shape, words.split(", "))) if words not in ("", "-") else words
    return _value(words)


def _shape(words: str) -> str:
    parts = words.split(" x ") if " x " in words else re.split("x", words)
    return f"${_TIMES.join(map(_size, parts))}$"


def _size(words: str) -> str:
    """Return a size of a shape, whose digits stay together."""
    return words if words.isdigit() else math(words)


def _side(words: str) -> str:
    """Return shapes as a title has them: ``(N, 64, 112)``, several with a word between, or ``64x112``."""
    shapes = [shape for shape in words.split(" and ") if shape]
    return " and ".join(
        f"$({', '.join(map(_size, shape[1:-1].split(', ')))})$" if re.fullmatch(r"\(.*, .*\)", shape) else _shape(shape)
        for shape in shapes
    )


def _value(words: str) -> str:
    """Return a number, a bound or a formula in math mode; words as they are."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+|\d+", words):
        return f"${number(words.replace(',', ''))}$"
    if bound := re.fullmatch(r"(<=|<)([\d.x/]+)", words):
        sign = r"\leq " if bound[1] == "<=" else "<"
        return f"${sign}{bound[2].replace('x', _TIMES)}$"
    if re.fullmatch(r"\d+(x\d+)+", words):
        return f"${words.replace('x', _TIMES)}$"
    if re.search(r"[*()]|\w [-+] \w", words):
        return f"${math(words)}$"
    return escaped(words)


def _title(topic: Topic) -> str:
    result = topic.result
    title = escaped(topic.title)
    if result is None or len(result_text(topic)) > 60:  # a heading is one line
        return title
    if isinstance(result, str):
        return f"{title}: {_ARROW.join(map(_side, result.split(' -> ')))}"
    unit = f" {escaped(topic.unit)}" if topic.unit else ""
    return f"{title}: ${math(part_text(result).replace(',', ''))}${unit}"


def _topic(topic: Topic) -> Iterator[str]:
    rows = [("rule", formula(rule)) for rule in topic.rules]
    if topic.letters:
        rows.append(("where", ", ".join(f"${math(letter)}$ {escaped(words)}" for letter, words in topic.letters)))
    steps = [(_label(step), _line(step)) for step in topic.steps]
    if topic.table is None:
        yield from _pairs([*rows, *steps])
        return
    blocks = [list(_pairs(rows)), _table(topic.table), list(_pairs(steps))]
    for k, block in enumerate(filter(None, blocks)):
        yield from (r"\par\smallskip\noindent",) if k else ()
        yield from block


def _pairs(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield rf"\begin{{tabular}}{{{_PAGE}}}"
    yield from (rf"{label} & {words} \\" for label, words in rows)
    yield r"\end{tabular}"


def _label(step: Step) -> str:
    return rf"${math(step.label)}$" if re.fullmatch("[A-Z]", step.label) else escaped(plain(step.label, True))


def _line(step: Step) -> str:
    parts = list(dict.fromkeys(_part(part) for part in step.chain))
    words = escaped(plain(step.words, True))
    chain = f"${' = '.join(parts)}$" if parts else ""
    return f"{chain} \\quad {words}" if chain and words else chain or words


def _part(part: Part) -> str:
    return number(str(part)) if isinstance(part, int) and part >= 0 else math(str(part))


def _table(table: Table) -> list[str]:
    aligned = "".join("l" if kind in ("name", "words") else "r" for kind in table.cells)
    rows = [
        [_table_cell(kind, plain(cell, True)) for kind, cell in zip(table.cells, cells, strict=True)]
        for cells in table.rows
    ]
    titles = [f"${math(title)}$" if re.fullmatch("[A-Za-z]", title) else escaped(title) for title in table.titles]
    return tabular(titles, aligned, rows)


def _table_cell(kind: str, cell: str) -> str:
    if kind in ("name", "words"):
        return escaped(cell)
    if kind == "number" or not cell:
        return escaped(cell)
    written = math(cell)
    return escaped(cell) if written.startswith(r"\text{") else f"${written}$"
