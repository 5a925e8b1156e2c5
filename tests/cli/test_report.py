"""`cnnshape report`: its options."""

import csv
import io
import json
import os
import stat

import pytest

LENET = "examples/lenet5.yaml"


def test_every_format_is_written(run):
    outs = {form: run("report", LENET, "--format", form).out for form in ("table", "tree", "markdown", "csv", "json")}
    assert outs["table"].startswith("LeNet-5")
    assert "└─ output" in outs["tree"]
    assert outs["markdown"].startswith("## LeNet-5")
    assert outs["csv"].startswith("layer,op,kind,")
    assert json.loads(outs["json"])["totals"]["params"] == 61_706  # LeCun et al. 1998 with full connections


@pytest.mark.parametrize(
    ("suffix", "start"), [(".md", "## "), (".csv", "layer,"), (".json", "{"), (".txt", "LeNet-5"), (".MD", "## ")]
)
def test_a_file_gets_the_format_of_its_name(run, tmp_path, suffix, start):
    target = tmp_path / f"report{suffix}"
    ended = run("report", LENET, "-o", str(target))
    assert (ended.code, ended.out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_file_stays_as_it_is_if_there_is_an_error(run, tmp_path):
    target = tmp_path / "report.md"
    target.write_text("before")
    for args in (("missing.yaml",), (LENET, "--sort", "nothing"), (LENET, "--columns", "nothing")):
        assert run("report", *args, "-o", str(target)).code == 2
        assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_design_that_does_not_fit_is_still_written(run, tmp_path):
    target = tmp_path / "report.md"
    assert run("report", "examples/unet.yaml", "--input", "250", "-o", str(target)).code == 1
    assert "CS201" in target.read_text(encoding="utf-8")


def test_a_replaced_file_keeps_its_permissions(run, tmp_path):
    target = tmp_path / "report.md"
    target.write_text("before")
    target.chmod(0o640)
    run("report", LENET, "-o", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    link = tmp_path / "link.md"
    link.symlink_to(target)
    run("report", LENET, "-o", str(link), "--symbolic")
    assert link.is_symlink()
    assert "H, W free" in target.read_text(encoding="utf-8")


def test_a_new_file_gets_the_usual_permissions(run, tmp_path):
    mask = os.umask(0o027)
    try:
        run("report", LENET, "-o", str(tmp_path / "new.md"))
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.md").stat().st_mode) == 0o640


@pytest.mark.parametrize("target", ["no/such/folder/x.md", "examples"])
def test_a_file_that_cannot_be_written_is_said(run, target):
    ended = run("report", LENET, "-o", target)
    assert ended.code == 2
    assert ended.err.startswith(f"error: CS006: {target} cannot be written: ")


@pytest.mark.parametrize("command", ["report", "check"])
def test_the_design_is_never_written_over(run, tmp_path, command):
    design = tmp_path / "net.yaml"
    design.write_text("input: [3, H, W]\nlayers: [relu]\n")
    link = tmp_path / "link.yaml"
    link.symlink_to(design)
    for target in (design, link, tmp_path / "." / "net.yaml"):
        ended = run(command, str(design), "-o", str(target))
        assert (ended.code, ended.out) == (2, "")
        assert "is the design itself" in ended.err
        assert design.read_text() == "input: [3, H, W]\nlayers: [relu]\n"
    assert run(command, "-", "-o", str(tmp_path / "out.txt"), stdin=design.read_text()).code == 0


@pytest.mark.parametrize("name", ["net.rst", "net.PDF", "net.svg", "net.xlsx", "net.yaml"])
def test_a_file_whose_name_asks_for_another_format_is_refused(run, tmp_path, name):
    ended = run("report", LENET, "-o", str(tmp_path / name))
    assert ended.code == 2
    assert f"CS001: a report is not written as {name[3:].lower()}" in ended.err
    assert list(tmp_path.iterdir()) == []
    assert run("report", LENET, "-o", str(tmp_path / name), "--format", "table").code == 0


@pytest.mark.parametrize(("word", "meant"), [("fp16", "float16"), ("half", "float16"), ("bf16", "bfloat16")])
def test_short_names_of_element_types_are_answered_with_theirs(run, word, meant):
    assert f"  fix: did you mean {meant}?\n" in run("report", LENET, "--dtype", word).err


def test_a_device_is_written_to_directly(run):
    assert run("report", LENET, "-o", "/dev/null").code == 0


def test_a_dash_reads_a_design_from_standard_input(run):
    design = "input: [3, H, W]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 3}\n"
    ended = run("report", "-", "--format", "json", stdin=design)
    assert json.loads(ended.out)["totals"]["params"] == 8 * 3 * 3 * 3 + 8
    assert run("check", "-", stdin="input: [3, 2, 2]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 3}\n").code == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "CS103"),
        (b"\x89PNG\r\n\x1a\n\0", "CS104"),
        (b"input: [3, \xff]", "CS104"),
        (b"#" * 10_000_001, "CS105"),
        (b"- 1", "CS110"),
    ],
    ids=["empty", "picture", "latin", "large", "list"],
)
def test_rubbish_on_standard_input_is_said(run, data, code):
    ended = run("report", "-", stdin=data)
    assert ended.code == 2
    assert f": {code}: " in f": {ended.err}"


