"""`cnnshape run`: what it writes, says and refuses."""

import json
import struct
import sys

import jsonschema
import numpy as np
import pytest

from tests.cli.test_main import LENET, SCHEMAS

MEANS_NOTHING = "weights are random (seed 0): these outputs mean nothing\n"
WIDE = ("--line-width", "80")
TWO = """
inputs: {left: [2], right: [2]}
layers:
  - {name: both, add: [left, right]}
  - {name: pos, inputs: [left], relu: {}}
outputs: [both, pos]
"""


@pytest.fixture
def folder(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((2, 1, 32, 32), np.float32))
    np.save(tmp_path / "digit.npy", np.ones((32, 32)))
    (tmp_path / "two.yaml").write_text(TWO)
    (tmp_path / "roots.yaml").write_text("input: [1, 2, 2]\nlayers:\n  - sqrt\n  - relu\n")
    (tmp_path / "labels.txt").write_text("zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n")
    return tmp_path


def lines(ended):
    assert max(map(len, ended.out.splitlines()), default=0) <= 80
    return ended.out.splitlines()


def test_the_text_says_what_came_out_and_where_from(run, folder):
    ended = run("run", LENET, "--data", str(folder / "x.npy"), "-o", str(folder / "y.npy"), *WIDE)
    assert (ended.code, ended.err) == (0, MEANS_NOTHING)
    shown = lines(ended)
    assert shown[0] == "LeNet-5   input (N, 1, H, W): batch N, 1 channel, maps HxW; at N=2, H=32, W=32"
    assert shown[2].split() == ["output", "shape", "type", "least", "mean", "largest"]
    y = np.load(folder / "y.npy")
    assert y.shape == (2, 10)
    assert shown[3].split()[1:5] == ["(2,", "10)", "float32", f"{y.min():.4g}"]
    assert "arena" in shown[5]
    assert "(random, seed 0)" in shown[5]


def test_weights_are_written_and_read_again(run, folder):
    for suffix in ("npz", "safetensors"):
        if suffix == "safetensors":
            pytest.importorskip("safetensors")
        file = str(folder / f"w.{suffix}")
        first = run("run", LENET, "--random", "3", "--seed", "7", "--save-weights", file, "-o", str(folder / "a.npy"))
        again = run("run", LENET, "--random", "3", "--weights", file, "-o", str(folder / "b.npy"))
        assert (first.code, again.code) == (0, 0)
        assert first.err == MEANS_NOTHING.replace("0", "7")
        assert again.err == ""
        np.testing.assert_array_equal(np.load(folder / "a.npy"), np.load(folder / "b.npy"))


def test_several_inputs_and_outputs(run, folder):
    np.save(folder / "l.npy", np.array([[1.0, -2.0]]))
    np.savez(folder / "in.npz", left=np.array([[1.0, -2.0]]), right=np.array([[5, 6]]))
    two, out = str(folder / "two.yaml"), str(folder / "y.npz")
    by_name = run("run", two, "--data", f"left={folder / 'l.npy'}", "--data", f"right={folder / 'l.npy'}", "-o", out)
    assert by_name.code == 0
    assert np.load(out)["both"].tolist() == [[2, -4]]
    assert run("run", two, "--data", str(folder / "in.npz"), "-o", out).code == 0
    assert np.load(out)["both"].tolist() == [[6, 4]]
    assert np.load(out)["pos"].tolist() == [[1, 0]]
    unnamed = run("run", two, "--data", str(folder / "l.npy"))
    assert (unnamed.code, "which input?" in unnamed.err) == (2, True)
    assert "--data left=left.npy --data right=right.npy" in unnamed.err
    one = run("run", two, "--random", "0", "-o", str(folder / "y.npy"))
    assert one.code == 2
    assert "names a file .npz, which holds all outputs" in one.err


def test_one_map_is_read_as_a_batch_of_one(run, folder):
    ended = run("run", LENET, "--data", str(folder / "digit.npy"))
    assert ended.code == 0
    assert f"digit.npy (32, 32) read as (1, 1, 32, 32): a batch of one\n" in ended.err  # noqa: F541
    assert "note: input converted from float64 to float32\n" in ended.err


