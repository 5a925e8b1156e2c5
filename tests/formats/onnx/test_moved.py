"""Weights that a model cuts and joins out of stored ones, as PyTorch's exporter orders gates: against ONNX Runtime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from tests.formats.onnx.test_reader import built, ours, theirs  # noqa: E402

SOURCE = np.random.default_rng(7)
HIDDEN = 5


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def ordered(name):
    """The gates of PyTorch, input forget cell output, in the order of ONNX, and an axis of directions."""
    cuts = [node("Slice", f"{name} p{i} p{i + 1} zero", f"{name}{i}") for i in range(4)]
    return [
        *cuts,
        node("Concat", f"{name}0 {name}3 {name}1 {name}2", f"{name}j", axis=0),
        node("Unsqueeze", f"{name}j zero", f"{name}d"),
    ]


def recurrent(*further, outputs=("y",)):
    stored = {
        "w": SOURCE.normal(0, 1, (4 * HIDDEN, 3)).astype(np.float32),
        "r": SOURCE.normal(0, 1, (4 * HIDDEN, HIDDEN)).astype(np.float32),
        "zero": np.array([0]),
        **{f"p{i}": np.array([i * HIDDEN]) for i in range(5)},
    }
    lstm = node("LSTM", "x wd rd", "y", hidden_size=HIDDEN)
    return built([*ordered("w"), *ordered("r"), lstm, *further], 17, {"x": [4, 2, 3]}, stored, outputs)


def test_gates_in_another_order_are_the_weights_of_the_layer():
    model = recurrent()
    network = cs.load(model)
    assert not {"Slice", "Concat", "Parameter"} & {type(each.layer).__name__ for each in network.nodes}
    report = cs.report(network)
    assert report.params == 4 * HIDDEN * (3 + HIDDEN)
    assert report.tensors["w2"] == (HIDDEN, 3)
    assert report.tensors["wd"] == (1, 4 * HIDDEN, 3)
    x = SOURCE.normal(0, 1, (4, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(ours(model, x=x)[0], theirs(model, x=x)[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(cs.run(network, x), theirs(model, x=x)[0], rtol=1e-4, atol=1e-5)


def test_what_something_else_reads_stays():
    model = recurrent(node("Add", "w2 w3", "z"), outputs=("z", "y"))
    x = SOURCE.normal(0, 1, (4, 2, 3)).astype(np.float32)
    assert cs.report(cs.load(model)).tensors["z"] == (HIDDEN, 3)
    first, second = ours(model, x=x)
    np.testing.assert_allclose(first, theirs(model, x=x)[0], rtol=1e-4, atol=1e-5)
    assert second.shape == (4, 1, 2, HIDDEN)


def test_weights_that_are_computed_with_arithmetic_are_none():
    stored = {"w": np.ones((1, 4 * HIDDEN, 3), np.float32), "r": np.ones((1, 4 * HIDDEN, HIDDEN), np.float32)}
    nodes = [node("Add", "w w", "w2"), node("LSTM", "x w2 r", "y", hidden_size=HIDDEN)]
    report = cs.report(cs.load(built(nodes, 17, {"x": [4, 2, 3]}, stored)))
    assert any("a weight here, is computed" in note for note in report.facts.notes)


def test_towers_of_moves_are_left_to_the_network():
    """Each floor reads the one below twice."""
    stored = {"w": np.ones((1, 4 * HIDDEN, 3), np.float32), "r": np.ones((1, 4 * HIDDEN, HIDDEN), np.float32)}
    stored |= {"zero": np.array([0]), "one": np.array([1])}
    floors = []
    for i in range(40):
        below = "w" if i == 0 else f"f{i - 1}"
        floors += [node("Concat", f"{below} {below}", f"c{i}", axis=0), node("Slice", f"c{i} zero one zero", f"f{i}")]
    lstm = node("LSTM", "x f39 r", "y", hidden_size=HIDDEN)
    report = cs.report(cs.load(built([*floors, lstm], 17, {"x": [4, 2, 3]}, stored)))
    assert any("a weight here, is computed" in note for note in report.facts.notes)
