"""The live page's script, run by Node.js, and Python's answers in the same words."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from cnnshape.analysis.report import Facts
from cnnshape.render.html.data import Live, embedded

_RUN = """
const read = require("node:fs").readFileSync(0, "utf8").split("\\n%%%%\\n");
const [script, data, settings] = read;
const model = new Function(script + "\\nreturn liveModel;")()(JSON.parse(data));
const plain = (_, value) => typeof value === "bigint" ? `${value}` : value;
const out = [];
const times = [];
for (const [values, dtype] of JSON.parse(settings)) {
  const start = process.hrtime.bigint();
  const result = model.compute(values, dtype);
  times.push(Number(process.hrtime.bigint() - start) / 1e6);
  const near = result.valid === false ? model.nearest(values) : [];
  out.push({...result, sizes: undefined, nearest: near});
}
process.stdout.write(JSON.stringify({out, times}, plain));
"""


def run(made: Live, settings: Sequence[tuple[Sequence[int], str]]) -> tuple[list[Any], list[float]]:
    """Return what the script computes at each of (values, dtype), every number as digits, and the milliseconds."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    asked = json.dumps([([str(v) for v in values], dtype) for values, dtype in settings])
    done = subprocess.run(
        [node, "-e", _RUN],
        input="\n%%%%\n".join([made.script, embedded(made.data), asked]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    return found["out"], found["times"]


def answers(free: Facts, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return what Python says at these sizes, every number as digits."""
    found = free.at(sizes)
    rows = {row.name: row for row in found.layers}
    totals = {name: digits(getattr(found.totals, name)) for name in _TOTALS}
    return {
        "valid": found.valid,
        "complete": found.complete,
        "totals": totals,
        "layers": {name: _layer(row) for name, row in rows.items()},
        "peak": found.peak.holders[0][0] if found.peak.holders else None,
        "errors": [(error.layer, error.code, error.message, error.fix.partition("\n")[0]) for error in found.errors],
        "nearest": sorted(sorted(near.items()) for near in free.validity.nearest(sizes))
        if found.valid is False
        else [],
    }


def shown(made: Live, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of the script in the same words."""
    names, flags = made.data["nodes"]["name"], made.data["nodes"]["flags"]
    layers = {}
    for name, flag, row in zip(names, flags, result["nodes"], strict=True):
        if flag & 1:
            continue
        layers[name] = {key: row[key] for key in _COLUMNS} | {"outputs": row["outputs"] or [], "field": row["field"]}
    return {
        "valid": result["valid"],
        "complete": result["complete"],
        "totals": result["totals"],
        "layers": layers,
        "peak": None if result["peak"] < 0 else names[result["peak"]],
        "errors": [(error["layer"], error["code"], error["message"], error["fix"]) for error in result["errors"]],
        "nearest": sorted(
            sorted((symbol["name"], int(x)) for symbol, x in zip(made.data["symbols"], row, strict=True))
            for row in result["nearest"]
        ),
    }


_COLUMNS = ("params", "trainable", "frozen", "buffers", "macs", "flops", "weight_bytes", "activation_bytes")
_TOTALS = (*_COLUMNS, "peak_activation_bytes")


def _layer(row: Any) -> dict[str, Any]:
    field = row.receptive_field
    return {key: digits(getattr(row, key)) for key in _COLUMNS} | {
        "outputs": [[digits(size) for size in tensor.shape] for tensor in row.outputs],
        "field": None
        if field is None
        else {key: [digits(x) for x in getattr(field, key)] for key in ("size", "stride", "offset")}
        | {"status": field.status},
    }


def digits(size: Any) -> str | None:
    if size is None:
        return None
    return (
        f"{size.numerator}/{size.denominator}"
        if isinstance(size, Fraction) and size.denominator > 1
        else str(int(size))
    )


def differences(wanted: Any, found: Any, where: str = "") -> list[str]:
    """Return where two answers differ."""
    if isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        return [line for key in wanted for line in differences(wanted[key], found[key], f"{where}.{key}")]
    if isinstance(wanted, (list, tuple)):
        wanted = [list(each) if isinstance(each, tuple) else each for each in wanted]
        found = [list(each) if isinstance(each, tuple) else each for each in found]
    return [] if wanted == found else [f"{where}: {wanted!r} is shown as {found!r}"]