def test_the_profile_has_a_row_for_each_layer(run, folder):
    ended = run("run", LENET, "--random", "0", "--profile", *WIDE)
    shown = lines(ended)
    head = next(i for i, row in enumerate(shown) if row.startswith("layer "))
    assert shown[head].split() == ["layer", "kernel", "output", "time", "[ms]", "%T", "%M", "GFLOP/s"]
    first = shown[head + 1].split()
    assert first[:8] == ["c1", "+", "tanh1", "columns", "(1,", "6,", "28,", "28)"]
    # LeCun et al. 1998: 28*28*6*25 of 117600 + 240000 (full connections) + 48000 + 10080 + 840 multiply-adds
    assert first[-2] == f"{100 * 117_600 / 416_520:.1f}"
    few = lines(run("run", LENET, "--random", "0", "--profile", "--rows", "2", *WIDE))
    assert any(row.endswith(" faster rows") for row in few)


def test_the_profile_as_json(run, folder):
    ended = run("run", LENET, "--random", "0", "--set", "N=2", "--profile", "--classes", "3", "--format", "json")
    found = json.loads(ended.out)
    jsonschema.validate(found, json.loads((SCHEMAS / "run.schema.json").read_text(encoding="utf-8")))
    rows = found["profile"]["layers"]
    assert sum(row["macs"] for row in rows) == 2 * 416_520
    layers = [layer for row in rows for layer in row["layers"]]
    assert sorted(layers) == sorted(set(layers))
    assert sum(row["time_share"] for row in rows) == pytest.approx(1)
    for row in rows:
        assert row["layer"] == row["layers"][0]
        assert row["macs_share"] == pytest.approx(row["macs"] / (2 * 416_520))
        assert row["gflops"] == (pytest.approx(2 * row["macs"] / row["seconds"] / 1e9) if row["macs"] else None)
    assert found["weights"] == {"source": None, "seed": 0, "random": True}
    assert [row["image"] for row in found["classes"]] == [0, 0, 0, 1, 1, 1]


def test_classes_of_random_weights_are_named_as_such(run, folder):
    labels = str(folder / "labels.txt")
    ended = run("run", LENET, "--data", str(folder / "x.npy"), "--classes", "2", "--labels", labels, *WIDE)
    shown = lines(ended)
    assert "THE WEIGHTS ARE RANDOM (seed 0): these classes mean nothing" in shown
    head = next(i for i, row in enumerate(shown) if row.startswith("image"))
    assert shown[head].split() == ["image", "class", "label", "%"]
    image, index, label, _ = shown[head + 1].split()
    assert (image, label) == ("0", (folder / "labels.txt").read_text().split()[int(index)])
    assert shown[-1] == "% is the softmax of the output"


def test_labels_and_classes_that_do_not_fit(run, folder):
    (folder / "few.txt").write_text("cat\ndog\n")
    (folder / "none.txt").touch()
    for file, code in (("few.txt", "CS505"), ("none.txt", "CS103"), ("gone.txt", "CS101"), ("x.npy", "CS104")):
        ended = run("run", LENET, "--random", "0", "--classes", "2", "--labels", str(folder / file))
        assert (ended.code, code in ended.err) == (2, True), ended.err
    assert "CS505" in run("run", "examples/unet.yaml", "--random", "0", "--input", "16", "--classes", "2").err
    assert "--labels goes with --classes" in run("run", LENET, "--random", "0", "--labels", "x").err


def test_a_nan_is_told_with_its_layer(run, folder):
    np.save(folder / "n.npy", np.full((1, 2, 2), -1.0, np.float32))
    for form in ("text", "json"):
        ended = run("run", str(folder / "roots.yaml"), "--data", str(folder / "n.npy"), "--format", form, *WIDE)
        assert ended.code == 1
        assert "the output relu1 holds nan: the first layer that gives it is sqrt1" in ended.out


