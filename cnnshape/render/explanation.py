"""Derivations for people: text in two columns, Markdown, and plain data for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnshape.errors import UsageError
from cnnshape.render.grid import Grid, GridColumn, display_width, fitted, plain, wrapped
from cnnshape.render.paint import Paint
from cnnshape.render.units import bytes_text, count_text, exact
from cnnshape.symbolic import Dim, text

if TYPE_CHECKING:
    from cnnshape.analysis.derivation.data import Derivation, Part, Step, Table, Topic
    from cnnshape.render.options import Options

__all__ = ["FORMATS", "explanation", "explanation_data", "heading", "part_text", "result_text"]

FORMATS = ("text", "markdown", "latex", "json")

_PAGE = 80
_LABEL = 12
_LONGEST_RESULT = 60
_INDENT = "  "


def explanation(found: Derivation, form: str, options: Options) -> str:
    """Return a derivation in one of `FORMATS`.

    Raises
    ------
    UsageError
        CS001, for another format.
    """
    if form == "text":
        return _text(found, options)
    if form == "markdown":
        return _markdown(found, options)
    if form == "latex":
        written: str = import_module("cnnshape.render.latex").explanation(found)
        return written
    if form == "json":
        return json.dumps(explanation_data(found), indent=2, ensure_ascii=not options.unicode) + "\n"
    raise UsageError(
        f"there is no format {form!r}", got=form, rule=f"an explanation is {', '.join(FORMATS)}", fix="format text"
    )


def heading(found: Derivation) -> str:
    """Return what is explained: ``AlexNet, conv1: Conv 11x11 /4``."""
    name = f"{found.model}, {found.layer}" if found.layer else found.model
    return f"{name}: {found.operator}" if found.operator else name


def part_text(part: Part, *, last: bool = False) -> str:
    """Return a part of an equation; of a large number at the end also three digits with their unit."""
    if isinstance(part, str):
        return part
    if isinstance(part, Dim):
        return text(part)
    short = f" ({count_text(part)})" if last and part >= 100_000 else ""  # six digits are hard to read
    return exact(part) + short


def result_text(topic: Topic) -> str:
    """Return the result of a topic; "unknown" where it is not known."""
    result = topic.result
    if result is None:
        return ""
    if isinstance(result, int):
        if topic.unit == "bytes":
            return f"{exact(result)} bytes ({bytes_text(result)})" if result >= 1024 else f"{result} bytes"  # a KiB
        return part_text(result, last=True) + (f" {topic.unit}" if topic.unit else "")
    written = part_text(result)
    return f"{written} {topic.unit}" if topic.unit else written


def _text(found: Derivation, options: Options) -> str:
    page, paint = options.width or _PAGE, Paint(options.color)
    out = [paint("bold", line) for line in wrapped([plain(heading(found), options.unicode)], page)]
    out += wrapped([plain(found.read_as, options.unicode)], page) if found.read_as else []
    for topic in found.topics:
        out += ["", *(paint("bold", line) for line in wrapped([plain(_title(topic), options.unicode)], page))]
        out += [plain(line, options.unicode) for line in _body(topic, page)]
    for note in found.notes:
        out += ["", *wrapped([plain(f"note: {note}", options.unicode)], page)]
    for error in found.errors:
        from cnnshape.render.text import fault_lines

        out += ["", *fault_lines(error, page, options.unicode, paint)]
    return "\n".join(out) + "\n"


def _title(topic: Topic) -> str:
    result = result_text(topic)
    return f"{topic.title}: {result}" if result and len(result) <= _LONGEST_RESULT else topic.title


def _body(topic: Topic, page: int) -> Iterator[str]:
    labels = [display_width(step.label) for step in topic.steps]
    room = max([_LABEL, *(width + 2 for width in labels if width <= page // 3)])
    for rule in topic.rules:
        yield from _row("rule" if rule is topic.rules[0] else "", rule, page, room)
    if topic.letters:
        named = [f"{letter} {words}" for letter, words in topic.letters]
        yield from _row("where", [*(f"{each}," for each in named[:-1]), named[-1]], page, room)
    if topic.table:
        table, names = _named(topic.table, page - len(_INDENT))
        grid = fitted(_table(table), page - len(_INDENT))
        yield from (_INDENT + plain(line, True) for line in grid.lines())
        for name, formula in names.items():
            yield from _row(name, formula, page, room)
    for step in topic.steps:
        yield from _row(step.label, _line(step), page, room)


def _line(step: Step) -> str:
    parts = [part_text(part) for part in step.chain]
    chain = " = ".join(dict.fromkeys(parts))
    return f"{chain}   {step.words}" if chain and step.words else chain or step.words


def _row(label: str, words: str | list[str], page: int, room: int) -> Iterator[str]:
    items = [words] if isinstance(words, str) else words
    if display_width(label) + 2 > room:
        yield from wrapped([_INDENT + label], page)
        label = ""
    width = max(page - room - len(_INDENT), page // 3)
    first, *rest = wrapped(items, width, between=" ", indent="") or [""]
    yield f"{_INDENT}{label}{' ' * (room - display_width(label))}{first}".rstrip()
    yield from (" " * (room + len(_INDENT)) + line for line in rest)


def _table(table: Table) -> Grid:
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.titles)
    return Grid(
        tuple(
            GridColumn(
                title,
                tuple(_number(cell) if kind != "name" else cell for cell in cells),
                "left" if kind == "name" or _words(cells) else "right",
            )
            for title, kind, cells in zip(table.titles, table.cells, columns, strict=True)
        )
    )


def _named(table: Table, page: int) -> tuple[Table, dict[str, str]]:
    """Return a table that is wider than a page with names for its long formulas, and what they stand for."""
    if _table(table).width <= page:
        return table, {}
    names: dict[str, str] = {}

    def short(kind: str, cell: str) -> str:
        if kind != "formula" or len(cell) <= page // 3:
            return cell
        return names.setdefault(cell, f"f{len(names) + 1}")

    pairs = [[short(kind, cell) for kind, cell in zip(table.cells, cells, strict=True)] for cells in table.rows]
    return replace(table, rows=tuple(map(tuple, pairs))), {name: formula for formula, name in names.items()}


def _words(cells: tuple[str, ...]) -> bool:
    """Tell whether a column holds formulas, which are read from the left."""
    return any(" " in cell for cell in cells)


def _number(cell: str) -> str:
    return exact(int(cell)) if cell.isdigit() else cell


def _markdown(found: Derivation, options: Options) -> str:
    from cnnshape.render.markdown import row, safe

    out = [f"## {safe(heading(found))}", ""]
    out += [safe(found.read_as), ""] if found.read_as else []
    for topic in found.topics:
        out += [f"### {safe(_title(topic))}", ""]
        out += [f"- rule: `{rule}`" for rule in topic.rules]
        if topic.letters:
            out.append("- where " + ", ".join(f"`{letter}` {safe(words)}" for letter, words in topic.letters))
        if topic.table:
            out += [""] if topic.rules or topic.letters else []
            out.append(row(list(topic.table.titles)))
            marks = [":--" if kind == "name" else "--:" for kind in topic.table.cells]
            out.append("|" + "|".join(marks) + "|")
            out += [row([_number(cell) for cell in cells]) for cells in topic.table.rows]
            out.append("")
        out += [f"- {safe(f'{step.label}: ' if step.label else '')}{_marked(step, safe)}" for step in topic.steps]
        out.append("")
    out += [f"- note: {safe(note)}" for note in found.notes]
    for error in found.errors:
        out += ["", *(f"    {line}" for line in error.splitlines())]
    return "\n".join(plain(line, options.unicode) for line in out).rstrip("\n") + "\n"


def _marked(step: Step, safe: Any) -> str:
    chain = _line(type(step)(step.label, step.chain))
    words = safe(step.words)
    return f"`{chain}`{' ' if words else ''}{words}" if chain else words


def explanation_data(found: Derivation) -> dict[str, Any]:
    """Return a derivation as plain data, schema ``cnnshape.explanation/1``."""
    return {
        "schema": "cnnshape.explanation/1",
        "model": found.model,
        "layer": found.layer,
        "operator": found.operator,
        "valid": found.valid,
        "topics": [_topic_data(topic) for topic in found.topics],
        "notes": [*([found.read_as] if found.read_as else []), *found.notes],
        "errors": list(found.errors),
    }


def _topic_data(topic: Topic) -> dict[str, Any]:
    table = topic.table
    return {
        "topic": topic.name,
        "title": topic.title,
        "result": _plain(topic.result),
        "unit": topic.unit,
        "rules": list(topic.rules),
        "letters": dict(topic.letters),
        "table": None
        if table is None
        else {"titles": list(table.titles), "rows": [list(cells) for cells in table.rows]},
        "steps": [
            {"label": step.label, "chain": [_plain(part) for part in step.chain], "words": step.words}
            for step in topic.steps
        ],
    }


def _plain(part: Part | None) -> int | str | None:
    return text(part) if isinstance(part, Dim) else part
