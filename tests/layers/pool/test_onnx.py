"""Pools in ONNX's dialect against ONNX Runtime: paddings of two sides, dilation, auto_pad, ceil_mode."""

import random

import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.pool import AvgPool, LPPool, MaxPool

OPERATORS = [(MaxPool, "MaxPool"), (AvgPool, "AveragePool"), (LPPool, "LpPool")]


def onnx_shape(runtime, onnx, operator, x, **attributes):
    import numpy as np

    node = onnx.helper.make_node(operator, ["x"], ["y"], **attributes)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node], "pool", [value("x", onnx.TensorProto.FLOAT, x)], [value("y", onnx.TensorProto.FLOAT, None)]
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10)
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        (y,) = session.run(None, {"x": np.zeros(x, np.float32)})
    except Exception:  # noqa: BLE001  # its exceptions share no other class
        return None
    return None if 0 in y.shape else y.shape


def our_shape(layer, x):
    try:
        (y,) = layer.outputs((Spec(x),), Context())
    except ShapeError as error:
        return None, error.code
    return y.shape, ""


@pytest.mark.parametrize(("pool", "operator"), OPERATORS)
def test_as_onnx_runtime(pool, operator):
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    draw = random.Random(len(operator))
    taken = []
    for _ in range(150):
        rank = draw.randint(1, 2)
        axis = [
            (draw.randint(1, 5), draw.randint(1, 4), draw.randint(1, 2), draw.randint(0, 4), draw.randint(0, 4))
            for _ in range(rank)
        ]
        kernel, stride, dilation, before, after = zip(*axis, strict=True)
        ceil = draw.random() < 0.5
        x = (1, 2, *(draw.randint(1, 12) for _ in range(rank)))
        word = draw.choice([None, None, "same_upper", "same_lower"])
        attributes = {"kernel_shape": kernel, "strides": stride, "dilations": dilation, "ceil_mode": int(ceil)}
        if word and any(k < s for k, s in zip(kernel, stride, strict=True)):
            continue  # refused by ONNX Runtime: the padding would be negative
        if word:
            attributes |= {"auto_pad": word.upper(), "dilations": (1,) * rank, "ceil_mode": 0}
            layer = pool(kernel, stride=stride, padding=word, dialect="onnx")
        else:
            attributes["pads"] = (*before, *after)
            sides = tuple(zip(before, after, strict=True))
            layer = pool(kernel, stride=stride, padding=sides, dilation=dilation, ceil_mode=ceil, dialect="onnx")
        theirs = onnx_shape(runtime, onnx, operator, x, **attributes)
        ours, code = our_shape(layer, x)
        # Where less than a stride is missing ONNX Runtime's division rounds a size of 0 up to 1.
        if code != "CS203":
            assert ours == theirs, (layer, x)
            taken.append(ours)
    assert sum(shape is not None for shape in taken) > 30


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("kernel", [(2,), (3, 2), (2, 1, 3)], ids=str)
def test_indices_count_through_the_whole_tensor(kernel, order):
    """What is read gives ONNX Runtime's indices, and so does what is written of it; they lead back into the map."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    import numpy as np

    import cnnshape as cs
    from cnnshape.formats.onnx.writer import write
    from tests.oracles.onnx_runtime import answer

    helper, kind = onnx.helper, onnx.TensorProto
    names = ("N", 3, *(f"D{axis}" for axis in range(len(kernel))))
    window = {"kernel_shape": kernel, "strides": kernel}
    graph = helper.make_graph(
        [
            helper.make_node("MaxPool", ["x"], ["y", "at"], storage_order=order, **window),
            helper.make_node("MaxUnpool", ["y", "at"], ["back"], **window),
        ],
        "pools",
        [helper.make_tensor_value_info("x", kind.FLOAT, names)],
        [
            helper.make_tensor_value_info("at", kind.INT64, None),
            helper.make_tensor_value_info("back", kind.FLOAT, None),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8)
    network = cs.load(model)
    x = np.random.default_rng(order).standard_normal((2, 3, *(3 * size for size in kernel))).astype(np.float32)
    theirs = answer(model, {"x": x})
    for again in (network, cs.load(write(network))):
        found = cs.run(again, x)
        assert (found["at"] == theirs["at"]).all()
        if order == 0:  # MaxUnpool knows of rows alone
            assert (found["back"] == theirs["back"]).all()
