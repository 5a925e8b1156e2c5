"""The figure of blocks: what a reader sees of it, measured on its marks; widths, words, folding, hostile names."""

import xml.etree.ElementTree as ET
from functools import cache
from math import log2
from pathlib import Path

import pytest

import cnnshape
from cnnshape import Input, Network, block, zoo
from cnnshape import layers as L
from cnnshape.analysis.report import Facts, facts
from cnnshape.render import svg
from cnnshape.render.figures.blocks import blocks
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.scene import Curve, Group, Line, Polygon, Rect, Scene, leaves
from tests.render.figures.blocks.marks import box, faults, groups, labels
from tests.render.scenes import HOSTILE

EXAMPLES = Path(cnnshape.__file__).parents[1] / "examples"
NETWORKS = [each.name for each in zoo()]
SHEETS = [
    *((DrawOptions(width=f"{width}pt"), width) for width in (252, 397, 516)),
    (DrawOptions(preset="paper"), 397),
    (DrawOptions(preset="slides"), 960),
    (DrawOptions(preset="readme"), 660),
]
COLUMN = DrawOptions(width="col")


@cache
def free(name: str) -> Facts:
    return facts(zoo(name))


def sized(name: str) -> Facts:
    return free(name).at(free(name).network.defaults)


def drawn(network: Network, options: DrawOptions = COLUMN, **sizes: int) -> Scene:
    return blocks(facts(network).at(sizes) if sizes else facts(network), options)


def words(scene: Scene) -> list[str]:
    return [label.text for label in labels(scene)]


def nodes(scene: Scene) -> list[Group]:
    return [group for group in groups(scene.marks) if group.node]


def front(group: Group) -> tuple[float, float, float, float]:
    """Return the front of a block: the rectangles among its faces."""
    faces = [mark for mark in leaves(group.marks) if isinstance(mark, Rect)]
    left, top = min(face.x for face in faces), min(face.y for face in faces)
    return left, top, max(face.x + face.width for face in faces), max(face.y + face.height for face in faces)


def titled(scene: Scene, name: str) -> Group:
    return next(group for group in nodes(scene) if group.title.split("\n")[0] == name)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_on_every_sheet(name):
    """No words on words or blocks, no line through words, letters of 6 pt, the width as asked, nothing outside."""
    for given, sheets in ((sized(name), SHEETS), (free(name), SHEETS[::4])):
        for options, width in sheets:
            scene = blocks(given, options)
            assert faults(scene, width) == [], (options, given.sizes)
            assert options.preset != "slides" or scene.height == 540, given.sizes


@pytest.mark.parametrize("palette", ["color", "print"])
@pytest.mark.parametrize("scale", ["log", "sqrt", "linear"])
@pytest.mark.parametrize("name", ["alexnet", "resnet50", "unet", "m5", "c3d", "yolov3_tiny", "vit_b_16"])
def test_every_scale_and_palette(name, scale, palette):
    options = DrawOptions(width="text", scale=scale, palette=palette)
    scene = blocks(sized(name), options)
    assert faults(scene, 397) == []
    assert {"log": "logarithmic", "sqrt": "square-root", "linear": "linear"}[scale] in scene.desc


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example(path):
    network = cnnshape.load(path)
    for given in (facts(network), facts(network).at(network.defaults)):
        for width in (120, 252, 516, 2000):
            assert faults(blocks(given, DrawOptions(width=f"{width}pt")), width) == []


@pytest.mark.parametrize("name", ["resnet50", "unet", "densenet121"])
def test_the_same_bytes_twice(name):
    first, second = (svg.render(blocks(facts(zoo(name)), COLUMN)) for _ in range(2))
    assert first == second
    assert ET.fromstring(first) is not None


