"""The facts of whole networks: that they are right, agree with each other, and that nothing is done unasked."""

import random
from dataclasses import fields

import pytest

import cnnshape.layers as L
from cnnshape import Input, Network, block
from cnnshape.analysis.conventions import CONVENTIONS, tally
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError
from cnnshape.graph.network import Node
from cnnshape.layers import io
from cnnshape.symbolic import dim, evaluate, parse_conditions, symbols, total
from tests.analysis import networks
from tests.random_networks.grow import grow

N, H, W, L_, T = dim("N"), dim("H"), dim("W"), dim("L"), dim("T")
ALL = ("resnet50", "mobilenet_v2", "unet", "recurrent", "attention", "lenet")
SIZES = {
    "resnet50": (224, 224),
    "mobilenet_v2": (96, 130),
    "unet": (64, 96),
    "recurrent": (40,),
    "attention": (50,),
    "lenet": (32, 33),
}
SUMMED = ("params", "trainable", "frozen", "buffers", "macs", "flops", "weight_bytes", "activation_bytes")


def made(name):
    network = getattr(networks, name)()
    free = [symbol for symbol in network.symbols if symbol != "N"]
    return facts(network), dict(zip(free, SIZES[name], strict=True))


def test_the_headline_of_resnet50():
    found = facts(networks.resnet50()).at(H=224, W=224)
    totals = found.totals
    # torchvision's metadata; FLOPs are two per multiply-add; 4 bytes per parameter
    assert (totals.params, totals.macs, totals.flops) == (25_557_032, 4_089_184_256, 8_178_368_512)
    assert (totals.weight_bytes, totals.buffers) == (102_228_128, 53_120)
    assert [(t.name, t.shape, t.dtype) for t in found.outputs] == [("linear1", (N, 1000), "float32")]
    assert (found.valid, found.errors, found.complete, found.conditions) == (True, (), True, ())
    assert found.symbols == {"N": None, "H": 224, "W": 224}
    assert found.peak.holders == (("layer1.0.batch_norm4", totals.peak_activation_bytes),)


@pytest.mark.parametrize("name", ALL)
def test_the_rows_add_up_to_the_totals(name):
    found, sizes = made(name)
    for each in (found, found.at(sizes)):
        for column in SUMMED:
            assert total(getattr(layer, column) for layer in each.layers) == getattr(each.totals, column)


@pytest.mark.parametrize("name", ALL)
def test_formulas_evaluated_are_the_numbers_of_a_walk(name):
    found, sizes = made(name)
    for batch in (1, 3):
        given = {**sizes, "N": batch}
        numbers = found.at(given)
        for field in fields(numbers.totals):
            formula, number = getattr(found.totals, field.name), getattr(numbers.totals, field.name)
            scaled = batch if field.name not in ("params", "trainable", "frozen", "buffers", "weight_bytes") else 1
            assert evaluate(formula, given) * scaled == number
        for free, fixed in zip(found.layers, numbers.layers, strict=True):
            shapes = [tuple(evaluate(size, given) for size in tensor.shape) for tensor in free.outputs]
            assert shapes == [tensor.shape for tensor in fixed.outputs]
            assert evaluate(free.macs, given) * batch == fixed.macs


@pytest.mark.parametrize("name", ALL)
def test_totals_do_not_hold_the_batch_and_shapes_do(name):
    found, _ = made(name)
    assert all("N" not in symbols(getattr(found.totals, field.name)) for field in fields(found.totals))
    assert found.inputs[0].shape[0] == N


def test_formulas_are_shown_for_the_sizes_that_fit():
    found = facts(networks.unet())
    assert [(row.symbol, row.text) for row in found.conditions] == [("H", "H % 4 == 0"), ("W", "W % 4 == 0")]
    assert found.conditions[0].because == ("concat1", "concat2")
    assert found.outputs[0].shape == (N, 2, H, W)
    assert (found.totals.macs, found.valid) == (25_040 * H * W, None)


