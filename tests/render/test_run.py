"""A run as text that fits its page, and as JSON."""

import json
from dataclasses import replace

import jsonschema
import pytest

from cnnshape.render.options import Options
from cnnshape.render.run import run_data, run_json, run_text
from cnnshape.runtime.records import ArrayFacts, ClassFacts, Profile, ProfileRow, RunFacts
from tests.cli.test_main import SCHEMAS

ROWS = (
    ProfileRow(
        "features.denseblock4.denselayer16.conv2",
        tuple(f"features.denseblock4.denselayer16.{name}" for name in ("conv2", "norm2", "relu2")),
        "Conv",
        "winograd",
        (1, 32, 7, 7),
        0.002,
        3_000_000,
    ),
    ProfileRow("norm", ("norm",), "LayerNorm", "norm.kernel:layer_norm", (1, 32, 7, 7), 0.0005, 0),
    ProfileRow("fc", ("fc",), "Linear", "product", (1, 1000), 0.0015, 1_000_000),
)
RUN = RunFacts(
    model="a network",
    source="net.yaml",
    dtype="float32",
    sizes={"N": 1, "H": 224},
    weights="",
    seed=3,
    inputs=(ArrayFacts("x", (1, 3, 224, 224), "float32", -1.0, 0.0, 1.0),),
    outputs=(
        ArrayFacts("y", (1, 1000), "float32", -12.34567, 0.001234567, 1e9),
        ArrayFacts("z", (1,), "int64", 0, 1, 2),
    ),
    seconds=1.5,
    arena_bytes=3 << 20,
    weight_bytes=44 << 20,
    profile=Profile(ROWS, 5),
    classes=(ClassFacts(0, 281, "tabby, tabby cat", 0.4375), ClassFacts(0, 7, "größe", 0.25)),
    softmax=True,
    threads=2,
    strict=True,
)


def test_the_text_on_eighty_columns():
    shown = run_text(RUN, Options(width=80, read_as="input (N, 3, H, W)")).splitlines()
    assert max(map(len, shown)) <= 80
    assert shown[:15] == [
        "a network   input (N, 3, H, W)",
        "",
        "output  shape      type      least      mean  largest",
        "y       (1, 1000)  float32  -12.35  0.001235    1e+09",
        "z       (1,)       int64         0         1        2",
        "",
        "first run 1.50 s   arena 3.00 MiB   weights 44.0 MiB float32 (random, seed 3)",
        "2 threads, strict",
        "",
        "THE WEIGHTS ARE RANDOM (seed 3): these classes mean nothing",
        "class  label                %",
        "  281  tabby, tabby cat  43.8",
        "    7  größe             25.0",
        "% is the softmax of the output",
        "",
    ]
    assert shown[15].split() == ["layer", "kernel", "time", "[ms]", "%T", "%M", "GFLOP/s"]
    # 2 ms of 4 ms; 3e6 of 4e6 multiply-adds; 2*3e6/0.002 s = 3e9
    assert shown[16].startswith("features.denseb")
    assert shown[16].split()[-8:] == ["norm2", "+", "relu2", "winograd", "2.000", "50.0", "75.0", "3.0"]
    assert shown[17].split() == ["norm", "layer_norm", "0.500", "12.5"]
    assert shown[19].startswith("total 4 ms   2.0 GFLOP/s   median of 5 runs")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_lines_fit(width):
    text = run_text(RUN, Options(width=width, unicode=False))
    assert text.isascii()
    if width >= 60:
        assert max(map(len, text.splitlines())) <= width


def test_the_slowest_layers():
    shown = run_text(RUN, Options(rows=1)).splitlines()
    assert "2 faster rows" in shown
    assert [row.split()[0] for row in shown if " winograd " in row or " product " in row] == [ROWS[0].layer]


def test_a_file_of_weights_is_named_and_warns_of_nothing():
    text = run_text(replace(RUN, weights="w.npz", seed=None), Options())
    assert "float32 (w.npz)" in text
    assert "RANDOM" not in text


def test_json_follows_its_schema_whatever_the_numbers():
    schema = json.loads((SCHEMAS / "run.schema.json").read_text(encoding="utf-8"))
    spoiled = replace(
        RUN,
        outputs=(ArrayFacts("y", (1, 2), "float32", None, None, None),),
        classes=(ClassFacts(0, 1, "", float("nan")),),
        spoiled="the output y holds nan",
        profile=None,
    )
    for run in (RUN, spoiled):
        found = json.loads(run_json(run, Options()), parse_constant=pytest.fail)
        jsonschema.validate(found, schema)
        assert found == json.loads(json.dumps(run_data(run)))
