"""Calling layers on tensors gives the graph that was written, with the names that the rules promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnnshape.errors import ArgumentError, DesignError, ShapeError
from cnnshape.graph.build import Constant, Input, Parameter, block, repeat, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Add, Concat, Conv, Expand, GlobalAvgPool, ReLU, Split
from cnnshape.layers.base import Layer
from cnnshape.symbolic import fresh
from cnnshape.symbolic.dim import data_dependent
from cnnshape.symbolic.names import numbered
from tests.golden.networks import NETWORKS


def names(network: Network) -> list[str]:
    return [node.name for node in network.nodes]


def image() -> object:
    return Input("image", (3, "H", "W"))


def test_automatic_names_are_kind_and_count_per_scope() -> None:
    x = Input("image", (3, "H", "W"))
    y = Conv(8, kernel_size=3, padding=1)(x)
    with block("stage1"):
        y = Add()([y, Conv(8, kernel_size=1)(y)])
        with block("inner"):
            y = Conv(8, kernel_size=1)(y)
    y = Conv(8, kernel_size=1)(y)
    network = Network("n", inputs=x, outputs=y)
    assert names(network) == ["image", "conv1", "stage1.conv1", "stage1.add1", "stage1.inner.conv1", "conv2"]
    assert [node.scope for node in network.nodes] == ["", "", "stage1", "stage1", "stage1.inner", ""]


def test_a_given_name_is_kept_and_never_taken_by_an_automatic_one() -> None:
    x = Input("image", (3, "H", "W"))
    network = Network("n", inputs=x, outputs=ReLU()(ReLU()(x, name="relu1")))
    assert names(network) == ["image", "relu1", "relu2"]


def test_a_join_takes_a_list_or_several_arguments() -> None:
    x = Input("image", (3, "H", "W"))
    a, b = Conv(8, kernel_size=1)(x), Conv(8, kernel_size=1)(x)
    one, other = (Network("n", inputs=x, outputs=y) for y in (Add()(a, b), Add()([a, b])))
    assert [n.inputs for n in one.nodes] == [n.inputs for n in other.nodes]


def test_a_tensor_that_no_layer_computes() -> None:
    x = Input("tokens", (4, 8))
    with block("embed"):
        position = Parameter("position", (1, 4, 8), frozen=True)
        y = Add()([x, position, Constant(shape=(1, 1, "C"), dtype="float16")])
    network = Network("n", inputs=x, outputs=y)
    assert names(network) == ["tokens", "embed.position", "embed.constant1", "embed.add1"]
    assert [node.frozen for node in network.nodes] == [False, True, False, False]
    assert [str(node.layer) for node in network.nodes[1:3]] == [
        "Parameter((1, 4, 8))", "Constant((1, 1, C), dtype='float16')",
    ]  # fmt: skip


def test_a_layer_called_twice_shares_its_weights() -> None:
    x = Input("image", (3, "H", "W"))
    conv = Conv(3, kernel_size=3, padding=1)
    network = Network("n", inputs=x, outputs=conv(conv(x)))
    assert [node.weights_of for node in network.nodes] == ["", "", "conv1"]


def test_equal_layers_that_are_two_instances_share_nothing() -> None:
    x = Input("image", (3, "H", "W"))
    y = Conv(3, kernel_size=3)(Conv(3, kernel_size=3)(x))
    assert [node.weights_of for node in Network("n", inputs=x, outputs=y).nodes] == ["", "", ""]


def test_a_network_is_a_layer_and_shares_its_weights_when_called_twice() -> None:
    x = Input("image", (3, "H", "W"))
    tower = Network("tower", inputs=x, outputs=ReLU()(Conv(4, kernel_size=3)(x)))
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "W"))
    siamese = Network("siamese", inputs=[left, right], outputs=Concat()(tower(left), tower(right)))
    assert names(siamese) == [
        "left",
        "right",
        "tower.conv1",
        "tower.relu1",
        "tower_2.conv1",
        "tower_2.relu1",
        "concat1",
    ]
    assert siamese["tower_2.conv1"].weights_of == "tower.conv1"
    assert str(propagate(siamese).specs["concat1"]) == "(N, 8, H - 2, W - 2)"


def test_several_outputs_are_taken_by_number() -> None:
    x = Input("image", (4, "H", "W"))
    parts = Split(2)(x)
    network = Network("n", inputs=x, outputs={"a": parts[0], "b": ReLU()(parts[1])})
    assert dict(network.outputs) == {"a": "split1.0", "b": "relu1"}
    assert str(propagate(network).specs["split1.1"]) == "(N, 2, H, W)"


def test_unpacking_the_outputs_of_a_layer_says_how_to_take_them() -> None:
    x = Input("image", (4, "H", "W"))
    with pytest.raises(ArgumentError, match=r"a, b = y\[0\], y\[1\]"):
        _a, _b = Split(2)(x)


def test_sequential_and_repeat() -> None:
    x = Input("image", (3, "H", "W"))
    body = sequential(Conv(8, kernel_size=1), repeat(2, lambda i: Conv(8 + i, kernel_size=3)), ReLU())
    network = Network("n", inputs=x, outputs=body(x))
    assert names(network) == ["image", "conv1", "0.conv1", "1.conv1", "relu1"]
    assert str(propagate(network).specs["relu1"]) == "(N, 9, H - 4, W - 4)"


def test_a_hundred_thousand_layers_build_without_recursion() -> None:
    x = y = Input("image", (3, "H", "W"))
    relu: Layer = ReLU()
    for _ in range(100_000):
        y = relu(y)
    assert len(Network("long", inputs=x, outputs=y).nodes) == 100_001


@pytest.mark.parametrize(
    ("shape", "full"),
    [
        ((3, "H", "W"), "(N, 3, H, W)"),
        (("N", 3, "H", "W"), "(N, 3, H, W)"),
        (("T",), "(N, T)"),
        ((3, "2*H", 224), "(N, 3, 2*H, 224)"),
    ],
)
def test_the_batch_is_put_in_front_where_it_is_missing(shape: tuple[object, ...], full: str) -> None:
    x = Input("x", shape)  # type: ignore[arg-type]  # sizes and texts
    assert str(propagate(Network("n", inputs=x, outputs=ReLU()(x))).specs["x"]) == full


def test_four_sizes_without_a_batch_are_noted_as_in_a_design_file() -> None:
    def notes(name: str, *shape: object) -> tuple[str, ...]:
        x = Input(name, shape)  # type: ignore[arg-type]  # sizes and texts
        return Network("n", inputs=x, outputs=ReLU()(x), notes=["mine"]).notes

    note = "read as 3-D data (1 channel, 3x224x224); write [3, 224, 224] if 1 is the batch"
    assert notes("input", 1, 3, 224, 224) == (note, "mine")
    assert notes("image", 1, 3, 224, 224) == (f"image: {note}", "mine")
    assert notes("image", "B", 3, 8, 8)[0].startswith("image: read as 3-D data (B channels, 3x8x8)")
    assert notes("image", "N", 3, 224, 224) == notes("image", 3, 224, 224) == ("mine",)


@pytest.mark.parametrize("shape", [(3, "N", "N"), ("N", 3, "N", "H"), ("2*N", 3)])
def test_the_batch_is_no_other_size(shape: tuple[object, ...]) -> None:
    with pytest.raises(ArgumentError, match="N is the batch, not another size"):
        Input("x", shape)  # type: ignore[arg-type]  # sizes and texts


def test_a_tensor_is_shown_in_a_line_however_deep_it_is() -> None:
    x = Input("image", (3, "H", "W"))
    y = x
    for _ in range(2000):
        y = Add()(y, y)
    assert repr(y) == "<Tensor (N, 3, H, W) of Add()>"
    assert repr(x) == "<Tensor 'image' (N, 3, H, W) of Input((N, 3, H, W))>"
    assert repr(Split(1, dim=1)(x, name="parts")[2]) == "<Tensor 'parts'[2] (N, 1, H, W) of Split(1)>"
    assert len(repr(y.call)) < 200


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: Network("n", inputs=x, outputs=[]), "the outputs of a network are tensors, not nothing"),
        (lambda x: Network("n", inputs=x, outputs=3), "the outputs of a network are tensors, not int 3"),
        (lambda x: Network("n", inputs=["x"], outputs=x), "the inputs of a network are tensors, not str 'x'"),
        (lambda x: Network("n", inputs=x, outputs={"y": None}), "the outputs of a network are tensors, not NoneType"),
        (lambda x: Network("n", inputs=x, outputs=x)(3), "network 'n' is called on int"),
        (lambda x: Network("n", inputs=x, outputs=x)(), "network 'n' is called on nothing"),
        (lambda x: Add()(x, 3), "Add is called on int"),
        (lambda x: Add()([x, [x]]), "Add is called on list"),
    ],
)
def test_what_is_no_tensor_is_named(make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make(Input("x", (3, "H", "W")))
    assert caught.value.code == "CS406"
    assert str(caught.value).startswith(f"CS406: {message}")


def test_an_input_that_was_not_declared_is_named() -> None:
    a, b = Input("a", (3, "H", "W")), Input("b", (3, "H", "W"))
    with pytest.raises(DesignError) as caught:
        Network("n", inputs=a, outputs=Add()(a, b))
    assert str(caught.value) == (
        "CS117 b: the outputs depend on the input 'b', which is not among the inputs\n"
        "  rule: every Input that the outputs need is an input of the network\n"
        "  fix: inputs=[..., b]"
    )


def test_a_layer_called_on_a_number_says_what_it_is_called_on() -> None:
    with pytest.raises(ArgumentError, match="a layer is called on tensors that start from Input"):
        ReLU()(3)


def test_a_held_head_belongs_to_the_network() -> None:
    x = Input("image", (3, "H", "W"))
    y = Conv(8, kernel_size=3)(x)
    network = Network("n", inputs=x, outputs=ReLU()(y), held=Conv(2, kernel_size=5)(y))
    assert {network.nodes[i].name for i in network.held} == {"conv2"}
    assert all(demand.node not in network.held for demand in propagate(network).demands)


@pytest.mark.parametrize(
    ("arguments", "fault", "fix"),
    [
        (((3, 32, 32),), "Input: the name is (3, 32, 32)", 'Input("image", (3, 32, 32))'),
        (((3, "H", "W"),), "Input: the name is (3, 'H', 'W')", 'Input("image", (3, "H", "W"))'),
        ((None, (3, 32, 32)), "Input: the name is None", 'Input("image", (3, "H", "W"))'),
        (("x", 3), "Input: the shape is 3", 'Input("x", (3, "H", "W"))'),
        (("x", "3xHxW"), "Input: the shape is '3xHxW'", 'Input("x", (3, "H", "W"))'),
        (("x", (3, None, None)), "Input: the shape is (3, None, None)", 'Input("x", (3, "H", "W"))'),
        (("x", (1, None)), "Input: the shape is (1, None)", 'Input("x", (1, "L"))'),
        (("x", (1, None, None, None)), "Input: the shape is (1, None, None, None)", 'Input("x", (1, "T", "H", "W"))'),
    ],
)
def test_an_input_without_a_name_or_with_an_odd_shape_is_answered(
    arguments: tuple[Any, ...], fault: str, fix: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        Input(*arguments)
    assert (caught.value.fault.message, caught.value.fault.fix) == (fault, fix)
    eval(fix, {"Input": Input})  # the fix is one


def test_parameters_and_constants_are_named_too() -> None:
    for make in (Parameter, Constant):
        with pytest.raises(ArgumentError, match=f"{make.__name__}: the name is"):
            make((1, 197, 768))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["googlenet", "shufflenet_v2_x0_5", "efficientnet_b0"])
def test_a_shape_while_building_is_that_of_the_walk(name: str) -> None:
    network = NETWORKS[name]()
    specs = propagate(network).specs
    made: dict[str, Any] = {}
    for node in network.nodes:
        inputs = [made[t] if t in made else made[t[:-2]][int(t[-1])] for t in node.inputs]
        made[node.name] = node.layer(*inputs) if inputs else Input(node.name, specs[node.name].shape)
        for port in range(2):
            if f"{node.name}.{port}" in specs:
                assert made[node.name][port].shape == specs[f"{node.name}.{port}"].shape
        if node.name in specs:
            assert (made[node.name].shape, made[node.name].dtype) == (specs[node.name].shape, specs[node.name].dtype)


def test_a_shape_that_is_not_there_is_refused_in_words_and_a_repr_never_raises() -> None:
    x = Input("image", (3, "H", "W"))
    parts = Split(1, dim=1)(x)
    bad = ReLU()(Conv(8, kernel_size=3, in_channels=5)(x))
    for tensor, code in ((parts, "CS406"), (parts[3], "CS406"), (bad, "CS202")):
        with pytest.raises((ArgumentError, ShapeError)) as raised:
            tensor.shape  # noqa: B018  # it is the reading that raises
        assert raised.value.code == code
    assert repr(bad) == "<Tensor without a shape of ReLU()>"
    assert repr(parts) == "<Tensor (N, 1, H, W), (N, 1, H, W), (N, 1, H, W) of Split(1)>"


def test_a_shape_behind_many_layers_needs_no_recursion() -> None:
    y = x = Input("image", (3, "H", "W"))
    for _ in range(5000):
        y = ReLU()(y)
    assert y.shape == x.shape


def test_a_second_use_of_a_network_has_symbols_of_its_own() -> None:
    with numbered():
        count = fresh("boxes", "how many boxes are found")
        x = Input("x", (3, "H"))
        net = Network("net", inputs=x, outputs=Expand(("N", 3, count))(GlobalAvgPool()(x)))
    a, b = Input("a", (3, 8)), Input("b", (3, 8))
    first, second = net(a), net(b)
    for sizes in ({first.shape[2], second.shape[2]}, {first.shape[2], count}):
        assert len(sizes) == 2
    assert {*data_dependent(second.shape[2]).values()} == {"how many boxes are found"}
    joined = propagate(Network("two", inputs=[a, b], outputs=Add()(first, second)))
    assert [demand.condition.op for demand in joined.demands] == ["=="]
