"""ONNX models that break the rules, or are odd: an error of ours or the right network, soon and in little memory."""

import time
import tracemalloc

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from cnnshape.errors import CnnshapeError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of, parse  # noqa: E402

NEWEST = onnx.defs.onnx_opset_version()


def node(operator, inputs, outputs, name="", **attributes):
    return helper.make_node(operator, inputs, outputs, name, **attributes)


def built(nodes, stored=(), shape=("N", 3, "H", "W"), version=17, outputs=("y",), inputs=("x",)):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.array(array), name) for name, array in dict(stored).items()],
    )
    imports = [helper.make_opsetid("", version)] if version else []
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def written(model, folder):
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def code_of(model, folder):
    """Return the code of the error that reading and reporting raises, or "" where the network is read."""
    try:
        report = cs.report(cs.load(written(model, folder)))
    except CnnshapeError as error:
        return error.code
    return "" if report.valid is not False else "invalid"


CONV = {"w": np.ones((4, 3, 3, 3), np.float32)}
ONE = helper.make_tensor("one", TensorProto.INT64, [1], [1])
LIES = {
    "a tensor that two nodes give": (built([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])]), "CS128"),
    "a tensor that is an input and given": (built([node("Relu", ["x"], ["x"]), node("Neg", ["x"], ["y"])]), "CS128"),
    "a tensor that one node gives twice": (built([node("Split", ["x"], ["y", "y"], axis=1)]), "CS128"),
    "a circle": (built([node("Add", ["x", "b"], ["y"]), node("Neg", ["y"], ["b"])]), "CS128"),
    "a node that takes what it gives": (built([node("Relu", ["y"], ["y"])]), "CS128"),
    "nodes in another order": (built([node("Relu", ["a"], ["y"]), node("Neg", ["x"], ["a"])]), "CS128"),
    "an output that nothing gives": (built([node("Relu", ["x"], ["a"])]), "CS128"),
    "no nodes at all": (built([]), "CS128"),
    "a negative size": (built([node("Relu", ["x"], ["y"])], shape=("N", -3, 4)), None),
    "a size of 0": (built([node("Relu", ["x"], ["y"])], shape=("N", 0, 4)), None),
    "filters of one axis": (built([node("Conv", ["x", "w"], ["y"])], {"w": np.ones(3, np.float32)}), "CS127"),
    "no filters": (built([node("Conv", ["x"], ["y"])]), "CS127"),
    "filters for other channels": (built([node("Conv", ["x", "w"], ["y"])], {"w": np.ones((4, 5, 3, 3), "f")}), None),
    "strides that are text": (built([node("Conv", ["x", "w"], ["y"], strides="two")], CONV), "CS127"),
    "strides that are fractions": (built([node("Conv", ["x", "w"], ["y"], strides=[1.5, 1.5])], CONV), "CS127"),
    "strides of 0": (built([node("Conv", ["x", "w"], ["y"], strides=[0, 1])], CONV), "CS127"),
    "pads that are one number": (built([node("Conv", ["x", "w"], ["y"], pads=1)], CONV), "CS127"),
    "a group of 0": (built([node("Conv", ["x", "w"], ["y"], group=0)], CONV), "CS127"),
    "a permutation of other axes": (built([node("Transpose", ["x"], ["y"], perm=[0, 1, 2, 9])]), "CS127"),
    "an axis that is not there": (built([node("Concat", ["x", "x"], ["y"], axis=9)]), "CS127"),
    "an axis that is a tensor": (built([node("Concat", ["x", "x"], ["y"], axis=ONE)]), "CS127"),
    "a kernel of 2**62": (built([node("MaxPool", ["x"], ["y"], kernel_shape=[2**62, 2**62])]), None),
    "a shape of 2**62": (built([node("Reshape", ["x", "s"], ["y"])], {"s": [2**62, 2**62]}), None),
    "copies of 2**62": (built([node("Tile", ["x", "s"], ["y"])], {"s": [2**62, 1, 1, 1]}), None),
    "a type that there is not": (built([node("Cast", ["x"], ["y"], to=99)]), ""),
    "a branch that is a number": (built([node("If", ["t"], ["y"], then_branch=1, else_branch=2)], {"t": True}), None),
    "a node without outputs": (built([node("Relu", ["x"], []), node("Neg", ["x"], ["y"])]), ""),
    "a node of no operator": (built([node("", ["x"], ["y"])]), None),
}  # fmt: skip
"""What a model does -> the code of its error; None where it may be read as well, "" where it is read."""


