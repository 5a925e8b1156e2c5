"""Records become networks: names, sharing, what is refused; the tables themselves are held against ONNX elsewhere."""

import numpy as np
import pytest

from cnnshape.errors import DesignError
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import ForeignModel, Known, Record, Refusal
from cnnshape.layers.base import Spec
from cnnshape.symbolic import dim

IMAGE = Spec((dim("N"), 3, dim("H"), dim("W")))


def onnx(operator, inputs, outputs, path="", version=13, **attributes):
    return Record("onnx", operator, version, path or outputs[0], tuple(inputs), tuple(outputs), attributes)


def kernel(*shape):
    return Known.of(np.arange(np.prod(shape), dtype=np.float32).reshape(shape))


def model(*records, outputs=("y",), values=None, inputs=None, parameters=()):
    return ForeignModel("m", inputs or {"x": IMAGE}, outputs, records, values or {}, frozenset(parameters))


def fault(given):
    with pytest.raises(DesignError) as raised:
        read(given)
    return raised.value.fault


def test_every_operator_without_a_layer_is_listed_by_path_and_what_follows_is_not():
    found = fault(
        model(
            onnx("Relu", ["x"], ["a"]),
            onnx("Det", ["a"], ["b"], "block/det"),
            onnx("Relu", ["b"], ["c"]),
            onnx("Dropout", ["x", "", "t"], ["d"], "drop"),
            onnx("Add", ["c", "d"], ["y"]),
            values={"t": Known.of(np.array([True]))},
        )
    )
    assert found.code == "CS127"
    assert found.got == (
        Refusal("block/det", "Det", "no layer stands for it"),
        Refusal("drop", "Dropout", "training mode"),
    )
    assert found.text() == (
        "m: CS127: 2 operators have no layer here: block/det: Det: no layer stands for it\n"
        "  drop: Dropout: training mode\n"
        "  rule: a model is read if every operator is a layer, or several, in the form that it has there"
    )


def test_operators_that_do_not_fit_are_told_as_such():
    found = fault(model(onnx("Conv", ["x", "w"], ["y"], "c"), values={"w": kernel(8, 5, 3, 3)}))
    assert found.message.startswith("an operator does not fit: c: Conv: its weight has the shape (8, 5, 3, 3)")
    assert found.fix == "correct what makes the model, or export it at sizes that are numbers"


def test_operators_with_the_same_weights_share_them():
    found = read(
        model(
            onnx("Conv", ["x", "w"], ["a"]),
            onnx("Conv", ["x", "w"], ["b"]),
            onnx("Add", ["a", "b"], ["y"]),
            values={"w": kernel(8, 3, 3, 3)},
        )
    )
    assert [(node.name, node.weights_of) for node in found.network.nodes] == [
        ("x", ""), ("a", ""), ("b", "a"), ("y", ""),
    ]  # fmt: skip
    assert list(found.weights) == ["a.weight"]


def test_known_tensors_become_parameters_or_constants_only_where_a_layer_takes_them():
    values = {"p": kernel(1, 3, 1, 1), "c": kernel(1), "shape": Known.of(np.array([0, 3, -1]))}
    found = read(
        model(
            onnx("Mul", ["x", "p"], ["a"]),
            onnx("Add", ["a", "c"], ["b"]),
            onnx("Reshape", ["b", "shape"], ["y"]),
            values=values,
            parameters=["p", "shape"],
        )
    )
    kinds = [type(node.layer).__name__ for node in found.network.nodes]
    assert kinds == ["Input", "Parameter", "Multiply", "Constant", "Add", "Reshape"]
    assert sorted(found.weights) == ["c", "p.weight"]


@pytest.mark.parametrize(
    ("taken", "names"),
    [
        (["s.0"], ["x", "s.0", "s_2", "y"]),
        (["s"], ["x", "s", "s_2", "y"]),
        (["s_2.1", "s"], ["x", "s_2.1", "s", "s_3", "y"]),
    ],
    ids=str,
)
def test_a_name_is_taken_once_and_so_are_those_of_several_outputs(taken, names):
    parts = onnx("Split", ["x"], ["a", "b"], "s", axis=1, split=(1, 2))
    found = read(
        model(
            *(onnx("Relu", ["x"], [f"t{i}"], path) for i, path in enumerate(taken)), parts, onnx("Relu", ["b"], ["y"])
        )
    )
    assert [node.name for node in found.network.nodes] == names
    assert found.tensors["b"] == f"{names[-2]}.1"


def test_a_layer_named_as_an_input_gives_way():
    given = model(onnx("Relu", ["x"], ["y"], "late"), onnx("Add", ["y", "late"], ["z"]), outputs=("z",),
                  inputs={"x": Spec((4,)), "late": Spec((4,))}, values={"late": kernel(4)})  # fmt: skip
    found = read(given)
    assert [node.name for node in found.network.inputs] == ["x", "late"]
    assert found.tensors["y"] == "late_2"


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([onnx("Relu", ["missing"], ["y"])], "nothing gives the tensor 'missing'"),
        ([onnx("Relu", ["b"], ["a"]), onnx("Relu", ["a"], ["b"])], "nothing gives the tensor 'b'"),
        ([onnx("Relu", ["x"], ["a"])], "nothing gives the tensor 'y'"),
        ([onnx("Relu", ["x"], ["y"]), onnx("Relu", ["y"], ["y"])], "the tensor 'y' is given twice"),
        ([onnx("Relu", ["x"], ["x"])], "the tensor 'x' is given twice"),
        ([onnx("Split", ["x"], ["y", "y"], axis=1)], "the tensor 'y' is given twice"),
    ],
    ids=["missing", "cycle", "output", "twice", "input", "itself"],
)
def test_a_model_that_contradicts_itself_is_refused(records, message):
    found = fault(model(*records))
    assert (found.code, found.message) == ("CS128", message)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (onnx("ConvTranspose", ["x", "x"], ["y"]), "input 1, a weight here, is computed"),
        (onnx("Conv", ["x"], ["y"]), "input 1 is missing"),
        (onnx("Conv", ["x", "w"], ["y"], pads=(1,)), "pads has 1 entries, 4 are needed"),
        (onnx("Conv", ["x", "w"], ["y"], strides="wide"),
         "Conv: stride = 'wide' is not a whole number of at least 1 (no symbol), or a list with one per axis"),
        (onnx("MaxPool", ["x"], ["y"], kernel_shape=7),
         "an attribute or an input of a form that the operator does not have"),
        (onnx("Conv", ["x", "w"], ["y"], group=3), "its weight has the shape (6, 3, 3, 3), (6, 1, 3, 3) is needed"),
        (onnx("Reshape", ["x", "x"], ["y"]), "input 1 is an argument, and its values are not known before a run"),
        (onnx("Softmax", ["x"], ["y"], axis=9), "there is no axis 9 among 4"),
    ],
    ids=["computed", "missing", "pads", "stride", "form", "weight", "argument", "axis"],
)  # fmt: skip
def test_why_an_operator_is_refused(record, why):
    found = fault(model(record, values={"w": kernel(6, 3, 3, 3)}))
    assert [each.why for each in found.got] == [why]
