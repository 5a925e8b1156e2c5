import re
from functools import cache
from xml.etree import ElementTree

import pytest

import cnnshape as cs
from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.analysis.report import Facts, facts
from cnnshape.render import svg
from cnnshape.render.figures.architecture import architecture
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.scene import Group, Label, Scene, leaves
from tests.render.figures.architecture.touching import faults_of

NAMES = [entry.name for entry in cs.zoo()]
WIDTHS = ("252pt", "397pt", "516pt")
FEW = (
    "resnet50",
    "inception_v3",
    "unet",
    "efficientnet_b0",
    "c3d",
    "m5",
    "vit_b_16",
    "yolov3_tiny",
    "deeplabv3_resnet50",
)


@cache
def known(name: str, free: bool = False) -> Facts:
    network = cs.load(name)
    return facts(network) if free else facts(network).at(network.defaults)


def drawn(name: str, free: bool = False, **options) -> Scene:
    return architecture(known(name, free), DrawOptions(**options))


def texts(scene: Scene) -> list[str]:
    return [mark.text for mark in leaves(scene.marks) if isinstance(mark, Label)]


def frames(scene: Scene) -> dict[str, Group]:
    """The frames by their letters."""
    return {group.title[0]: group for group in scene.marks if isinstance(group, Group) and group.id.startswith("type-")}


def stacks(scene: Scene) -> list[str]:
    """What stands on the cards of blocks, in order."""
    return [text for text in texts(scene) if re.fullmatch(r"[A-Z]( ×\d+)?", text)][: -len(frames(scene)) or None]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_touches_another_or_a_border_in_any_network(name):
    width = WIDTHS[NAMES.index(name) % 3]
    scene = drawn(name, width=width)
    assert faults_of(scene) == []
    assert abs(scene.width - float(width[:-2])) <= 0.5


@pytest.mark.parametrize("width", [*WIDTHS, "120pt"])
@pytest.mark.parametrize("free", [False, True], ids=["numbers", "formulas"])
@pytest.mark.parametrize("name", FEW)
def test_no_text_touches_another_at_any_width(name, free, width):
    scene = drawn(name, free, width=width)
    assert faults_of(scene) == []
    assert scene.width == float(width[:-2])


@pytest.mark.parametrize(
    "options", [{"palette": "print", "border": "macs"}, {"preset": "slides"}, {"preset": "readme"}]
)
def test_the_other_looks_are_as_tidy(options):
    scene = drawn("resnet50", **options)
    assert faults_of(scene) == []
    if options.get("preset") == "slides":
        assert (scene.width, scene.height) == (960, 540)
        assert min(mark.size for mark in leaves(scene.marks) if isinstance(mark, Label)) >= 9


def test_resnet_50_has_4_projections_and_12_identities():
    # He, Zhang, Ren, Sun 2016, table 1: 3, 4, 6 and 3 blocks, the first of each stage with a projection.
    scene = drawn("resnet50")
    assert stacks(scene) == ["A", "B ×2", "A", "B ×3", "A", "B ×5", "A", "B ×2"]
    assert frames(scene)["A"].title.startswith("A ×4: bottleneck, projection shortcut")
    assert frames(scene)["B"].title.startswith("B ×12: bottleneck, identity shortcut")
    # Widths and strides of the same table.
    assert "c = 64, 128, 256, 512;  h = 56, 28, 14, 7" in texts(scene)
    assert any("s = 1, 2, 2, 2" in text for text in texts(scene))
    assert {"layer1", "layer2", "layer3", "layer4"} < set(texts(scene))


def test_mobilenet_v2_has_the_bottlenecks_of_its_table():
    # Sandler et al. 2018, table 2: n = 1, 2, 3, 4, 3, 3, 1; expansion 1 in the first row, then 6.
    scene = drawn("mobilenet_v2")
    counts = {letter: group.title.split(":")[0] for letter, group in frames(scene).items()}
    assert counts == {"A": "A", "B": "B ×6", "C": "C ×10"}
    assert "6c×h×h" in texts(scene)
    assert any("c = 16, 24, 32, 64, 96, 160" in text for text in texts(scene))


def test_densenet_121_has_dense_blocks_of_6_12_24_16_layers():
    # Huang et al. 2017, table 1, with growth rate 32.
    scene = drawn("densenet121")
    assert stacks(scene) == ["A ×6", "B", "A ×12", "B", "A ×24", "B", "A ×16"]
    assert "(c+32)×h×h" in texts(scene)


def test_inception_v3_has_its_five_modules():
    # Szegedy et al. 2016, table 1: 3, 5 and 2 modules; of the 5 and of the 2 the first one reduces the maps.
    assert stacks(drawn("inception_v3")) == ["A ×3", "B", "C ×4", "D", "E ×2"]


def test_vgg_16_is_a_row_of_stacks_alone():
    # Simonyan, Zisserman 2015, table 1, column D: 2, 2, 3, 3, 3 convolutions.
    scene = drawn("vgg16")
    assert frames(scene) == {}
    assert [text for text in texts(scene) if re.fullmatch(r"×\d", text)] == ["×2", "×2", "×3", "×3", "×3", "×2"]