@pytest.mark.parametrize("name", ["alexnet", "resnet50", "lenet5", "googlenet", "vgg16", "dcgan"])
@pytest.mark.parametrize(("width", "margin"), [(252, 1), (397, 1), (516, 1)])
def test_blocks_and_their_words_fill_the_width(name, width, margin):
    scene = blocks(sized(name), DrawOptions(width=f"{width}pt", legend=False))
    sides = [mark for group in nodes(scene) for mark in leaves(group.marks) if isinstance(mark, Polygon)]
    xs = [x for side in sides for x, _ in side.points]
    for label in labels(scene):
        left, _, right, _ = box(label)
        xs += [left, right]
    assert min(xs) == pytest.approx(margin, abs=0.6)
    assert max(xs) == pytest.approx(width - margin, abs=0.6)


def test_letters_do_not_scale_with_the_width():
    for width in (252, 397, 516):
        scene = blocks(sized("resnet50"), DrawOptions(width=f"{width}pt"))
        assert {label.size for label in labels(scene)} == {6.5}
    assert {label.size for label in labels(blocks(sized("resnet50"), DrawOptions(preset="slides")))} == {18.0}


def test_sides_are_at_38_degrees_and_0_42_of_the_width():
    """The side of a square map is as wide as high: its lean is 0.42 of the front's height, at 38 degrees."""
    scene = blocks(sized("resnet50"), DrawOptions(width="full"))
    group = titled(scene, "conv1")
    left, top, _, bottom = front(group)
    roof = next(mark for mark in leaves(group.marks) if isinstance(mark, Polygon))
    (x0, y0), (x1, y1), *_ = roof.points
    assert (x0, y0) == (left, top)
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    assert length / (bottom - top) == pytest.approx(0.42, abs=1e-6)
    assert (y0 - y1) / (x1 - x0) == pytest.approx(0.7812856, abs=1e-6)  # tan 38 degrees


def test_heights_follow_the_logarithm():
    """Maps of ResNet-50 (table 1 of its paper): 112, 56, 28, 14, 7."""
    scene = blocks(sized("resnet50"), DrawOptions(width="full"))
    heights = {}
    for name, side in (("conv1", 112), ("layer1 ×3", 56), ("layer2 ×4", 28), ("layer3 ×6", 14), ("layer4 ×3", 7)):
        _, top, _, bottom = front(titled(scene, name))
        heights[side] = (bottom - top) / log2(1 + side)
    assert max(heights.values()) == pytest.approx(min(heights.values()), rel=1e-6)


def test_resnet50_as_its_paper_has_it():
    """He et al. 2016, table 1: 3, 4, 6 and 3 blocks with 256 to 2048 channels, an arc over each."""
    scene = blocks(sized("resnet50"), DrawOptions(width="text"))
    said = words(scene)
    for name, channels, space in (
        ("layer1 ×3", "256", "56×56"),
        ("layer2 ×4", "512", "28×28"),
        ("layer3 ×6", "1024", "14×14"),
        ("layer4 ×3", "2048", "7×7"),
    ):
        assert {name, channels, space} <= {*said}
        count = int(name[-1])
        marks = [*leaves(titled(scene, name).marks)]
        assert sum(isinstance(mark, Curve) for mark in marks) == count
        assert sum(isinstance(mark, Line) for mark in marks) == count - 1
    assert "BatchNorm" not in " ".join(said)
    assert "residual connection" in said


def test_vgg16_as_its_paper_has_it():
    """Simonyan and Zisserman 2015, table 1, column D: 2, 2, 3, 3, 3 convolutions, then 4096, 4096, 1000."""
    scene = blocks(sized("vgg16"), DrawOptions(width="full"))
    convolutions = [group.title.split("\n")[0] for group in nodes(scene) if "conv 3×3" in group.title]
    assert convolutions == [f"conv 3×3 ×{count}" for count in (2, 2, 3, 3, 3)]
    assert words(scene).count("4096") == 2
    assert {"64", "128", "256", "512", "1000", "224×224", "112×112", "56×56", "28×28", "14×14"} <= {*words(scene)}


