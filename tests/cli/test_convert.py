"""`cnnshape convert`: what it writes, what it says of it, and how it ends."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cnnshape as cs

LENET, UNET = "examples/lenet5.yaml", "examples/unet.yaml"


def test_a_design_in_another_form_is_the_same_network(run, tmp_path):
    target = tmp_path / "unet.json"
    assert run("convert", UNET, "-o", str(target)) == type(run("--version"))(0, "", "")
    assert json.loads(target.read_text(encoding="utf-8"))["cnnshape"] == 1
    assert cs.load(target) == cs.load(UNET)


def test_a_design_on_standard_output_names_its_schema(run):
    ended = run("convert", "resnet18", "-o", "-")
    assert ended.code == 0
    assert ended.out.startswith("# yaml-language-server: $schema=design.schema.json\ncnnshape: 1\n")
    assert cs.load(ended.out) == cs.zoo("resnet18")
    again = run("convert", "-", "-o", "-", stdin=ended.out)
    assert again.out == ended.out


def test_an_onnx_model_and_what_is_said_of_its_weights(run, tmp_path):
    onnx = pytest.importorskip("onnx")
    target, weights, again = tmp_path / "lenet.onnx", tmp_path / "w.npz", tmp_path / "again.onnx"
    assert run("run", LENET, "--random", "0", "--save-weights", str(weights)).code == 0
    ended = run("convert", LENET, "-o", str(target), "--weights", str(weights), "--set", "H=32,W=32")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"note: fixed at H=32, W=32\nnote: weights: {weights}\n"
    onnx.checker.check_model(str(target), full_check=True)
    x = np.random.default_rng(0).standard_normal((1, 1, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(cs.run(LENET, x, weights=str(weights)), cs.run(target, x), rtol=1e-5, atol=1e-6)
    assert run("convert", str(target), "-o", str(again)).err == "note: weights: the model's own\n"
    assert "without weights" in run("convert", str(target), "-o", str(again), "--no-weights").err


def test_a_design_from_an_onnx_model_says_what_is_lost(run, tmp_path):
    pytest.importorskip("onnx")
    model, design = tmp_path / "net.onnx", tmp_path / "net.yaml"
    assert run("convert", "vit_b_16", "-o", str(model)).code == 0
    ended = run("convert", str(model), "-o", str(design))
    assert ended.code == 0
    assert ended.err.startswith("note: a design holds no numbers: the weights")
    assert cs.load(design).nodes == cs.load(model).nodes


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("resnet18",), 2, "fix: cnnshape convert resnet18 -o resnet18.onnx\n"),
        (("resnet18", "-o", "{}/net.pth"), 2, "CS001: a network is not written as .pth\n"),
        (("resnet18", "-o", "{}/net.yaml", "--to", "torch"), 2, "net.yaml is no file for torch\n"),
        (("resnet18", "-o", "-", "--to", "onnx"), 2, "CS001: an ONNX model is no text\n"),
        (("resnet18", "-o", "{}/net.py", "--weights", "w.npz"), 2, "CS001: source code holds no weights\n"),
        (("resnet18", "-o", "{}/net"), 2, "CS001: a network is not written as a file without a suffix\n"),
        (("resnet18", "-o", "{}/net.yaml", "--weights", "w.npz"), 2, "CS001: a design holds no weights\n"),
        (("resnet18", "-o", "{}/net.yaml", "--set", "H=64"), 2, "CS001: a design holds no sizes\n"),
        (("resnet18", "-o", "{}/net.onnx", "--set", "Q=64"), 2, "there is no symbol 'Q'\n"),
        (("resnet18", "-o", "{}/net.onnx", "--weights", "gone.npz"), 2, "CS101"),
        (("resnet18", "-o", "{}/net.onnx", "--weights", "w.npz", "--no-weights"), 2, "fix: --weights w.npz\n"),
        (("resnet18", "-o", "{}/net.onnx", "--opset", "9"), 2, "CS401: models are written in operator set 21 to"),
        (("vgg16", "-o", "{}/net.onnx"), 2, "  fix: --set H=224,W=224\n"),
        ((LENET, "-o", "{}/net.onnx", "--set", "H=40"), 1, "CS2"),
        ((LENET, "-o", "{}/gone/net.yaml"), 2, "CS006"),
        ((LENET, "-o", LENET), 2, "CS006: examples/lenet5.yaml is the design itself\n"),
        (("gone.yaml", "-o", "{}/net.yaml"), 2, "CS101"),
    ],
    ids=str,
)
def test_what_is_not_written(run, tmp_path, words, code, said):
    if "{}/net.onnx" in words:
        pytest.importorskip("onnx")
    ended = run("convert", *(word.format(tmp_path) for word in words))
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert not list(tmp_path.iterdir())
