"""The largest network within a budget, as lines to read and as JSON (schema ``cnnshape.budget/1``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnnshape.analysis.inverse.budget import COUNTED, Affordable, Costs, Counted, Span, Step, decimal
from cnnshape.render.grid import Grid, GridColumn, fitted
from cnnshape.render.page import Page
from cnnshape.render.reading import read_as
from cnnshape.render.units import bytes_text, count_text, exact

if TYPE_CHECKING:
    from cnnshape.render.options import Options

__all__ = ["budget_data", "budget_json", "budget_text", "usable"]

_LABEL = 10
_TITLES: dict[Counted, str] = {"params": "parameters", "macs": "MACs", "memory": "memory"}


def budget_text(found: Affordable, options: Options) -> str:
    """Return the answer in lines: the value, what it costs beside the next larger network, and how to use it.

    Parameters
    ----------
    found : Affordable
    options : how wide a line is, and whether colors and letters beyond ASCII show
    """
    page = Page.of(options)
    block = page.block

    out = block(verdict(found), "red" if found.best is None else "green")
    out += block(_read(found))
    out += ["", *fitted(_table(found), page.width).lines(), ""]
    rows = [*_binding(found)]
    rows += [("formula", f"{_word(name)} = {words}") for name, words in found.formulas.items()]
    rows += [("use", use)] if (use := usable(found)) else []
    for label, words in rows:
        out += block(f"{label:<{_LABEL}}{words}", indent=" " * _LABEL)
    out += [line for note in found.notes for line in block(f"note: {note}")]
    return "".join(f"{line}\n" for line in out)


def verdict(found: Affordable) -> str:
    """Return the answer in one line."""
    limits = _listed([_amount(name, limit) for name, limit in found.limits.given.items()])
    if found.best is None:
        costs = found.smallest.costs
        needs = _listed([_amount(name, costs.of(name) or 0) for name in found.binding])
        return f"{found.model}: no {found.name} fits {limits}: the smallest network has {needs}"
    span = found.best.span
    if found.above is None:
        return f"{found.model}: every {found.name} up to {decimal(span.high or Fraction(0))} fits {limits}"
    at = f"any in {span}" if found.kind == "factor" and span.low != span.high else str(span)
    return f"{found.model}: the largest {found.name} that fits {limits}: {at}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _amount(name: Counted, limit: int) -> str:
    return f"{exact(limit)} {COUNTED[name]}{' of memory' if name == 'memory' else ''}"


def _word(name: Counted) -> str:
    return "bytes" if name == "memory" else _TITLES[name]


def _read(found: Affordable) -> str:
    """Return how the input was read, and what is counted."""
    network = (found.best or found.smallest).network
    open_ = found.name.split(" = ") if found.kind == "size" else []
    sizes = {**network.defaults, **found.terms.sizes}
    kept = {name: size for name, size in sizes.items() if name not in open_}
    own = {name: size for name, size in kept.items() if name not in found.terms.sizes}
    words = read_as(network, kept, own)
    counted = [f"convention {found.terms.convention}"] if found.limits.macs is not None else []
    counted.append(f"memory: weights and peak activations, {found.terms.dtype}")
    return "; ".join((words, *counted))


def _table(found: Affordable) -> Grid:
    limits = found.limits.given
    rows: list[tuple[str, str, Costs | None]] = []
    if found.best is None:
        rows.append(("smallest", _values(found.smallest), found.smallest.costs))
    else:
        rows.append(("fits", _values(found.best), found.best.costs))
    if found.best is not None and found.above is not None:
        rows.append(("over", _values(found.above), found.above.costs))
    columns = [
        GridColumn("", (*(row[0] for row in rows), "limit")),
        GridColumn(found.name, (*(row[1] for row in rows), "")),
    ]
    for name, title in _TITLES.items():
        limit = limits.get(name)
        cells = [_cell(name, costs.of(name) if costs else None, limit is not None) for *_, costs in rows]
        columns.append(
            GridColumn(
                f"{title} (bytes)" if name == "memory" and limit is not None else title,
                (*cells, exact(limit) if limit is not None else ""),
                "right",
                0 if limit is not None else 1,
            )
        )
    return Grid(tuple(columns))


def _values(step: Step) -> str:
    return str(step.span)


def _cell(name: Counted, value: int | None, limited: bool) -> str:
    if value is None:
        return ""
    return exact(value) if limited or name == "params" else (bytes_text if name == "memory" else count_text)(value)


def _binding(found: Affordable) -> list[tuple[str, str]]:
    step = found.smallest if found.best is None else found.above
    if step is None:
        return []
    which = "the smallest" if found.best is None else "the next larger"
    over = [f"{exact((step.costs.of(name) or 0) - found.limits.given[name])} {_word(name)}" for name in found.binding]
    return [("binding", f"{which} network has {_listed(over)} too many")]


def usable(found: Affordable) -> str:
    """Return a command that reports the network; "" if nothing fits."""
    if found.value is None or found.model == "-":
        return ""
    value = decimal(Fraction(found.value))
    settings = {name: str(size) for name, size in found.terms.sizes.items()}
    if found.kind == "size":
        settings |= dict.fromkeys(found.name.split(" = "), value)
    end = f" --set {','.join(f'{name}={size}' for name, size in settings.items())}" if settings else ""
    if found.kind == "size":
        return f"cnnshape report {_quoted(found.model)}{end}"
    name, bracket, rest = found.model.partition("(")
    given = rest.rstrip(") ,")
    return f'cnnshape report "{name}({f"{given}, " if bracket and given else ""}{found.name}={value})"{end}'


def _quoted(model: str) -> str:
    return f'"{model}"' if not model.replace("/", "").replace(".", "").replace("-", "").isidentifier() else model


def budget_json(found: Affordable) -> str:
    """Return the answer as JSON, schema ``cnnshape.budget/1``."""
    return json.dumps(budget_data(found), indent=2) + "\n"


def budget_data(found: Affordable) -> dict[str, Any]:
    """Return the answer as plain data, schema ``cnnshape.budget/1``; the ends of intervals are exact, as text."""
    limits = found.limits
    network = (found.best or found.smallest).network
    sizes = {**network.defaults, **found.terms.sizes}
    open_ = found.name.split(" = ") if found.kind == "size" else []
    return {
        "schema": "cnnshape.budget/1",
        "model": found.model,
        "question": {
            "for": found.name,
            "kind": found.kind,
            "max_params": limits.params,
            "max_macs": limits.macs,
            "max_memory": limits.memory,
            "convention": found.terms.convention,
            "dtype": found.terms.dtype,
        },
        "symbols": {name: None if name in open_ else sizes.get(name) for name in network.symbols},
        "fits": found.best is not None,
        "value": None if found.value is None else decimal(Fraction(found.value)),
        "best": _step(found.best),
        "above": _step(found.above),
        "smallest": _step(found.smallest),
        "binding": list(found.binding),
        "formulas": dict(found.formulas),
        "use": usable(found) or None,
        "notes": list(found.notes),
    }


def _step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    costs = step.costs
    return {"span": _span(step.span), "params": costs.params, "macs": costs.macs, "memory": costs.memory}


def _span(span: Span) -> dict[str, Any]:
    ends = {"low": span.low, "high": span.high}
    return {
        "text": str(span),
        **{name: None if end is None else decimal(end) for name, end in ends.items()},
        "low_in": span.low_in,
        "high_in": span.high_in,
    }