def test_the_u_net_is_a_u():
    """Ronneberger et al. 2015, figure 1: four levels down, copies across, concatenations of two parts."""
    scene = blocks(sized("unet"), DrawOptions(width="text"))
    assert "in the shape of a U" in scene.desc
    axis = [sum(front(titled(scene, name))[1::2]) / 2 for name in ("down1", "down2", "down3", "down4", "bottom")]
    assert axis == sorted(axis)
    assert axis[-1] - axis[0] > 60
    dashed = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.dash and mark.ends]
    assert len(dashed) == 4
    for level, name in enumerate(("up1", "up2", "up3", "up4")):
        assert sum(front(titled(scene, name))[1::2]) / 2 == pytest.approx(axis[level], abs=3)
    for mark in dashed:
        (x0, y0), (x1, y1) = mark.points[0], mark.points[-1]
        assert y0 == y1
        assert x0 < x1
        target = next(group for group in nodes(scene) if group.id == mark.ends[1])
        fills = {face.style.fill for face in leaves(target.marks) if isinstance(face, Rect)}
        assert fills == {"#EBA77A", "#7FCDB4"}  # copied, upsampled
        assert sum(isinstance(face, Rect) for face in leaves(target.marks)) == 2


def test_a_u_folds_its_decoder_in_a_column():
    scene = blocks(sized("unet"), COLUMN)
    assert "in the shape of a U" in scene.desc
    assert "maps of one height and width are one block" in scene.desc
    fills = [face.style.fill for face in leaves(titled(scene, "up4").marks) if isinstance(face, Rect)]
    assert fills == ["#EBA77A", "#7FCDB4", "#9BD0F2", "#9BD0F2"]


def test_indices_of_segnet_are_copied_across():
    """Badrinarayanan et al. 2017, figure 2: pooling indices lead to the decoder of the same size."""
    scene = blocks(sized("segnet"), DrawOptions(width="full"))
    assert "in the shape of a U" in scene.desc
    assert sum(1 for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.dash and mark.ends) == 4


def test_sequences_are_flat_bars():
    scene = blocks(sized("m5"), DrawOptions(width="text"))
    flat = [group for group in nodes(scene) if not any(isinstance(mark, Polygon) for mark in leaves(group.marks))]
    assert len(flat) >= 6
    assert "length" in words(scene)


def test_volumes_name_the_time_axis():
    said = words(blocks(sized("c3d"), DrawOptions(width="full")))
    assert "time × height × width" in said
    assert "16×112×112" in said  # Tran et al. 2015: clips of 16 frames, 112 by 112


def test_free_sizes_are_written_as_formulas():
    scene = blocks(free("resnet50"), DrawOptions(width="full"))
    assert "⌈H/4⌉×⌈W/4⌉" in words(scene)
    assert "Drawn at H = 224, W = 224." in scene.desc
    fixed = blocks(sized("resnet50"), DrawOptions(width="full"))
    assert "Drawn at" not in fixed.desc


def test_sizes_without_defaults_are_drawn_at_what_fits():
    """Height and width have to be multiples of 9: 225 lies next to 224."""
    x = Input("image", (3, "H", "W"))
    down = L.MaxPool(9)(L.Conv(8, kernel_size=3, padding=1)(x))
    up = L.ConvTranspose(8, kernel_size=9, stride=9)(down)
    scene = drawn(Network("ninths", inputs=x, outputs=L.Add()(L.Conv(8, kernel_size=1)(x), up)))
    assert "Drawn at H = 225, W = 225." in scene.desc or "Drawn at H = 216, W = 216." in scene.desc
    assert faults(scene, 252) == []


def test_long_formulas_have_letters_where_they_have_no_room():
    scene = blocks(free("unet_original"), DrawOptions(width="text"))
    assert "in the shape of a U" in scene.desc
    said = words(scene)
    assert "a = (H − 2)×(W − 2)–(H − 4)×(W − 4)" in said  # each window of 3 without padding takes 2
    assert "a" in said