def test_detail_folds(run):
    counts = []
    for detail in ("overview", "block", "layer", "op"):
        rows = list(
            csv.DictReader(
                io.StringIO(run("report", "examples/resnet50.yaml", "--detail", detail, "--format", "csv").out)
            )
        )
        assert sum(int(row["params"]) for row in rows) == 25_557_032  # torchvision
        counts.append(len(rows))
    assert counts == sorted(counts)
    assert counts[-1] > 150


def test_columns_and_rows(run):
    out = run("report", LENET, "--columns", "layer, op,params", "--rows", "2", "--sort", "params").out
    table = out.split("\n\n")[1].splitlines()
    assert table[0].split() == ["layer", "operator", "params"]
    assert [line.split() for line in table[2:4]] == [
        ["c5", "Linear", "120", "48,120"],
        ["f6", "Linear", "84", "10,164"],
    ]
    assert table[4] == "10 more rows"


def test_a_convention_counts_in_its_own_way(run):
    # torchvision counts products only; fvcore adds the norms and adaptive pooling: 4 111 512 576 on ResNet-50.
    args = ("report", "examples/resnet50.yaml", "--set", "H=224,W=224", "--format", "json")
    assert json.loads(run(*args).out)["totals"]["macs"] == 4_089_184_256
    fvcore = json.loads(run(*args, "--convention", "fvcore").out)
    assert fvcore["convention"] == "fvcore"
    assert fvcore["totals"]["macs"] > 4_089_184_256
    assert run(*args, "--convention", "mine").code == 2


def test_a_dtype_changes_bytes_alone(run):
    half = json.loads(run("report", LENET, "--format", "json", "--dtype", "float16").out)["totals"]
    whole = json.loads(run("report", LENET, "--format", "json").out)["totals"]
    assert 2 * half["weight_bytes"] == whole["weight_bytes"] == 4 * 61_706
    assert 2 * half["activation_bytes"] == whole["activation_bytes"]
    assert half["macs"] == whole["macs"]
    assert "float16" in run("report", LENET, "--dtype", "float16").out
    assert run("report", LENET, "--dtype", "float12").code == 2


def test_a_line_width_is_kept_in_a_pipe(run):
    assert max(map(len, run("report", "examples/vgg16.yaml", "--line-width", "50").out.splitlines())) <= 50


def test_a_linear_layer_that_follows_its_input_is_pointed_out(run):
    design = "symbols: {H: 32, W: 32}\ninput: [1, H, W]\nlayers:\n  - conv: {out_channels: 6, kernel_size: 5}\n"
    design += (
        "  - avg_pool: 2\n  - conv: {out_channels: 16, kernel_size: 5}\n  - avg_pool: 2\n  - flatten\n  - linear: 120\n"
    )
    out = " ".join(run("report", "-", stdin=design).out.split())
    assert "linear1.in_features = 400 follows the input" in out
    assert "a trained network accepts H in 32..35, W in 32..35 (write in_features: 400 to check it)" in out


def test_faults_stand_beside_a_csv(run):
    ended = run("report", "examples/unet.yaml", "--input", "250", "--format", "csv")
    assert ended.code == 1
    assert "CS201" in ended.err
    assert "CS201" not in ended.out


def test_the_layers_of_a_keras_model_are_told_from_a_design(run, tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"module": "keras", "class_name": "Sequential", "config": {}}')
    ended = run("report", str(path))
    assert ended.code == 2
    assert "CS131: this is no Keras model that can be read" in ended.err
