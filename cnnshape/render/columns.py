"""The columns of a table, side by side: what each is called, what it holds, and when it has to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnnshape.errors import UsageError
from cnnshape.render.letters import Letters
from cnnshape.render.rows import Line, lines
from cnnshape.render.shapes import axes_title, field_text, shape_text
from cnnshape.render.units import bar, bytes_text, exact, share_text
from cnnshape.symbolic import Dim, Size

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, TensorFacts
    from cnnshape.render.options import Options

__all__ = ["COLUMNS", "Column", "Sheet", "chosen"]

_BAR = 8


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the cells of one table have in common."""

    facts: Facts
    options: Options

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return lines(self.facts, self.options)

    @cached_property
    def batch(self) -> str:
        return self.facts.network.batch

    @cached_property
    def letters(self) -> Letters:
        return Letters(self._sizes())

    @cached_property
    def most_macs(self) -> int:
        return max((line.macs for line in self.lines if isinstance(line.macs, int)), default=0)

    def shape(self, tensors: Iterable[TensorFacts]) -> str:
        return ", ".join(shape_text(tensor.shape, self.batch, self.letters.text) for tensor in tensors)

    def count(self, size: Size | None) -> str:
        return "-" if size is None else self.letters.short(size)

    def digits(self, size: Size | None) -> str:
        return "-" if size is None else self.letters.short(size) if isinstance(size, Dim) else exact(size)

    def bytes(self, size: Size | None) -> str:
        return "-" if size is None else self.letters.short(size) if isinstance(size, Dim) else bytes_text(size)

    def share(self, size: Size | None, whole: Size | None) -> str:
        return share_text(size, whole) if isinstance(size, int) and isinstance(whole, int) else ""

    def _sizes(self) -> Iterable[Size]:
        yield from (size for tensor in self.facts.outputs for size in tensor.shape)
        totals = self.facts.totals
        for line in self.lines:
            yield from (size for tensor in line.last.outputs for size in tensor.shape)
            yield from (size for size in (line.params, line.macs, line.activation_bytes) if size is not None)
        for size in (totals.params, totals.macs, totals.activation_bytes, totals.peak_activation_bytes):
            if size is not None:
                yield size


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : what `--columns` calls it
    title : the words above it
    cell : what it says of a line
    align : "left" for words, "right" for numbers
    goes : columns with the lowest number leave a narrow table first; 0 never
    standard : True if it is shown unasked
    """

    name: str
    title: Callable[[Sheet], str]
    cell: Callable[[Sheet, Line], str]
    align: Literal["left", "right"] = "right"
    goes: int = 0
    standard: bool = True


def _titled(words: str) -> Callable[[Sheet], str]:
    return lambda _: words


def _name(sheet: Sheet, line: Line) -> str:
    mark = "! " if line.fault else ""
    return mark + line.name + ("" if line.executed else " (not executed)")


def _operators(_: Sheet, line: Line) -> str:
    words = [layer.op for layer in line.layers]
    return words[0] if len(words) == 1 else "+".join(words) if len(words) < 4 else f"{len(words)} layers"


def _outputs_title(sheet: Sheet) -> str:
    return f"output {axes_title(sheet.facts.inputs, sheet.batch)}".rstrip()


COLUMNS: tuple[Column, ...] = (
    Column("layer", _titled("layer"), _name, "left"),
    Column("op", _titled("operator"), _operators, "left", 4, standard=False),
    Column("kind", _titled("kind"), lambda _, line: line.layers[0].kind, "left", 5, standard=False),
    Column("block", _titled("block"), lambda _, line: line.layers[0].block, "left", 6, standard=False),
    Column("input", _titled("input"), lambda s, line: s.shape(line.layers[0].inputs), "left", 7, standard=False),
    Column("output", _outputs_title, lambda s, line: s.shape(line.last.outputs) or "-", "left", 12),
    Column("params", _titled("params"), lambda s, line: s.digits(line.params), goes=11),
    Column("params%", _titled("%P"), lambda s, line: s.share(line.params, s.facts.totals.params), goes=2),
    Column("buffers", _titled("buffers"), lambda s, line: s.digits(line.buffers), goes=8, standard=False),
    Column("macs", _titled("MACs"), lambda s, line: s.count(line.macs), goes=10),
    Column("macs%", _titled("%M"), lambda s, line: s.share(line.macs, s.facts.totals.macs), goes=5),
    Column(
        "bar",
        _titled(""),
        lambda s, line: bar(line.macs, s.most_macs, _BAR, s.options.unicode) if isinstance(line.macs, int) else "",
        "left",
        3,
    ),
    Column("flops", _titled("FLOPs"), lambda s, line: s.count(line.flops), goes=8, standard=False),
    Column("weights", _titled("weights"), lambda s, line: s.bytes(line.weight_bytes), goes=8, standard=False),
    Column("activations", _titled("activ."), lambda s, line: s.bytes(line.activation_bytes), goes=1),
    Column("field", _titled("field"), lambda s, line: field_text(line.last.receptive_field), goes=9),
)


def chosen(options: Options) -> tuple[Column, ...]:
    """Return the columns that are asked for, or those that are standard.

    Raises
    ------
    UsageError
        CS001, for a name that no column has.
    """
    if not options.columns:
        return tuple(column for column in COLUMNS if column.standard)
    by_name = {column.name: column for column in COLUMNS}
    for name in options.columns:
        if name not in by_name:
            from difflib import get_close_matches

            near = get_close_matches(name, by_name, 1)
            raise UsageError(
                f"there is no column {name!r}",
                got=name,
                rule=f"the columns are {', '.join(by_name)}",
                fix=f"did you mean {near[0]}?" if near else "--columns layer,output,params,macs",
            )
    return tuple(by_name[name] for name in options.columns)
