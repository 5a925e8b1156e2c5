"""What `check` says: the faults, the conditions, and whether the sizes fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnnshape.render.footer import fitting, verdict
from cnnshape.render.grid import plain
from cnnshape.render.page import Page
from cnnshape.render.text import fault_lines

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["FORMATS", "findings"]

FORMATS = ("text", "concise", "json")

_MOST_BOXES = 10


def findings(facts: Facts, form: str, options: Options) -> str:
    """Return what is wrong with a network as text, one line each, or JSON (schema ``cnnshape.check/1``)."""
    if form == "json":
        return json.dumps(_data(facts, options), indent=2, ensure_ascii=not options.unicode) + "\n"
    if form == "concise":
        lines = [plain(error.text.splitlines()[0], options.unicode) for error in facts.errors]
    else:
        lines = _text(facts, options)
    return "".join(f"{line}\n" for line in lines)


def _text(facts: Facts, options: Options) -> list[str]:
    page = Page.of(options)
    block = page.block

    out = []
    for error in facts.errors:
        out += [*fault_lines(error.text, page.width, page.unicode, page.paint), ""]
    bad = bool(facts.errors) or facts.valid is False
    out += block(f"{facts.model}: {verdict(facts)}", "red" if bad else "green")
    out += block(options.read_as)
    out += block(f"inputs  {fitting(facts)}")
    for relation in facts.relations:
        out += [line for box in relation.boxes[1:_MOST_BOXES] for line in block(f"  or {box.text()}")]
        more = len(relation.boxes) - _MOST_BOXES
        out += block(f"  or {more} more shapes") if more > 0 else []
    return out + [line for note in facts.notes for line in block(f"note: {note}")]


def _data(facts: Facts, options: Options) -> dict[str, Any]:
    return {
        "schema": "cnnshape.check/1",
        "model": facts.model,
        "source": facts.source,
        "symbols": dict(facts.symbols),
        "valid": facts.valid,
        "conditions": [
            {"symbol": row.symbol, "text": row.text, "because": list(row.because)} for row in facts.conditions
        ],
        "findings": [
            {"code": e.code, "layer": e.layer, "line": e.line, "message": e.message, "fix": e.fix} for e in facts.errors
        ],
        "notes": [options.read_as, *facts.notes],
    }
