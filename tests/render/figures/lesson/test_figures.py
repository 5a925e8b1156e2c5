"""What holds for every figure: text that can be read, nothing on top of something else, the same bytes twice."""

import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError
from cnnshape.render.figures.lesson import FIGURES, figure
from cnnshape.render.figures.lesson.options import Options
from cnnshape.render.figures.lesson.written import written
from cnnshape.render.scene import Circle, Label, Line, Rect, leaves
from tests.render.figures.lesson.conftest import LAYERS, SIX, boxes, one_layer, texts

CASES = [(name, layer) for layer in LAYERS for name in SIX]


def scene_of(name, layer, **options):
    """The figure, or None where the layer has none."""
    found, only = one_layer(*LAYERS[layer])
    return figure(found, only, name, Options(**options)) if name in figures_of(layer) else None


@cache
def figures_of(layer):
    """The figures that a layer has: all but those of which its error says that it has not."""
    found, only = one_layer(*LAYERS[layer])
    missing = {name for name in SIX if refused(found, only, name)}
    return [name for name in SIX if name not in missing]


def refused(found, only, name):
    """The figures that there are instead; None if it is drawn."""
    try:
        figure(found, only, name)
    except UsageError as error:
        return tuple(error.fault.needed)
    return None


def test_there_are_six():
    assert tuple(FIGURES) == SIX


@pytest.mark.parametrize("options", [{}, {"width": 252.0}, {"width": 397.0, "palette": "print"}], ids=str)
@pytest.mark.parametrize(("name", "layer"), CASES)
def test_nothing_is_too_small_or_outside_or_on_top_of_a_text(name, layer, options):
    scene = scene_of(name, layer, **options)
    if scene is None:
        return
    assert scene.width == options.get("width", scene.width)
    check(scene)


def check(scene):
    assert 252 <= scene.width <= 397
    assert 80 <= scene.height <= 600
    assert scene.title
    assert scene.desc
    marks = list(leaves(scene.marks))
    assert min(mark.size for mark in marks if isinstance(mark, Label)) >= 6
    found = boxes(scene)
    for box in found:
        assert box.left >= 0, box
        assert box.right <= scene.width + 0.01, box
        assert box.top >= 0, box
        assert box.bottom <= scene.height, box
    for a, b in combinations(found, 2):
        across = min(a.right, b.right) - max(a.left, b.left)
        down = min(a.bottom, b.bottom) - max(a.top, b.top)
        assert across <= 0.2 or down <= 0.2, (a, b)
    for mark in marks:
        if isinstance(mark, Rect):
            ends = ((mark.x, mark.y), (mark.x + mark.width, mark.y + mark.height))
        elif isinstance(mark, Circle):
            ends = ((mark.x - mark.radius, mark.y - mark.radius), (mark.x + mark.radius, mark.y + mark.radius))
        elif isinstance(mark, Line):
            ends = mark.points
        else:
            continue
        assert all(-0.01 <= x <= scene.width + 0.01 and -0.01 <= y <= scene.height for x, y in ends), mark


