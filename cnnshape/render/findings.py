"""What `check` says: the faults, the conditions, and whether the sizes fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnnshape.render.footer import condition_items, verdict
from cnnshape.render.grid import plain, wrapped

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["FORMATS", "findings"]

FORMATS = ("text", "concise", "json")


def findings(facts: Facts, form: str, options: Options) -> str:
    """Return what is wrong with a network as text, one line each, or JSON (schema ``cnnshape.check/1``)."""
    if form == "json":
        return json.dumps(_data(facts, options), indent=2, ensure_ascii=not options.unicode) + "\n"
    lines = [error.text.splitlines()[0] for error in facts.errors] if form == "concise" else _text(facts, options)
    return "".join(f"{plain(line, options.unicode)}\n" for line in lines)


def _text(facts: Facts, options: Options) -> list[str]:
    page = options.width or 100
    out = []
    for error in facts.errors:
        out += [part for line in error.text.splitlines() for part in wrapped([line], page, indent="    ")] + [""]
    out += wrapped([f"{facts.model}: {verdict(facts)}", options.read_as], page)
    out += wrapped([f"inputs  {'; '.join(condition_items(facts)) or 'any size'}"], page, indent="  ")
    return out + [line for note in facts.notes for line in wrapped([f"note: {note}"], page, indent="  ")]


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
