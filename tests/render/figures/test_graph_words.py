"""Words of a graph: names of several ends, a legend in a narrow picture, widths on slides."""

import pytest

from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.graph.fold import fold
from cnnshape.graph.propagate import propagate
from cnnshape.render.figures.architecture import architecture
from cnnshape.render.figures.blocks import blocks
from cnnshape.render.figures.graph import graph
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.scene import Label, leaves


def words(scene):
    return [mark.text for mark in leaves(scene.marks) if isinstance(mark, Label)]


def two_ends():
    left, right = Input("left_camera", (3, 32, 32)), Input("right_camera", (3, 32, 32))
    joined = L.Concat()(*(L.Conv(8, kernel_size=3, padding=1)(x) for x in (left, right)))
    outputs = {"depth": L.Conv(1, kernel_size=1)(joined), "edges": L.Conv(2, kernel_size=1)(joined)}
    return facts(Network("stereo", inputs=(left, right), outputs=outputs))


@pytest.mark.parametrize("style", [graph, architecture])
@pytest.mark.parametrize("width", ["col", "full"])
def test_several_inputs_and_outputs_keep_their_names(style, width):
    said = words(style(two_ends(), DrawOptions(width=width)))
    for name in ("left_camera", "right_camera", "depth", "edges"):
        assert name in said or name in "".join(said), said  # the second where a card breaks it behind a sign


def test_an_input_is_named_where_boxes_are_narrow():
    x = Input("image", (3, 32, 32))
    said = words(graph(facts(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x))), DrawOptions()))
    assert "image" in said


def test_a_narrow_graph_keeps_the_words_of_its_legend():
    x = Input("x", (4, 8, 8))
    y = L.ConvTranspose(4, kernel_size=2, stride=2)(L.Conv(4, kernel_size=3, groups=4)(x))
    found = facts(Network("tiny", inputs=x, outputs=y))
    for options in (DrawOptions(), DrawOptions(width="100pt")):
        said = " ".join(words(graph(found, options)))
        assert "transposed convolution, upsampling" in said
        assert "depthwise or grouped convolution" in said


@pytest.mark.parametrize("style", [graph, architecture, blocks])
def test_a_width_on_slides_is_kept(style):
    x = Input("image", (3, 32, 32))
    y = x
    for k in range(12):
        y = L.Conv(8 + 8 * k, kernel_size=3, padding=1)(y)
    scene = style(
        facts(Network("tall", inputs=x, outputs=y)), DrawOptions(preset="slides", width="col", detail="layer")
    )
    assert scene.width == pytest.approx(252, abs=0.5)


def test_rows_of_one_name_are_told_apart():
    x = Input("image", (4, 32, 32))
    y = x
    for k in range(3):
        with block("down"), block(str(k)):
            y = L.ReLU()(L.Conv(4, kernel_size=3, padding=1)(L.Conv(8, kernel_size=3, padding=1)(y)))
        with block(f"other{k}"):
            y = L.Conv(4, kernel_size=1)(L.Conv(16, kernel_size=5, padding=2)(y))
    found = propagate(Network("tiny", inputs=x, outputs=y))
    for detail in ("block", "overview"):
        names = [row.name for row in fold(found, detail)]
        assert len({*names}) == len(names)
