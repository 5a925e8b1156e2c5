"""The headline below a table: which inputs fit, what leaves, what it all comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnshape.layers import catalog
from cnnshape.layers.io import Unknown
from cnnshape.render.columns import Sheet
from cnnshape.render.shapes import shape_text
from cnnshape.render.units import bytes_text, count_text, exact
from cnnshape.symbolic import Dim, Size

if TYPE_CHECKING:
    from cnnshape.analysis.fitting.solution import Relation
    from cnnshape.analysis.report import Facts, LayerFacts

__all__ = ["because", "condition_items", "fitting", "headline", "marks", "verdict"]

_MOST_CAUSES = 2
_LONGEST = 1000


def headline(sheet: Sheet) -> list[str]:
    """Return the items of the footer, each to be kept on one line where that is possible."""
    facts, totals, layers = sheet.facts, sheet.facts.totals, sheet.facts.layers
    word = "output" if len(facts.outputs) < 2 else "outputs"
    items = [f"inputs  {fitting(facts)}", f"{word} {sheet.shape(facts.outputs) or '-'}"]
    params = f"params {_known(layers, 'params')}{_exact(sheet, totals.params)}"
    if isinstance(totals.weight_bytes, int):
        params += f" ({bytes_text(totals.weight_bytes)} {sheet.options.dtype})"
    items.append(params)
    if totals.frozen != 0:
        items.append(f"trainable {_exact(sheet, totals.trainable)}, frozen {_exact(sheet, totals.frozen)}")
    if totals.buffers != 0:
        items.append(f"buffers {_exact(sheet, totals.buffers)}")
    least = _known(layers, "macs")
    items.append(f"MACs {least}{_counted(sheet, totals.macs, [layer.macs for layer in layers])}")
    flops = "2 x MACs" if isinstance(totals.flops, Dim) else f"{least}{_counted(sheet, totals.flops)}"
    items.append(f"FLOPs {flops}")
    least = _known(layers, "activation_bytes")
    stored = _bytes(sheet, totals.activation_bytes, [layer.activation_bytes for layer in layers])
    items.append(f"activations {least}{stored}")
    holder = facts.peak.holders[0][0] if len(facts.peak.holders) == 1 else ""
    if facts.peak.at_most is None:
        items.append(f"peak {least}{_bytes(sheet, totals.peak_activation_bytes)}" + (f" at {holder}" if holder else ""))
    else:
        items.append(f"peak {'unknown' if least else f'at most {_bytes(sheet, facts.peak.at_most)}'}")
    items.append(f"convention {facts.convention}: {facts.tally.convention.words}")
    if not facts.complete and not facts.errors:
        items.append(f"not counted: {_listed([row.layer for row in facts.incomplete])}")
    return items


def _known(layers: Sequence[LayerFacts], count: str) -> str:
    """Return what to put before a total: it lacks the layers behind a fault."""
    return "at least " if any(getattr(layer, count) is None for layer in layers) else ""


def marks(sheet: Sheet) -> list[str]:
    """Return what the signs before the names of layers mean."""
    return ["! does not fit, or follows what does not"] if any(line.fault for line in sheet.lines) else []


def verdict(facts: Facts) -> str:
    """Return in words whether the sizes fit."""
    if facts.errors or facts.valid is False:
        return f"not valid: {len(facts.errors)} fault{'s' * (len(facts.errors) != 1)}"
    if facts.valid:
        untold = any(isinstance(node.layer, Unknown) for node in facts.network.nodes)
        return "valid as far as its layers are known" if untold else "valid"
    if facts.conditions:
        return "valid where the inputs fit"
    return "valid where the assumptions hold" if facts.assume else "undecided"


def fitting(facts: Facts) -> str:
    """Return which inputs fit, with the layers that decide it."""
    network = facts.network
    free = [name for name in network.symbols if name != network.batch]
    shapes: list[tuple[Size, ...]] = [node.declared for node in network.inputs]
    fixed = "" if free else " and ".join(dict.fromkeys(shape_text(shape, network.batch) for shape in shapes))
    if facts.validity.propagation.faults:  # of the network with free sizes: no choice of them helps
        return f"none, {fixed} does not fit" if fixed else "no size fits"
    items = condition_items(facts)
    if items:
        return "; ".join(items)
    if fixed:
        return f"only {fixed}"
    if facts.assume:
        return "any size that is assumed"
    partly = any(isinstance(size, int) for shape in shapes for size in shape[2:])
    return f"any {', '.join(free)}" if partly else "any size"


def condition_items(facts: Facts) -> list[str]:
    """Return the conditions on the inputs, those of one cause together, with the layers that make them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for condition in facts.conditions:
        if condition.symbol is not None:
            groups.setdefault(tuple(condition.because), []).append(condition.text)
    coupled: dict[tuple[str, ...], list[str]] = {}
    for relation in facts.relations:
        names = tuple(reason.layer for reason in relation.because)
        if not relation.boxes:
            coupled.setdefault(names, []).append(relation.text)
        elif len(relation.boxes) > 1:
            groups.setdefault(names, []).append(_others(relation))
    return [
        ", ".join(texts).replace(", or ", " or ") + (f" ({because(facts, names)})" if names else "")
        for rows in (groups, coupled)
        for names, texts in rows.items()
    ]


def _others(relation: Relation) -> str:
    rest = relation.boxes[1:]
    thin = all(not {1, -1}.isdisjoint(box.factors) for box in rest)
    return f"or {len(rest)} {'thin' if thin else 'other'} shape{'s' * (len(rest) != 1)}"


def because(facts: Facts, names: tuple[str, ...]) -> str:
    """Return ``concat 'up1'``: the layers that make a condition, the first few of many."""
    return _listed([f"{_operator(facts, name)} {name!r}" for name in names])


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_CAUSES
    return ", ".join(names[:_MOST_CAUSES]) + (f" and {more} more" if more > 0 else "")


def _operator(facts: Facts, name: str) -> str:
    node = facts.network.index.get(name)
    return catalog.by_class()[type(facts.network.nodes[node].layer)].name if node is not None else "layer"


def _exact(sheet: Sheet, size: Size | None, parts: Sequence[Size | None] = ()) -> str:
    if isinstance(size, Dim):
        return _bounded(sheet.formulas.total([part for part in parts or [size] if part is not None]), size)
    return "unknown" if size is None else exact(size)


def _counted(sheet: Sheet, size: Size | None, parts: Sequence[Size | None] = ()) -> str:
    if isinstance(size, int) and size >= 1000:
        return f"{exact(size)} ({count_text(size)})"
    return _exact(sheet, size, parts)


def _bytes(sheet: Sheet, size: Size | None, parts: Sequence[Size | None] = ()) -> str:
    if size is None:
        return "unknown"
    if isinstance(size, Dim):
        written = sheet.formulas.total([part for part in parts or [size] if part is not None], short=True)
        return f"{_bounded(written, size)} bytes"
    return bytes_text(size)


def _bounded(written: str, size: Dim) -> str:
    return written if len(written) <= _LONGEST else f"a formula of {len(size.terms)} terms"
