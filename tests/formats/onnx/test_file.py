"""ONNX files without their weights, against protobuf's own reading."""

import contextlib
import random

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from cnnshape.errors import CnnshapeError  # noqa: E402
from cnnshape.formats.onnx.file import light  # noqa: E402
from cnnshape.formats.onnx.reader import model_of, parse, read_onnx  # noqa: E402


def convolutions():
    numbers = np.random.default_rng(1)
    weights = {
        "w": numbers.standard_normal((64, 3, 5, 5)).astype(np.float32),
        "b": numbers.standard_normal(64).astype(np.float32),
        "v": numbers.standard_normal((8, 64, 3, 3)).astype(np.float32),
    }
    image, out = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", None, "H", "W"]) for n in ("image", "out"))
    image.type.tensor_type.shape.dim[1].dim_value = 3
    nodes = [
        helper.make_node("Conv", ["image", "w", "b"], ["c"], name="first"),
        helper.make_node("Conv", ["c", "v"], ["out"], name="second"),
    ]
    stored = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "two", [image], [out], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), weights


def test_all_is_there_but_the_long_tensors():
    model, weights = convolutions()
    content = model.SerializeToString()
    lighter = light(memoryview(content))
    assert len(lighter) < len(content) / 20
    found = parse(lighter)
    for before, after in zip(model.graph.initializer, found.graph.initializer, strict=True):
        if before.name == "b":
            assert before == after, "it is short"
            continue
        said = {each.key: int(each.value) for each in after.external_data}
        held = content[said["offset"] : said["offset"] + said["length"]]
        assert held == weights[before.name].tobytes()
        assert list(after.dims) == list(before.dims)
        assert not after.raw_data
    found.graph.ClearField("initializer")
    model.graph.ClearField("initializer")
    assert found == model


def test_the_weights_of_a_model_are_its_own_in_a_run(tmp_path, capsys):
    model, weights = convolutions()
    onnx.save(model, tmp_path / "two.onnx")
    x = np.random.default_rng(2).standard_normal((2, 3, 9, 11)).astype(np.float32)
    given = {"first.weight": weights["w"], "first.bias": weights["b"], "second.weight": weights["v"]}
    network = cs.load(tmp_path / "two.onnx")
    np.testing.assert_array_equal(cs.run(network, x), cs.run(network, x, weights=given))
    assert "random" not in capsys.readouterr().err
    assert network.name == "two"


@pytest.mark.parametrize("seed", range(300))
def test_broken_files_are_refused_or_read(tmp_path, seed):
    """Bytes that are cut, changed or doubled: an error of ours, or a network."""
    draw = random.Random(seed)
    content = bytearray(convolutions()[0].SerializeToString()[: draw.choice([None, draw.randint(0, 40_000)])])
    for _ in range(draw.randint(0, 4)):
        content[draw.randrange(max(min(len(content), 400), 1)) : 0] = bytes([draw.randrange(256)])
    (tmp_path / "model.onnx").write_bytes(content)
    with contextlib.suppress(CnnshapeError):
        assert cs.report(read_onnx(str(tmp_path / "model.onnx")).network).params >= 0


def test_a_model_in_memory_is_read_as_its_file(tmp_path):
    model, _ = convolutions()
    onnx.save(model, tmp_path / "two.onnx")
    assert cs.load(model) == cs.load(tmp_path / "two.onnx")
    assert model_of(model).source == ""
