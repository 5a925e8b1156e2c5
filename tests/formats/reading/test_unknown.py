"""ONNX models with operators that no layer stands for: they are read as layers of their own, and what is said is true.

The shapes are held against onnx's own inference and against counts by hand.
"""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the check that it is there

import cnnshape as cs  # noqa: E402
from cnnshape import layers as L  # noqa: E402
from cnnshape.errors import CnnshapeError, DesignError, ShapeError  # noqa: E402
from cnnshape.formats.design_file import dump_design, load_design  # noqa: E402
from cnnshape.formats.onnx.reader import model_of  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.render.json import report_data  # noqa: E402
from cnnshape.symbolic import data_dependent, dim, symbols  # noqa: E402
from cnnshape.symbolic.names import is_fresh  # noqa: E402

WEIGHTS = {
    "w1": np.zeros((8, 3, 3, 3), np.float32),
    "b1": np.zeros(8, np.float32),
    "w2": np.zeros((16, 12, 3, 3), np.float32),
    "fc": np.zeros((16, 10), np.float32),
    "p": np.zeros((8, 4), np.float32),
    "shape": np.array([0, -1], np.int64),
}
STATED = [("b", ["N", 12, "H", "W2"])]


def node(operator, inputs, outputs, name="", domain="", **attributes):
    return helper.make_node(operator, inputs, outputs, name or outputs[0], domain=domain, **attributes)


def acme(inputs, outputs, name="", operator="Warp"):
    return node(operator, inputs, outputs, name, "com.acme")


def model(*nodes, stated=(), inputs=None, outputs=("y",), floats=()):
    names = {name for each in nodes for name in each.input}
    values = {**WEIGHTS, **dict(floats)}
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (inputs or IMAGE).items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in values.items() if name in names],
        value_info=[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in stated],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.acme", 1)])


IMAGE = {"x": ["N", 3, "H", "W"]}
FIRST = node("Conv", ["x", "w1", "b1"], ["a"], pads=[1, 1, 1, 1])
SECOND = node("Conv", ["b", "w2"], ["c"], pads=[1, 1, 1, 1])
LAST = (
    node("GlobalAveragePool", ["c"], ["d"]),
    node("Flatten", ["d"], ["e"]),
    node("Gemm", ["e", "fc"], ["y"]),
)
MIDDLE = (FIRST, acme(["a", "p"], ["b"], "block/warp"), SECOND, *LAST)


def unknown(net):
    return [each for each in net.nodes if isinstance(each.layer, L.Unknown)]


def is_free(size):
    return not isinstance(size, int)


def elements(*names):
    return sum(WEIGHTS[name].size for name in names)


def test_an_operator_in_the_middle_is_a_layer_of_its_own():
    net = cs.load(model(*MIDDLE))
    (warp,) = unknown(net)
    assert (warp.layer.op, str(warp.layer.kind), warp.layer.label()) == ("com.acme.Warp", "unknown", "Warp")
    rep = cs.report(net)
    assert rep.tensors["a"] == (dim("N"), 8, dim("H"), dim("W")), "what stands before it is known"
    batch, channels, *space = rep.tensors["warp"]
    assert channels == 12, "the filters behind it take no other number of channels"
    assert len({batch, *space}) == 3, "each size that nobody states is like no other"
    assert all(data_dependent(size) for size in (batch, *space))
    assert rep.tensors["c"] == (batch, 16, *space)
    assert rep.tensors["y"] == (batch, 10)
    assert rep.params == elements("w1", "b1", "w2", "fc", "p"), "weights that it reads are counted"
    assert rep.layer("warp").macs is None
    assert rep.layer("a").macs == 8 * 3 * 9 * dim("H") * dim("W")
    assert rep.layer("c").macs == 16 * 12 * 9 * batch * space[0] * space[1]
    assert rep.layer("c").receptive_field.status == "unknown"
    assert rep.layer("a").receptive_field.status == "exact"