def test_the_skips_of_a_unet_are_straight_rungs():
    scene = drawn("unet")
    (overview,) = (group for group in scene.marks if isinstance(group, Group) and group.id == "overview")
    links = next(group for group in overview.marks if isinstance(group, Group) and group.id == "links")
    upright = [line for line in links.marks if {x for x, _ in line.points} == {line.points[0][0]}]
    assert len(upright) == 4  # Ronneberger, Fischer, Brox 2015, figure 1: four copies


def test_sizes_may_be_formulas():
    written = texts(drawn("resnet50", free=True))
    assert "⌈W/4⌉" in written
    assert any("h = ⌈H/4⌉, ⌈H/8⌉, ⌈H/16⌉, ⌈H/32⌉" in text for text in written)


def test_a_fault_is_marked_and_said():
    scene = architecture(known("unet", True).at({"H": 250, "W": 250}), DrawOptions())
    assert faults_of(scene) == []
    assert any(text.startswith("CS201 up4.concat") for text in texts(scene))
    text = svg.render(scene)
    assert text.count('stroke="#B00020"') >= 3  # the card of the join, and the two tensors that disagree


def test_depthwise_kernels_and_one_dimension_are_named():
    written = texts(drawn("m5"))
    assert any(text == "80 /4" for text in written)  # Dai et al. 2017: receptive field 80, stride 4
    assert "DWConv 3×3" in texts(drawn("mobilenet_v2"))
    assert "3×3×3" in texts(drawn("c3d"))


def test_detail_says_how_much_is_folded():
    assert frames(drawn("resnet50", detail="overview")) == {}
    assert frames(drawn("resnet18", detail="layer")) == {}
    assert faults_of(drawn("resnet18", detail="layer")) == []


def test_a_border_says_what_its_width_means():
    assert any(text.startswith("Width of a border: MACs") for text in texts(drawn("resnet50", border="macs")))
    assert not any("border" in text for text in texts(drawn("resnet50", True, border="macs")))  # formulas have no width


@pytest.mark.parametrize("name", ["resnet50", "unet", "googlenet"])
def test_the_same_bytes_twice(name):
    assert svg.render(drawn(name)) == svg.render(drawn(name))


def test_hostile_names_are_text():
    hostile = ("</text><script>alert(1)</script>", "a\"b'c&d", "line\nbreak", "مرحبا", "層", "x" * 10_000)
    x = y = Input("image", (3, "H", "W"))
    for n, name in enumerate(hostile):
        with block(name):
            y = L.Add()(y, L.Conv(3, kernel_size=3, padding=1)(L.ReLU()(L.Conv(8, kernel_size=1)(y))))
        y = L.Conv(3, kernel_size=1)(y, name=f"between {n} {name}")
    network = Network(hostile[0], inputs=x, outputs=dict.fromkeys(hostile[:3], y))
    for width in WIDTHS:
        scene = architecture(facts(network), DrawOptions(width=width))
        assert faults_of(scene) == []
        root = ElementTree.fromstring(svg.render(scene))  # our own text
        assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_a_block_too_wide_to_draw_is_counted():
    x = Input("image", (3, "H", "W"))
    with block("wide"):
        y = L.Concat()([L.Conv(4, kernel_size=1)(L.Conv(4, kernel_size=3, padding=1)(x)) for _ in range(60)])
    scene = architecture(facts(Network("wide", inputs=x, outputs=y)), DrawOptions(width="252pt"))
    assert faults_of(scene) == []
    assert "121 layers" in texts(scene)
    assert scene.notes == ("frame A is drawn without its layers: it is too wide",)


def test_many_lines_past_each_other_stay_inside():
    x = Input("image", (3, "H", "W"))
    y = L.Concat()([L.Conv(4, kernel_size=1)(L.Conv(4, kernel_size=3, padding=1)(x)) for _ in range(40)])
    scene = architecture(facts(Network("many", inputs=x, outputs=y)), DrawOptions(width="252pt"))
    assert faults_of(scene) == []


def test_a_long_chain_is_drawn_with_its_middle_left_out():
    x = y = Input("image", (3, "H", "W"))
    for n in range(400):
        y = L.Conv(3 + n % 7, kernel_size=3, padding=1)(y)
    scene = architecture(facts(Network("long", inputs=x, outputs=y)), DrawOptions())
    assert faults_of(scene) == []
    assert any(re.fullmatch(r"\d+ more", text) for text in texts(scene))


def test_a_network_without_an_input_or_with_several_is_drawn():
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "W"))
    y = L.Add()(L.Conv(8, kernel_size=3)(left), L.Conv(8, kernel_size=3)(right))
    scene = architecture(facts(Network("two", inputs=[left, right], outputs={"sum": y, "left": left})), DrawOptions())
    assert faults_of(scene) == []
    assert texts(scene)[:2] == ["left", "right"]
