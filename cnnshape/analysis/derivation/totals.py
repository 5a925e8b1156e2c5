"""What the counts of a network, or of a block, add up from: its largest layers, and its maps."""

from __future__ import annotations

from collections.abc import Iterable

from cnnshape.analysis.derivation.data import Cells, Step, Table, Topic, times
from cnnshape.analysis.derivation.network import Group
from cnnshape.analysis.report import LayerFacts
from cnnshape.layers.base import Kind, Spec
from cnnshape.symbolic import Dim, Size, exact_div, product, symbols, text, total

__all__ = ["by_map", "largest_topic"]

_LARGEST = 6
_LONGEST = 50
_ROWS = frozenset({Kind.LINEAR, Kind.ATTENTION, Kind.RECURRENT})
"""Kinds of layers that work along the last axis; the positions are the axes between it and the batch."""
_FIELDS = {"params": "params", "macs": "macs", "memory": "activation_bytes"}


def largest_topic(group: Group, name: str, title: str, unit: str = "") -> Topic:
    """Return which layers make up most of a count.

    Parameters
    ----------
    group : Group
    name : "params" or "memory"
    title : str
    unit : str
    """
    field = _FIELDS[name]
    layers = [layer for layer in group.layers if getattr(layer, field) not in (0, None)]
    values: list[Size] = [getattr(layer, field) for layer in layers]
    whole = total(values)
    order = list(range(len(values)))
    if all(isinstance(value, int) for value in values):
        order.sort(key=lambda i: -values[i])
    most = len(order) if len(order) <= _LARGEST + 2 else _LARGEST
    rows = [(layers[i].name, layers[i].op, _of(values[i]), _share(values[i], whole)) for i in order[:most]]
    rest = order[most:]
    if rest:
        left = total([values[i] for i in rest])
        rows.append((f"{len(rest)} more", "", _of(left), _share(left, whole)))
    if len(rows) > 1:
        rows.append(("sum", "", _of(whole), _share(whole, whole)))
    table = Table(("layer", "operator", title, "%"), ("name", "name", "formula", "number"), tuple(rows))
    lines = _lacking(group, field)
    whole_: Size | None = None if lines else whole
    lines += _shared(group) if name == "params" else []
    return Topic(name, title, whole_, table=table if rows else None, steps=tuple(lines), unit=unit)


def _of(size: Size) -> str:
    written = text(size)
    return written if len(written) <= _LONGEST or not isinstance(size, Dim) else f"{len(size.terms)} terms"


def _shared(group: Group) -> list[Step]:
    shared = [layer.name for layer in group.layers if layer.shares]
    if not shared:
        return []
    more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
    return [Step("", (), f"weights of another layer, counted there: {shared[0]}{more}")]


def _share(part: Size, whole: Size) -> str:
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}" if tenths or not part else "<0.1"


def by_map(group: Group, name: str, title: str, unit: str = "") -> Topic:
    """Return a count by the map that it is for: so much for each position, times the positions.

    Parameters
    ----------
    group : Group
    name : "macs" or "memory"
    title, unit : str
    """
    facts, field = group.facts, _FIELDS[name]
    sums: dict[tuple[Size, ...], list[tuple[LayerFacts, Size, Size]]] = {}
    # As it is, and not as short as it gets for the sizes that fit.
    found, counted = facts.propagation, (facts.tally.macs if name == "macs" else facts.memory.activations).per_layer()
    for layer in group.layers:
        amount = counted[layer.name]
        if amount is None or amount == 0:
            continue
        i = facts.network.index[layer.name]
        inputs, outputs = found.inputs[i] or (), found.outputs[i] or ()
        spreads = any(w.mode == "transposed" for w in found.network.nodes[i].layer.window(inputs).axes.values())
        ends = (inputs, outputs) if spreads and name == "macs" else (outputs, inputs)
        last = found.network.nodes[i].layer.kind in _ROWS
        area, each = _per_position(ends, amount, slice(1, -1) if last else slice(2, None))
        sums.setdefault(area, []).append((layer, each, amount))
    whole = total([macs for rows in sums.values() for _, _, macs in rows])
    symbolic = isinstance(whole, Dim)
    titles = ("layers", "positions", "for each", *(() if symbolic else (unit or title.partition(",")[0], "%")))
    kinds: tuple[Cells, ...] = ("name", "formula", "formula", *(() if symbolic else ("formula", "number")))
    cells = []
    for area, rows in sums.items():
        each, amount = total([row[1] for row in rows]), total([row[2] for row in rows])
        names = rows[0][0].name if len(rows) == 1 else f"{rows[0][0].name} and {len(rows) - 1} more"
        cells.append((names, times(*area), text(each), text(amount), _share(amount, whole))[: len(titles)])
    if len(cells) > 1 and not symbolic:
        cells.append(("sum", "", "", text(whole), _share(whole, whole)))
    lines = _lacking(group, field)
    known = None if lines else _whole(group, field)
    lines += [Step("sum", (_sum(sums),))] if symbolic else []
    table = Table(titles, kinds, tuple(cells)) if sums else None
    return Topic(name, title, known, table=table, steps=tuple(lines), unit=unit)


def _whole(group: Group, field: str) -> Size:
    if not group.name:
        size: Size = getattr(group.facts.totals, field)
        return size
    return total([getattr(layer, field) for layer in group.layers])


def _lacking(group: Group, field: str) -> list[Step]:
    """Return the line that says what a sum leaves out."""
    unknown = [layer.name for layer in group.layers if getattr(layer, field) is None]
    if not unknown:
        return []
    more = f" and {len(unknown) - 1} layers behind it" if len(unknown) > 1 else ""
    return [Step("", (), f"it is not known: {unknown[0]}{more} do not fit these sizes")]


def _sum(sums: dict[tuple[Size, ...], list[tuple[LayerFacts, Size, Size]]]) -> str:
    return " + ".join(times(total([row[1] for row in rows]), *area) for area, rows in sums.items())


def _per_position(ends: Iterable[tuple[Spec, ...]], amount: Size, space: slice) -> tuple[tuple[Size, ...], Size]:
    """Return the map that an amount is for, and how much of it there is for each position."""
    for specs in ends:
        for spec in specs[:1]:
            area = spec.shape[space]
            each = exact_div(amount, product(area)) if area else None
            if each is not None and _free_of(each, area):
                return area, each
    return (), amount


def _free_of(each: Size, area: Iterable[Size]) -> bool:
    return symbols(each).isdisjoint(name for size in area for name in symbols(size))
