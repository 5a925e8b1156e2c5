"""Networks as files: what is read again is the network; ONNX Runtime gives our numbers; nothing is half written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from cnnshape import Input, Network  # noqa: E402
from cnnshape import layers as L  # noqa: E402
from cnnshape.errors import DesignError, ShapeError, UsageError  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402
from cnnshape.runtime.weights import initial  # noqa: E402

EVERY = [entry.name for entry in cs.zoo()]
THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"
ADAPTIVE = ("alexnet", "vgg")
"""Means of 7x7 bins: ONNX has none whose size is free."""
CORPUS = Path(os.environ.get("CNNSHAPE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "onnx"
MODELS = sorted(CORPUS.glob("*.onnx"))


def tiny():
    x = Input("image", (3, "H", "W"))
    y = L.ReLU()(L.BatchNorm()(L.Conv(8, kernel_size=3, stride=2)(x)))
    return Network("tiny", inputs=x, outputs={"y": y}, defaults={"H": 9, "W": 11})


def numbers(network, **sizes):
    weights = initial(plan(network, {"N": 1, **network.defaults, **sizes}))
    rng = np.random.default_rng(3)
    return {name: rng.uniform(0.5, 1.5, values.shape).astype(np.float32) for name, values in weights.items()}


def bigger(network):
    """Further sizes; bins of one size are a pooling layer of ONNX, and others a product with a matrix."""
    bins = network.name.startswith(ADAPTIVE)
    return {name: 2 * size if bins else size + 32 for name, size in network.defaults.items()}


@pytest.mark.parametrize("name", EVERY if THOROUGH else EVERY[5::12])
def test_the_zoo_as_onnx_and_back(name, tmp_path):
    network = cs.zoo(name)
    first = cs.report(network)
    for sizes in (network.defaults, bigger(network)):
        if not first.at(sizes).valid:
            continue
        fixed = sizes if name.startswith(ADAPTIVE) else {}
        cs.save(network, tmp_path / "net.onnx", sizes=fixed)
        again = cs.report(tmp_path / "net.onnx")
        held = sum(first.layer(network.nodes[i].name).params for i in network.held)
        assert again.params == first.params - held
        there = {name: size for name, size in sizes.items() if name not in fixed}
        assert again.at(there).macs == first.at(sizes).macs
        assert again.at(there).outputs == first.at(sizes).outputs


@pytest.mark.skipif(not MODELS, reason="no corpus: CNNSHAPE_CORPUS names its folder")
@pytest.mark.parametrize("path", MODELS if THOROUGH else MODELS[3::16], ids=lambda path: path.stem)
def test_real_models_as_designs_and_back(path, tmp_path):
    network = cs.load(path)
    for suffix in (".yaml", ".json"):
        file = tmp_path / f"net{suffix}"
        cs.save(network, file)
        again = cs.load(file)
        inputs = {node.name for node in network.inputs}
        ordered = [node for node in network.nodes if node.name in inputs]
        ordered += [node for node in network.nodes if node.name not in inputs]
        assert list(again.nodes) == ordered
        assert (again.name, again.outputs) == (network.name, network.outputs)


@pytest.mark.skipif(not MODELS, reason="no corpus: CNNSHAPE_CORPUS names its folder")
@pytest.mark.parametrize("path", MODELS if THOROUGH else MODELS[7::16], ids=lambda path: path.stem)
def test_real_models_as_onnx_and_back(path, tmp_path):
    first = cs.report(path)
    free = [name for name in first.network.symbols if name != first.network.batch]
    held = sum(first.layer(first.network.nodes[i].name).params for i in first.network.held)
    for side in (224, 256):
        sizes, fixed = dict.fromkeys(free, side), {}
        if not first.at(sizes).valid:
            continue
        try:
            cs.save(first.network, tmp_path / "net.onnx")
        except DesignError:  # a size is free, and a number is needed
            fixed = sizes
            cs.save(first.network, tmp_path / "net.onnx", sizes=fixed)
        onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)
        again = cs.report(tmp_path / "net.onnx")
        assert again.params == first.params - held
        there = {} if fixed else sizes
        assert again.at(there).macs == first.at(sizes).macs
        assert again.at(there).outputs == first.at(sizes).outputs


def test_a_block_that_states_its_input_is_not_written_as_a_repeat(tmp_path):
    """The copies follow one another; each copy of a repeat with inputs takes the stated ones."""
    x = Input("x", (4, "L"))
    y = L.ReLU()(x)
    with cs.block("blocks"):
        z = x
        for number in range(4):
            with cs.block(str(number)):
                z = L.Conv(4, kernel_size=1)(z)
    network = Network("m", inputs=x, outputs=L.Add()(y, z))
    cs.save(network, tmp_path / "net.yaml")
    assert cs.load(tmp_path / "net.yaml") == network


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json"])
def test_a_design_that_is_written_is_the_network(tmp_path, suffix, capsys):
    for network in (tiny(), cs.zoo("googlenet"), cs.load("examples/unet.yaml")):
        cs.save(network, tmp_path / f"net{suffix}")
        assert cs.load(tmp_path / f"net{suffix}") == network
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["a mapping", ".npz", ".safetensors"])
def test_an_onnx_model_has_the_weights_that_are_given(tmp_path, capsys, kind):
    pytest.importorskip("onnxruntime")
    from tests.oracles.onnx_runtime import answer

    weights = numbers(tiny())
    given = weights
    if kind != "a mapping":
        if kind == ".safetensors":
            pytest.importorskip("safetensors")
        from cnnshape.runtime.store import dumped

        given = tmp_path / f"w{kind}"
        given.write_bytes(dumped(weights, kind))
    cs.save(tiny(), tmp_path / "tiny.onnx", given)
    assert "note: weights: " in capsys.readouterr().err
    model = onnx.load(tmp_path / "tiny.onnx")
    onnx.checker.check_model(model, full_check=True)
    for shape in ((2, 3, 9, 11), (1, 3, 16, 8)):
        x = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
        theirs = answer(model, {"image": x})["y"]
        np.testing.assert_allclose(cs.run(tiny(), x, weights=weights), theirs, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(cs.run(tmp_path / "tiny.onnx", x), theirs, rtol=1e-4, atol=1e-5)
    assert "random" not in capsys.readouterr().err


def test_a_model_keeps_its_own_weights_unless_it_is_told_not_to(tmp_path, capsys):
    cs.save(tiny(), tmp_path / "one.onnx", numbers(tiny()))
    x = np.random.default_rng(5).standard_normal((1, 3, 9, 9)).astype(np.float32)
    capsys.readouterr()
    cs.save(tmp_path / "one.onnx", tmp_path / "two.onnx")
    assert capsys.readouterr().err == "note: weights: the model's own\n"
    np.testing.assert_array_equal(cs.run(tmp_path / "one.onnx", x), cs.run(tmp_path / "two.onnx", x))
    cs.save(tmp_path / "one.onnx", tmp_path / "none.onnx", weights=False)
    said = "note: without weights: each is one number repeated, and what it gives means nothing\n"
    assert capsys.readouterr().err == said
    assert not np.asarray(cs.run(tmp_path / "none.onnx", x)).any()


def test_weights_that_the_file_does_not_hold_are_zeros_and_said(tmp_path, capsys):
    cs.save(tiny(), tmp_path / "whole.onnx", numbers(tiny()))
    model = onnx.load(tmp_path / "whole.onnx")
    lost = next(each for each in model.graph.initializer if each.name == "conv1.weight")
    lost.ClearField("raw_data")
    lost.data_location = onnx.TensorProto.EXTERNAL
    lost.external_data.add(key="location", value="gone.bin")
    (tmp_path / "part.onnx").write_bytes(model.SerializeToString())
    capsys.readouterr()
    cs.save(tmp_path / "part.onnx", tmp_path / "out.onnx")
    assert "the model's own; 1 of 6 weights are not in it, and are written as zeros" in capsys.readouterr().err
    assert cs.report(tmp_path / "out.onnx").params == cs.report(tiny()).params


def test_learned_tensors_and_constants_stay_what_they_are(tmp_path):
    """A tensor that is learned counts, though no layer owns it; a scale that is given does not."""
    x = Input("line", (6, "L"))
    made = {"y": L.Multiply()(L.Add()(x, cs.Parameter("shift", (6, 1))), cs.Constant("scale", (6, 1)))}
    network = Network("m", inputs=x, outputs=made)
    values = {"shift.weight": np.ones((6, 1), np.float32), "scale": np.full((6, 1), 2, np.float32)}
    for weights in (values, None):
        cs.save(network, tmp_path / "m.onnx", weights)
        onnx.checker.check_model(str(tmp_path / "m.onnx"), full_check=True)
        assert cs.report(tmp_path / "m.onnx").params == 6


def test_what_stands_there_is_untouched_where_writing_fails(tmp_path):
    (tmp_path / "net.onnx").write_text("mine")
    with pytest.raises(DesignError, match="CS130"):
        cs.save("vgg16", tmp_path / "net.onnx")
    with pytest.raises(ShapeError):
        cs.save(tiny(), tmp_path / "net.onnx", H=1)
    with pytest.raises(UsageError, match="CS503: weights are no float"):
        cs.save(tiny(), tmp_path / "net.onnx", 0.5)
    with pytest.raises(UsageError, match="CS503"):
        cs.save(tiny(), tmp_path / "net.onnx", {"conv1.weight": np.zeros((1, 1))})
    assert (tmp_path / "net.onnx").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("name", ["net.yaml", "net.onnx"])
def test_the_file_that_was_read_is_never_written_over(tmp_path, name):
    cs.save(tiny(), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(UsageError, match="CS006"):
        cs.save(tmp_path / name, tmp_path / name)
    (tmp_path / f"link-{name}").symlink_to(tmp_path / name)
    with pytest.raises(UsageError, match="CS006"):
        cs.save(cs.load(tmp_path / name), tmp_path / f"link-{name}")
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("given", [{"weights": {}}, {"weights": "w.npz"}, {"sizes": {"H": 9}}, {"H": 9}])
def test_a_design_takes_neither_weights_nor_sizes(tmp_path, given):
    if given == {"weights": {}}:
        given = {"weights": {"conv1.weight": np.zeros(3)}}
    with pytest.raises(UsageError, match="CS001: a design holds no"):
        cs.save(tiny(), tmp_path / "net.yaml", **given)
    assert not list(tmp_path.iterdir())


def test_more_weights_than_a_file_holds(tmp_path, monkeypatch, capsys):
    from cnnshape.formats.onnx import pieces

    x = Input("x", (100_000,))
    wide = Network("wide", inputs=x, outputs=L.Linear(100_000)(x))
    cs.save(wide, tmp_path / "wide.onnx")
    assert (tmp_path / "wide.onnx").stat().st_size < 1000

    monkeypatch.setattr(pieces, "LARGEST", 10_000)
    x = Input("image", (40, "H", "W"))
    network = Network("net", inputs=x, outputs=L.Conv(40, kernel_size=3, bias=False)(L.Conv(40, kernel_size=1)(x)))
    weights = numbers(network, H=4, W=4)
    cs.save(network, tmp_path / "net.onnx", weights)
    assert "they stand beside it, in FILE.data" in capsys.readouterr().err
    beside = tmp_path / "net.onnx.data"
    assert beside.stat().st_size == 4 * (40 * 40 + 40 * 40 * 9)
    onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)
    stored = {
        each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(tmp_path / "net.onnx").graph.initializer
    }
    assert stored.keys() == weights.keys()
    assert all((stored[name] == values).all() for name, values in weights.items())
    image = np.ones((1, 40, 4, 4), np.float32)
    np.testing.assert_array_equal(cs.run(tmp_path / "net.onnx", image), cs.run(network, image, weights=weights))
    with pytest.raises(UsageError, match="CS006"):
        cs.save(network, tmp_path / "net.onnx", weights)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory is read there")
def test_weights_are_written_one_by_one(tmp_path):
    """The most memory is not twice nor once the file, but some of its tensors."""
    from benchmarks.large_onnx import inside

    inside(tmp_path / "in.onnx", 30, 1024)
    code = (
        "import sys, cnnshape as cs; from benchmarks.memory import most_memory; network = cs.load(sys.argv[1]);"
        "cs.save('lenet5', sys.argv[2]); before = most_memory(); cs.save(network, sys.argv[2]);"
        "print(most_memory() - before)"
    )
    run = [sys.executable, "-c", code, str(tmp_path / "in.onnx"), str(tmp_path / "out.onnx")]
    root = Path(__file__).parents[2]
    grown = int(subprocess.run(run, cwd=root, check=True, capture_output=True, text=True).stdout)
    assert (tmp_path / "out.onnx").stat().st_size > 120 * 2**20
    assert grown < 40 * 2**20
    assert cs.report(tmp_path / "out.onnx").params == 30 * 1024**2
