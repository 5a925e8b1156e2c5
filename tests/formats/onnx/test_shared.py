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


def test_two_layers_with_one_weight_under_two_names_count_it_once():
    stored = {"w": SOURCE.normal(0, 1, (4, 4, 1, 1)).astype(np.float32)}
    nodes = [node("Identity", "w", "w2"), node("Conv", "x w", "c"), node("Conv", "c w2", "y")]
    assert cs.report(cs.load(built(nodes, 17, {"x": [1, 4, 5, 5]}, stored))).params == 16
