"""One walk: shapes, conditions, every independent fault, and the same answer for formulas and numbers."""

from __future__ import annotations

import pytest

from cnnshape.graph.build import Input
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Add, Concat, Conv, ConvTranspose, Flatten, Linear, MaxPool, ReLU, Split, Upsample
from cnnshape.layers import Input as InputLayer
from cnnshape.symbolic import dim, evaluate


def unet() -> Network:
    """Three levels of a same-padded U-Net."""
    x = y = Input("image", (3, "H", "W"))
    skips = []
    for width in (8, 16):
        y = Conv(width, kernel_size=3, padding=1)(y)
        skips.append(y)
        y = MaxPool(2)(y)
    y = Conv(32, kernel_size=3, padding=1)(y)
    for width, skip in zip((16, 8), reversed(skips), strict=True):
        y = ConvTranspose(width, kernel_size=2, stride=2)(y)
        y = Conv(width, kernel_size=3, padding=1)(Concat()(skip, y))
    return Network("unet", inputs=x, outputs=y)


def test_shapes_are_formulas_and_joins_make_conditions() -> None:
    found = propagate(unet())
    assert str(found.specs["conv3"]) == "(N, 32, floor(H/4), floor(W/4))"
    assert not found.faults
    joins = [str(demand.condition) for demand in found.demands if demand.condition.op == "=="]
    assert joins == [
        "floor(H/2) == 2*floor(H/4)",
        "floor(W/2) == 2*floor(W/4)",
        "H == 2*floor(H/2)",
        "W == 2*floor(W/2)",
    ]


@pytest.mark.parametrize("size", range(1, 33))
def test_a_walk_with_numbers_agrees_with_the_formulas(size: int) -> None:
    network = unet()
    free = propagate(network)
    at = {"H": size, "W": 8, "N": 2}
    fixed = propagate(network, at)
    fits = all(d.condition.holds(evaluate(d.condition.expr, at)) for d in free.demands)
    assert fits == (size % 4 == 0)
    assert fits == (not fixed.faults)
    for name, spec in fixed.specs.items():
        assert tuple(evaluate(s, at) for s in free.specs[name].shape) == spec.shape


def test_every_fault_that_follows_from_no_other_is_reported() -> None:
    x = Input("image", (3, 8, 8))
    bad = Conv(8, kernel_size=11)(x, name="large")
    follows = Conv(8, kernel_size=3)(bad, name="follows")
    other = Conv(8, kernel_size=3, in_channels=4)(x, name="channels")
    network = Network(
        "n", inputs=x, outputs=[Add()(follows, other), Conv(2, kernel_size=3, groups=2)(x, name="groups")]
    )
    assert [(network.nodes[i].name, e.code) for i, e in propagate(network).faults] == [
        ("large", "CS203"),
        ("channels", "CS202"),
        ("groups", "CS204"),
    ]


def test_the_whole_text_of_a_fault() -> None:
    nodes = [
        Node("image", InputLayer((dim("N"), 256, 5, 5))),
        Node("stage3.conv1", Conv(8, kernel_size=7), ("image",), "stage3", place="design.yaml:58:5"),
    ]
    network = Network.of_nodes("n", nodes, {"y": "stage3.conv1"})
    ((_, error),) = propagate(network).faults
    assert str(error) == (
        "design.yaml:58:5: CS203 stage3.conv1: axis H: the window spans 7, the padded input offers 5\n"
        "  Conv, node 2 of 2\n"
        "  input (N, 256, 5, 5)   kernel 7, padding 0, dilation 1   known: N=N, C=256, H=5, W=5\n"
        "  rule: floor((H + 2p - d(k-1) - 1)/s) + 1 must be >= 1\n"
        "  fix: padding >= 1, or kernel <= 5"
    )


def test_the_number_of_inputs_is_checked() -> None:
    nodes = [Node("x", InputLayer((dim("N"), 3, 8, 8))), Node("c", Conv(8, kernel_size=3), ("x", "x"))]
    ((_, error),) = propagate(Network.of_nodes("n", nodes, {"c": "c"})).faults
    assert (error.code, error.fault.message) == ("CS205", "takes 1 inputs, is given 2")


def test_an_output_that_a_layer_does_not_have() -> None:
    x = Input("image", (4, "H", "W"))
    network = Network("n", inputs=x, outputs=ReLU()(Split(2)(x)[2]))
    ((_, error),) = propagate(network).faults
    assert error.code == "CS116"
    assert "split1 has 2 outputs" in error.fault.message
    assert error.fault.fix == "one of split1.0, split1.1"


def test_the_output_of_a_network_that_is_none_has_a_place() -> None:
    nodes = [
        Node("x", InputLayer((dim("N"), 4, 8, 8))),
        Node("parts", Split(2), ("x",), place="d.yaml:3:3"),
        Node("r", ReLU(), ("x",), place="d.yaml:4:3"),
    ]
    found = propagate(Network.of_nodes("n", nodes, {"parts": "parts", "r": "r.1"}))
    parts, r = (str(error) for _, error in found.faults)
    assert parts == (
        "d.yaml:3:3: CS116 parts: there is no tensor 'parts': parts has 2 outputs\n"
        "  Split\n"
        "  rule: a layer with several outputs names them name.0, name.1, ...\n"
        "  fix: outputs: [parts.0, parts.1]"
    )
    assert r.startswith("d.yaml:4:3: CS116 r: there is no tensor 'r.1': r has 1 output\n  ReLU\n")
    assert r.endswith("  fix: outputs: [r]")