def test_assumptions_shorten_formulas():
    found = facts(networks.resnet50(), assume=parse_conditions("H % 32 == 0, W in 193..224"))
    last = [layer for layer in found.layers if layer.op == "Add"][-1]
    assert last.outputs[0].shape == (N, 2048, H // 32, 7)


def test_a_size_that_does_not_fit_is_reported_with_all_that_is_known_before_the_fault():
    found = facts(networks.lenet()).at(H=40, W=32)
    assert found.valid is False
    (error,) = found.errors
    assert (error.code, error.layer, error.line) == ("CS202", "linear1", None)
    assert error.text.startswith("CS202 linear1: ")
    assert [row.layer for row in found.incomplete] == ["linear1", "linear2", "linear3"]
    assert (found.complete, found.outputs) == (False, ())
    # what a layer owns does not depend on whether it fits
    assert found.totals.params == 61_706
    assert found.layers[-1].macs is None
    assert found.totals.macs == 6 * 36 * 28 * 25 + 16 * 14 * 10 * 150


def test_conditions_stay_those_of_the_free_network():
    free = facts(networks.lenet())
    assert free.at(H=32, W=32).conditions == free.conditions
    assert [row.text for row in free.conditions][:2] == ["H in 32..35", "W in 32..35"]
    assert free.at(H=32).at(W=35).valid is True
    assert free.at(H=32).valid is None


def test_a_design_that_fits_no_size_says_so():
    x = Input("x", (3, "H", "W"))
    y = L.Conv(4, kernel_size=1, in_channels=5)(x, name="bad")
    found = facts(Network("n", inputs=x, outputs=L.ReLU()(y)))
    assert (found.valid, found.complete, [error.code for error in found.errors]) == (False, False, ["CS202"])


def test_the_line_of_an_error_is_that_of_its_entry():
    nodes = [Node("x", io.Input((1, 3, 8, 8))), Node("c", L.Conv(4, kernel_size=9), ("x",), place="net.yaml:58:5")]
    (error,) = facts(Network.of_nodes("n", nodes, {"c": "c"}, source="net.yaml")).errors
    assert (error.line, error.layer) == (58, "c")


def test_rows_say_where_a_layer_stands_and_what_it_shares():
    x = Input("x", (3, "H", "W"))
    conv = L.Conv(3, kernel_size=3, padding=1)
    with block("a"):
        y = conv(x)
    z = conv(y, name="again")
    aux = L.Conv(7, kernel_size=1)(y, name="aux")
    rows = {row.name: row for row in facts(Network("n", inputs=x, outputs=z, held=aux)).layers}
    first, again, held = rows["a.conv1"], rows["again"], rows["aux"]
    assert (first.op, first.kind, first.block, first.shares) == ("Conv", "conv", "a", "")
    assert (again.shares, again.params, again.macs) == ("a.conv1", 0, 81 * H * W)
    assert (held.executed, held.params, held.macs, held.activation_bytes, held.receptive_field) == (
        False,
        28,
        0,
        0,
        None,
    )
    assert first.receptive_field.size == (3, 3)
    assert again.receptive_field.size == (5, 5)
    assert (first.inputs[0].name, first.outputs[0].shape) == ("x", (N, 3, H, W))


def test_a_layer_with_several_outputs_lists_them():
    x = Input("x", (4, "H"))
    parts = L.Chunk(2)(x, name="s")
    rows = facts(Network("n", inputs=x, outputs={"left": L.ReLU()(parts[0]), "right": parts[1]}))
    assert [tensor.name for tensor in rows.layers[0].outputs] == ["s.0", "s.1"]
    assert [(tensor.name, tensor.shape) for tensor in rows.outputs] == [
        ("left", (N, 2, dim("H"))),
        ("right", (N, 2, dim("H"))),
    ]


def test_element_types_replace_the_nominal_one():
    x = Input("tokens", ("T",), dtype="int64")
    network = Network("n", inputs=x, outputs=L.Linear(5)(L.Embedding(8, num_embeddings=10)(x)))
    found = facts(network, dtype={"": "float16", "linear1": "int8"})
    assert [tensor.dtype for tensor in (*found.inputs, *found.outputs)] == ["int64", "int8"]
    assert found.totals.weight_bytes == 2 * 80 + 45
    with pytest.raises(UsageError, match="did you mean float64"):
        facts(network, dtype="float61").totals  # noqa: B018  # raised when it is first needed


def test_another_convention_counts_otherwise_and_says_what_it_leaves_out():
    found = facts(networks.resnet50(), convention="fvcore").at(H=224, W=224)
    assert found.totals.macs == 4_111_512_576
    assert len(found.incomplete) == 17  # fvcore's own unsupported_ops(): max_pool2d once, add_ 16 times
    assert {row.why.split()[-4] for row in found.incomplete} == {"max_pool", "add"}
    assert found.reconcile("torchvision").second == 4_089_184_256


def test_a_linear_layer_that_follows_the_input_is_noted():
    x = Input("image", (1, "H", "W"))
    y = L.Linear(10)(L.Flatten()(L.AvgPool(2)(L.Conv(6, kernel_size=5)(x))))
    network = Network("n", inputs=x, outputs=y, defaults={"H": 28, "W": 28})
    found = facts(network)
    note = "linear1.in_features = 864 follows the input; a trained network accepts H in {28, 29}, W in {28, 29} (write in_features: 864 to check it)"  # noqa: E501
    assert found.notes == (note,)
    # 6 maps of 14x12
    assert "in_features = 1008 " in found.at(H=32).notes[0]
    assert "accepts H in {32, 33}, W in {28, 29} " in found.at(H=32).notes[0]
    written = L.Linear(10, in_features=864)(L.Flatten()(L.AvgPool(2)(L.Conv(6, kernel_size=5)(x))))
    assert facts(Network("n", inputs=x, outputs=written)).notes == ()


@pytest.mark.parametrize("name", ALL)
def test_published_networks_follow_nothing(name):
    assert facts(getattr(networks, name)()).notes == ()


def test_totals_ask_for_no_receptive_field_and_errors_for_no_count(monkeypatch):
    import cnnshape.analysis.report as module

    def unasked(*_):
        raise AssertionError

    monkeypatch.setattr(module, "receptive_fields", unasked)
    found = facts(networks.resnet50())
    assert found.totals.params == 25_557_032
    monkeypatch.setattr(module, "counts", unasked)
    assert facts(networks.unet()).at(H=6, W=8).errors


def test_an_image_that_is_a_single_pixel_is_not_stretched():
    # 1 and 2 would broadcast as numbers; as formulas H and 2*floor(H/2) + 1 they agree for odd H only
    x = Input("x", (3, "H", "W"))
    up = L.Upsample(scale_factor=2)(L.AvgPool(2, ceil_mode=True)(x))
    found = facts(Network("n", inputs=x, outputs=L.Add()(x, up))).at(H=1, W=2)
    assert found.valid is False
    assert [error.layer for error in found.errors] == ["add1"]
    assert found.layers[-1].outputs == ()  # as behind any other fault
    assert [layer.name for layer in found.layers if layer.macs is None] == ["add1"]


def test_held_layers_that_do_not_fit_a_size_keep_their_parameters():
    x = Input("x", ("T", 4))
    held = L.Linear(5)(L.Gather(3)(x))
    found = facts(Network("n", inputs=x, outputs=L.ReLU()(x), held=[held])).at(T=3)
    assert found.valid is True
    assert found.totals.params == 25


@pytest.mark.parametrize("seed", [*range(40), 393])
def test_random_networks_have_facts_and_formulas_agree_with_numbers(seed):
    sample = grow(random.Random(seed), 14)
    free = facts(sample.network)
    fixed = free.at(sample.sizes)
    for each in (free, fixed):
        assert len(each.layers) == len(sample.network.nodes) - len(sample.network.inputs)
        assert each.valid is not True or not each.errors
        assert [tally(each.counts, name).macs.total for name in CONVENTIONS]
        assert each.sharing is not None
    if fixed.valid and not fixed.propagation.faults:
        for one, other in ((free.counts.params, fixed.counts.params), (free.memory.live, fixed.memory.live)):
            assert one.at(sample.sizes).values == other.values
        for name in CONVENTIONS:
            assert tally(free.counts, name).macs.at(sample.sizes).values == tally(fixed.counts, name).macs.values
        assert fixed.memory.live.total == fixed.peak.bytes
