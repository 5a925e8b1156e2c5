"""Weights that an exporter stores once and gives several names: against ONNX Runtime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from tests.formats.onnx.test_reader import built, ours, theirs  # noqa: E402

SOURCE = np.random.default_rng(5)


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def test_another_name_of_a_weight_is_the_weight():
    stored = {
        "g": SOURCE.uniform(0.5, 2, 6).astype(np.float32),
        "b": SOURCE.normal(0, 1, 6).astype(np.float32),
        "v": SOURCE.uniform(0.5, 2, 6).astype(np.float32),
    }
    nodes = [
        node("Identity", "g", "g2"),
        node("Identity", "b", "b2"),
        node("Identity", "g2", "g3"),
        node("BatchNormalization", "x g b b2 v", "n"),
        node("LayerNormalization", "n g2 b2", "l"),
        node("LayerNormalization", "l g3 b", "m"),
        node("Add", "m g3", "y"),
    ]
    model = built(nodes, 17, {"x": [2, 6, 5, 6]}, stored)
    x = SOURCE.normal(0, 1, (2, 6, 5, 6)).astype(np.float32)
    (got,), (wanted,) = ours(model, x=x), theirs(model, x=x)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    assert cs.report(cs.load(model)).tensors["g3"] == (6,)


def test_one_weight_of_two_layers_that_have_others_counts_once():
    weights = {f"w{i}": SOURCE.normal(0, 1, (4, 4, 1, 1)).astype(np.float32) for i in range(2)}
    nodes = [
        node("Identity", "b", "b2"),
        node("Conv", "x w0 b", "c"),
        node("Conv", "c w1 b2", "d"),
        node("Add", "d b", "y"),
    ]
    stored = {**weights, "b": SOURCE.normal(0, 1, 4).astype(np.float32)}
    model = built(nodes, 17, {"x": [1, 4, 5, 4]}, stored)
    network = cs.load(model)
    report = cs.report(network)
    assert report.params == 16 + 16 + 4
    assert [each.params for each in report.layers if each.params] == [20, 16]
    assert report.facts.memory.weights.total == 4 * 36
    x = SOURCE.normal(0, 1, (1, 4, 5, 4)).astype(np.float32)
    (got,), (wanted,) = ours(model, x=x), theirs(model, x=x)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_a_weight_that_a_model_states_as_a_constant_is_no_parameter():
    bias = onnx.numpy_helper.from_array(SOURCE.normal(0, 1, 4).astype(np.float32))
    stored = {"w": SOURCE.normal(0, 1, (4, 4, 1, 1)).astype(np.float32)}
    nodes = [helper.make_node("Constant", [], ["b"], value=bias), node("Conv", "x w b", "y")]
    assert cs.report(cs.load(built(nodes, 17, {"x": [1, 4, 5, 5]}, stored))).params == 16
    nodes.insert(0, helper.make_node("Constant", [], ["w"], value=onnx.numpy_helper.from_array(stored["w"])))
    # Some exporters write no initializers at all.
    assert cs.report(cs.load(built(nodes, 17, {"x": [1, 4, 5, 5]}, {}))).params == 20


def test_quantized_weights_beside_others_are_parameters():
    whole = {"q": SOURCE.integers(-9, 9, (4, 4, 1, 1)).astype(np.int8), "s": np.float32(0.5), "z": np.int8(0)}
    stored = {**whole, "w": SOURCE.normal(0, 1, (4, 4, 1, 1)).astype(np.float32)}
    nodes = [node("DequantizeLinear", "q s z", "d"), node("Conv", "x d", "c"), node("Conv", "c w", "y")]
    assert cs.report(cs.load(built(nodes, 17, {"x": [1, 4, 5, 5]}, stored))).params == 32


def test_two_layers_with_one_weight_under_two_names_count_it_once():
    stored = {"w": SOURCE.normal(0, 1, (4, 4, 1, 1)).astype(np.float32)}
    nodes = [node("Identity", "w", "w2"), node("Conv", "x w", "c"), node("Conv", "c w2", "y")]
    assert cs.report(cs.load(built(nodes, 17, {"x": [1, 4, 5, 5]}, stored))).params == 16


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("computed", ["g", "b", "m v", "g b m v"])
def test_a_batch_norm_by_numbers_that_are_computed(computed, mode):
    numbers = {name: SOURCE.uniform(0.5, 2, 6).astype(np.float32) for name in "gbmv"}
    stored = {**numbers, "two": np.float32([2])}
    made = [node("Mul", f"{name} two", f"{name}2") for name in computed.split()]
    names = " ".join(f"{name}2" if name in computed.split() else name for name in "gbmv")
    norm = helper.make_node("BatchNormalization", ["x", *names.split()], ["y"], epsilon=1e-3, training_mode=mode)
    model = built([node("Mul", "x two", "unread"), *made, norm], 17, {"x": [2, 6, 5, 6]}, stored)
    x = SOURCE.normal(0, 1, (2, 6, 5, 6)).astype(np.float32)
    (got,) = ours(model, x=x)
    if mode:
        mean, variance = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    else:
        mean, variance = (numbers[name].reshape(6, 1, 1) * (1 + (name in computed)) for name in "mv")
    scale, shift = (numbers[name].reshape(6, 1, 1) * (1 + (name in computed)) for name in "gb")
    np.testing.assert_allclose(got, (x - mean) / np.sqrt(variance + 1e-3) * scale + shift, rtol=1e-4, atol=1e-4)
