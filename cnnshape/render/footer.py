"""The headline below a table: which inputs fit, what leaves, what it all comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.layers import catalog
from cnnshape.render.columns import Sheet
from cnnshape.render.units import bytes_text, count_text, exact
from cnnshape.symbolic import Dim, Size

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["because", "condition_items", "headline", "verdict"]

_MOST_CAUSES = 2


def headline(sheet: Sheet) -> list[str]:
    """Return the items of the footer, each to be kept on one line where that is possible."""
    facts, totals = sheet.facts, sheet.facts.totals
    items = [f"inputs  {'; '.join(condition_items(facts)) or 'any size'}"]
    word = "output" if len(facts.outputs) == 1 else "outputs"
    items.append(f"{word} {sheet.shape(facts.outputs) or '-'}")
    params = f"params {_exact(sheet, totals.params)}"
    if isinstance(totals.weight_bytes, int):
        params += f" ({bytes_text(totals.weight_bytes)} {sheet.options.dtype})"
    items.append(params)
    if totals.frozen:
        items.append(f"trainable {_exact(sheet, totals.trainable)}, frozen {_exact(sheet, totals.frozen)}")
    if totals.buffers:
        items.append(f"buffers {_exact(sheet, totals.buffers)}")
    items.append(f"MACs {_counted(sheet, totals.macs)}")
    items.append(f"FLOPs {_counted(sheet, totals.flops)}")
    items.append(f"activations {sheet.bytes(totals.activation_bytes)}")
    items.append(f"peak {sheet.bytes(totals.peak_activation_bytes)}")
    items.append(f"convention {facts.convention}: {facts.tally.convention.words}")
    return items


def verdict(facts: Facts) -> str:
    """Return whether the sizes fit, in words."""
    if facts.errors or facts.valid is False:
        return "does not fit"
    sizes = any(value is not None for value in facts.symbols.values())
    if facts.valid is None:
        return "fits where the conditions hold" if facts.conditions else "undecided"
    return "fits these sizes" if sizes else "fits"


def condition_items(facts: Facts) -> list[str]:
    """Return the conditions on the inputs, those of one cause together, with the layers that make them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for condition in facts.conditions:
        groups.setdefault(tuple(condition.because), []).append(condition.text)
    return [", ".join(texts) + (f" ({because(facts, names)})" if names else "") for names, texts in groups.items()]


def because(facts: Facts, names: tuple[str, ...]) -> str:
    """Return ``concat 'up1'``: the layers that make a condition, the first few of many."""
    shown = [f"{_operator(facts, name)} {name!r}" for name in names[:_MOST_CAUSES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _operator(facts: Facts, name: str) -> str:
    node = facts.network.index.get(name)
    return catalog.by_class()[type(facts.network.nodes[node].layer)].name if node is not None else "layer"


def _exact(sheet: Sheet, size: Size | None) -> str:
    return "-" if size is None else sheet.letters.text(size) if isinstance(size, Dim) else exact(size)


def _counted(sheet: Sheet, size: Size | None) -> str:
    if isinstance(size, int) and size >= 1000:
        return f"{exact(size)} ({count_text(size)})"
    return _exact(sheet, size)


