"""Constants and sizes computed while a model is read: numbers by NumPy, free sizes as formulas."""

from types import MappingProxyType

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there
from onnx.reference import ReferenceEvaluator  # noqa: E402

from cnnshape import layers as L  # noqa: E402
from cnnshape import run  # noqa: E402
from cnnshape.errors import DesignError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of  # noqa: E402
from cnnshape.formats.reading.folding import MOST_VALUES, folded  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.formats.reading.formulas import Quotient  # noqa: E402
from cnnshape.formats.reading.records import Known  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.symbolic import dim, floordiv, subs  # noqa: E402


def known(*values, dtype="int64"):
    return Known.of(np.array(values, dtype))


def free(*values):
    made = np.empty(len(values), object)
    made[:] = values
    return Known.of(made, "int64")


def listed(layer, *inputs, ranges=MappingProxyType({})):
    (made,) = folded(layer, inputs, ranges)
    return made.load().tolist()


def test_numbers_are_computed_by_the_layers_own_kernels():
    assert listed(L.Add(), known(1, 2), known(10, 20)) == [11, 22]
    assert listed(L.Cast("float32"), known(1, 2)) == [1.0, 2.0]
    assert listed(L.Sqrt(), known(4.0, dtype="float32")) == [2.0]
    parts = folded(L.Split((1, 2), dim=0), [known(5, 6, 7)])
    assert [part.load().tolist() for part in parts] == [[5], [6, 7]]


def test_what_is_large_learned_or_of_no_type_is_left_to_the_network():
    assert folded(L.Add(), [known(1), Known((MOST_VALUES + 1,), "int64", lambda: None)]) is None
    assert folded(L.Expand((MOST_VALUES + 1,)), [known(1)]) is None
    assert folded(L.Linear(3), [known(1.0, dtype="float32")]) is None
    assert folded(L.Cast("bfloat16"), [known(1.0, dtype="float32")]) is None
    assert folded(L.Constant((2,)), []) is None


def test_free_sizes_stay_formulas():
    H, W = dim("H"), dim("W")
    sizes = free(2, H, W)
    assert listed(L.Gather((1, -1), dim=0), sizes) == [H, W]
    assert listed(L.Concat(dim=0), sizes, known(-1)) == [2, H, W, -1]
    assert listed(L.Multiply(), free(H), known(3)) == [3 * H]
    assert listed(L.Subtract(), free(H + W), free(W)) == [H]
    assert listed(L.Divide(rounding_mode="trunc"), free(H), known(2)) == [floordiv(H, 2)]
    assert folded(L.ReduceProd(0), [sizes])[0].load().tolist() == 2 * H * W
    (first,) = folded(L.Gather((0,), dim=0), [sizes])
    assert not first.free, "no formula is left"
    assert first.load().dtype == np.int64


def test_sizes_are_clipped():
    H = dim("H")
    assert listed(L.Clip(min=0), free(H - 1)) == [H - 1]
    for clip, wanted in ((L.Clip(min=0), [0, 0, 3]), (L.Clip(min=-1, max=2), [-1, 0, 2])):
        (made,) = listed(clip, free(H - 3))
        assert [subs(made, {"H": size}) for size in (1, 3, 6)] == wanted
    assert folded(L.Clip(min=0.5), [free(H)]) is None
    assert folded(L.Clip(min=0), [free(Quotient(H, 3))]) is None


def test_free_sizes_are_compared_and_chosen_where_formulas_decide():
    H, W = dim("H"), dim("W")
    # Exporters write Equal(shape, -1) and Where in front of Expand, and Mod where a window must divide a map.
    assert listed(L.Compare("equal"), free(H, 2), known(-1, 2)) == [False, True]
    assert listed(L.Compare("not_equal"), free(H, H + 1), free(H, H)) == [False, True]
    assert listed(L.Where(), known(True, False, dtype="bool"), known(1, 1), free(H, W)) == [1, W]
    for rounding in ("floor", "trunc"):
        (made,) = listed(L.Remainder(rounding_mode=rounding), free(H), known(7))
        assert [subs(made, {"H": size}) for size in (13, 14, 15)] == [6, 0, 1]


