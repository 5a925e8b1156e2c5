"""The lines of a table: layers folded into rows, their numbers added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnshape.errors import UsageError
from cnnshape.graph.fold import Row, detail_for, fold
from cnnshape.symbolic import Size, total

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, LayerFacts
    from cnnshape.render.options import Options

__all__ = ["SORTS", "Line", "table_lines", "tree_lines"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: a layer, or several as one.

    Parameters
    ----------
    name : str, as the network names it, with the repeats as ``x5``
    layers : the facts of the layers in it, in order
    params, buffers, macs, flops, weight_bytes, activation_bytes : sums over the layers; None if one is unknown
    fault : True if a layer in it does not fit, or stands behind one that does not
    group : True if the lines below it say more of the same layers
    """

    name: str
    layers: tuple[LayerFacts, ...]
    params: Size | None
    buffers: Size | None
    macs: Size | None
    flops: Size | None
    weight_bytes: Size | None
    activation_bytes: Size | None
    fault: bool
    group: bool = False

    @property
    def last(self) -> LayerFacts:
        """The layer whose output is the line's."""
        return self.layers[-1]

    @property
    def executed(self) -> bool:
        return any(layer.executed for layer in self.layers)


def table_lines(facts: Facts, options: Options) -> tuple[Line, ...]:
    """Return the lines of a table, all of them, in the order that is asked for.

    Raises
    ------
    UsageError
        CS001, a column that cannot be sorted by.
    """
    make = _Lines(facts)
    made = tuple(make.line(_name(row), [row]) for row in _rows(facts, options))
    return _sorted(made, options.sort) if options.sort else made


def tree_lines(facts: Facts, options: Options) -> tuple[Line, ...]:
    """Return the lines of a tree: the network, its blocks with their sums, and the rows of a table inside them.

    Raises
    ------
    UsageError
        CS001, an order that is asked for: a tree has the network's.
    """
    if options.sort:
        raise UsageError("a tree keeps the order of the network", rule="--sort is for tables", fix="--format table")
    entries = _merged(_entries(facts, _rows(facts, options)))
    make = _Lines(facts)
    prefixes = _prefixes([entry.depth for entry in entries], options.unicode)
    return tuple(
        replace(make.line(prefix + entry.label, entry.rows), group=entry.group)
        for prefix, entry in zip(prefixes, entries, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    depth: int
    label: str
    rows: list[Row]
    group: bool


def _entries(facts: Facts, rows: Sequence[Row]) -> list[_Entry]:
    """Return the rows with the network and the blocks around them, each before what is in it."""
    root = _Entry(0, facts.model, list(rows), True)
    entries, opened, path = [root], [root], list[str]()
    for row in rows:
        scope = row.scope.rpartition(".")[0] if row.scope else facts.network.nodes[row.nodes[0]].scope
        wanted = scope.split(".") if scope else []
        same = 0
        while same < min(len(path), len(wanted)) and path[same] == wanted[same]:
            same += 1
        del opened[same + 1 :]
        for depth in range(same, len(wanted)):
            opened.append(_Entry(depth + 1, wanted[depth], [], True))
            entries.append(opened[-1])
        for entry in opened[1:]:
            entry.rows.append(row)
        path = wanted
        label = _name(row).removeprefix(f"{scope}.") if scope else _name(row)
        entries.append(_Entry(len(wanted) + 1, label, [row], False))
    return entries


def _merged(entries: Sequence[_Entry]) -> list[_Entry]:
    """Return the entries with every block that holds one thing alone, block or row, in one line with it."""
    children = [0] * len(entries)
    path: list[int] = []
    for i, entry in enumerate(entries):
        del path[entry.depth :]
        if path:
            children[path[-1]] += 1
        path.append(i)
    out, label = [], ""
    merged: list[int] = []
    for i, entry in enumerate(entries):
        del merged[entry.depth :]
        above = merged[-1] if merged else 0
        alone = entry.depth > 0 and entry.group and children[i] == 1
        merged.append(above + alone)
        label += entry.label
        if alone:
            label += "."
        else:
            out.append(replace(entry, depth=entry.depth - above, label=label))
            label = ""
    return out


def _prefixes(depths: Sequence[int], unicode: bool) -> list[str]:
    """Return the branches before each entry of a tree."""
    through, blank, fork, last = ("│  ", "   ", "├─ ", "└─ ") if unicode else ("|  ", "   ", "|- ", "`- ")
    out, followed = [], set[int]()
    for depth in reversed(depths):
        branch = "".join(through if k in followed else blank for k in range(1, depth))
        out.append(branch + (fork if depth in followed else last) if depth else "")
        followed = {k for k in followed if k < depth} | {depth}
    return out[::-1]


def _rows(facts: Facts, options: Options) -> tuple[Row, ...]:
    return fold(facts.propagation, options.detail or detail_for(facts.propagation))


def _name(row: Row) -> str:
    return row.name if row.times == 1 else f"{row.name} x{row.times}"


class _Lines:
    """Makes lines of rows."""

    def __init__(self, facts: Facts) -> None:
        self.nodes = facts.network.nodes
        self.of_node = {layer.name: layer for layer in facts.layers}
        self.faulty = {error.layer for error in facts.errors}

    def line(self, name: str, rows: Sequence[Row]) -> Line:
        layers = tuple(self.of_node[self.nodes[i].name] for row in rows for i in row.nodes)
        return Line(
            name,
            layers,
            _sum(layer.params for layer in layers),
            _sum(layer.buffers for layer in layers),
            _sum(layer.macs for layer in layers),
            _sum(layer.flops for layer in layers),
            _sum(layer.weight_bytes for layer in layers),
            _sum(layer.activation_bytes for layer in layers),
            any(layer.name in self.faulty or not layer.outputs for layer in layers if layer.executed),
        )


def _sum(values: Iterable[Size | None]) -> Size | None:
    known = list(values)
    return None if None in known else total(value for value in known if value is not None)


SORTS = {
    "layer": "name",
    "params": "params",
    "buffers": "buffers",
    "macs": "macs",
    "flops": "flops",
    "weights": "weight_bytes",
    "activations": "activation_bytes",
}


def _sorted(made: tuple[Line, ...], by: str) -> tuple[Line, ...]:
    if by not in SORTS:
        from difflib import get_close_matches

        near = get_close_matches(by, SORTS, 1)
        raise UsageError(
            f"a table cannot be sorted by {by!r}",
            got=by,
            rule=f"--sort takes one of {', '.join(SORTS)}",
            fix=f"did you mean {near[0]}?" if near else "--sort params",
        )
    if by == "layer":
        return tuple(sorted(made, key=lambda line: line.name))
    values = [getattr(line, SORTS[by]) for line in made]
    if any(value is not None and not isinstance(value, int) for value in values):
        raise UsageError(
            f"{by} are formulas, which have no order",
            rule="a table is sorted by numbers",
            fix="put sizes in, such as --set H=224,W=224",
        )
    order = sorted(range(len(made)), key=lambda i: -(values[i] or 0))
    return tuple(made[i] for i in order)
