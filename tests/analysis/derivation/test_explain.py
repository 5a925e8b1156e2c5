"""Derivations hold for every example of every layer: the parts of an equation are equal, results are the report's."""

from itertools import islice

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.derivation.data import TOPICS
from cnnshape.analysis.derivation.explain import explain, named_topics
from cnnshape.analysis.report import facts
from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.network import Node
from cnnshape.layers.base import shape_text
from cnnshape.layers.io import Input as InputLayer
from cnnshape.symbolic import Dim, equal, parse, symbols
from tests.contract.test_layers import EXAMPLES, concrete, draws, names_in, outputs_or_fault


def network_of(example) -> Network:
    inputs = [Node(f"x{i}", InputLayer(x.shape, dtype=x.dtype)) for i, x in enumerate(example.inputs)]
    made = outputs_or_fault_free(example)
    layer = Node("y", example.layer, tuple(node.name for node in inputs))
    output = "y" if len(made) == 1 else "y.0"
    return Network.of_nodes("net", [*inputs, layer], {output: output})


def outputs_or_fault_free(example):
    from cnnshape.layers.base import Context

    return example.layer.outputs(example.inputs, Context())


def value(part, known):
    """A part of an equation as a size; None where it is in letters."""
    if not isinstance(part, str):
        return part
    try:
        found = parse(part, marked=True)
    except FormulaError:
        return None
    return found if symbols(found) <= known else None


def check(example):
    if isinstance(example.layer, InputLayer):
        return
    found = facts(network_of(example))
    made = explain(found, "y", TOPICS)
    (row,) = [layer for layer in found.layers if layer.name == "y"]
    known = {name for x in example.inputs for name in names_in(x.shape)} | {
        name for field in example.layer._key for name in names_in(field if isinstance(field, tuple) else (field,))
    }
    for topic in made.topics:
        for step in topic.steps:
            values = [value(part, known) for part in step.chain]
            assert not step.chain or values[-1] is not None, (topic.name, step)
            assert all(equal(each, values[-1]) is True for each in values if each is not None), (topic.name, step)
        letters = {letter for letter, _ in topic.letters}
        assert len(letters) == len(topic.letters)
    results = {topic.name: topic.result for topic in made.topics}
    assert results["params"] == row.params
    assert results["macs"] == row.macs or equal(results["macs"], row.macs)
    assert equal(results["memory"], row.activation_bytes)
    assert all(shape_text(tensor.shape) in results["size"] for tensor in row.outputs)
    field = row.receptive_field
    if field is not None and field.status != "unknown":
        made_fields = {str(topic.result) for topic in made.topics if topic.name == "receptive-field"}
        assert made_fields <= {*map(str, field.size), "None"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_equations_of_formulas_hold(example):
    check(example)


@pytest.mark.parametrize("example", EXAMPLES)
def test_equations_of_numbers_hold(example):
    fitting = (concrete(example, values) for values in draws(example))
    for case in islice((case for case in fitting if isinstance(outputs_or_fault(case), tuple)), 2):
        check(case)


def lenet():
    x = Input("image", (1, "H", "W"))
    y = L.MaxPool(2)(L.Conv(6, kernel_size=5)(x))
    return Network("net", inputs=x, outputs=L.Linear(10, in_features=6)(L.Flatten()(y)))


def test_what_makes_no_sense_is_not_said_unasked():
    found = facts(lenet())
    assert [topic.name for topic in explain(found, "max_pool1").topics] == ["size", "macs", "receptive-field"]
    assert [topic.name for topic in explain(found, "max_pool1", "params").topics] == ["params"]


def test_topics_are_named_as_on_the_command_line_or_as_in_python():
    assert named_topics("size, receptive_field") == ("size", "receptive-field")
    assert named_topics(["macs", "macs"]) == ("macs",)
    assert named_topics("all") == TOPICS
    with pytest.raises(UsageError, match="nothing that can be explained") as raised:
        named_topics("parms")
    assert raised.value.fault.fix == "did you mean params?"


def test_an_unknown_layer_is_answered_with_the_nearest():
    with pytest.raises(UsageError) as raised:
        explain(facts(lenet()), "cnov1")
    assert raised.value.code == "CS005"
    assert raised.value.fault.fix.startswith("did you mean conv1")


def test_a_layer_at_a_fault_shows_the_rule_that_it_breaks():
    found = facts(lenet()).at(H=3, W=32)
    (size, *_) = explain(found, "conv1", "size").topics
    assert size.result is None
    assert ("floor((3 - 5 + 2*0)/1) + 1", "-1") in [step.chain for step in size.steps]


def test_behind_a_fault_the_parameters_are_known_and_the_work_is_not():
    found = facts(lenet()).at(H=3, W=32)
    made = explain(found, "linear1", "params,macs,memory")
    assert [topic.result for topic in made.topics] == [70, None, None]  # 6*10 + 10
    whole = explain(found, "", "params,macs,memory,size")
    assert [topic.result for topic in whole.topics] == [226, None, None, None]  # and 5*5*6 + 6
    assert whole.valid is False
    assert whole.errors


def test_shared_weights_count_at_their_owner():
    x = Input("x", (4,))
    tower = Network("tower", inputs=x, outputs=L.Linear(4)(x))
    a, b = Input("a", (4,)), Input("b", (4,))
    found = facts(Network("twins", inputs=[a, b], outputs=L.Add()(tower(a), tower(b))))
    second = next(node.name for node in found.network.nodes if node.weights_of)
    (topic,) = explain(found, second, "params").topics
    assert topic.result == 0
    assert any("they count there" in step.words for step in topic.steps)


def test_a_layer_that_is_not_executed_does_no_work():
    x = Input("image", (3, 32, 32))
    y = L.Conv(8, kernel_size=3)(x)
    held = [L.Linear(10)(L.Flatten()(y), name="auxiliary")]
    found = facts(Network("held", inputs=x, outputs=L.ReLU()(y), held=held))
    topics = {topic.name: topic for topic in explain(found, "auxiliary", "params,macs,memory").topics}
    assert topics["macs"].result == topics["memory"].result == 0
    assert topics["params"].result == 10 * 8 * 30 * 30 + 10


@pytest.mark.parametrize("convention", ["torchvision", "fvcore", "thop", "ptflops", "keras"])
def test_every_convention_is_followed(convention):
    found = facts(lenet(), convention=convention).at(H=6, W=6)
    for layer in found.layers:
        (topic,) = explain(found, layer.name, "macs").topics
        assert topic.result == layer.macs
    (whole,) = explain(found, "", "macs").topics
    assert whole.result == found.macs


def test_conditions_name_what_asks_for_them():
    (topic,) = explain(facts(lenet()), "", "inputs").topics
    assert any("linear1" in step.words for step in topic.steps)
    (layer,) = explain(facts(lenet()), "max_pool1", "inputs").topics
    assert "floor(H/2) - 2 >= 1, that is, H >= 6" in [step.words for step in layer.steps]


def test_sizes_stay_formulas_without_numbers():
    (topic, *_) = explain(facts(lenet()), "conv1", "macs").topics
    assert isinstance(topic.result, Dim)


@pytest.mark.parametrize(("space", "label"), [("L", "Conv 5 /2"), ("HW", "Conv 5x5 /2"), ("DHW", "Conv 5x5x5 /2")])
def test_the_operator_has_a_number_of_its_kernel_for_each_axis_of_space(space, label):
    x = Input("image", (3, *space))
    net = Network("one", inputs=x, outputs=L.Conv(8, kernel_size=5, stride=2)(x))
    assert explain(facts(net), "conv1").operator == label