def test_what_does_not_fit_is_marked():
    network = zoo("unet")
    scene = blocks(facts(network).at(H=250, W=250), DrawOptions(width="text"))
    assert faults(scene, 397) == []
    red = [
        group
        for group in nodes(scene)
        if any(isinstance(mark, Rect) and mark.style.stroke == "fault" for mark in leaves(group.marks))
    ]
    (fault,) = facts(network).at(H=250, W=250).errors
    assert len(red) == 1
    assert fault.message in red[0].title
    assert "?" in words(scene)
    assert any(label.color == "fault" and label.text == "concat" for label in labels(scene))
    assert fault.message[1:] in scene.desc


def test_towers_stand_one_above_the_other():
    """Koch et al. 2015, figure 4: two images, one tower each, joined at the end."""
    network = cnnshape.load(EXAMPLES / "siamese.yaml")
    scene = blocks(facts(network).at(network.defaults), DrawOptions(width="text"))
    left, right = titled(scene, "left"), titled(scene, "right")
    assert front(left)[0] == pytest.approx(front(right)[0])
    assert front(left)[3] < front(right)[1]
    join = titled(scene, "subtract1")
    arrows = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.ends and mark.ends[1] == join.id]
    assert len(arrows) == 2
    assert scene.notes == ()


def test_two_inputs_and_two_outputs():
    left, right = Input("left", (3, 64, 64)), Input("right", (1, 64, 64))
    a, b = (L.Conv(16, kernel_size=3, padding=1)(x) for x in (left, right))
    y = L.Concat()([a, b])
    outputs = {"near": L.Conv(2, kernel_size=1)(y), "far": L.Linear(5)(L.Flatten()(y))}
    network = Network("two", inputs=[left, right], outputs=outputs)
    scene = drawn(network)
    assert faults(scene, 252) == []
    assert {"left", "right"} <= {*words(scene)}


def test_a_long_shortcut_is_an_arrow_over_the_blocks():
    """As in SRResNet: sixteen residual blocks are still blocks below a shortcut around all."""
    x = Input("image", (3, 96, 96))
    y = first = L.Conv(64, kernel_size=9, padding=4)(x)
    for i in range(16):
        with block(f"b{i}"):
            y = L.Add()([y, L.Conv(64, kernel_size=3, padding=1)(L.ReLU()(L.Conv(64, kernel_size=3, padding=1)(y)))])
    scene = drawn(Network("long", inputs=x, outputs=L.Conv(3, kernel_size=9, padding=4)(L.Add()([first, y]))))
    assert faults(scene, 252) == []
    over = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.ends and len(mark.points) == 4]
    assert len(over) == 1
    assert "skip connection" in words(scene)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    with block("stage"):
        x = Input("image", (3, 32, 32))
        y = L.Conv(8, kernel_size=3, padding=1)(x, name=name.replace(".", "_") or "x")
    y = L.Conv(16, kernel_size=3, stride=2)(y)
    for options, width in ((COLUMN, 252), (DrawOptions(preset="readme"), 660)):
        scene = drawn(Network(name or "x", inputs=x, outputs=y), options)
        assert faults(scene, width) == []
        assert "<script" not in svg.render(scene)


def test_ten_thousand_letters_and_a_hundred_unlike_layers():
    x = y = Input("image", (3, 64, 64))
    for i in range(100):
        name = f"layer_{'m' * (10_000 if i == 50 else 9)}_{i}"
        y = L.Conv(3 + 7 * i, kernel_size=1 + 2 * (i % 3), padding=i % 3)(y, name=name)
    for width in (60, 252, 516):
        assert faults(drawn(Network("many", inputs=x, outputs=y), DrawOptions(width=f"{width}pt")), width) == []


def test_dark_pages_are_only_for_the_page_of_a_project():
    assert blocks(sized("alexnet"), DrawOptions(preset="readme")).dark
    assert not blocks(sized("alexnet"), DrawOptions(preset="paper")).dark


def test_the_legend_says_what_is_there_and_can_be_left_out():
    said = words(blocks(sized("alexnet"), DrawOptions(width="text")))
    assert {"convolution", "pooling", "linear"} <= {*said}
    assert not {"addition", "residual connection", "skip connection"} & {*said}
    assert "convolution" not in words(blocks(sized("alexnet"), DrawOptions(width="text", legend=False)))