REFUSED = {
    "nothing to run it on": ((), 2, "there is nothing to run it on"),
    "two inputs": (("--random", "0", "--data", "{x}"), 2, "there is data, and --random as well"),
    "rows alone": (("--random", "0", "--rows", "3"), 2, "--rows goes with --profile"),
    "a picture": (("--random", "0", "-o", "y.png"), 2, "nothing is written as .png"),
    "no folder": (("--random", "0", "-o", "{no}"), 2, "there is no folder"),
    "one file twice": (("--random", "0", "-o", "y.npz", "--save-weights", "./y.npz"), 2, "-o and by --save-weights"),
    "over the data": (("--data", "{x}", "-o", "{x}"), 2, "is read as well"),
    "weights as text": (("--random", "0", "--save-weights", "w.txt"), 2, "--save-weights names a file .npz or .saf"),
    "a size that does not fit": (("--random", "0", "--input", "40"), 1, "nearest valid sizes: H = 35, W = 35"),
    "a size that is not the data's": (("--data", "{x}", "--set", "H=33"), 2, "H = 33 is asked for"),
    "another channel": (("--data", "{rgb}"), 2, "axis C: 3 is given, 1 is expected"),
    "a pickle": (("--data", "{x}", "--weights", "{pth}"), 2, "a pickle runs code of whoever made it"),
    "pickled data": (
        (
            "--data",
            "{objects}",
        ),
        2,
        "holds pickled Python objects",
    ),
    "others' weights": (("--random", "0", "--weights", "{other}"), 2, "CS503: "),
    "no such input": (("--data", "image={x}"), 2, "'image' is no input"),
    "more data than the memory": (("--data", "{zeros}"), 2, "CS504"),
    "more than the memory": (("--random", "0", "--set", "N=999999999"), 2, "the largest batch that fits is"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_nothing_behind(run, folder, case, monkeypatch):
    np.save(folder / "rgb.npy", np.ones((1, 3, 32, 32)))
    np.save(folder / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (folder / "w.pth").write_bytes(b"\x80\x04")
    np.savez(folder / "other.npz", **{"fc.weight": np.ones((3, 3))})
    np.savez_compressed(folder / "zeros.npz", input=np.zeros((400, 1, 32, 32)))
    monkeypatch.setattr("cnnshape.runtime.room.free_memory", lambda: 2_000_000)
    names = {
        "zeros": "zeros.npz",
        "x": "x.npy",
        "no": "no/y.npy",
        "rgb": "rgb.npy",
        "objects": "objects.npy",
        "pth": "w.pth",
    }
    places = {key: str(folder / name) for key, name in {**names, "other": "other.npz"}.items()}
    monkeypatch.chdir(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    args, code, said = REFUSED[case]
    model = folder / "lenet.yaml"
    model.symlink_to(SCHEMAS.parents[1] / LENET)
    ended = run("run", "lenet.yaml", *(word.format(**places) for word in args))
    assert ended.code == code
    assert said in ended.err
    assert ended.err.startswith("error: ")
    assert ended.out == ""
    model.unlink()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_bar_shows_on_a_terminal_alone(monkeypatch, capsys):
    from cnnshape.cli.progress import progress

    with progress("running", {"a": 1, "b": 3}, patience=0) as tick:
        tick("a", {})
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress("running [net]", {"a": 1, "b": 3}, patience=0) as tick:
        tick("", {})
        tick("a", {})
    assert "25 %" in capsys.readouterr().err


def test_a_missing_package_is_told_before_anything_is_written(run, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    out, weights = str(folder / "y.npy"), str(folder / "w.safetensors")
    ended = run("run", LENET, "--random", "0", "-o", out, "--save-weights", weights)
    assert ended.code == 2
    assert "CS010: a .safetensors file needs the package safetensors" in ended.err
    assert "  fix: pip install 'cnnshape[weights]', or save the weights as .npz\n" in ended.err
    assert not (folder / "y.npy").exists()


def test_sizes_that_are_free_are_asked_for(run):
    ended = run("run", "-", "--random", "0", stdin="input: [3, H, W]\nlayers:\n  - relu\n")
    assert ended.code == 2
    assert ended.err == (
        "error: CS004: H, W are free\n  rule: a network runs at sizes that are all known\n  fix: --set H=64,W=64\n"
    )


def png_size(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_a_picture_and_feature_maps(run, folder, monkeypatch):
    Image = pytest.importorskip("PIL.Image")
    Image.fromarray(np.arange(40 * 48, dtype=np.uint16).astype(np.uint8).reshape(40, 48)).save(folder / "d.png")
    lenet = (SCHEMAS.parents[1] / LENET).read_text()
    monkeypatch.chdir(folder)
    (folder / "lenet.yaml").write_text(lenet)
    ended = run(
        "run", "lenet.yaml", "--data", "d.png", "--mean", "0.5", "--std", "0.5", "--show", "c1", "--show", "c3=m.png"
    )
    assert ended.code == 0
    assert "note: d.png 48x40, resized to 44x37, middle 32x32, minus 0.5, over 0.5\n" in ended.err
    assert "c1.png: c1, 6 maps of 28x28, 3 in a row, each from its least (black) to its largest (white)\n" in ended.err
    assert png_size(folder / "c1.png") == (3 * 29 + 1, 2 * 29 + 1)
    assert png_size(folder / "m.png") == (4 * 21 + 1, 4 * 21 + 1)  # 10x10, drawn twice as large


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--show", "cc1"), "fix: did you mean c1?"),
        (("--show", "output"), "output gives (1, 10)"),
        (("--show", "c1=c1.jpg"), "--show names a file .png"),
        (("--mean", "0.5"), "--mean without a picture"),
    ],
)
def test_what_is_no_picture(run, folder, monkeypatch, args, said):
    pytest.importorskip("PIL.Image")
    ended = run("run", LENET, "--random", "0", *args)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_the_plan_says_what_runs_and_where_everything_lies(run):
    ended = run("run", LENET, "--plan", "--threads", "1", *WIDE)
    assert (ended.code, ended.err) == (0, "")
    shown = lines(ended)
    rows = [row.split() for row in shown]
    assert ["c1", "+", "tanh1", "columns", "(1,", "6,", "28,", "28)"] in [row[:8] for row in rows]
    # LeCun et al. 1998: C5 has 120 * 400 weights and 120 biases
    assert next(row for row in shown if row.startswith("c5 ")).endswith(f"  {4 * (120 * 400 + 120) / 1024:.0f} KiB")
    assert any(row.startswith("the run takes ") for row in shown)


def test_the_plan_as_json_fits_together(run):
    ended = run("run", "resnet18", "--plan", "--format", "json", "--threads", "1", "--show", "layer1.0.conv1")
    found = json.loads(ended.out)
    jsonschema.validate(found, json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8")))
    tensors = {row["tensor"]: row for row in found["tensors"]}
    assert "layer1.0.conv1" in tensors
    assert "layer1.1.conv1" not in tensors, "it runs together with the next"
    assert sum(step["macs"] for step in found["steps"]) == 1_814_073_344  # torchvision publishes 1.814 G
    assert found["stored_weight_bytes"] == 4 * (11_689_512 + 2 * 4800)  # torchvision's, and mean and variance
    assert found["strict_weight_bytes"] < found["stored_weight_bytes"] < found["weight_bytes"]
    for row in tensors.values():
        assert row["offset"] + row["bytes"] <= found["workspace"]["offset"]
    assert found["workspace"]["offset"] + found["workspace"]["bytes"] == found["arena_bytes"]
    for step in found["steps"]:
        assert {*step["inputs"], *step["outputs"]} <= tensors.keys()
    strict = json.loads(run("run", "resnet18", "--plan", "--strict", "--format", "json").out)
    assert strict["weight_bytes"] == found["strict_weight_bytes"]
    assert "winograd" not in {step["kernel"] for step in strict["steps"]}


def test_a_plan_takes_nothing_and_is_shown_for_any_memory(run, monkeypatch, folder):
    monkeypatch.setattr("cnnshape.runtime.room.free_memory", lambda: 1000)
    ended = run("run", "vgg16", "--plan", "--set", "N=100000", *WIDE)
    assert ended.code == 0
    assert "TiB" in ended.out
    assert "at N=2" in run("run", LENET, "--plan", "--data", str(folder / "x.npy"), *WIDE).out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--plan", "-o", "y.npy"), "--plan computes nothing: -o beside it"),
        (("--plan", "--profile", "--classes", "3"), "--plan computes nothing: --profile, --classes beside it"),
        (("--random", "0", "--threads", "0"), "0 is no number of threads"),
        (("--random", "0", "--threads", "99999"), "99999 threads are asked for"),
    ],
)
def test_options_that_contradict(run, args, said):
    ended = run("run", LENET, *args)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "  rule: " in ended.err
    assert "  fix: " in ended.err


def test_maps_of_layers_that_run_together_and_of_views(run, tmp_path, monkeypatch):
    pytest.importorskip("PIL.Image")
    design = """
        input: [2, 6, 6]
        layers:
          - {name: conv, conv: {out_channels: 4, kernel_size: 3}}
          - {name: bn, batch_norm: {}}
          - {name: act, relu: {}}
          - {name: drop, dropout: 0.5}
          - {name: lines, flatten: {start_dim: 2}}
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(design)
    names = ("conv", "bn", "act", "drop", "lines")
    ended = run("run", "net.yaml", "--random", "0", *(word for name in names for word in ("--show", name)))
    assert ended.code == 0, ended.err
    for name in names[:4]:
        assert f"{name}.png: {name}, 4 maps of 4x4" in ended.err
    assert "lines.png: lines, 4 channels as rows of 16" in ended.err
    assert (
        (tmp_path / "act.png").read_bytes()
        == (tmp_path / "drop.png").read_bytes()
        != (tmp_path / "bn.png").read_bytes()
    )
