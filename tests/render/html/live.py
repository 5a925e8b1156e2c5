"""The live page's script, run by Node.js, and Python's answers in the same words."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import FieldFacts, facts
from cnnshape.render.html.data import Live, embedded, live

_RUN = """
const [script, data, settings] = require("node:fs").readFileSync(0, "utf8").split("\\n%%%%\\n");
const model = new Function(script + "\\nreturn liveModel;")()(JSON.parse(data));
const out = JSON.parse(settings).map(([values, dtype]) => {
  const result = model.compute(values, dtype);
  return {...result, sizes: result.sizes.length, nearest: result.valid === false ? model.nearest(values) : []};
});
process.stdout.write(JSON.stringify(out, (_, value) => typeof value === "bigint" ? `${value}` : value));
"""

COLUMNS = ("params", "trainable", "frozen", "buffers", "macs", "flops", "weight_bytes", "activation_bytes")
Setting = tuple[dict[str, int], str]


def run(made: Live, settings: Sequence[Setting]) -> list[Any]:
    """Return what the script computes at each setting, every number as digits."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    names = [symbol["name"] for symbol in made.data["symbols"]]
    asked = json.dumps([([str(sizes[name]) for name in names], dtype) for sizes, dtype in settings])
    done = subprocess.run(
        [node, "-e", _RUN],
        input="\n%%%%\n".join([made.script, embedded(made.data), asked]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[Any] = json.loads(done.stdout)
    return found


def settings(network: Network, seed: int, count: int) -> list[Setting]:
    """Return the page's first setting and `count` more: near it, small, at random, and beyond 2**53."""
    rng = random.Random(seed)
    start = start_of(live(facts(network)))
    found = [(start, "float32")]
    for _ in range(count):
        how = rng.choice(("near", "near", "small", "any", "any", "huge"))
        sizes = {name: _size(rng, how, value) for name, value in start.items()}
        if network.batch:
            sizes[network.batch] = rng.choice((1, 1, 2, 7, 64))
        if how == "any" and rng.random() < 0.6:
            space = [name for name in sizes if name in "HW"]
            sizes.update(dict.fromkeys(space[1:], sizes[space[0]] if space else 0))
        found.append((sizes, rng.choice(("float32", "float32", "float16", "float64", "int8", "int4"))))
    return found


def _size(rng: random.Random, how: str, start: int) -> int:
    low, high = {
        "near": (start - 3, start + 3),
        "small": (1, 40),
        "any": (start // 2, 2 * start),
        "huge": (2**40, 2**70),
    }[how]
    return max(1, rng.randint(low, high))


def start_of(made: Live) -> dict[str, int]:
    """Return the sizes that a page starts with."""
    return {symbol["name"]: int(symbol["start"]) for symbol in made.data["symbols"]}


def answers(network: Network, setting: Setting) -> dict[str, Any]:
    """Return what Python says at a setting, every number as digits."""
    sizes, dtype = setting
    free = facts(network, dtype=dtype)
    found = free.at(sizes)
    layers = {}
    for row in found.layers:
        field = row.receptive_field
        layers[row.name] = {key: _digits(getattr(row, key)) for key in COLUMNS} | {
            "outputs": [[_digits(size) for size in tensor.shape] for tensor in row.outputs],
            "field": None if field is None else _field(field),
        }
    return {
        "valid": found.valid,
        "complete": found.complete,
        "totals": {key: _digits(getattr(found.totals, key)) for key in (*COLUMNS, "peak_activation_bytes")},
        "peak": found.peak.holders[0][0] if found.peak.holders else None,
        "layers": layers,
        "errors": [[each.layer, each.code, each.message, _advice(each.fix)] for each in found.errors],
        "nearest": sorted(sorted(near.items()) for near in free.validity.nearest(sizes))
        if found.valid is False
        else [],
    }


def shown(made: Live, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of the script in the same words."""
    names, flags, symbols = made.data["nodes"]["name"], made.data["nodes"]["flags"], made.data["symbols"]
    layers = {
        name: {key: row[key] for key in COLUMNS} | {"outputs": row["outputs"] or [], "field": row["field"]}
        for name, flag, row in zip(names, flags, result["nodes"], strict=True)
        if not flag & 1
    }
    return {
        "valid": result["valid"],
        "complete": result["complete"],
        "totals": result["totals"],
        "peak": None if result["peak"] < 0 else names[result["peak"]],
        "layers": layers,
        "errors": [[each["layer"], each["code"], each["message"], _advice(each["fix"])] for each in result["errors"]],
        "nearest": sorted(
            sorted((symbol["name"], int(x)) for symbol, x in zip(symbols, row, strict=True))
            for row in result["nearest"]
        ),
    }


def differences(wanted: Any, found: Any, where: str = "") -> list[str]:
    """Return where two answers differ."""
    if isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        return [line for key in wanted for line in differences(wanted[key], found[key], f"{where}.{key}")]
    return [] if wanted == found else [f"{where}: {wanted!r} is shown as {found!r}"]


def compare(network: Network, asked: Sequence[Setting]) -> None:
    """Assert that the script answers every setting as Python does."""
    made = live(facts(network))
    for setting, result in zip(asked, run(made, asked), strict=True):
        wrong = differences(answers(network, setting), shown(made, result))
        assert not wrong, (network.name, setting)


def _advice(fix: str) -> str:
    """Return the sizes that are advised; what else a layer says of itself is in no page."""
    first = fix.partition("\n")[0]
    return first if first.startswith("nearest") else ""


def _field(field: FieldFacts) -> dict[str, Any]:
    return {key: [_digits(x) for x in getattr(field, key)] for key in ("size", "stride", "offset")} | {
        "status": field.status
    }


def _digits(size: Any) -> str | None:
    if size is None:
        return None
    whole = not isinstance(size, Fraction) or size.denominator == 1
    return str(int(size)) if whole else f"{size.numerator}/{size.denominator}"


def two_inputs() -> Network:
    """Two maps that meet, with weights used twice and a branch that can break by itself."""
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "V"))
    conv = L.Conv(8, kernel_size=3, padding=1)
    a = conv(left, name="a")
    b = L.Conv(8, kernel_size=3, stride=2, padding=1)(right, frozen=True)
    c = L.Upsample(scale_factor=2)(b)
    joined = L.Concat()(a, c)
    pooled = L.MaxPool(7, stride=3)(right)
    return Network("two", inputs=[left, right], outputs=[L.ReLU()(joined), L.Flatten()(pooled)], defaults={"H": 64})


def stretched() -> Network:
    """A join of floor(H/2) and ceil(H/2): as numbers, a 1 would be stretched."""
    x = Input("image", (3, "H", "W"))
    joined = L.Add()(L.MaxPool(2, ceil_mode=True)(x), L.AvgPool(2)(x))
    return Network("stretched", inputs=x, outputs=L.Conv(4, kernel_size=1)(joined), defaults={"H": 32, "W": 32})


def broken() -> Network:
    """A network that fits no size, and goes on beside it."""
    x = Input("image", (3, "H", "W"))
    bad = L.Conv(8, kernel_size=3, in_channels=4)(x)
    good = L.Conv(4, kernel_size=3)(x)
    return Network("broken", inputs=x, outputs=[L.ReLU()(bad), L.ReLU()(good)])


def fixed() -> Network:
    """A network without any symbol but the batch."""
    x = Input("image", (3, 32, 32))
    return Network("fixed", inputs=x, outputs=L.Linear(10)(L.Flatten()(L.Conv(8, kernel_size=5, stride=2)(x))))
