"""What counts add up from: the parts give published totals."""

from pathlib import Path

import pytest

import cnnshape
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.derivation.network import Group
from cnnshape.analysis.derivation.totals import by_map, largest_topic
from cnnshape.analysis.report import facts
from cnnshape.symbolic import equal, evaluate, parse

EXAMPLES = Path(__file__).parents[3] / "examples"


def group(model, name="", **sizes):
    found = cnnshape.report(EXAMPLES / f"{model}.yaml").facts
    return Group(found.at(sizes) if sizes else found, name)


def test_vgg16s_parameters():
    # 138 357 544 parameters, 102 764 544 of them in the first fully connected layer.
    topic = largest_topic(group("vgg16"), "params", "parameters")
    assert topic.result == 138_357_544
    assert topic.table.rows[0] == ("linear1", "Linear", "102764544", "74.3")
    assert sum(int(row[2]) for row in topic.table.rows[:-1]) == topic.result
    assert topic.table.rows[-1][2] == str(topic.result)


def test_resnet50s_multiply_adds_by_map():
    # 4 089 184 256 as torchvision counts; 147*64 for each position of the map of 112x112.
    topic = by_map(group("resnet50", H=224, W=224), "macs", "multiply-adds")
    assert topic.result == 4_089_184_256
    assert topic.table.rows[0][1:4] == ("112*112", "9408", "118013952")
    for _, positions, each, macs, _ in topic.table.rows[:-1]:
        assert evaluate(parse(positions), {}) * int(each) == int(macs)
    assert sum(int(row[3]) for row in topic.table.rows[:-1]) == topic.result


@pytest.mark.parametrize("model", ["resnet50", "unet", "lenet5", "inception_block", "audio_1d"])
def test_the_sum_as_a_formula(model):
    found = group(model)
    topic = by_map(found, "macs", "multiply-adds")
    (step,) = [step for step in topic.steps if step.label == "sum"]
    whole = found.facts.tally.macs.total
    assert equal(parse(step.chain[0]), whole) is True


def test_a_block_is_the_sum_of_its_layers():
    # The first convolution of torchvision's layer1.0 has 64*64 weights, then 64*64*9, 64*256 and the shortcut's 64*256.
    topic = by_map(group("resnet50", "layer1.first1", H=224, W=224), "macs", "multiply-adds")
    assert topic.result == (64 * 64 + 64 * 64 * 9 + 64 * 256 + 64 * 256) * 56 * 56


def test_sums_without_a_layer_behind_a_fault_are_not_known():
    topic = by_map(group("lenet5", H=3, W=32), "macs", "multiply-adds")
    assert topic.result is None
    assert topic.steps[0].words.startswith("it is not known: c1 and")


def test_bytes_by_map():
    found = group("unet")
    topic = by_map(found, "memory", "memory", "bytes")
    assert equal(parse(topic.steps[0].chain[0]), found.facts.memory.activations.total) is True
    assert topic.result == found.facts.totals.activation_bytes


def test_rows_of_features_are_counted_by_their_positions():
    # A vision transformer's MLP: 768*3072 weights twice, for each of 197 tokens.
    x = Input("tokens", (197, 768))
    y = L.Linear(768)(L.GELU()(L.Linear(3072)(x)))
    topic = by_map(Group(facts(Network("mlp", inputs=x, outputs=y))), "macs", "multiply-adds")
    assert topic.table.rows[0][1:3] == ("197", str(2 * 768 * 3072))
