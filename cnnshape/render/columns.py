"""The columns of a table, side by side: what each is called, what it holds, and when it has to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnnshape.errors import UsageError
from cnnshape.render.formulas import Formulas
from cnnshape.render.operators import label_of
from cnnshape.render.rows import Line
from cnnshape.render.shapes import axes_title, field_text, shape_text
from cnnshape.render.units import bar, bytes_text, count_text, exact, share_text
from cnnshape.symbolic import Dim, Size

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, TensorFacts
    from cnnshape.render.options import Options

__all__ = ["COLUMNS", "Column", "Sheet", "chosen"]

_BAR = 8
_MOST_OPERATORS = 3
_LONGEST_FORMULA = 32


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the cells of one table have in common: the facts, and all lines, of which `options` may show a part."""

    facts: Facts
    options: Options
    all_lines: tuple[Line, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return self.all_lines[: self.options.rows]

    @cached_property
    def batch(self) -> str:
        return self.facts.network.batch

    @cached_property
    def formulas(self) -> Formulas:
        tensors = [t for line in self.lines for layer in line.layers for t in (*layer.inputs, *layer.outputs)]
        tensors += self.facts.outputs
        maps = dict.fromkeys(tensor.shape for tensor in tensors)
        return Formulas([shape[2:] for shape in maps], self._sizes())

    @cached_property
    def most_macs(self) -> int:
        return max((line.macs for line in self.all_lines if isinstance(line.macs, int) and not line.group), default=0)

    @cached_property
    def owners(self) -> frozenset[str]:
        """Layers whose weights are their own."""
        return frozenset(layer.name for layer in self.facts.layers if layer.params != 0)

    def shape(self, tensors: Iterable[TensorFacts]) -> str:
        return ", ".join(shape_text(tensor.shape, self.batch, self.formulas.text) for tensor in tensors)

    def total(self, line: Line, field: str, write: Callable[[int], str]) -> str:
        """Return the sum of a count over the layers of a line, "-" where it is unknown."""
        size: Size | None = getattr(line, field)
        if isinstance(size, Dim):
            written = self.formulas.total([getattr(layer, field) for layer in line.layers], short=True)
            return self.formulas.cell(written, field[0], _LONGEST_FORMULA)
        return "-" if size is None else write(size)

    def share(self, size: Size | None, whole: Size | None) -> str:
        return share_text(size, whole) if isinstance(size, int) and isinstance(whole, int) else ""

    def _sizes(self) -> Iterable[Size]:
        """Yield what is written beside the maps: channels and features, and what the counts do not share with maps."""
        for line in self.lines:
            yield from (size for tensor in line.last.outputs for size in tensor.shape[:2])
        yield from (size for tensor in self.facts.outputs for size in tensor.shape)
        totals = self.facts.totals
        sums = (totals.params, totals.macs, totals.activation_bytes, totals.peak_activation_bytes)
        yield from (size for size in sums if size is not None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : what `--columns` calls it
    title : the words above it
    cell : what it says of a line
    align : "left" for words, "right" for numbers
    goes : the columns of a narrow table leave it in this order; 0 never
    standard : True if it is shown unasked
    """

    name: str
    title: str | Callable[[Sheet], str]
    cell: Callable[[Sheet, Line], str]
    align: Literal["left", "right"] = "right"
    goes: int = 0
    standard: bool = True

    def heading(self, sheet: Sheet) -> str:
        """Return the words above the column."""
        return self.title if isinstance(self.title, str) else self.title(sheet)


def _name(_: Sheet, line: Line) -> str:
    return ("! " if line.fault else "") + line.name + ("" if line.executed else " (not executed)")


def _operators(sheet: Sheet, line: Line) -> str:
    if len(line.layers) > _MOST_OPERATORS:
        return f"{len(line.layers)} layers"
    first, *rest = line.layers
    rank = len(first.inputs[0].shape) - 2 if first.inputs else 0
    label = label_of(sheet.facts.network[first.name].layer, rank).replace("×", "x")
    return " + ".join([label, *(layer.op for layer in rest)])


def _params(sheet: Sheet, line: Line) -> str:
    shares = line.params == 0 and any(layer.shares in sheet.owners for layer in line.layers)
    return "shared" if shares else sheet.total(line, "params", exact)


def _bar(sheet: Sheet, line: Line) -> str:
    if line.group or not isinstance(line.macs, int) or not isinstance(sheet.facts.totals.macs, int):
        return ""
    return bar(line.macs, sheet.most_macs, _BAR, sheet.options.unicode)


def _activations(sheet: Sheet) -> str:
    symbolic = any(isinstance(line.activation_bytes, Dim) for line in sheet.lines)
    return "activ. [B]" if symbolic else "activ."


def _bytes_made(sheet: Sheet, line: Line) -> str:
    """Return the bytes that a line makes; the layers of a view make none, since it lies in the memory of its input."""
    if line.executed and all(sheet.facts.network[layer.name].layer.is_view for layer in line.layers):
        return "view"
    return sheet.total(line, "activation_bytes", bytes_text)


def _output(sheet: Sheet) -> str:
    last = bool(sheet.facts.network.origin.orders)
    return f"output {axes_title(sheet.facts.inputs, sheet.batch, last=last)}".rstrip()


COLUMNS: tuple[Column, ...] = (
    Column("layer", "layer", _name, "left"),
    Column("op", "operator", _operators, "left", 1, standard=False),
    Column("kind", "kind", lambda _, line: line.layers[0].kind, "left", 8, standard=False),
    Column("block", "block", lambda _, line: line.layers[0].block, "left", 9, standard=False),
    Column("input", "input", lambda s, line: s.shape(line.layers[0].inputs), "left", 10, standard=False),
    Column("output", _output, lambda s, line: s.shape(line.last.outputs) or "-", "left"),
    Column("params", "params", _params, goes=14),
    Column("params%", "%P", lambda s, line: s.share(line.params, s.facts.totals.params), goes=3),
    Column("buffers", "buffers", lambda s, line: s.total(line, "buffers", exact), goes=11, standard=False),
    Column("macs", "MACs", lambda s, line: s.total(line, "macs", count_text), goes=13),
    Column("macs%", "%M", lambda s, line: s.share(line.macs, s.facts.totals.macs), goes=5),
    Column("bar", "", _bar, "left", 4),
    Column("flops", "FLOPs", lambda s, line: s.total(line, "flops", count_text), goes=11, standard=False),
    Column("weights", "weights", lambda s, line: s.total(line, "weight_bytes", bytes_text), goes=11, standard=False),
    Column("activations", _activations, _bytes_made, goes=2),
    Column("field", "field", lambda _, line: field_text(line.last.receptive_field), goes=12),
)


def chosen(options: Options) -> tuple[Column, ...]:
    """Return the columns that are asked for, or those that are standard.

    Raises
    ------
    UsageError
        CS001, for a name that no column has.
    """
    if not options.names:
        return tuple(column for column in COLUMNS if column.standard)
    by_name = {column.name: column for column in COLUMNS}
    for name in options.names:
        if name not in by_name:
            from difflib import get_close_matches

            near = get_close_matches(name, by_name, 1)
            raise UsageError(
                f"there is no column {name!r}",
                got=name,
                rule=f"the columns are {', '.join(by_name)}",
                fix=f"did you mean {near[0]}?" if near else "--columns layer,output,params,macs",
            )
    return tuple(by_name[name] for name in options.names)
