"""Folding the whole zoo: each node in exactly one row, sums as of the network, rows in topological order."""

from __future__ import annotations

from itertools import chain
from typing import get_args

import pytest

from cnnshape.analysis.report import facts
from cnnshape.graph.fold import Detail, detail_for, fold
from cnnshape.graph.nested import drawn_inputs
from cnnshape.graph.propagate import propagate
from cnnshape.layers.io import Input
from cnnshape.zoo import build, networks

NAMES = [entry.name for entry in networks()]


@pytest.mark.parametrize("name", NAMES)
def test_each_node_is_in_one_row_and_no_row_before_what_it_needs(name: str) -> None:
    found = propagate(build(name))
    network = found.network
    shown = [i for i, node in enumerate(network.nodes) if not isinstance(node.layer, Input)]
    drawn = drawn_inputs(network)
    for detail in get_args(Detail):
        rows = fold(found, detail)
        assert sorted(chain.from_iterable(row.nodes for row in rows)) == shown
        assert len({row.name for row in rows}) == len(rows)
        owner = {i: number for number, row in enumerate(rows) for i in row.nodes}
        for i in shown:
            sources = {owner.get(network.producers[tensor], -1) for tensor in (*network.nodes[i].inputs, *drawn[i])}
            assert max(sources, default=-1) <= owner[i]
        for row in rows:
            assert len(row.nodes) % row.times == 0


@pytest.mark.parametrize("name", NAMES)
def test_finer_rows_are_parts_of_coarser_ones(name: str) -> None:
    found = propagate(build(name))
    coarse, middle, fine, _ = (fold(found, detail) for detail in get_args(Detail))
    for outer, inner in ((coarse, middle), (middle, fine)):
        owner = {i: number for number, row in enumerate(outer) for i in row.nodes}
        # A row of several equal blocks may be shown next to one more of them in a coarser row.
        assert all(len({owner[i] for i in row.nodes}) == 1 for row in inner)


@pytest.mark.parametrize(
    "name", ["resnet50", "densenet121", "unet", "inception_v3", "vgg16_bn", "xception", "vit_b_16"]
)
def test_totals_do_not_depend_on_the_detail(name: str) -> None:
    network = build(name)
    known = facts(network).at(network.defaults)
    layers = {layer.name: layer for layer in known.layers}
    for detail in get_args(Detail):
        nodes = [network.nodes[i].name for row in fold(known.propagation, detail) for i in row.nodes]
        assert sum(layers[node].params for node in nodes) == known.totals.params
        assert sum(layers[node].macs for node in nodes) == known.totals.macs


# He et al., table 1: 3, 4, 6 and 3 bottlenecks, of which the first of each stage is another. Chollet, figure 5: a
# middle flow of eight equal blocks (Keras names no blocks but by the names of layers). Simonyan and Zisserman,
# configuration D: 2, 2, 3, 3 and 3 convolutions. Dosovitskiy et al., ViT-Base: twelve equal layers.
PAPERS = {
    "resnet50": "conv1 maxpool layer1.0 2 layer2.0 3 layer3.0 5 layer4.0 2 avgpool flatten fc",
    "resnet152": "conv1 maxpool layer1.0 2 layer2.0 7 layer3.0 35 layer4.0 2 avgpool flatten fc",
    "xception": """block1_conv1 block1_conv2 block2 block3 block4 8 block13 block14_sepconv1 block14_sepconv2 avg_pool
        predictions""",
    "vgg16_bn": """features.0 features.3 features.6 features.7 features.10 features.13 features.14 2 features.23
        features.24 2 features.33 3 features.43 avgpool flatten classifier""",
    "vit_b_16": """conv_proj flatten1 permute1 class_token expand1 concat1 encoder.pos_embedding encoder.add1 12
        encoder.ln token heads""",
}
OVERVIEWS = {
    "resnet50": "conv1 maxpool layer1 layer2 layer3 layer4 avgpool flatten fc",
    "alexnet": """features.0 features.2 features.3 features.5 features.6 features.8 features.10 features.12 avgpool
        flatten classifier""",
    "vgg16": """features.0-3 features.4-8 features.9-15 features.16-22 features.23-29 features.30 avgpool flatten
        classifier""",
    "unet": "down1 pool1 down2 pool2 down3 pool3 down4 pool4 bottom up4 up3 up2 up1 classes",
    "m18": "conv1 pool1..conv5 pool2..conv9 pool3..conv13 pool4..conv17 avgpool..fc1",
}


@pytest.mark.parametrize("name", PAPERS)
def test_repeats_are_those_of_the_papers(name: str) -> None:
    found = fold(propagate(build(name)), "block")
    assert [str(row.times) if row.times > 1 else row.name for row in found] == PAPERS[name].split()


@pytest.mark.parametrize("name", OVERVIEWS)
def test_an_overview_has_the_stages(name: str) -> None:
    assert [row.name for row in fold(propagate(build(name)), "overview")] == OVERVIEWS[name].split()


def test_the_usual_detail_has_at_most_sixty_rows() -> None:
    for name in NAMES:
        found = propagate(build(name))
        assert len(fold(found, detail_for(found))) <= 60
