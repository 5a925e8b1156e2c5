"""The rows of a report as CSV: exact numbers, one line a row, no totals."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnnshape.layers.base import shape_text
from cnnshape.render.grid import plain
from cnnshape.render.rows import Line, table_lines
from cnnshape.render.shapes import field_text
from cnnshape.symbolic import Dim, text

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, TensorFacts
    from cnnshape.render.options import Options

__all__ = ["render"]

_FIELDS: dict[str, Any] = {
    "layer": lambda line: line.name,
    "op": lambda line: "+".join(layer.op for layer in line.layers),
    "kind": lambda line: line.layers[0].kind,
    "block": lambda line: line.layers[0].block,
    "input": lambda line: _shapes(line.layers[0].inputs),
    "output": lambda line: _shapes(line.last.outputs),
    "params": lambda line: _number(line.params),
    "buffers": lambda line: _number(line.buffers),
    "macs": lambda line: _number(line.macs),
    "flops": lambda line: _number(line.flops),
    "weights": lambda line: _number(line.weight_bytes),
    "activations": lambda line: _number(line.activation_bytes),
    "field": lambda line: field_text(line.last.receptive_field),
}
_SHARES = {"params%", "macs%", "bar"}


def render(facts: Facts, options: Options) -> str:
    """Return a header and a line for each row."""
    from cnnshape.render.columns import chosen

    names = [column.name for column in chosen(options) if column.name not in _SHARES] if options.names else [*_FIELDS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(
        [plain(_cell(line, name), options.unicode) for name in names]
        for line in table_lines(facts, options)[: options.rows]
    )
    return out.getvalue()


def _cell(line: Line, name: str) -> str:
    cell = str(_FIELDS[name](line))
    # A spreadsheet runs what starts with one of these; a layer's name may come from a stranger's file.
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _shapes(tensors: tuple[TensorFacts, ...]) -> str:
    return "; ".join(shape_text(tensor.shape) for tensor in tensors)


def _number(size: Any) -> str:
    if size is None:
        return ""
    return text(size) if isinstance(size, Dim) else str(Fraction(size))
