"""SVG: well-formed, of known elements, nothing from outside, text as text; and what a browser makes of it."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given

from cnnshape.render import png, svg
from cnnshape.render.palette import NAMED, ROLES
from cnnshape.render.scene import Circle, Group, Label, Line, Rect, Scene, Style
from tests.render import programs
from tests.render.scenes import BRACKETS, HOSTILE, labeled, sample, scenes

_PAINT = {"class", "fill", "stroke", "stroke-width", "stroke-dasharray"}
ALLOWED = {
    "svg": {"width", "height", "viewBox", "role", "aria-labelledby", "font-family", "stroke-linejoin"},
    "title": {"id"},
    "desc": {"id"},
    "style": set(),
    "defs": set(),
    "pattern": {"id", "width", "height", "patternUnits"},
    "g": {"id", "class"},
    "rect": _PAINT | {"x", "y", "width", "height", "rx"},
    "circle": _PAINT | {"cx", "cy", "r"},
    "polygon": _PAINT | {"points"},
    "path": _PAINT | {"d", "data-source", "data-target"},
    "text": {"class", "x", "y", "font-size", "text-anchor", "font-weight", "transform", "fill", "{xml}space"},
}
_SVG, _XML = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/XML/1998/namespace}"


def checked(text: str) -> ET.Element:
    """The tree of a file, after every rule that it must keep."""
    text.encode("utf-8")
    assert "<!" not in text  # neither a document type nor entities, comments, CDATA
    root = ET.fromstring(text)
    ids: list[str] = []
    for element in root.iter():
        tag = element.tag.removeprefix(_SVG)
        assert element.tag == _SVG + tag
        names = {name.replace(_XML, "{xml}") for name in element.attrib}
        assert names <= ALLOWED[tag], tag
        assert tag in ("title", "desc", "style", "text") or not (element.text or "").strip()
        assert not (element.tail or "").strip()
        ids += [element.attrib["id"]] if "id" in element.attrib else []
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z][\w.-]*", name, re.ASCII) for name in ids)
    used = re.findall(r"url\(([^)]*)\)", text.replace("&#x27;", "'")) if "<text" not in text else []
    assert all(place.startswith("#") and place[1:] in ids for place in used)
    for element in root.iter():
        for name in ("fill", "stroke"):
            value = element.attrib.get(name, "none")
            assert re.fullmatch(r"none|#[0-9A-Fa-f]{6}|url\(#[\w.-]+\)", value)
            assert not value.startswith("url") or value[5:-1] in ids
        for name in element.attrib.get("aria-labelledby", "").split():
            assert name in ids
    return root


def words(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{_SVG}text")]


@pytest.mark.parametrize("palette", ["color", "print"])
def test_the_sample_keeps_every_rule(palette):
    root = checked(svg.render(sample(palette)))
    assert root.attrib["width"] == "300pt"
    assert root.attrib["viewBox"] == "0 0 300 200"
    assert root.find(f"{_SVG}title").text == "A sample"
    assert root.find(f"{_SVG}desc").text == "of all marks"
    assert [element.attrib["class"] for element in root.iter(f"{_SVG}g")].count("node") == len(ROLES)
    assert words(root).count(BRACKETS) == len(ROLES)
    hatches = len({hatch for _, _, hatch, _ in ROLES.values() if hatch})
    assert len(list(root.iter(f"{_SVG}pattern"))) == (hatches if palette == "print" else 0)


def test_nothing_is_loaded_from_outside():
    text = svg.render(sample())
    assert re.findall(r"[a-z]+://[^\"'<> ]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|<script|<image|<use|<foreignObject|@import|url\((?!#)|\bon\w+=", text)


def test_the_same_bytes_twice():
    assert svg.render(sample()) == svg.render(sample())


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(name):
    root = checked(svg.render(labeled(name, "conv1")))
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    assert words(root) == [shown, "conv1"]
    titles = [element.text for element in root.iter(f"{_SVG}title")]
    assert not shown or shown in titles


@given(scenes)
def test_any_picture_can_be_written(scene):
    checked(svg.render(scene))


def test_ids_that_are_taken_or_no_ids_are_changed():
    box = Rect(0, 0, 9, 9)
    marks = [Group(name, "", (box,)) for name in ("a", "a", "title", "9", "x y", "")]
    root = checked(svg.render(Scene(9, 9, (*marks, marks[0]), "T", "D")))
    groups = [element.attrib["id"] for element in root.iter(f"{_SVG}g")]
    assert groups == ["a", "a-2", "title", "n9", "x-y", "n", "a-3"]
    assert root.attrib["aria-labelledby"] == "title-2 desc"


def test_edges_name_the_groups_that_they_join():
    root = checked(svg.render(sample()))
    pairs = [(e.attrib["data-source"], e.attrib["data-target"]) for e in root.iter() if "data-source" in e.attrib]
    assert pairs == [("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n0", "n5"), ("n8", "n10")]


def test_blanks_are_kept():
    root = checked(svg.render(Scene(9, 9, (Label(0, 0, "  a  b "), Label(0, 0, "a b")))))
    assert words(root) == ["  a  b ", "a b"]
    assert [f"{_XML}space" in element.attrib for element in root.iter(f"{_SVG}text")] == [True, False]


# In a browser


@pytest.fixture(scope="module")
def browser():
    return programs.browser()


def opened(browser, folder: Path, text: str, **options):
    file = folder / "picture.svg"
    file.write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 400, "height": 267}, **options)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    page.on("console", lambda message: outside.append(message.text))
    page.on("dialog", lambda dialog: outside.append(dialog.message))
    page.goto(file.as_uri())
    assert outside == [file.as_uri()]
    return page


def test_in_a_browser_it_has_its_size_and_says_what_it_is(browser, tmp_path):
    page = opened(browser, tmp_path, svg.render(sample()))
    size = page.evaluate("[document.documentElement.clientWidth, document.documentElement.clientHeight]")
    assert size == pytest.approx([300 * 96 / 72, 200 * 96 / 72], abs=1)
    boxes = page.evaluate("[...document.querySelectorAll('text')].map(t => [t.textContent, t.getComputedTextLength()])")
    assert len(boxes) == 2 * len(ROLES) + 3
    page.close()


def test_a_browser_and_cairo_paint_the_same(browser, tmp_path):
    """Two programs that share no code agree on every hatch, head, corner and letter."""
    programs.cairo()
    images, stats = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageStat")
    chops = pytest.importorskip("PIL.ImageChops")
    for palette in ("color", "print"):
        page = opened(browser, tmp_path, svg.render(sample(palette)))
        shot = images.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": 400, "height": 266})))
        ours = images.open(io.BytesIO(png.render(sample(palette), dpi=96))).crop((0, 0, 400, 266))
        difference = chops.difference(shot.convert("L"), ours.convert("L"))
        assert stats.Stat(difference).mean[0] < 4  # of 255; edges and letters are smoothed otherwise
        page.close()


def test_on_a_dark_page_named_colors_change_and_others_stay(browser, tmp_path):
    def color(page, selector: str, what: str = "fill") -> str:
        found = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{what}")
        return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", found))

    for scheme, dark in (("light", False), ("dark", True)):
        page = opened(browser, tmp_path, svg.render(sample()), color_scheme=scheme)
        assert color(page, "text.f-faint") == NAMED["faint"][dark]
        assert color(page, "path.s-line", "stroke") == NAMED["line"][dark]
        assert color(page, "rect.f-paper") == NAMED["paper"][dark]
        assert color(page, "#n1 rect") == "#9BD0F2"
        assert color(page, "#n1 text") == "#000000"
        page.close()
    page = opened(browser, tmp_path, svg.render(sample(dark=False)), color_scheme="dark")
    assert color(page, "text.f-faint") == NAMED["faint"][0]
    page.close()


def test_hostile_names_run_nothing(browser, tmp_path):
    page = opened(browser, tmp_path, svg.render(labeled(*HOSTILE)))
    found = page.evaluate("[...document.querySelectorAll('g > text')].map(t => t.textContent)")
    assert found == ["".join(c if c.isprintable() else " " for c in name) for name in HOSTILE]
    page.close()


def test_a_line_stops_inside_of_its_head(browser, tmp_path):
    """The pixel before the tip of a wide arrow is white on both sides of the middle: no butt end reaches it."""
    scene = Scene(60, 20, (Line(((5, 10), (50, 10)), Style("", "#000000", 4), arrow="end"), Circle(55, 10, 0.1)))
    page = opened(browser, tmp_path, svg.render(scene), device_scale_factor=4)
    images = pytest.importorskip("PIL.Image")
    shot = images.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": 80, "height": 26}))).convert("L")
    scale = 4 * 96 / 72
    assert shot.getpixel((round(46 * scale), round(10 * scale))) < 60
    for side in (-1.7, 1.7):
        assert shot.getpixel((round(48.5 * scale), round((10 + side) * scale))) > 200
        assert shot.getpixel((round(30 * scale), round((10 + side) * scale))) < 60
    page.close()