def test_sizes_that_differ_for_every_input_are_a_fault_and_not_a_condition() -> None:
    x = Input("image", (3, "H", "W"))
    network = Network("n", inputs=x, outputs=Add()(x, Conv(3, kernel_size=2, padding=1)(x)))
    found = propagate(network)
    assert [error.code for _, error in found.faults] == ["CS201"]


def test_what_always_holds_is_no_condition() -> None:
    x = Input("image", (3, "H", "W"))
    y = Add()(Conv(8, kernel_size=3, stride=2, padding=1)(x), Conv(8, kernel_size=1, stride=2)(x))
    assert propagate(Network("n", inputs=x, outputs=y)).demands == ()


def test_a_linear_after_flatten_makes_one_condition_of_two_symbols() -> None:
    x = Input("image", (1, "H", "W"))
    y = Linear(10, in_features=400)(Flatten()(MaxPool(2)(Conv(16, kernel_size=5)(x))))
    (demand,) = [d for d in propagate(Network("n", inputs=x, outputs=y)).demands if d.condition.op == "=="]
    assert (demand.condition.right, demand.condition.code) == (400, "CS202")
    assert evaluate(demand.condition.left, {"H": 14, "W": 14}) == 16 * 5 * 5


def test_a_deep_chain_is_walked_without_recursion() -> None:
    x = y = Input("image", (3, "H", "W"))
    conv = Conv(3, kernel_size=3)
    for _ in range(5_000):
        y = conv(y)
    found = propagate(Network("long", inputs=x, outputs=y))
    assert str(found.specs["conv5000"]) == "(N, 3, H - 10000, W - 10000)"


def shared_conv(first: int | str, second: int | str) -> Network:
    left, right, conv = Input("left", (first, "H", "W")), Input("right", (second, "H", "W")), Conv(8, kernel_size=3)
    return Network("n", inputs=[left, right], outputs=[conv(left), conv(right)])


def test_shared_weights_that_do_not_fit_an_input() -> None:
    ((i, error),) = propagate(shared_conv(3, 1)).faults
    assert i == 3
    assert str(error) == (
        "CS215 conv2: it would need a weight of (8, 1, 3, 3), the weight of conv1 is (8, 3, 3, 3)\n"
        "  Conv, node 4 of 4\n"
        "  input (N, 1, H, W)   known: N=N, C=1, H=H, W=W\n"
        "  rule: layers that share weights need weights of the same shapes\n"
        "  fix: an input with the channels that conv1 takes, or weights of its own"
    )


def test_shared_weights_make_conditions_of_free_channels() -> None:
    found = propagate(shared_conv("C", "D"))
    assert [str(d.condition) for d in found.demands if d.condition.op == "=="] == ["C == D"]
    assert not propagate(shared_conv(3, 3)).faults
    assert [e.code for _, e in propagate(shared_conv("C", "D"), {"C": 3, "D": 4}).faults] == ["CS215"]


def test_symbols_in_arguments_take_sizes() -> None:
    x, c = Input("image", (3, "H", "W")), dim("C")
    network = Network("n", inputs=x, outputs=Linear(10)(Flatten()(Conv(c - 4, kernel_size=3)(x))))
    assert network.symbols == ("N", "H", "W", "C")
    free = propagate(network)
    assert "C - 4 >= 1" in [str(d.condition) for d in free.demands]
    fixed = propagate(network, {"C": 6, "H": 5})
    assert str(fixed.specs["conv1"]) == "(N, 2, 3, W - 2)"
    assert fixed.network["conv1"].layer == Conv(2, kernel_size=3)
    assert fixed.network.symbols == ("N", "H", "W")
    assert [(i, e.code) for i, e in propagate(network, {"C": 4}).faults] == [(1, "CS401")]
    assert propagate(network, {"H": 5}).network is network


def test_an_input_that_has_no_elements_at_these_sizes_is_a_fault() -> None:
    x = Input("image", (3, dim("H") - 5))
    network = Network("n", inputs=x, outputs=ReLU()(x))
    assert [(i, e.code) for i, e in propagate(network, {"H": 5}).faults] == [(0, "CS401")]
    assert not propagate(network, {"H": 6}).faults


def test_sizes_that_explode_are_a_fault_before_they_cost_much() -> None:
    x = y = Input("image", (3, "H", "W"))
    for _ in range(400):
        y = Upsample(scale_factor=2)(y)
    ((node, error),) = propagate(Network("n", inputs=x, outputs=y)).faults
    assert 2**node > 10**100 >= 2 ** (node - 1)
    assert str(error).startswith(f"CS217 upsample{node}: axis H: the size has more than 100 digits")
    y = x
    for _ in range(400):
        y = MaxPool(2)(y)
    ((node, error),) = propagate(Network("n", inputs=x, outputs=y)).faults
    assert (error.code, 2**node > 10**100 >= 2 ** (node - 1)) == ("CS217", True)


def test_formulas_that_explode_are_a_fault() -> None:
    x = y = Input("image", (3, "H", "W"))
    for _ in range(60):
        y = MaxPool(2)(Upsample(scale_factor=3)(y))
    ((_, error),) = propagate(Network("n", inputs=x, outputs=y)).faults
    assert error.code == "CS217"
    assert error.fault.message == "the number of elements is a formula of 2025 terms"