@pytest.mark.parametrize(
    ("relation", "above", "below"),
    [
        ("less", False, True),
        ("less_equal", False, True),
        ("greater", True, False),
        ("greater_equal", True, False),
        ("equal", False, False),
        ("not_equal", True, True),
    ],
)
def test_each_comparison_of_a_size_with_what_it_never_reaches(relation, above, below):
    H = dim("H")
    assert listed(L.Compare(relation), free(H, 0), known(0, 1)) == [above, below]
    assert listed(L.Compare(relation), free(H), free(H)) == ["equal" in relation and relation != "not_equal"]


def test_what_formulas_do_not_decide_is_not_computed():
    H = dim("H")
    assert folded(L.Compare("equal"), [free(H), known(3)]) is None
    assert folded(L.Remainder(rounding_mode="trunc"), [free(H - 5), known(3)]) is None, "it may be negative"
    assert folded(L.Compare("less"), [free(H), known(3)]) is None
    assert folded(L.Divide(rounding_mode="trunc"), [free(H - 5), known(3)]) is None, "it may be negative"
    assert folded(L.Sqrt(), [free(H)]) is None
    assert folded(L.Cast("bool"), [free(H)]) is None
    assert folded(L.ReduceProd(0), [free(Quotient(H, 3), 3)]) is None


def test_what_sizes_lie_between_decides():
    H = dim("H")
    large = {"H": (32, None)}
    assert listed(L.Divide(rounding_mode="trunc"), free(H - 5), known(3), ranges=large) == [floordiv(H - 5, 3)]
    assert listed(L.Compare("less"), free(H), known(3), ranges=large) == [False]
    assert listed(L.Compare("equal"), free(7 * floordiv(H, 28) - 7), known(-1), ranges=large) == [False]
    assert listed(L.Maximum(), free(H - 5), known(0), ranges=large) == [H - 5]


def model(nodes, shape, stored=(), outputs=("y",)):
    return model_of(whole(nodes, shape, stored, outputs))


def whole(nodes, shape, stored=(), outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.array(array), name) for name, array in dict(stored).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


FLATTEN = [
    helper.make_node("Shape", ["x"], ["s"]),
    helper.make_node("Gather", ["s", "zero"], ["n"]),
    helper.make_node("Unsqueeze", ["n", "axis"], ["n1"]),
    helper.make_node("Concat", ["n1", "rest"], ["shape"], axis=0),
    helper.make_node("Reshape", ["x", "shape"], ["y"]),
]
"""What torch.onnx.export writes for `x.view(x.size(0), -1)`."""


def test_a_chain_of_shapes_leaves_one_reshape():
    stored = {"zero": np.int64(0), "axis": np.array([0]), "rest": np.array([-1])}
    found = read(model(FLATTEN, ["N", 3, "H", 4], stored))
    assert [node.name for node in found.network.nodes] == ["x", "y"]
    assert str(propagate(found.network).specs["y"]) == "(N, 12*H)"


def test_an_upsampling_to_the_size_of_another_map():
    nodes = [
        helper.make_node("Shape", ["x"], ["s"], start=2),
        helper.make_node("Mul", ["s", "two"], ["double"]),
        helper.make_node("Shape", ["x"], ["front"], end=2),
        helper.make_node("Concat", ["front", "double"], ["sizes"], axis=0),
        helper.make_node(
            "Resize", ["x", "", "", "sizes"], ["y"], coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        ),
    ]
    found = read(model(nodes, ["N", 3, "H", "W"], {"two": np.array([2, 2])}))
    assert str(propagate(found.network).specs["y"]) == "(N, 3, 2*H, 2*W)"


def test_a_mean_brought_back_to_the_size_of_its_map():
    nodes = [
        helper.make_node("Shape", ["x"], ["sizes"]),
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Resize", ["mean", "", "", "sizes"], ["y"], mode="linear"),
    ]
    found = read(model(nodes, ["N", 3, "H", "W"]))
    assert str(propagate(found.network).specs["y"]) == "(N, 3, H, W)"


