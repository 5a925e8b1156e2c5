"""The rows of a table: layers folded into lines, their numbers added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnshape.errors import UsageError
from cnnshape.graph.fold import Detail, Row, detail_for, fold
from cnnshape.symbolic import Size, total

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, LayerFacts
    from cnnshape.render.options import Options

__all__ = ["Line", "lines", "shown_detail"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: a layer, or several as one.

    Parameters
    ----------
    name : str, as the network names it, with the repeats as ``x5``
    layers : the facts of the layers in it, in order
    params, buffers, macs, flops, weight_bytes, activation_bytes : sums over the layers; None if one is unknown
    fault : True if a layer in it does not fit, or stands behind one that does not
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

    @property
    def last(self) -> LayerFacts:
        """The layer whose output is the line's."""
        return self.layers[-1]

    @property
    def executed(self) -> bool:
        return any(layer.executed for layer in self.layers)


def shown_detail(facts: Facts, options: Options) -> Detail:
    """Return the detail that was asked for, else the finest with at most 60 rows."""
    return options.detail or detail_for(facts.propagation)


def lines(facts: Facts, options: Options) -> tuple[Line, ...]:
    """Return the lines of a table in the order that is asked for."""
    of_node = {layer.name: layer for layer in facts.layers}
    faulty = {error.layer for error in facts.errors}
    folded = fold(facts.propagation, shown_detail(facts, options))
    nodes = facts.network.nodes
    made = [_line(row, [of_node[nodes[i].name] for i in row.nodes], faulty) for row in folded]
    if options.sort:
        made = _sorted(made, options.sort)
    return tuple(made if options.rows is None else made[: options.rows])


def _line(row: Row, layers: Sequence[LayerFacts], faulty: set[str]) -> Line:
    return Line(
        row.name if row.times == 1 else f"{row.name} x{row.times}",
        tuple(layers),
        _sum(layer.params for layer in layers),
        _sum(layer.buffers for layer in layers),
        _sum(layer.macs for layer in layers),
        _sum(layer.flops for layer in layers),
        _sum(layer.weight_bytes for layer in layers),
        _sum(layer.activation_bytes for layer in layers),
        any(layer.name in faulty or not layer.outputs for layer in layers),
    )


def _sum(values: Iterable[Size | None]) -> Size | None:
    known = list(values)
    return None if None in known else total(value for value in known if value is not None)


_SORTS = {
    "layer": "name",
    "params": "params",
    "buffers": "buffers",
    "macs": "macs",
    "flops": "flops",
    "weights": "weight_bytes",
    "activations": "activation_bytes",
}


def _sorted(made: list[Line], by: str) -> list[Line]:
    if by not in _SORTS:
        raise UsageError(
            f"a table cannot be sorted by {by!r}",
            got=by,
            rule=f"--sort takes one of {', '.join(_SORTS)}",
            fix=_near(by),
        )
    if by == "layer":
        return sorted(made, key=lambda line: line.name)
    values = [getattr(line, _SORTS[by]) for line in made]
    if any(value is not None and not isinstance(value, int) for value in values):
        raise UsageError(
            f"{by} are formulas, which have no order",
            rule="a table is sorted by numbers",
            fix="put sizes in, such as --set H=224,W=224",
        )
    return [line for _, line in sorted(zip(values, made, strict=True), key=lambda pair: -(pair[0] or 0))]


def _near(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, _SORTS, 1)
    return f"did you mean {near[0]}?" if near else "--sort params"
