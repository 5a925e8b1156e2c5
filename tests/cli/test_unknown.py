"""Every command takes a model with operators that no layer stands for, and asks for nothing that only a run tells."""

import csv
import io
import json
import shutil

import pytest

pytest.importorskip("onnx")

import onnx  # after the check that it is there

from tests.formats.reading.test_unknown import MIDDLE, STATED, acme, model


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("unknown") / "net.onnx"
    onnx.save(model(*MIDDLE[:3], acme(["c", "p"], ["c2"], "again"), *replaced()), file)
    return str(file)


def replaced():
    pool, *rest = MIDDLE[3:]
    moved = type(pool)()
    moved.CopyFrom(pool)
    moved.input[0] = "c2"
    return (moved, *rest)


NOTE = "com.acme.Warp, 2 times (warp, again): no layer stands for it; what depends on it is unknown"


@pytest.mark.parametrize("form", ["table", "tree", "markdown", "csv", "json", "latex", "html"])
@pytest.mark.parametrize("sizes", [(), ("--set", "H=32,W=32")], ids=["free", "fixed"])
def test_a_report_lists_them_in_every_format(run, path, form, sizes):
    ended = run("report", path, "--format", form, *sizes)
    assert ended.code == 0
    said = " ".join((ended.out + ended.err).replace("\\_", "_").split())
    assert NOTE in said


def test_a_check_says_that_something_is_unknown(run, path):
    assert "valid as far as its layers are known" in run("check", path, "--set", "H=32,W=32").out


def test_a_report_as_data(run, path):
    data = json.loads(run("report", path, "--format", "json").out)
    assert data["symbols"] == {"N": None, "H": None, "W": None}
    assert data["complete"] is False
    assert [(row["layer"], row["why"].partition(":")[0]) for row in data["incomplete"]] == [
        ("warp", "com.acme.Warp"),
        ("again", "com.acme.Warp"),
    ]
    rows = {row["name"]: row for row in data["layers"]}
    assert (rows["warp"]["op"], rows["warp"]["kind"]) == ("com.acme.Warp", "unknown")
    assert rows["warp"]["macs"] is None
    assert rows["warp"]["receptive_field"]["status"] == "unknown"
    table = csv.DictReader(io.StringIO(run("report", path, "--format", "csv").out))
    assert next(row for row in table if row["layer"] == "warp")["macs"] == ""


def test_the_footer_says_at_least(run, path):
    ended = run("report", path, "--set", "H=32,W=32")
    assert "MACs at least " in ended.out
    assert "not counted: warp, again" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "--format", "json"],
        ["explain"],
        ["explain", "warp"],
        ["explain", "c", "--format", "json"],
        ["explain", "y", "--set", "H=32,W=32"],
        ["solve"],
        ["solve", "--trained-at", "32"],
        ["solve", "--format", "json"],
    ],
    ids=" ".join,
)
def test_questions_are_answered(run, path, arguments):
    command, *rest = arguments
    ended = run(command, path, *rest)
    assert ended.code == 0, ended.err
    assert "no value for" not in ended.err


def test_a_derivation_says_why_it_is_not_known(run, path):
    assert "it is not known: com.acme.Warp: no layer stands for it" in run("explain", path, "warp").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "--set", "warp#1=3"], "the network has the symbols N, H, W"),
        (["report", "--assume", "warp#3 > 4"], "the network has the symbols N, H, W"),
        (["solve", "--output", "7x7"], "is not known before a run"),
        (["solve", "--for", "H", "--max-macs", "5M"], "are not all known: warp: com.acme.Warp"),
        (["run", "--random", "0"], "nobody knows what com.acme.Warp (warp, again) computes"),
        (["run", "--random", "0", "--set", "H=32,W=32"], "nobody knows what com.acme.Warp (warp, again) computes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_only_a_run_would_tell_is_nobody_s_to_say(run, path, arguments, said):
    command, *rest = arguments
    ended = run(command, path, *rest)
    assert ended.code in (1, 2)
    assert said in ended.err
    assert "rule: " in ended.err


@pytest.mark.parametrize("name", ["net.svg", "net.pdf", "net.tex", "net.dot", "net.mmd", "net.drawio"])
def test_it_is_drawn(run, path, tmp_path, name):
    if name.endswith(".pdf"):
        pytest.importorskip("cairocffi")
    ended = run("draw", path, "-o", str(tmp_path / name))
    assert ended.code == 0, ended.err
    assert (tmp_path / name).stat().st_size > 500


@pytest.mark.parametrize("style", ["blocks", "architecture"])
def test_it_is_drawn_in_other_styles(run, path, tmp_path, style):
    ended = run("draw", path, "--style", style, "-o", str(tmp_path / "net.svg"))
    assert ended.code == 0, ended.err


def test_a_design_and_no_onnx_model_are_written(run, path, tmp_path):
    target = tmp_path / "net.yaml"
    assert run("convert", path, "-o", str(target)).code == 0
    before, after = (json.loads(run("report", each, "--format", "json").out) for each in (path, str(target)))
    assert after["layers"] == before["layers"]
    assert after["incomplete"] == before["incomplete"]
    ended = run("convert", path, "-o", str(tmp_path / "net.onnx"))
    assert "CS130: 2 layers cannot be written" in ended.err or "CS130: a layer cannot be written" in ended.err


@pytest.mark.parametrize("stated", [(), STATED], ids=["unstated", "stated"])
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_a_page_computes_the_rest(stated):
    import cnnshape as cs
    from cnnshape.analysis.report import facts
    from cnnshape.render.html.data import live
    from tests.render.html.live import run as compute

    net = cs.load(model(*MIDDLE, stated=stated))
    made = live(facts(net))
    assert [each["name"] for each in made.data["symbols"]] == ["N", "H", "W"]
    (page,) = compute(made, [({"N": 1, "H": 32, "W": 20}, "float32")])
    here = facts(net).at(N=1, H=32, W=20)
    for row, node in zip(page["nodes"], net.nodes, strict=True):
        name = node.name
        macs = here.tally.macs[name]
        assert row["macs"] == (str(macs) if isinstance(macs, int) else None), name
        assert row["params"] == str(here.counts.params[name])
        shape = here.propagation.specs[name].shape
        assert row["outputs"] == [[str(size) if isinstance(size, int) else None for size in shape]]
        activations = here.memory.activations[name]
        assert row["activation_bytes"] == (str(activations) if isinstance(activations, int) else None)
        if row["field"]:
            assert row["field"]["status"] == here.fields.of(name).status
    assert page["complete"] is False
    assert page["valid"] is True