def test_what_is_filled_up_to_a_multiple_of_a_window_is_cut_again():
    nodes = [
        helper.make_node("Shape", ["x"], ["size"], start=2),
        helper.make_node("Mod", ["size", "window"], ["over"]),
        helper.make_node("Sub", ["window", "over"], ["missing"]),
        helper.make_node("Concat", ["zeros", "missing"], ["pads"], axis=0),
        helper.make_node("Pad", ["x", "pads"], ["wide"]),
        helper.make_node("Slice", ["wide", "zero", "size", "axis"], ["y"]),
    ]
    stored = {"window": [7], "zeros": [0, 0, 0, 0, 0], "zero": [0], "axis": [2]}
    network = read(model(nodes, ["N", 3, "L"], stored)).network
    assert str(propagate(network).specs["y"]) == "(N, 3, L)"
    assert [propagate(network, {"N": 1, "L": size}).specs["wide"].shape[2] for size in (13, 14, 15)] == [14, 21, 21]


def test_a_shape_that_is_stretched_where_it_does_not_say_minus_one():
    nodes = [
        helper.make_node("Shape", ["x"], ["sizes"]),
        helper.make_node("Equal", ["sizes", "free"], ["open"]),
        helper.make_node("Where", ["open", "ones", "sizes"], ["shape"]),
        helper.make_node("Expand", ["token", "shape"], ["y"]),
    ]
    stored = {"free": [-1, -1], "ones": [1, 1], "token": np.ones((1, 4), np.float32)}
    found = read(model(nodes, ["N", 4], stored))
    assert str(propagate(found.network).specs["y"]) == "(N, 4)"


def test_a_constant_behind_a_cast_is_a_constant():
    nodes = [
        helper.make_node("Constant", [], ["c"], value_int=3),
        helper.make_node("CastLike", ["c", "x"], ["f"]),
        helper.make_node("Mul", ["x", "f"], ["y"]),
    ]
    found = read(model(nodes, ["N"]))
    assert [type(node.layer).__name__ for node in found.network.nodes] == ["Input", "Constant", "Multiply"]
    assert found.weights["f"]() == np.float32(3)


def test_learned_tensors_are_not_folded():
    nodes = [helper.make_node("Transpose", ["w"], ["t"]), helper.make_node("MatMul", ["x", "t"], ["y"])]
    found = read(model(nodes, ["N", 3], {"w": np.ones((2, 3), np.float32)}))
    assert [type(node.layer).__name__ for node in found.network.nodes] == ["Input", "Parameter", "Permute", "MatMul"]