def test_what_is_incomplete_is_listed():
    twice = (FIRST, acme(["a", "p"], ["b"], "one"), acme(["b", "p"], ["b2"], "two"), acme(["b2"], ["y"], "z", "Det"))
    rep = cs.report(cs.load(model(*twice)))
    data = report_data(rep.facts)
    assert data["complete"] is False
    assert [row["layer"] for row in data["incomplete"]] == ["one", "two", "z"]
    assert [row["why"] for row in data["incomplete"]] == [
        "com.acme.Warp: no layer stands for it; its operations are unknown",
        "com.acme.Warp: no layer stands for it; its operations are unknown",
        "com.acme.Det: no layer stands for it; its operations are unknown",
    ]
    assert rep.notes == (
        "com.acme.Warp, 2 times (one, two): no layer stands for it; what depends on it is unknown",
        "com.acme.Det (z): no layer stands for it; what depends on it is unknown",
    )
    assert rep.params == elements("w1", "b1", "p"), "a weight that two of them read is there once"


def test_stated_shapes_are_those_of_the_file():
    """onnx infers what follows from the stated shape; names of the input's sizes are its own."""
    given = model(*MIDDLE, stated=STATED)
    inferred = onnx.shape_inference.infer_shapes(given)
    theirs = {
        each.name: [size.dim_value or size.dim_param for size in each.type.tensor_type.shape.dim]
        for each in (*inferred.graph.value_info, *inferred.graph.output)
    }
    net = cs.load(given)
    rep = cs.report(net)
    here = {"b": "warp", **{name: name for name in "acdey"}}
    for name, shape in theirs.items():
        for ours, size in zip(rep.tensors[here[name]], shape, strict=True):
            # Its inference knows no formulas: what a convolution gives of a size that is free has no name there.
            assert is_free(ours) if str(size).startswith("unk__") else str(ours).removesuffix("#1") == str(size), name
    assert net.symbols == ("N", "H", "W")
    assert [str(size) for size in rep.tensors["warp"]] == ["N", "12", "H", "W2#1"]
    assert rep.tensors["y"] == (dim("N"), 10)
    at = rep.at(H=6, W=5)
    assert at.tensors["c"][:3] == (dim("N"), 16, 6)
    assert at.layer("y").macs == 160


def test_a_stated_name_is_one_size_wherever_it_stands():
    stated = [("b", ["N", 12, "K", "K"]), ("y", ["N", "K", 1, -1])]
    net = cs.load(model(FIRST, acme(["a"], ["b"], "one"), acme(["b"], ["y"], "two"), stated=stated[:1], outputs=["y"]))
    assert [str(size) for size in unknown(net)[0].layer.shapes[0]] == ["N", "12", "K#1", "K#1"]
    given = model(FIRST, acme(["a"], ["b"], "one"), acme(["b"], ["y"], "two"), stated=stated)
    del given.graph.output[:]
    given.graph.output.append(given.graph.value_info[1])
    _, second = unknown(cs.load(given))
    assert [str(size) for size in second.layer.shapes[0]] == ["N", "K#1", "1", "two#1"], "-1 states nothing"


def test_names_do_not_meet_the_model_s_own():
    given = model(acme(["x"], ["y"], "H"), inputs={"x": ["N", "H", "H_1"]})
    net = cs.load(given)
    assert net.symbols == ("N", "H", "H_1")
    assert {str(size) for size in unknown(net)[0].layer.shapes[0]} == {"H#1", "H#2", "H#3"}
    assert cs.load(given) == net, "read again, it is the same"


@pytest.mark.parametrize("path", ["a/b", "a.b", "a b", "3", "é", "", "x" * 300, "/", "#1"])
def test_any_name_gives_symbols_that_can_be_read_back(path):
    net = cs.load(model(acme(["x"], ["y"], path or "y"), acme(["y"], ["z"], path or "z"), outputs=["z"]))
    names = [name for each in unknown(net) for size in each.layer.shapes[0] for name in symbols(size)]
    assert len(set(names)) == len(names) == 8
    assert all(is_fresh(name) for name in names)
    assert load_design(dump_design(net).encode()).nodes == net.nodes


def test_an_operator_that_ends_the_network():
    rep = cs.report(cs.load(model(FIRST, acme(["a"], ["y"], "det"))))
    assert len(rep.outputs["y"]) == 4
    assert rep.params == elements("w1", "b1")


