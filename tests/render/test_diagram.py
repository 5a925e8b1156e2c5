"""Cards and links: words, roles, shapes, sums, faults."""

from __future__ import annotations

from functools import cache
from typing import get_args

import pytest

from cnnshape.analysis.report import Facts, facts
from cnnshape.graph.build import Input
from cnnshape.graph.fold import Detail
from cnnshape.graph.network import Network
from cnnshape.layers import Add, BatchNorm, Conv, Dropout, Linear, ReLU, Reshape
from cnnshape.render.diagram import Card, diagram
from cnnshape.symbolic import dim
from cnnshape.zoo import build


@cache
def known(name: str, **sizes: int) -> Facts:
    network = build(name)
    return facts(network).at({**network.defaults, **sizes})


def card(name: str, of: str, detail: Detail) -> Card:
    return next(card for card in diagram(known(of), detail).cards if card.name == name)


@pytest.mark.parametrize(
    ("name", "of", "detail", "words"),
    [
        ("conv1", "resnet50", "layer", ("conv", "Conv 7×7 /2", "BN, ReLU", "64×112×112", 1)),
        ("layer1.0.add1", "resnet50", "layer", ("add", "Add", "ReLU", "256×56×56", 1)),
        ("layer3.1-5", "resnet50", "block", ("conv", "Conv 1×1, 3×3, 1×1, Add", "", "1024×14×14", 5)),
        ("maxpool", "resnet50", "block", ("pool", "MaxPool 3×3 /2", "", "64×56×56", 1)),
        ("fc", "resnet50", "block", ("linear", "Linear 1000", "", "1000", 1)),
        ("up4", "unet", "block", ("conv", "ConvTranspose, Concat, 2 Conv", "", "512×64×64", 1)),
        ("up4.up", "unet", "layer", ("up_conv", "ConvTranspose 2×2 /2", "", "512×64×64", 1)),
        ("features.transition1.conv", "densenet121", "layer", ("conv", "Conv 1×1", "after BN, ReLU", "128×56×56", 1)),
        ("features.2.conv.1.0", "mobilenet_v2", "layer", ("depthwise", "Conv 3×3 /2", "BN, ReLU6", "96×56×56", 1)),
        ("input", "resnet50", "block", ("io", "Input", "", "3×224×224", 1)),
    ],
)  # fmt: skip
def test_words_of_a_card(name: str, of: str, detail: Detail, words: tuple[object, ...]) -> None:
    found = card(name, of, detail)
    assert (found.role, found.op, found.extra, found.shape, found.times) == words


def test_a_card_says_to_those_who_point_at_it_what_it_is() -> None:
    # 3*(1*1*1024*256 + 3*3*256*256 + ...) by He et al.: five bottlenecks of 1,117,184 parameters.
    tip = card("layer3.1-5", "resnet50", "block").tip.splitlines()
    assert tip == ["layer3.1-5 ×5", "Conv 1×1, 3×3, 1×1, Add", "output 1024×14×14", "5.59M parameters", "1.09G MACs"]


@pytest.mark.parametrize("detail", get_args(Detail))
@pytest.mark.parametrize("name", ["resnet50", "unet", "densenet121", "inception_v3"])
def test_sums_and_links(name: str, detail: Detail) -> None:
    found = known(name)
    shown = diagram(found, detail)
    assert sum(card.params for card in shown.cards) == found.totals.params
    assert sum(card.macs for card in shown.cards) == found.totals.macs
    assert len({card.id for card in shown.cards}) == len(shown.cards)
    assert all(0 <= link.source < link.target < len(shown.cards) for link in shown.links)


def test_formulas_have_brackets_and_long_ones_a_name() -> None:
    shapes = {card.name: card.shape for card in diagram(facts(build("resnet50")), "block").cards}
    assert shapes["layer3.1-5"] == "1024×⌈H/16⌉×⌈W/16⌉"
    shown = diagram(facts(build("inception_v3")), "block")
    assert all(len(card.shape) < 40 for card in shown.cards)
    names = {row.partition(" = ")[0] for row in shown.legend}
    used = {word for card in shown.cards for word in card.shape.replace("×", " ").replace("(", " ").split()}
    assert names & used


def test_a_fault_and_what_stands_behind_it() -> None:
    shown = diagram(known("unet", H=250), "layer")
    broken = [card for card in shown.cards if card.fault]
    assert [(card.name, card.role, card.shape) for card in broken] == [("up4.concat", "concat", "−")]
    assert broken[0].fault.startswith("CS201 up4.concat: axis H")
    at = shown.cards.index(broken[0])
    crossed = [shown.cards[link.source].name for link in shown.links if link.crossed]
    assert sorted(crossed) == ["down4.conv2", "up4.up"]
    assert all(link.target == at for link in shown.links if link.crossed)
    assert {card.shape for card in shown.cards[at:]} == {"−"}


def test_roles_do_not_depend_on_sizes() -> None:
    for detail in get_args(Detail):
        roles = [
            [card.role for card in diagram(found, detail).cards]
            for found in (known("unet"), known("unet", H=250), facts(build("unet")))
        ]
        assert roles[0] == roles[1] == roles[2]


def test_the_inside_of_a_block() -> None:
    shown = diagram(known("resnet50"), "layer", "layer2.0")
    assert [card.op for card in shown.cards if card.sort == "row"] == [
        "Conv 1×1", "Conv 3×3 /2", "Conv 1×1", "Conv 1×1 /2", "Add",
    ]  # fmt: skip
    assert [card.sort for card in shown.cards if card.sort != "row"] == ["input", "output"]


def test_what_no_output_needs() -> None:
    shown = diagram(known("inception_v3"), "block")
    assert [card.name for card in shown.cards if card.held] == ["AuxLogits"]


def test_order_inside_of_a_row() -> None:
    x = Input("x", (8, "H", "W"))
    y = Dropout(0.5)(ReLU()(Linear(8)(BatchNorm()(x))))
    z = ReLU()(BatchNorm()(Add()(Conv(8, kernel_size=1)(x), x)))
    rows = [
        card for card in diagram(facts(Network("n", inputs=x, outputs=[y, z])), "layer").cards if card.sort == "row"
    ]
    assert {(card.op, card.extra) for card in rows} == {
        ("Linear 8", "ReLU, Dropout, after BN"), ("Conv 1×1", ""), ("Add", "BN, ReLU"),
    }  # fmt: skip


def test_sizes_are_put_into_the_arguments_of_layers() -> None:
    """A reshape to (N, 1, 2, -1) is whole at sizes, though its formula is not over numbers."""
    x = Input("x", ("N", 4, "H"))
    y = Reshape((dim("N"), 1, 2, -1))(x)
    found = facts(Network("rest", inputs=x, outputs=y)).at(N=2, H=8)
    for detail in ("layer", "op"):
        assert [card.shape for card in diagram(found, detail).cards][1:] == ["2×1×2×16"] * 2