NODE = helper.make_node
ASKED = {
    "the shape is an output": [NODE("Shape", ["x"], ["y"])],
    "a size is a factor": [
        NODE("Shape", ["x"], ["s"]),
        NODE("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        NODE("Mul", ["x", "f"], ["y"]),
    ],
    "a quotient of sizes is a factor": [
        NODE("Shape", ["x"], ["s"]),
        NODE("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        NODE("Div", ["f", "three"], ["third"]),
        NODE("Mul", ["x", "third"], ["y"]),
    ],
    "a range as long as an axis": [
        NODE("Shape", ["x"], ["s"]),
        NODE("Squeeze", ["s", "axis"], ["n"]),
        NODE("Range", ["zero", "n", "one"], ["y"]),
    ],
    "a tensor filled with a number": [
        NODE("Shape", ["x"], ["s"]),
        NODE("ConstantOfShape", ["s"], ["c"], value=numpy_helper.from_array(np.array([2.5], np.float32))),
        NODE("Add", ["x", "c"], ["y"]),
    ],
    "half of an axis, rounded up": [
        NODE("Shape", ["x"], ["s"]),
        NODE("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        NODE("Div", ["f", "two"], ["h"]),
        NODE("Ceil", ["h"], ["up"]),
        NODE("Cast", ["up"], ["rows"], to=TensorProto.INT64),
        NODE("Concat", ["rows", "rest"], ["shape"], axis=0),
        NODE("Concat", ["x", "x"], ["doubled"], axis=0),
        NODE("Slice", ["doubled", "start", "rows"], ["part"]),
        NODE("Reshape", ["part", "shape"], ["y"]),
    ],
}
"""Nodes that take free sizes for numbers."""
STORED = {
    "zero": np.int64(0),
    "one": np.int64(1),
    "axis": np.array([0]),
    "rest": np.array([-1]),
    "start": np.array([0]),
    "two": np.float32(2),
    "three": np.float32(3),
}


@pytest.mark.parametrize("nodes", ASKED.values(), ids=ASKED)
def test_free_sizes_that_are_numbers_of_a_run(nodes):
    """The same as onnx's own evaluator computes, at every size."""
    made = whole(nodes, ["N"], STORED)
    found = read(model_of(made))
    evaluator = ReferenceEvaluator(made)
    for size in (1, 2, 5, 8):
        x = np.arange(size, dtype=np.float32)
        (expected,) = evaluator.run(None, {"x": x})
        constants = {name: load() for name, load in found.weights.items()}
        result = run(found.network, x, weights=constants)
        assert propagate(found.network, {"N": size}).specs[found.network.outputs["y"]].shape == expected.shape
        np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_what_later_layers_ask_of_sizes_decides_what_was_computed_before_them():
    """PyTorch's newer exporter computes all sizes first: (H - 7)/8 is cut toward 0, and H is 7 at least."""
    nodes = [
        NODE("Shape", ["x"], ["n"], end=1),
        NODE("Shape", ["x"], ["h"], start=2),
        NODE("Sub", ["h", "seven"], ["less"]),
        NODE("Div", ["less", "eight"], ["rows"]),
        NODE("Add", ["rows", "ones"], ["more"]),
        NODE("Concat", ["n", "more"], ["shape"], axis=0),
        NODE("Conv", ["x", "w"], ["c"], strides=[8]),
        NODE("Reshape", ["c", "shape"], ["y"]),
    ]
    stored = {"seven": np.array([7]), "eight": np.array([8]), "ones": np.array([1])}
    found = read(model(nodes, ["N", 1, "H"], {**stored, "w": np.ones((1, 1, 7), np.float32)}))
    specs = propagate(found.network).specs
    assert [subs(specs["y"].shape[1], {"H": size}) for size in (7, 14, 15, 23)] == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("start", "limit", "delta", "why"),
    [(0, 2**40, 1, "a range of 1099511627776 numbers"), (0, 4, 0, "a range whose numbers are all the same")],
)
def test_a_range_that_no_memory_holds(start, limit, delta, why):
    nodes = [helper.make_node("Range", ["a", "b", "c"], ["r"]), helper.make_node("Add", ["x", "r"], ["y"])]
    with pytest.raises(DesignError) as raised:
        read(model(nodes, ["N"], {"a": np.int64(start), "b": np.int64(limit), "c": np.int64(delta)}))
    assert why in raised.value.fault.message


def test_a_shape_with_more_axes_than_there_are_is_refused():
    nodes = [helper.make_node("ConstantOfShape", ["s"], ["y"])]
    with pytest.raises(DesignError) as raised:
        read(model(nodes, ["N"], {"s": np.array([1] * 40)}))
    assert "the shape (1, 1" in raised.value.fault.message


def test_an_argument_that_is_computed_from_a_short_list_that_is_fed():
    """As a run has it; the layers that compute the list stay in the network."""
    nodes = [
        helper.make_node("Mul", ["n", "two"], ["sides"]),
        helper.make_node("Pad", ["x", "sides"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [3]),
            helper.make_tensor_value_info("n", TensorProto.INT64, [2]),
        ],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(np.array([2]), "two")],
    )
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    found = read(model_of(whole, {"x": np.zeros(3, np.float32), "n": np.array([1, 2])}))
    assert propagate(found.network).specs["y"].shape == (2 + 3 + 4,)
    with pytest.raises(DesignError):
        read(model_of(whole))
