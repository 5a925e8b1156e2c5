"""Maps that are padded, or cut into windows and put together again, as exporters write it: against ONNX Runtime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from cnnshape.symbolic import ceildiv, dim  # noqa: E402
from tests.formats.onnx.test_reader import theirs  # noqa: E402

H, W = dim("H"), dim("W")


def number(name, value, dtype=np.int64):
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(value, dtype)))


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def model(*nodes):
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])
    graph = helper.make_graph(nodes, "g", [image], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


SIZES = [
    node("Shape", "x", "s"),
    number("zero", 0),
    number("two", 2),
    number("three", 3),
    node("Gather", "s zero", "n"),
    node("Gather", "s two", "h"),
    node("Gather", "s three", "w"),
]


def same(size, name):
    """The padding SAME of a window of 3 with stride 2 as code writes it, in floating-point numbers."""
    return [
        node("Cast", size, f"{name}f", to=TensorProto.FLOAT),
        node("Div", f"{name}f two.f", f"{name}d"),
        node("Ceil", f"{name}d", f"{name}c"),
        node("Sub", f"{name}c one.f", f"{name}m"),
        node("Mul", f"{name}m two.f", f"{name}t"),
        node("Add", f"{name}t three.f", f"{name}a"),
        node("Sub", f"{name}a {name}f", f"{name}o"),
        node("Clip", f"{name}o zero.f", f"{name}p"),
        node("Div", f"{name}p two.f", f"{name}q"),
        node("Cast", f"{name}q", f"{name}before", to=TensorProto.INT64),
        node("Cast", f"{name}before", f"{name}bf", to=TensorProto.FLOAT),
        node("Sub", f"{name}p {name}bf", f"{name}af"),
        node("Cast", f"{name}af", f"{name}after", to=TensorProto.INT64),
    ]


def test_the_padding_same_in_floating_point_numbers():
    numbers = [
        number(f"{word}.f", value, np.float32) for word, value in (("zero", 0), ("one", 1), ("two", 2), ("three", 3))
    ]
    pads = [node("Unsqueeze", f"{name} first", f"{name}u") for name in ("hbefore", "wbefore", "hafter", "wafter")]
    padded = model(
        *SIZES,
        *numbers,
        number("first", [0]),
        number("none", [0, 0]),
        *same("h", "h"),
        *same("w", "w"),
        *pads,
        node("Concat", "none hbeforeu wbeforeu none hafteru wafteru", "pads", axis=0),
        node("Pad", "x pads", "padded"),
        node("MaxPool", "padded", "y", kernel_shape=[3, 3], strides=[2, 2]),
    )
    network = cs.load(padded)
    assert cs.report(network).outputs["y"] == (dim("N"), 3, ceildiv(H, 2), ceildiv(W, 2))
    for sizes in ((1, 3, 8, 9), (2, 3, 5, 12), (1, 3, 1, 2)):
        x = np.random.default_rng(0).normal(size=sizes).astype(np.float32)
        np.testing.assert_array_equal(cs.run(network, x), theirs(padded, x=x)[0])


def test_windows_that_are_put_together_again_leave_the_batch():
    windows = model(
        *SIZES,
        number("four", 4),
        number("first", [0]),
        number("open", [-1]),
        number("c", [3]),
        number("side", [4]),
        number("several", [-1, 4, 4, 3]),
        node("Div", "h four", "rows"),
        node("Div", "w four", "columns"),
        *(node("Unsqueeze", f"{name} first", f"{name}1") for name in ("n", "h", "w", "rows", "columns")),
        node("Concat", "n1 rows1 side columns1 side c", "cut", axis=0),
        node("Concat", "open rows1 columns1 side side c", "back", axis=0),
        node("Concat", "open h1 w1 c", "whole", axis=0),
        node("Transpose", "x", "last", perm=[0, 2, 3, 1]),
        node("Reshape", "last cut", "parts"),
        node("Transpose", "parts", "beside", perm=[0, 1, 3, 2, 4, 5]),
        node("Reshape", "beside several", "window"),
        node("Relu", "window", "relu"),
        node("Reshape", "relu back", "again"),
        node("Transpose", "again", "rowwise", perm=[0, 1, 3, 2, 4, 5]),
        node("Reshape", "rowwise whole", "joined"),
        node("Transpose", "joined", "y", perm=[0, 3, 1, 2]),
    )
    network = cs.load(windows)
    report = cs.report(network)
    assert report.outputs["y"] == (dim("N"), 3, H, W)
    for sizes in ((1, 3, 8, 12), (3, 3, 4, 4)):
        x = np.random.default_rng(1).normal(size=sizes).astype(np.float32)
        np.testing.assert_array_equal(cs.run(network, x), theirs(windows, x=x)[0])
    assert not report.at(N=1, H=9, W=12).valid
    assert not report.at(N=1, H=8, W=6).valid
