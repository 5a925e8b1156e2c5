"""The report as JSON, schema ``cnnshape.report/1``: every number an int, or a string with a formula."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnnshape.symbolic import Dim, text

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts, FieldFacts, LayerFacts, TensorFacts
    from cnnshape.errors import Fault
    from cnnshape.render.options import Options

__all__ = ["error_data", "render", "report_data"]

_TOTALS = (
    "params",
    "trainable",
    "frozen",
    "buffers",
    "macs",
    "flops",
    "weight_bytes",
    "activation_bytes",
    "peak_activation_bytes",
)


def render(facts: Facts, options: Options) -> str:
    """Return the report as text; every layer is in it, whatever the options fold or leave out."""
    return json.dumps(report_data(facts, options.read_as), indent=2, ensure_ascii=not options.unicode) + "\n"


def report_data(facts: Facts, read_as: str = "") -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "schema": "cnnshape.report/1",
        "model": facts.model,
        "source": facts.source,
        "symbols": dict(facts.symbols),
        "inputs": [_tensor(tensor, "name") for tensor in facts.inputs],
        "outputs": [_tensor(tensor, "name") for tensor in facts.outputs],
        "totals": {name: _number(getattr(facts.totals, name)) for name in _TOTALS},
        "convention": facts.convention,
        "complete": facts.complete,
        "incomplete": [{"layer": row.layer, "why": row.why} for row in facts.incomplete],
        "conditions": [
            {"symbol": row.symbol, "text": row.text, "because": list(row.because)} for row in facts.conditions
        ],
        "valid": facts.valid,
        "notes": [*([read_as] if read_as else []), *facts.notes],
        "errors": [
            {"code": e.code, "layer": e.layer, "line": e.line, "message": e.message, "fix": e.fix} for e in facts.errors
        ],
        "layers": [_layer(layer) for layer in facts.layers],
    }


def error_data(fault: Fault) -> dict[str, Any]:
    """Return an error of the command itself as plain data, schema ``cnnshape.error/1``."""
    return {
        "schema": "cnnshape.error/1",
        "code": fault.code,
        "message": fault.message,
        "where": fault.place or fault.node,
        "fix": fault.fix,
    }


def _layer(layer: LayerFacts) -> dict[str, Any]:
    return {
        "name": layer.name,
        "op": layer.op,
        "kind": str(layer.kind),
        "block": layer.block,
        "inputs": [_tensor(tensor, "tensor") for tensor in layer.inputs],
        "outputs": [_tensor(tensor, "tensor") for tensor in layer.outputs],
        "params": _number(layer.params),
        "buffers": _number(layer.buffers),
        "macs": _number(layer.macs),
        "receptive_field": _field(layer.receptive_field),
    }


def _tensor(tensor: TensorFacts, key: str) -> dict[str, Any]:
    return {key: tensor.name, "shape": [_number(size) for size in tensor.shape], "dtype": tensor.dtype}


def _field(field: FieldFacts | None) -> dict[str, Any] | None:
    if field is None:
        return None
    return {
        "size": [_number(size) for size in field.size],
        "stride": [_number(size) for size in field.stride],
        "offset": [_number(size) for size in field.offset],
        "status": field.status,
    }


def _number(size: Any) -> int | str | None:
    if isinstance(size, Dim):
        return text(size)
    if isinstance(size, Fraction) and size.denominator != 1:
        return f"{size.numerator}/{size.denominator}"
    return None if size is None else int(size)