@pytest.mark.parametrize("case", LIES.values(), ids=LIES)
def test_models_that_break_the_rules(case, tmp_path):
    model, code = case
    tracemalloc.start()
    start = time.perf_counter()
    found = code_of(model, tmp_path)
    assert time.perf_counter() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 3e7
    tracemalloc.stop()
    assert code is None or found == code


def test_nodes_of_one_name(tmp_path):
    """Names of nodes are for people: the rules ask for names of tensors that are unlike one another."""
    model = built(
        [node("Relu", ["x"], ["a"], "same"), node("Neg", ["a"], ["b"], "same"), node("Abs", ["b"], ["y"], "same")]
    )
    names = [each.name for each in cs.load(written(model, tmp_path)).nodes]
    assert len({*names}) == 4


def test_initializers_of_one_name_or_that_are_inputs(tmp_path):
    """Files of old versions list their weights among the inputs as well."""
    model = built([node("Conv", ["x", "w"], ["y"])], CONV)
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [4, 3, 3, 3]))
    network = cs.load(written(model, tmp_path))
    assert [each.name for each in network.inputs] == ["x"]
    assert cs.report(network).params == 4 * 3 * 3 * 3


def test_dims_that_the_bytes_do_not_justify(tmp_path):
    for dims in ([2**40, 3, 3, 3], [4, 3, 3, -3], [0, 3, 3, 3], [2**62, 2**62, 3, 3]):
        model = built([node("Conv", ["x", "w"], ["y"])], CONV)
        model.graph.initializer[0].ClearField("dims")
        model.graph.initializer[0].dims.extend(dims)
        tracemalloc.start()
        start = time.perf_counter()
        with pytest.raises(CnnshapeError):
            loaded(written(model, tmp_path))
        assert time.perf_counter() - start < 2
        assert tracemalloc.get_traced_memory()[1] < 2e7
        tracemalloc.stop()


def loaded(path):
    """Read a model and its numbers, which are looked at when a run needs them."""
    return [load() for load in cs.load(path).origin.weights.values()]


def test_no_operator_set(tmp_path):
    """A model that imports none has version 1, as ONNX says."""
    assert code_of(built([node("Relu", ["x"], ["y"])], version=0), tmp_path) == "CS129"


def test_an_operator_set_that_nobody_knows_yet(tmp_path):
    assert code_of(built([node("Relu", ["x"], ["y"])], version=10_000), tmp_path) == ""


@pytest.mark.parametrize("version", range(7, NEWEST + 1))
def test_one_network_in_every_operator_set(version, tmp_path):
    """As each set has it: axes of Squeeze, sizes of Split and bounds of Clip moved from attributes to inputs."""
    stored = {**CONV, "shape": [0, -1], "m": np.ones((8, 5), np.float32)}

    def moved(operator, inputs, outputs, since, **given):
        if version < since:
            return node(operator, inputs, outputs, **given)
        stored.update({f"{outputs[0]}_{name}": value for name, value in given.items()})
        return node(operator, [*inputs, *(f"{outputs[0]}_{name}" for name in given)], outputs)

    nodes = [
        node("Conv", ["x", "w"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        moved("Clip", ["c"], ["r"], 11, min=np.float32(0), max=np.float32(6)),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        moved("ReduceMean", ["p"], ["g"], 18, axes=[2, 3]),
        moved("Squeeze", ["g"], ["s"], 13, axes=[2, 3]),
        node("Concat", ["s", "s"], ["k"], axis=1),
        moved("Unsqueeze", ["k"], ["u"], 13, axes=[2]),
        node("Reshape", ["u", "shape"], ["f"]),
        node("Gemm", ["f", "m"], ["d"], alpha=1.0) if version >= 11 else node("MatMul", ["f", "m"], ["d"]),
        node("Softmax", ["d"], ["y"], axis=1),
    ]
    model = built(nodes, {name: np.array(value) for name, value in stored.items()}, version=version)
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 5]))
    onnx.checker.check_model(model)
    report = cs.report(cs.load(written(model, tmp_path)))
    assert [str(size) for size in report.tensors["y"]] == ["N", "5"]
    assert report.params == 4 * 27 + 40
    assert report.at(H=32, W=48).macs == 16 * 24 * 4 * 27 + 40


def test_a_model_of_many_inputs_and_bytes_of_no_model():
    """Protobuf takes much for a message: what is none of ours has no graph."""
    for content in (b"\x0a\x03abc", b"\x3a\x00", b"\x3a\x02\x0a\x00"):
        with pytest.raises(CnnshapeError):
            cs_read(content)


def cs_read(content):
    from cnnshape.formats.reading.foreign import read

    return read(model_of(parse(content)), unknown=True)