def test_a_consumer_that_cannot_take_the_guessed_axes_follows_from_it():
    """Nothing says that Warp makes maps of vectors; the filters behind it need maps, as the file is right."""
    vectors = {"x": ["N", 5]}
    net = cs.load(model(acme(["x"], ["b"], "maps"), SECOND, *LAST, inputs=vectors))
    assert [each.name for each in unknown(net)][:2] == ["maps", "c"]
    assert net["c"].layer.why.endswith("behind a tensor whose axes are unknown")
    assert net["c"].layer.operator == "Conv"
    assert cs.report(net).params == elements("w2", "fc")
    with pytest.raises(DesignError, match="CS127"):  # what is stated is no guess: the file is wrong
        cs.load(model(acme(["x"], ["b"], "maps"), SECOND, *LAST, inputs=vectors, stated=[("b", ["N", 12])]))


def test_an_operator_that_gives_the_shape_of_a_reshape():
    given = model(FIRST, acme(["x"], ["s"], "sizes"), node("Reshape", ["a", "s"], ["y"], "shaped"))
    net = cs.load(given)
    assert [each.name for each in unknown(net)] == ["sizes", "shaped"]
    assert "its values are not known before a run" in net["shaped"].layer.why
    assert cs.report(net).params == elements("w1", "b1")
    # Its own shape may be computed with.
    read_shape = (acme(["x"], ["b"], "warp"), node("Shape", ["b"], ["s"]), node("Reshape", ["b", "s"], ["y"], "same"))
    rep = cs.report(cs.load(model(*read_shape)))
    assert rep.tensors["same"] == rep.tensors["warp"]


def test_several_outputs_and_no_output_at_all():
    parts = acme(["a"], ["b", "", "c"], "parts")
    net = cs.load(model(FIRST, parts, node("Relu", ["c"], ["y"]), stated=[("c", ["N", 2]), ("b", [5])]))
    rep = cs.report(net)
    assert [rep.tensors[f"parts.{port}"] for port in (0, 1)] == [(5,), (dim("N"), 2)]
    assert rep.tensors["y"] == (dim("N"), 2)
    assert len(cs.load(model(FIRST, acme(["a"], [""], "sink"), outputs=["a"])).nodes) == 2


def test_a_form_that_no_layer_has_is_unknown_and_says_why():
    drop = node("Dropout", ["a", "", "t"], ["y"], "drop")
    given = model(FIRST, drop, floats={"t": np.array(True)})
    net = cs.load(given)
    assert (net["drop"].layer.operator, net["drop"].layer.why) == ("Dropout", "training mode")
    assert cs.report(net).notes == ("Dropout (drop): training mode; what depends on it is unknown",)
    with pytest.raises(DesignError, match="training mode"):
        read(model_of(given))


