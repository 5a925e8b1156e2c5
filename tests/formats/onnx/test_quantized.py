"""Quantized ONNX models, in both forms that exporters write: against ONNX Runtime, but for the rounding of halves."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import helper  # noqa: E402  # after the check that it is there

from cnnshape.analysis.counts import counts  # noqa: E402
from cnnshape.formats.onnx.reader import model_of  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.layers import Conv, ConvInteger, DequantizeLinear, MatMulInteger, QuantizeLinear  # noqa: E402
from tests.formats.onnx.test_reader import built, ours, theirs  # noqa: E402

SOURCE = np.random.default_rng(3)
SCALE = np.float32(0.02)
OUT = np.float32(0.05)
SIDES = {
    "s": np.array(SCALE),
    "z": np.array(120, np.uint8),
    "o": np.array(OUT),
    "oz": np.array(100, np.uint8),
}


def small(*shape):
    return SOURCE.integers(-90, 90, shape).astype(np.int8)


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def as_integers():
    """Operators on integers: QLinearConv and QLinearMatMul."""
    stored = SIDES | {
        "w": small(6, 2, 3, 3), "ws": SOURCE.uniform(0.005, 0.02, 6).astype(np.float32), "wz": np.zeros(6, np.int8),
        "b": SOURCE.integers(-900, 900, 6).astype(np.int32), "m": small(5, 4), "ms": np.array(0.01, np.float32),
        "mz": np.array(3, np.int8),
    }  # fmt: skip
    nodes = [
        node("QuantizeLinear", "x s z", "q"),
        node("QLinearConv", "q s z w ws wz o oz b", "c", strides=[2, 1], pads=[1, 1, 1, 1], group=2),
        node("QLinearMatMul", "c o oz m ms mz o oz", "p"),
        node("DequantizeLinear", "p o oz", "y"),
    ]
    return built(nodes, 13, {"x": [2, 4, 7, 5]}, stored)


def as_fractions():
    """Operators on fractions between quantizing and dequantizing, the weights stored as integers."""
    stored = SIDES | {
        "w": small(6, 4, 3, 3), "ws": SOURCE.uniform(0.005, 0.02, 6).astype(np.float32), "wz": np.zeros(6, np.int8),
        "b": SOURCE.integers(-900, 900, 6).astype(np.int32), "bs": np.array(2e-4, np.float32),
    }  # fmt: skip
    nodes = [
        node("QuantizeLinear", "x s z", "q"),
        node("DequantizeLinear", "q s z", "d"),
        node("DequantizeLinear", "w ws wz", "wd", axis=0),
        node("DequantizeLinear", "b bs", "bd"),
        node("Conv", "d wd bd", "c", strides=[2, 1], pads=[1, 1, 1, 1]),
        node("QuantizeLinear", "c o oz", "p"),
        node("DequantizeLinear", "p o oz", "y"),
    ]
    return built(nodes, 13, {"x": [2, 4, 7, 5]}, stored)


@pytest.mark.parametrize("model", [as_integers(), as_fractions()], ids=["integers", "fractions"])
def test_numbers_are_those_of_onnx_runtime(model):
    x = SOURCE.normal(0, 1, (2, 4, 7, 5)).astype(np.float32)
    (got,), (wanted,) = ours(model, x=x), theirs(model, x=x)
    assert got.shape == wanted.shape
    # Of sums that lie between two steps, rounding takes one or the other.
    steps = np.rint((got - wanted) / OUT)
    np.testing.assert_allclose(got - wanted, steps * OUT, atol=1e-5)
    assert np.abs(steps).max() <= 1
    assert (steps != 0).mean() < 0.02
    assert np.unique(got).size > 20


def test_layers_and_counts():
    integers = read(model_of(as_integers())).network
    kinds = [type(each.layer) for each in integers.nodes]
    assert [kinds.count(kind) for kind in (ConvInteger, MatMulInteger, QuantizeLinear, DequantizeLinear)] == [
        1,
        1,
        3,
        3,
    ]
    # 6 filters of 2 channels and 3x3 at 2*4*5 places, then rows of 5 times 5x4
    assert counts(propagate(integers)).macs.total == 2 * 6 * 18 * 4 * 5 + 2 * 6 * 4 * 5 * 4


def test_weights_that_are_stored_as_integers_are_weights():
    model = as_fractions()
    found = read(model_of(model))
    (conv,) = [each for each in found.network.nodes if isinstance(each.layer, Conv)]
    assert counts(propagate(found.network)).trainable.total == 6 * 4 * 9 + 6
    stored = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    wanted = stored["w"] * stored["ws"].reshape(6, 1, 1, 1)
    np.testing.assert_allclose(found.weights[f"{conv.name}.weight"](), wanted, rtol=1e-6)
    np.testing.assert_allclose(found.weights[f"{conv.name}.bias"](), stored["b"] * stored["bs"], rtol=1e-6)
