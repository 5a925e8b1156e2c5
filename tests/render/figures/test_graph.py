"""The graph figure: nothing overlaps, nothing is cut, whatever the network; the same bytes twice; hostile names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from cnnshape.analysis.report import Facts, facts
from cnnshape.graph.build import Input, block
from cnnshape.graph.fold import Detail
from cnnshape.graph.network import Network
from cnnshape.layers import Add, BatchNorm, Concat, Conv, MaxPool, Multiply, ReLU, Sigmoid
from cnnshape.render.figures.graph import by_dot, graph
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Polygon, Rect, Scene, leaves
from cnnshape.render.svg import render
from cnnshape.zoo import build, networks

Bounds = tuple[float, float, float, float]
_EPS = 0.06
_ALL = [entry.name for entry in networks()]


_KINDS = frozenset(
    {
        "alexnet",
        "vgg16",
        "resnet50",
        "inception_v3",
        "densenet121",
        "unet",
        "mobilenet_v2",
        "m5",
        "r3d_18",
        "googlenet",
        "vit_b_16",
        "xception",
        "segnet",
        "shufflenet_v2_x1_0",
        "yolov3_tiny",
        "deeplabv3_resnet50",
        "efficientnet_b0",
        "crnn",
        "tcn",
        "dcgan",
        "convnext_tiny",
    }
)
"""One network of each sort; layer by layer, the others of the zoo are the same in other lengths, and take minutes."""


@cache
def known(name: str) -> Facts:
    network = build(name)
    return facts(network).at(dict(network.defaults))


def bounds(mark: object) -> Bounds:
    """Return the left, upper, right and lower end of a mark; of text from its capitals to its feet."""
    match mark:
        case Rect(x, y, width, height):
            return x, y, x + width, y + height
        case Circle(x, y, radius):
            return x - radius, y - radius, x + radius, y + radius
        case Polygon(points) | Line(points) | Curve(points):
            xs, ys = zip(*points, strict=True)
            return min(xs), min(ys), max(xs), max(ys)
        case Label(x, y, text, size, anchor, bold):
            width = text_width(text, size, bold)
            left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            return left, y - 0.73 * size, left + width, y + 0.21 * size
    raise AssertionError(mark)


def apart(a: Bounds, b: Bounds) -> bool:
    return a[2] <= b[0] + _EPS or b[2] <= a[0] + _EPS or a[3] <= b[1] + _EPS or b[3] <= a[1] + _EPS


def within(a: Bounds, b: Bounds) -> bool:
    return a[0] >= b[0] - _EPS and a[1] >= b[1] - _EPS and a[2] <= b[2] + _EPS and a[3] <= b[3] + _EPS


def together(all_bounds: list[Bounds]) -> Bounds:
    left, upper, right, lower = zip(*all_bounds, strict=True)
    return min(left), min(upper), max(right), max(lower)


def collisions(found: list[Bounds]) -> Iterator[tuple[Bounds, Bounds]]:
    """Yield the pairs that overlap, by a sweep from left to right."""
    active: list[Bounds] = []
    for each in sorted(found):
        active = [other for other in active if other[2] > each[0]]
        yield from ((other, each) for other in active if not apart(other, each))
        active.append(each)


def check(scene: Scene) -> None:
    page = (0.0, 0.0, scene.width, scene.height)
    cards = [mark for mark in scene.marks if isinstance(mark, Group) and mark.node]
    boxes = {
        card.id: together([bounds(mark) for mark in leaves([card]) if not isinstance(mark, Label)]) for card in cards
    }
    assert list(collisions(list(boxes.values()))) == []
    for card in cards:
        for mark in leaves([card]):
            if isinstance(mark, Label):
                assert within(bounds(mark), boxes[card.id]), mark
    labels = [mark for mark in leaves(scene.marks) if isinstance(mark, Label)]
    assert min(label.size for label in labels) >= 6
    assert list(collisions([bounds(label) for label in labels])) == []
    for mark in leaves(scene.marks):
        assert within(bounds(mark), page), mark
    lines = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.ends]
    for line in lines:
        for name, box in boxes.items():
            if name not in line.ends:
                assert not any(crosses(a, b, box) for a, b in pairwise(line.points)), (line, name)


def crosses(a: tuple[float, float], b: tuple[float, float], box: Bounds) -> bool:
    """Say whether a level or upright piece of a line goes through the inside of a box."""
    piece = min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])
    inside = box[0] + 0.3, box[1] + 0.3, box[2] - 0.3, box[3] - 0.3
    return piece[0] < inside[2] and piece[2] > inside[0] and piece[1] < inside[3] and piece[3] > inside[1]


@pytest.mark.parametrize("name", _ALL)
def test_nothing_overlaps_at_any_detail(name: str) -> None:
    for detail in get_args(Detail):
        if detail in ("overview", "block") or name in _KINDS:
            check(graph(known(name), DrawOptions(detail=detail)))


def test_the_check_finds_what_is_wrong() -> None:
    scene = graph(known("lenet5"), DrawOptions())
    first = next(mark for mark in scene.marks if isinstance(mark, Group) and mark.node)
    for wrong in (
        replace(scene, marks=(*scene.marks, replace(first, id="twin"))),
        replace(scene, width=scene.width / 2),
        replace(scene, marks=(*scene.marks, Label(scene.width / 2, 20, "a word across a card", 8))),
        replace(scene, marks=(*scene.marks, Line(((2.0, 2.0), (2.0, 50.0), (90.0, 50.0)), ends=("a", "b")))),
    ):
        with pytest.raises(AssertionError):
            check(wrong)


@pytest.mark.parametrize(
    "options",
    [
        DrawOptions(direction="right"),
        DrawOptions(palette="print"),
        DrawOptions(width="col"),
        DrawOptions(preset="slides"),
        DrawOptions(preset="readme", border="macs"),
    ],
    ids=lambda options: "-".join(str(getattr(options, name)) for name in ("direction", "palette", "width", "preset")),
)
@pytest.mark.parametrize("name", ["resnet50", "unet", "inception_v3", "googlenet", "r3d_18"])
def test_nothing_overlaps_in_any_dress(name: str, options: DrawOptions) -> None:
    check(graph(known(name), options))


@pytest.mark.parametrize("name", ["resnet50", "unet", "vgg16", "inception_v3", "espcn", "vit_b_16"])
def test_nothing_overlaps_with_formulas(name: str) -> None:
    check(graph(facts(build(name)), DrawOptions(detail="block")))


@pytest.mark.parametrize("width", ["252pt", "88mm", "text", "full"])
@pytest.mark.parametrize("name", ["alexnet", "resnet50", "unet", "inception_v3", "mobilenet_v2"])
def test_a_width_that_is_asked_for_is_kept(name: str, width: str) -> None:
    options = DrawOptions(width=width)
    scene = graph(known(name), options)
    assert options.points is not None
    assert scene.width == pytest.approx(options.points, abs=0.5)


def test_what_does_not_fit_into_a_width_is_folded_and_said() -> None:
    scene = graph(known("inception_v3"), DrawOptions(width="col", detail="layer"))
    assert scene.width == pytest.approx(252, abs=0.5)
    assert scene.notes == ("drawn at detail block: detail layer is wider than 252 pt",)
    narrow = graph(known("inception_v3"), DrawOptions(width="60pt"))
    assert narrow.notes[-1].endswith("its boxes do not fit into 60 pt")


def test_slides_are_sixteen_by_nine() -> None:
    for name in ("resnet50", "unet", "vgg16"):
        scene = graph(known(name), DrawOptions(preset="slides"))
        assert scene.width / scene.height == pytest.approx(16 / 9, rel=1e-3)


def hostile(names: list[str]) -> Network:
    x = Input(names[0], (3, "H", "W"))
    y = ReLU()(BatchNorm()(Conv(8, kernel_size=3, padding=1)(x, name=names[1])), name=names[2])
    z = Conv(8, kernel_size=1)(y, name=names[3])
    return Network(names[4], inputs=x, outputs=Concat()(Add()(y, z), z))


_NAMES = [
    "</text><script>alert(1)</script>",
    "a \"quoted\" 'name' & <more>",
    "two\nlines\tand a tab",
    "\u05e9\u05dc\u05d5\u05dd \u202ereversed",
    "x" * 10_000,
]


def test_names_are_only_ever_text() -> None:
    from xml.etree import ElementTree

    for turn in range(5):
        scene = graph(facts(hostile(_NAMES[turn:] + _NAMES[:turn])).at(H=8, W=8), DrawOptions())
        check(scene)
        text = render(scene)
        root = ElementTree.fromstring(text)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
            *(
                "svg",
                "title",
                "desc",
                "style",
                "g",
                "rect",
                "circle",
                "path",
                "polygon",
                "polyline",
                "text",
                "line",
                "defs",
            ),
        }
        assert max(len(label.text) for label in leaves(scene.marks) if isinstance(label, Label)) < 60


def test_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys\nfrom cnnshape import draw\n"
        "for name in ('googlenet', 'unet'):\n    sys.stdout.write(draw(name, detail='layer').svg)\n"
    )
    made = []
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        made.append(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env).stdout)
    assert made[0] == made[1]
    assert made[0].count(b"</svg>") == 2


def test_a_fault_is_marked_in_shape_color_and_words() -> None:
    found = facts(build("unet")).at(H=250, W=512)
    scene = graph(found, DrawOptions(detail="block"))
    check(scene)
    dashed = [mark for mark in leaves(scene.marks) if isinstance(mark, Rect) and mark.style.dash]
    assert [mark.style.stroke for mark in dashed] == ["fault"]
    broken = [mark.ends for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.stroke == "fault"]
    assert broken == [("v7", "v10")]  # from the last map on the way down to the concat of up4
    texts = [mark.text for mark in leaves(scene.marks) if isinstance(mark, Label)]
    assert texts.count("1") == 2  # at the box, and before the words below
    assert "CS201" in " ".join(texts)
    assert texts.count("−") == 6  # no shape is known at the fault and behind it


def test_signs_of_joins() -> None:
    x = Input("x", (8, "H", "W"))
    y = Conv(8, kernel_size=3, padding=1)(x)
    gate = Sigmoid()(Conv(8, kernel_size=1)(y))
    net = Network("joins", inputs=x, outputs=Concat()(Add()(y, x), Multiply()(y, gate)))
    scene = graph(facts(net).at(H=8, W=8), DrawOptions(detail="op"))
    check(scene)
    marks = list(leaves(scene.marks))
    assert sum(isinstance(mark, Circle) for mark in marks) == 2
    assert sum(isinstance(mark, Polygon) for mark in marks) == 1


def test_repeats_stand_behind_each_other_with_their_number() -> None:
    x = Input("x", (8, "H", "W"))
    y = x
    for i in range(4):
        with block(f"unit.{i}"):
            y = Add()(y, Conv(8, kernel_size=3, padding=1)(ReLU()(y)))
    scene = graph(facts(Network("deep", inputs=x, outputs=MaxPool(2)(y))).at(H=8, W=8), DrawOptions(detail="block"))
    check(scene)
    card = next(mark for mark in scene.marks if isinstance(mark, Group) and "unit.0-3" in mark.title)
    assert sum(isinstance(mark, Rect) for mark in card.marks) == 3
    assert "×4" in [mark.text for mark in card.marks if isinstance(mark, Label)]


def test_lines_end_on_the_border_of_what_they_lead_to() -> None:
    scene = graph(known("resnet18"), DrawOptions(detail="layer"))
    boxes = {mark.id: mark for mark in scene.marks if isinstance(mark, Group) and mark.node}
    for line in leaves(scene.marks):
        if isinstance(line, Line) and line.ends:
            (x, y), box = line.points[-1], together([bounds(mark) for mark in boxes[line.ends[1]].marks[:1]])
            on_side = min(abs(x - box[0]), abs(x - box[2])) < 0.1 and box[1] <= y <= box[3]
            on_top = min(abs(y - box[1]), abs(y - box[3])) < 0.1 and box[0] <= x <= box[2]
            assert on_side or on_top


def test_dot_places_boxes_where_it_is_installed() -> None:
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    scene = graph(known("googlenet"), DrawOptions(detail="block", layout="dot"))
    assert scene.notes == ()
    assert any(isinstance(mark, Curve) for mark in leaves(scene.marks))
    check(scene)


def test_without_dot_the_own_layout_is_used_and_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    scene = graph(known("lenet5"), DrawOptions(layout="dot"))
    assert scene.notes == ("the program dot is not installed: the boxes stand where the own layout puts them",)
    assert replace(scene, notes=()) == graph(known("lenet5"), DrawOptions())


def test_a_slow_dot_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(by_dot, "_SECONDS", 0.2)
    scene = graph(known("lenet5"), DrawOptions(layout="dot"))
    assert "dot has not finished after 0.2 s" in scene.notes[0]


def test_widths_hold_in_the_font_of_this_machine() -> None:
    """Labels are measured again, with the letters of Liberation Sans, whose widths are those of Helvetica."""
    fonts = pytest.importorskip("PIL.ImageFont")
    folder = Path("/usr/share/fonts/truetype/liberation")
    if not (folder / "LiberationSans-Bold.ttf").exists():
        pytest.skip("Liberation Sans is not installed")
    plain, bold = (fonts.truetype(str(folder / f"LiberationSans-{style}.ttf"), 1000) for style in ("Regular", "Bold"))
    for name in ("resnet50", "unet", "inception_v3"):
        for mark in leaves(graph(known(name), DrawOptions(detail="layer")).marks):
            if isinstance(mark, Label) and mark.text.isascii():
                true = (bold if mark.bold else plain).getlength(mark.text, features=["-kern"]) * mark.size / 1000
                assert text_width(mark.text, mark.size, mark.bold) == pytest.approx(true, rel=0.01, abs=0.05)


def test_what_a_name_stands_for_is_never_cut() -> None:
    scene = graph(facts(build("alexnet")), DrawOptions(detail="layer"))
    check(scene)
    texts = [mark.text for mark in scene.marks if isinstance(mark, Label)]
    assert "w4, w8, w16, w32: as h4, h8, h16, h32, of W" in " ".join(texts)
    assert not any("…" in text for text in texts)