@st.composite
def any_layer(draw):
    """A layer with a window of any sort, and an input that it fits."""
    rank = draw(st.sampled_from([1, 2, 2, 3]))

    def axes(numbers):
        return tuple(draw(numbers) for _ in range(rank))

    kernel = axes(st.integers(1, 12))
    arguments = {"stride": axes(st.integers(1, 4)), "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel)}
    sort = draw(st.sampled_from(["conv", "up", "max", "mean"]))
    if sort != "mean":
        arguments["dilation"] = axes(st.integers(1, 3))
    if sort in ("max", "mean"):
        layer = (L.MaxPool if sort == "max" else L.AvgPool)(kernel, ceil_mode=draw(st.booleans()), **arguments)
    else:
        layer = (L.Conv if sort == "conv" else L.ConvTranspose)(
            draw(st.sampled_from([1, 64, 1000])), kernel_size=kernel, **arguments
        )
    return layer, ("N", draw(st.sampled_from([1, 3, 64])), *axes(st.integers(1, 300)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(any_layer(), st.sampled_from(SIX[:-1]), st.sampled_from([None, 252.0, 397.0]))
def test_any_layer(case, name, width):
    layer, shape = case
    found, only = one_layer(layer, *shape)
    if not found.errors and refused(found, only, name) is None:
        check(figure(found, only, name, Options(width=width)))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("window", "alexnet"),
        ("values", "strided"),
        ("connections", "3x3"),
        ("shift", "pool"),
        ("receptive-field", "strided"),
        ("curve", "sigmoid"),
    ],
)
def test_the_same_bytes_twice_and_well_formed(name, layer):
    first, second = (written(scene_of(name, layer)) for _ in range(2))
    assert first == second
    root = ET.fromstring(first)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = "".join(root.itertext())
    assert "nan" not in words.lower().split()
    assert b"<script" not in first


HOSTILE = [
    "</text><script>alert(1)</script>",
    "a\nb\tc",
    "\u202egnp.exe",
    "שלום",
    "x" * 10_000,
    "&amp;\"'<>",
    "層の名前",
]


@pytest.mark.parametrize("name", SIX)
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_only_ever_text(name, hostile):
    x = Input(hostile + "in", (1, 8, 8))
    y = L.ReLU()(L.Conv(1, kernel_size=3)(x, name=hostile))
    network = Network(hostile, inputs=x, outputs=y)
    scene = figure(facts(network), hostile, name)
    root = ET.fromstring(written(scene))
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert all(box.right <= scene.width + 0.01 and box.left >= 0 for box in boxes(scene))


def test_a_figure_that_there_is_not(small):
    with pytest.raises(UsageError) as caught:
        figure(small, "conv1", "windwo")
    assert str(caught.value) == (
        "CS001: there is no figure 'windwo'\n"
        "  rule: a figure is window, values, connections, shift, receptive-field, curve\n"
        "  fix: did you mean window?"
    )
    with pytest.raises(UsageError, match="no figure 'field'") as caught:
        figure(small, "conv1", "field")
    assert caught.value.fault.fix == "did you mean receptive-field?"


def test_a_layer_says_which_figures_it_has(small):
    with pytest.raises(UsageError) as caught:
        figure(small, "relu1", "window")
    assert str(caught.value) == (
        "CS001: relu1 has no figure window: it has no window that slides\n"
        "  ReLU\n"
        "  rule: figures of relu1: receptive-field, curve\n"
        "  fix: --figure receptive-field"
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_the_figures_that_an_error_names_can_be_drawn(layer):
    found, only = one_layer(*LAYERS[layer])
    for name in SIX:
        named = refused(found, only, name)
        assert named is None or list(named) == figures_of(layer)


def test_a_layer_that_there_is_not(small):
    with pytest.raises(UsageError, match="no layer 'conv9'") as caught:
        figure(small, "conv9", "window")
    assert caught.value.code == "CS005"
    assert "conv" in caught.value.fault.fix
    with pytest.raises(UsageError, match="which layer"):
        figure(small, "", "window")


def test_a_layer_that_its_input_does_not_fit():
    x = Input("image", (1, 4, 4))
    network = Network("net", inputs=x, outputs=L.Conv(1, kernel_size=7)(x))
    with pytest.raises(UsageError, match="window spans 7"):
        figure(facts(network), "conv1", "window")


def test_a_place_that_there_is_not():
    for name in ("values", "receptive-field"):
        with pytest.raises(UsageError) as caught:
            figure(*one_layer(*LAYERS["3x3"]), name, Options(at=(3, 0)))
        assert caught.value.code == "CS013"
        assert "2,2" in caught.value.fault.fix
        figure(*one_layer(*LAYERS["3x3"]), name, Options(at=(2, 2)))


def test_sizes_that_are_free_are_chosen_and_said():
    x = Input("image", (3, "H", "W"))
    y = L.MaxPool(2)(L.Conv(8, kernel_size=3, padding=1)(x))
    y = L.Concat()([L.ConvTranspose(8, kernel_size=2, stride=2)(y), x])  # asks for even sizes
    found = facts(Network("net", inputs=x, outputs=y))
    scene = figure(found, "conv1", "window")
    assert any("drawn at H = 224, W = 224" in text for text in texts(scene))
    assert not any("drawn at" in text for text in texts(figure(found.at(H=64, W=64), "conv1", "window")))


def test_every_writer_takes_them(tmp_path):
    scene = scene_of("window", "strided")
    assert written(scene, "svg").startswith(b"<svg")
    assert b"tikzpicture" in written(scene, "tex")
    assert b"mxfile" in written(scene, "drawio")
    with pytest.raises(UsageError, match="not written as mmd"):
        written(scene, "mmd")
    pytest.importorskip("cairocffi", exc_type=(ImportError, OSError))
    assert written(scene, "png").startswith(b"\x89PNG")
    assert written(scene, "pdf").startswith(b"%PDF")


@pytest.mark.parametrize(("space", "operator"), [((40,), "Conv 3"), ((20, 20), "Conv 3x3"), ((9, 9, 9), "Conv 3x3x3")])
@pytest.mark.parametrize("name", ["window", "values", "connections", "receptive-field"])
def test_the_title_has_a_number_of_the_kernel_for_each_axis_of_space(space, operator, name):
    found = texts(figure(*one_layer(L.Conv(2, kernel_size=3), 1, *space), name))
    assert f"conv1: {operator}" in found


def test_a_block_has_no_figure_and_its_layers_are_named():
    x = Input("input", (1, 8, 8))
    with block("stage"):
        y = L.Conv(2, kernel_size=3)(x)
    with pytest.raises(UsageError, match="stage is a block of layers") as caught:
        figure(facts(Network("net", inputs=x, outputs=L.ReLU()(y))), "stage", "window")
    assert caught.value.fault.fix == "a layer of the block, such as stage.conv1"
