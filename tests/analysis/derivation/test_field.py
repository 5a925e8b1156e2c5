"""How receptive fields come about: published ones, and a recursion that adds up line by line."""

from pathlib import Path

import pytest

import cnnshape
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.derivation.field import field_topics
from cnnshape.analysis.report import facts
from cnnshape.symbolic import evaluate, parse

EXAMPLES = Path(__file__).parents[3] / "examples"


def topics(network, tensor):
    found = facts(network)
    return list(field_topics(found.propagation, found.fields, tensor))


@pytest.mark.parametrize(
    ("model", "tensor", "size", "start", "jump"),
    [
        # Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019, and the table
        # of its library: VGG-16 212, stride 32, padding 90. torchvision's ResNet-50 has its stride on the 3x3: 427.
        ("vgg16", "stage5.max_pool1", "212", "-90", "32"),
        ("resnet50", "layer4.next.1.relu1", "427", "-213", "32"),
    ],
)
def test_published_fields(model, tensor, size, start, jump):
    (topic,) = topics(cnnshape.load(EXAMPLES / f"{model}.yaml"), tensor)
    assert topic.table.rows[-1][5:] == (size, jump, start)
    assert topic.result == int(size)


@pytest.mark.parametrize("model", ["alexnet", "vgg16", "resnet50", "lenet5", "unet", "audio_1d", "siamese", "video_3d"])
def test_every_line_follows_from_the_one_before(model):
    network = cnnshape.load(EXAMPLES / f"{model}.yaml")
    for tensor in network.outputs.values():
        for topic in topics(network, tensor):
            r, j, start = 1, 1, 0
            for _, extent, stride, padding, adds, seen, jump, first in topic.table.rows[1:]:
                if "/" in stride:
                    j = j // int(stride.partition("/")[2])
                    start -= (int(extent) - 1 - int(padding)) * j
                else:
                    start -= int(padding) * j
                assert evaluate(parse(adds), {}) == (int(extent) - 1) * j
                r += (int(extent) - 1) * j
                j *= int(stride) if "/" not in stride else 1
                assert (int(seen), int(jump), int(first)) == (r, j, start)


def test_the_branch_that_sees_most_decides():
    (topic,) = topics(cnnshape.load(EXAMPLES / "inception_block.yaml"), "concat1")
    assert [row[0] for row in topic.table.rows] == ["input", "cr5.conv1"]
    assert topic.result == 5


def test_branches_that_reach_to_different_sides_are_joined():
    x = Input("x", (1, "L"))
    a = L.Conv(1, kernel_size=3, padding=((2, 0),))(x)
    b = L.Conv(1, kernel_size=3, padding=((0, 2),))(x)
    network = Network("sides", inputs=x, outputs=L.Add()(a, b))
    (topic,) = topics(network, "add1")
    # One branch sees pixels i-2 .. i, the other i .. i+2.
    assert topic.result == 5
    assert topic.table.rows[-1][4] == "widest of 2"
    assert topic.steps[0].words == "sees pixels i - 2 .. i + 2"


def test_the_status_names_where_it_begins():
    x = Input("image", (3, "H", "W"))
    y = L.GlobalAvgPool()(L.Conv(4, kernel_size=3)(x))
    (topic,) = topics(Network("net", inputs=x, outputs=L.ReLU()(y)), "relu1")
    assert topic.result == 3
    assert "(since global_avg_pool1)" in topic.steps[-1].words


def test_axes_that_differ_have_a_table_each():
    titles = [topic.title for topic in topics(cnnshape.load(EXAMPLES / "video_3d.yaml"), "max_pool5")]
    assert titles == ["receptive field along D", "receptive field along H, W"]


def test_a_deep_network_has_a_short_table():
    x = y = Input("x", (1, "L"))
    layer = L.Conv(1, kernel_size=3, padding=1)
    for _ in range(2000):
        y = layer(y)
    network = Network("deep", inputs=x, outputs=y)
    (topic,) = topics(network, network.outputs[next(iter(network.outputs))])
    assert topic.result == 4001
    assert len(topic.table.rows) <= 151


def test_a_pointwise_way_has_no_table():
    x = Input("image", (3, "H", "W"))
    (topic,) = topics(Network("net", inputs=x, outputs=L.ReLU()(x)), "relu1")
    assert (topic.result, topic.unit, topic.table, topic.rules) == (1, "pixel", None, ())


def test_what_lies_before_the_input_is_called_padding_only_where_there_is_some():
    x = Input("image", (1, "H", "W"))
    padded = L.Conv(1, kernel_size=3, padding=1)(x)
    enlarged = L.Conv(1, kernel_size=3)(L.ConvTranspose(1, kernel_size=2, stride=2)(L.MaxPool(2)(x)))
    for tensor, words in (
        (padded, "1 of its pixels lies in the padding"),
        (enlarged, "1 of its pixels lies outside the input"),
    ):
        network = Network("tiny", inputs=x, outputs=tensor)
        (topic,) = topics(network, network.outputs[next(iter(network.outputs))])
        assert any(step.words.endswith(words) for step in topic.steps)
