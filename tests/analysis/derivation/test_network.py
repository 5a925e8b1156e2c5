"""How the size of a network's output comes about: chains collapse into the formulas that are known for them."""

from pathlib import Path

import pytest

import cnnshape
from cnnshape.analysis.derivation.network import Group, size_topics
from cnnshape.symbolic import equal, evaluate, parse

EXAMPLES = Path(__file__).parents[3] / "examples"


def topics(model, name="", **sizes):
    found = cnnshape.report(EXAMPLES / f"{model}.yaml").facts
    return list(size_topics(Group(found.at(sizes) if sizes else found, name)))


@pytest.mark.parametrize(
    ("model", "name", "formula"),
    [
        # ResNet halves five times and rounds up; AlexNet's formula is that of its chain of windows.
        ("resnet50", "", "ceil(H/32)"),
        ("alexnet", "", "floor((H + 1)/32) - 1"),
        ("lenet5", "", "floor(H/4) - 3"),
        ("vgg16", "", "floor(H/32)"),
        ("unet", "", "H"),
    ],
)
def test_the_chain_collapses(model, name, formula):
    (topic, *_) = topics(model, name)
    formulas = [row[2] for row in topic.table.rows]
    assert formula in formulas
    for step in topic.steps:
        if step.label == "all in one":
            nest, collapsed = step.chain
            assert equal(parse(nest), collapsed) is True


@pytest.mark.parametrize("model", ["resnet50", "alexnet", "vgg16", "lenet5", "audio_1d", "video_3d"])
def test_each_rule_gives_the_next_size(model):
    network = cnnshape.load(EXAMPLES / f"{model}.yaml")
    for topic in topics(model, **network.defaults):
        if topic.table is None:
            continue
        sizes = [int(row[-1]) for row in topic.table.rows]
        for before, (_, rule, *_), after in zip(sizes, topic.table.rows[1:], sizes[1:], strict=False):
            assert evaluate(parse(rule, {"d": before}), {}) == after


def test_what_leaves_the_space_is_followed_to_the_output():
    *_, last = topics("lenet5", H=32, W=32)
    assert (last.steps[0].label, last.steps[0].chain) == ("flatten1", ("16*5*5", 400))
    assert last.steps[-1].words == "(N, 10)"
    assert last.result == "(N, 10)"


def test_a_block_starts_from_what_enters_it():
    (topic, *_) = topics("resnet50", "layer2", H=224, W=224)
    assert topic.table.rows[0][0] == "enters"
    assert topic.table.rows[0][-1] == "56"
    assert topic.result == 28


def test_axes_of_one_kind_share_a_table():
    assert [topic.title for topic in topics("video_3d")][:2] == ["size along D", "size along H, W"]


def test_a_network_that_does_not_fit_says_so():
    (topic,) = topics("lenet5", H=3, W=32)
    assert topic.result is None
    assert topic.steps[0].words == "it is not known: c1 does not fit"
