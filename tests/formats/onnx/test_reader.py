"""ONNX files: old operator sets, free sizes and weights against ONNX Runtime; files that lie or are broken."""

import random
import tracemalloc
from collections import Counter

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there

from cnnshape.errors import CnnshapeError, ReadError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of, parse, read_onnx  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402

NUMBERS = np.random.default_rng(7)


def floats(*shape):
    return NUMBERS.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def built(nodes, version, inputs, stored, outputs=("y",)):
    """A ModelProto; `inputs` are name -> shape, `stored` name -> array."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in stored.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)


def ours(model, **fed):
    """The outputs of our runtime, the sizes taken from the arrays."""
    found = read(model_of(model))
    sizes = {}
    for node in found.network.inputs:
        for size, given in zip(node.layer.shape, fed[node.name].shape, strict=True):
            if not isinstance(size, int):
                sizes[str(size)] = given
    ready = plan(found.network, sizes)
    weights = {name: load() for name, load in found.weights.items()}
    return list(execute(ready, fed, weights).values())


def theirs(model, **fed):
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    del model.graph.output[1:]
    for out in model.graph.output:  # ONNX Runtime asks for the element type
        out.type.tensor_type.elem_type = TensorProto.FLOAT
    return runtime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"]).run(None, fed)


def node(operator, *inputs, **attributes):
    return helper.make_node(operator, ["x", *inputs], ["y"], **attributes)


IMAGE = (2, 6, 7, 5)
# id, operator set, node, shape of x, stored tensors: forms that the newest operator sets no longer have.
OLD = [
    ("clip6", 6, node("Clip", min=-0.5, max=0.7), IMAGE, {}),
    ("clip11", 11, node("Clip", "", "b"), IMAGE, {"b": np.float32(0.3)}),
    ("pad2", 2, node("Pad", pads=[0, 0, 1, 2, 0, 0, 0, 3], mode="reflect"), IMAGE, {}),
    ("pad10", 10, node("Pad", pads=[0, 1, 0, 2, 0, 0, 3, 0], value=1.5), IMAGE, {}),
    ("slice9", 9, node("Slice", starts=[1, -4], ends=[9999, -1], axes=[1, 3]), IMAGE, {}),
    ("slice10", 10, node("Slice", "s", "e", "a", "t"), IMAGE, {
        "s": ints(-1, 0), "e": ints(-(2**63), 5), "a": ints(2, 1), "t": ints(-2, 3)}),
    ("split2", 2, helper.make_node("Split", ["x"], ["y", "z"], axis=1, split=[2, 4]), IMAGE, {}),
    ("split11", 11, helper.make_node("Split", ["x"], ["y", "z"], axis=-3), IMAGE, {}),
    ("squeeze11", 11, node("Squeeze", axes=[0, -1]), (1, 4, 1), {}),
    ("unsqueeze11", 11, node("Unsqueeze", axes=[0, 3]), (4, 5), {}),
    ("sum11", 11, node("ReduceSum", axes=[1, -1], keepdims=0), IMAGE, {}),
    ("max17", 17, node("ReduceMax", axes=[2]), IMAGE, {}),
    ("softmax11", 11, node("Softmax", axis=1), IMAGE, {}),
    ("softmax12", 12, node("LogSoftmax", axis=2), IMAGE, {}),
    ("softmax13", 13, node("Softmax"), IMAGE, {}),
    ("dropout7", 7, node("Dropout", ratio=0.3), IMAGE, {}),
    ("upsample7", 7, node("Upsample", scales=[1.0, 1.0, 2.0, 3.0]), IMAGE, {}),
    ("upsample7_linear", 7, node("Upsample", scales=[1.0, 1.0, 2.0, 3.0], mode="linear"), IMAGE, {}),
    ("resize10_linear", 10, node("Resize", "s", mode="linear"), IMAGE, {"s": np.array([1, 1, 2, 0.5], np.float32)}),
    ("resize11_cubic", 11, node("Resize", "e", "s", mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1), IMAGE, {
        "e": floats(0), "s": np.array([1, 1, 2, 1.5], np.float32)}),
    ("resize18_filter", 18, node("Resize", "", "s", mode="cubic", antialias=1), IMAGE, {
        "s": np.array([1, 1, 0.5, 0.5], np.float32)}),
    ("upsample9", 9, node("Upsample", "s"), IMAGE, {"s": np.array([1, 1, 1.6, 2.5], np.float32)}),
    ("resize10", 10, node("Resize", "s"), IMAGE, {"s": np.array([1, 1, 0.6, 1.7], np.float32)}),
    ("batchnorm7", 7, node("BatchNormalization", "g", "b", "m", "v", epsilon=0.01), IMAGE, {
        "g": floats(6), "b": floats(6), "m": floats(6), "v": floats(6) ** 2}),
    ("gemm7", 7, node("Gemm", "w", "b", alpha=0.5, beta=2.0, transA=1), (5, 3), {"w": floats(5, 4), "b": floats(4)}),
    ("gemm9_row", 9, node("Gemm", "w", "b", transB=1), (3, 5), {"w": floats(4, 5), "b": floats(3, 1)}),
    ("gemm9_number", 9, node("Gemm", "w", "b", beta=3.0), (3, 5), {"w": floats(5, 4), "b": floats(1)}),
    ("matmul", 9, node("MatMul", "w"), (2, 3, 5), {"w": floats(5, 4)}),
    ("prelu7", 7, node("PRelu", "s"), IMAGE, {"s": floats(6, 1, 1)}),
    ("prelu7_full", 7, node("PRelu", "s"), IMAGE, {"s": floats(6, 7, 5)}),
    ("group18", 18, node("GroupNormalization", "g", "b", num_groups=3), IMAGE, {"g": floats(3), "b": floats(3)}),
    ("group21", 21, node("GroupNormalization", "g", "b", num_groups=3), IMAGE, {"g": floats(6), "b": floats(6)}),
    ("maxpool8", 8, node("MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]), IMAGE, {}),
    ("avgpool7", 7, node("AveragePool", kernel_shape=[3, 2], auto_pad="SAME_LOWER", strides=[2, 2]), IMAGE, {}),
    ("conv1", 1, node("Conv", "w", auto_pad="SAME_UPPER", strides=[2, 2], group=2), IMAGE, {"w": floats(4, 3, 3, 2)}),
    ("transposed1", 1, node("ConvTranspose", "w", output_shape=[15, 9], strides=[2, 2], group=3), IMAGE, {
        "w": floats(6, 2, 3, 3)}),
    ("gather1", 1, node("Gather", "i", axis=1), IMAGE, {"i": ints(3, -1, 0)}),
    ("expand8", 8, node("Expand", "s"), (3, 1), {"s": ints(2, 1, 4)}),
    *[(f"pow{e}", 7, node("Pow", "e"), (3, 4), {"e": np.float32(e)}) for e in (1, 2, 3)],
    ("root", 13, node("Pow", "e"), (3, 4), {"e": np.array([0.5], np.float32)}),
    ("lstm7", 7, node("LSTM", "w", "r", "b", hidden_size=4, direction="bidirectional"), (5, 2, 3), {
        "w": floats(2, 16, 3), "r": floats(2, 16, 4), "b": floats(2, 32)}),
    ("lstm7_reverse", 7, node("LSTM", "w", "r", hidden_size=4, direction="reverse"), (5, 2, 3), {
        "w": floats(1, 16, 3), "r": floats(1, 16, 4)}),
    ("gru7", 7, node("GRU", "w", "r", "b", hidden_size=4, linear_before_reset=1), (5, 2, 3), {
        "w": floats(1, 12, 3), "r": floats(1, 12, 4), "b": floats(1, 24)}),
    ("gru7_before", 7, node("GRU", "w", "r", "b", "", "h", hidden_size=4, direction="bidirectional"), (5, 2, 3), {
        "w": floats(2, 12, 3), "r": floats(2, 12, 4), "b": floats(2, 24), "h": floats(2, 2, 4)}),
    ("lstm7_peepholes", 7, node("LSTM", "w", "r", "b", "n", "h", "c", "p", hidden_size=4), (5, 2, 3), {
        "w": floats(1, 16, 3), "r": floats(1, 16, 4), "b": floats(1, 32), "n": np.array([5, 5], np.int32),
        "h": floats(1, 2, 4), "c": floats(1, 2, 4), "p": floats(1, 12)}),
    ("lstm7_reverse_state", 7, node("LSTM", "w", "r", "", "", "h", hidden_size=4, direction="reverse"), (5, 2, 3), {
        "w": floats(1, 16, 3), "r": floats(1, 16, 4), "h": floats(1, 2, 4)}),
    ("rnn7", 7, node("RNN", "w", "r", "b", hidden_size=4, activations=["Relu"]), (5, 2, 3), {
        "w": floats(1, 4, 3), "r": floats(1, 4, 4), "b": floats(1, 8)}),
]  # fmt: skip
WITH_NUMBERS = {
    "gru7_before",
    "lstm7_peepholes",
    "lstm7_reverse_state",
    "squeeze11",
    "prelu7_full",
    "transposed1",
    "expand8",
    "group18",
    "pad2",
    "resize10",
}
"""Their sizes are part of what is tested, or a number is needed there."""


@pytest.mark.parametrize("free", [False, True], ids=["numbers", "symbols"])
@pytest.mark.parametrize("row", OLD, ids=lambda row: row[0])
def test_an_operator_gives_what_onnx_runtime_gives(row, free):
    """The weights are initializers, and the sizes are numbers, or symbols that get numbers when the network is run."""
    case, version, made, shape, stored = row
    declared = [
        f"D{axis}" if free and case not in WITH_NUMBERS and axis != 1 else size for axis, size in enumerate(shape)
    ]
    outputs = tuple(made.output)
    model = built([made], max(version, 7), {"x": declared}, stored, outputs)
    x = floats(*shape)
    got = ours(model, x=x)[0]
    (wanted,) = theirs(model, x=x)
    assert got.dtype == wanted.dtype
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)  # NaN where a root has none


def test_batch_norm_in_training_mode():
    """By its own statistics, where nobody asks for the running ones; ONNX Runtime has no training."""
    from onnx.reference import ReferenceEvaluator

    made = helper.make_node("BatchNormalization", ["x", *"gbmv"], ["y", "m2", "v2"], training_mode=1)
    stored = {"g": floats(6), "b": floats(6), "m": floats(6), "v": floats(6) ** 2}
    model = built([made], 15, {"x": IMAGE}, stored)
    x = floats(*IMAGE)
    (wanted,) = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(ours(model, x=x)[0], wanted, rtol=1e-4, atol=1e-5)


def test_free_sizes_stay_formulas():
    """The sizes of a stem with its pool, as the formula of the window gives them."""
    model = built(
        [
            helper.make_node("Conv", ["x", "w"], ["a"], strides=[2, 2], pads=[3, 3, 3, 3]),
            helper.make_node("MaxPool", ["a"], ["b"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
            helper.make_node("GlobalAveragePool", ["b"], ["c"]),
            helper.make_node("Flatten", ["c"], ["y"]),
        ],
        13,
        {"x": ["batch", 3, "height", None]},
        {"w": floats(8, 3, 7, 7)},
    )
    found = read(model_of(model))
    specs = propagate(found.network).specs
    shown = {name: str(specs[tensor]) for name, tensor in found.tensors.items()}
    assert shown == {
        "x": "(batch, 3, height, x_3)",
        "a": "(batch, 8, ceil(height/2), ceil(x_3/2))",
        "b": "(batch, 8, ceil(height/4), ceil(x_3/4))",
        "c": "(batch, 8, 1, 1)",
        "y": "(batch, 8)",
    }


def test_different_names_of_sizes_stay_different():
    model = built([node("Relu")], 13, {"x": ["a-b", "a_b", "max", "3"]}, {})
    (x,) = read(model_of(model)).network.inputs
    assert str(x.layer) == "Input((a_b, d_a_b_2, d_max_2, d_3_2))"


def test_constants_are_folded():
    fill = helper.make_tensor("value", TensorProto.FLOAT, [1], [2.0])
    model = built(
        [
            helper.make_node("Constant", [], ["shape"], value_ints=[3, 4]),
            helper.make_node("ConstantOfShape", ["shape"], ["twos"], value=fill),
            helper.make_node("Mul", ["x", "twos"], ["y"]),
        ],
        13,
        {"x": [3, 4]},
        {},
    )
    x = floats(3, 4)
    assert [each.name for each in read(model_of(model)).network.nodes] == ["x", "twos", "y"]
    np.testing.assert_array_equal(ours(model, x=x)[0], 2 * x)


# Files that lie or are broken


def small():
    return built(
        [
            helper.make_node("Conv", ["x", "w", "b"], ["a"], "first/Conv", pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["a"], ["r"]),
            helper.make_node("Reshape", ["r", "shape"], ["f"]),
            helper.make_node("Gemm", ["f", "m"], ["g"], transB=1),
            helper.make_node("Split", ["g"], ["y", "z"], axis=1),
        ],
        11,
        {"x": ["N", 3, 4, 4]},
        {"w": floats(2, 3, 3, 3), "b": floats(2), "shape": ints(0, -1), "m": floats(6, 32)},
        ("y", "z"),
    )


def test_a_broken_file_is_read_or_refused():
    """Bits turned and ends cut: our error or a network, nothing else, whatever the bytes."""
    numbers, whole = random.Random(20261123), small().SerializeToString()
    outcomes = Counter()
    for _ in range(1500):
        content = bytearray(whole)
        for _ in range(numbers.randint(1, 4)):
            content[numbers.randrange(len(content))] ^= 1 << numbers.randrange(8)
        cut = numbers.randrange(len(content)) if numbers.random() < 0.2 else len(content)
        outcomes[_answered(bytes(content[:cut]))] += 1
    assert min(outcomes["read"], outcomes["CS129"], outcomes["CS128"], outcomes["CS127"]) > 20, outcomes
    assert set(outcomes) <= {"read", "CS127", "CS128", "CS129", "CS401"}


def _answered(content):
    try:
        found = read(model_of(parse(content)))
        for load in found.weights.values():
            load()
    except CnnshapeError as error:
        return error.code
    return "read"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no model", b"\x08\x07", b"\xff" * 100], ids=["0", "zip", "bare", "ff"]
)
def test_what_is_no_model_is_refused(content, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ReadError) as raised:
        read_onnx(str(path))
    assert raised.value.fault.code == "CS129"


def test_a_file_that_is_not_there():
    with pytest.raises(ReadError) as raised:
        read_onnx("nowhere.onnx")
    assert raised.value.fault.code == "CS101"


def apart(folder, location, **more):
    """Write a model whose filters stand elsewhere; return what is read, and the name of the filters."""
    model = small()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        weight.external_data.add(key=key, value=str(value))
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    found = read_onnx(str(folder / "model.onnx"))
    (conv,) = (node.name for node in found.network.nodes if type(node.layer).__name__ == "Conv")
    return found, f"{conv}.weight"


@pytest.mark.parametrize("how", ["absolute", "above", "link"])
def test_numbers_outside_of_the_folder_are_not_opened(tmp_path, how):
    """The sizes are read; the numbers are refused when they are asked for."""
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    folder.mkdir()
    secret.write_bytes(bytes(4 * 2 * 3 * 3 * 3))
    (folder / "link").symlink_to(secret)
    found, name = apart(folder, {"absolute": str(secret), "above": "../secret", "link": "link"}[how])
    with pytest.raises(ReadError) as raised:
        found.weights[name]()
    assert raised.value.fault.code == "CS129"
    assert "outside of its folder" in str(raised.value)


def test_numbers_beside_the_model_are_read(tmp_path):
    expected = np.arange(2 * 3 * 3 * 3, dtype=np.float32).reshape(2, 3, 3, 3)
    (tmp_path / "weights.bin").write_bytes(bytes(8) + expected.tobytes())
    found, name = apart(tmp_path, "weights.bin", offset=8, length=expected.nbytes)
    np.testing.assert_array_equal(found.weights[name](), expected)
    for wrong in ({"offset": 12}, {"length": 8}, {"offset": -4}, {"offset": "x"}):
        found, name = apart(tmp_path, "weights.bin", **{"offset": 8, "length": expected.nbytes, **wrong})
        with pytest.raises(ReadError, match="as many numbers as its shape"):
            found.weights[name]()


def test_numbers_that_are_not_there_are_named(tmp_path):
    found, name = apart(tmp_path, "weights.bin")
    assert found.network.origin.absent == (name,)
    assert name not in found.weights


def test_a_shape_that_promises_more_than_the_file_holds_takes_no_memory():
    model = small()
    model.graph.initializer[2].dims[0] = 2**33
    fill = built([helper.make_node("ConstantOfShape", ["s"], ["c"]), helper.make_node("Add", ["x", "c"], ["y"])], 13,
                 {"x": [1]}, {"s": ints(2**20, 2**20)})  # fmt: skip
    tracemalloc.start()
    with pytest.raises(CnnshapeError):
        read(model_of(model))
    read(model_of(fill))
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_a_constant_in_the_place_of_an_input():
    model = built([helper.make_node("Constant", [], ["x"], value_float=1.0), node("Relu")], 13, {"x": [1]}, {})
    with pytest.raises(ReadError) as raised:
        model_of(model)
    assert "the tensor 'x' is given twice" in str(raised.value)


def test_an_operator_set_that_is_too_old():
    with pytest.raises(ReadError) as raised:
        model_of(built([node("Relu")], 5, {"x": [1]}, {}))
    assert "has version 5, versions from 6 on are read" in str(raised.value)