WRONG = {
    "channels": node("Conv", ["x", "w2"], ["y"]),
    "pads": node("Conv", ["x", "w1"], ["y"], pads=[1, 1]),
    "axis": node("Softmax", ["x"], ["y"], axis=9),
    "number-of-inputs": node("Gemm", ["x"], ["y"]),
    "a-text": node("Conv", ["x", "w1"], ["y"], strides="two"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_stays_an_error(wrong):
    with pytest.raises(CnnshapeError) as error:
        cs.load(model(wrong))
    assert error.value.fault.code == "CS127"


def test_what_was_made_of_a_refused_operator_is_gone():
    """A bias that is no vector: the row makes a product first, and refuses the sum."""
    floats = {"beta": np.zeros((7, 10), np.float32)}
    gemm = node("Gemm", ["e", "fc", "beta"], ["y"], "sum", beta=0.5)
    net = cs.load(model(*MIDDLE[:-1], gemm, floats=floats, stated=STATED))
    assert [each.name for each in net.nodes] == ["x", "a", "p", "warp", "c", "d", "e", "fc", "beta", "sum"]
    assert cs.report(net).params == elements("w1", "b1", "w2", "fc", "p") + 70


def test_conditions_of_the_rest_stay_right():
    """H must be even for the sum behind pooling and stretching, whatever the other branch does."""
    pool = node("MaxPool", ["a"], ["m"], kernel_shape=[2, 2], strides=[2, 2])
    up = node("Resize", ["m", "", "scales"], ["u"], mode="nearest")
    both = (FIRST, pool, up, node("Add", ["a", "u"], ["s"]), acme(["s"], ["b"], "warp"), SECOND, *LAST)
    rep = cs.report(cs.load(model(*both, floats={"scales": np.array([1, 1, 2, 2], np.float32)})))
    assert {name: str(each) for name, each in rep.conditions.items()} == {"H": "H % 2 == 0", "W": "W % 2 == 0"}
    assert rep.at(H=7, W=8).valid is False
    assert [error.layer for error in rep.at(H=7, W=8).errors] == ["s"]


def test_a_condition_on_what_is_unknown_is_left_to_a_run():
    deep = node("Conv", ["b", "w2"], ["c"])
    rep = cs.report(cs.load(model(FIRST, acme(["a"], ["b"], "warp"), deep, *LAST)))
    assert rep.valid is None
    assert rep.at(H=8, W=8).valid is None
    assert all(is_fresh(name) is False for name in rep.conditions)
    assert any("depends on an operator that no layer stands for: only a run can tell" in note for note in rep.notes)


def test_a_run_names_the_operators():
    with pytest.raises(ShapeError) as error:
        cs.run(cs.load(model(*MIDDLE)), np.zeros((1, 3, 8, 8), np.float32))
    assert error.value.fault.code == "CS501"
    assert str(error.value) == (
        "CS501 warp: nobody knows what com.acme.Warp (warp) computes\n"
        "  Unknown, node 4 of 8\n"
        "  com.acme.Warp: no layer stands for it\n"
        "  rule: a network runs if every layer is computed by a function of its family\n"
        "  fix: run the part of the network in front of it"
    )


def test_a_design_holds_it_and_onnx_does_not(tmp_path):
    net = cs.load(model(*MIDDLE))
    again = load_design(dump_design(net).encode())
    assert again.nodes == net.nodes
    assert again.symbols == net.symbols
    with pytest.raises(DesignError, match="warp: Unknown: no operator stands for it") as error:
        cs.save(net, tmp_path / "net.onnx")
    assert error.value.fault.code == "CS130"
    with pytest.raises(DesignError, match="only a run would tell"):
        load_design(b'{"symbols": {"k#1": 4}, "input": [3], "layers": ["relu"]}')


def test_a_network_used_twice_has_other_unknown_sizes():
    net = cs.load(model(FIRST, acme(["a"], ["y"], "warp")))
    x, z = cs.Input("x", (3, "H", "W")), cs.Input("z", (3, "H", "W"))
    both = cs.Network("both", inputs=[x, z], outputs={"one": net(x), "two": net(z)})
    rep = cs.report(both)
    one, two = rep.outputs["one"], rep.outputs["two"]
    assert not {*one} & {*two}
    assert both.symbols == ("N", "H", "W")


def test_many_are_read_in_linear_time():
    nodes = [acme([f"t{i}"], [f"t{i + 1}"], f"n{i}") for i in range(3000)]
    net = cs.load(model(*nodes, inputs={"t0": ["N", 3]}, outputs=["t3000"]))
    assert len(unknown(net)) == 3000


def test_a_long_formula_of_sizes_that_nobody_knows_has_a_legend():
    """Names of such sizes have a sign that no name of a size has otherwise."""
    after = [
        node("MaxPool", ["b" if i == 0 else f"m{i - 1}"], [f"m{i}"], kernel_shape=[2, 2], strides=[2, 2])
        for i in range(4)
    ]
    last = node("Conv", ["m3", "w2"], ["y"], pads=[1, 1, 1, 1])
    network = read(
        model_of(model(FIRST, acme(["a"], ["b"], "warp"), *after, last, stated=[("b", ["N", 12, None, None])])),
        unknown=True,
    ).network
    table = cs.report(network).to("table")
    assert "warp#" in table
    assert "MACs" in table
