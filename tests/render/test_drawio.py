"""Files of draw.io: a sound tree of cells, edges bound to cells; mxGraph, of which draw.io is made, reads them."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from cnnshape.render import drawio
from cnnshape.render.palette import ROLES
from cnnshape.render.scene import Circle, Group, Label, Line, Rect, Scene, Style
from tests.render.programs import browser, node_package
from tests.render.scenes import BRACKETS, HOSTILE, labeled, sample, scenes


def cells(text: str) -> dict[str, ET.Element]:
    """The cells of a file by their ids, after every rule that they must keep."""
    text.encode("utf-8")
    root = ET.fromstring(text)
    assert [element.tag for element in (root, root[0], root[0][0], root[0][0][0])] == [
        "mxfile",
        "diagram",
        "mxGraphModel",
        "root",
    ]
    found = root[0][0][0]
    assert {element.tag for element in found} == {"mxCell"}
    by_id = {cell.attrib["id"]: cell for cell in found}
    assert len(by_id) == len(found)
    assert [cell.attrib for cell in found][:2] == [{"id": "0"}, {"id": "1", "parent": "0"}]
    seen = {"0"}
    for cell in list(found)[1:]:
        assert cell.attrib["parent"] in seen  # a parent stands before its children
        seen.add(cell.attrib["id"])
    for cell in list(found)[2:]:
        (geometry,) = cell
        assert geometry.tag == "mxGeometry"
        assert geometry.attrib["as"] == "geometry"
        assert ("vertex" in cell.attrib) != ("edge" in cell.attrib)
        assert re.fullmatch(r"([A-Za-z.=#:,0-9 \[\]\-]+;)*", cell.attrib["style"])
        assert "html=1" not in cell.attrib["style"]
        for end in ("source", "target"):
            if end in cell.attrib:
                assert cell.attrib["edge"] == "1"
                assert "vertex" in by_id[cell.attrib[end]].attrib
    return by_id


def test_a_cell_for_each_node_with_its_words():
    found = cells(drawio.render(sample()))
    for i, role in enumerate(ROLES):
        assert found[f"n{i}"].attrib["value"] == f"{role}\n{BRACKETS}"
    place = found["n0"].find("mxGeometry").attrib
    assert [float(place[name]) * 72 / 96 for name in ("x", "y", "width", "height")] == pytest.approx(
        [10, 12, 60, 26], abs=0.01
    )


def test_edges_are_bound_and_keep_their_corners():
    found = cells(drawio.render(sample()))
    edges = [cell for cell in found.values() if "edge" in cell.attrib]
    bound = [(cell.get("source"), cell.get("target")) for cell in edges]
    assert bound[:5] == [("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n0", "n5"), ("n8", "n10")]
    bent = edges[3]
    corners = [point for point in bent.iter("mxPoint") if "as" not in point.attrib]
    places = [float(point.attrib[axis]) * 72 / 96 for point in corners for axis in "xy"]
    assert places == pytest.approx([40, 44, 112, 44], abs=0.01)
    assert "exitX=0.5;exitY=1;" in bent.attrib["style"]
    assert "entryX=0.5;entryY=0;" in bent.attrib["style"]


def test_hatches_are_those_of_rectangles_with_patterns():
    found = cells(drawio.render(sample("print")))
    hatched = {i: role for i, role in enumerate(ROLES) if ROLES[role][2] and role not in ("add", "concat")}
    for i in range(len(ROLES)):
        assert ("mxgraph.basic.patternFillRect" in found[f"n{i}"].attrib["style"]) == (i in hatched)
    styles = [re.search(r"fillStyle=(\w+);", found[f"n{i}"].attrib["style"])[1] for i in hatched]
    assert len(set(styles)) == len(styles)


def test_a_node_of_several_areas_is_a_cell_that_holds_them():
    shadow, front = Rect(4, 4, 40, 20, Style("#DDDDDD")), Rect(0, 0, 40, 20, Style("#FFFFFF"))
    below = Label(20, 40, "64")
    node = Group("a", "", (shadow, front, Label(20, 12, "layer1"), below), node=True)
    other = Group("b", "", (Circle(90, 10, 8), Label(90, 13, "+")), node=True)
    edge = Line(((44, 10), (82, 10)), arrow="end", ends=("a", "b"))
    found = cells(drawio.render(Scene(100, 50, (node, other, edge))))
    inner = [cell for cell in found.values() if cell.get("parent") == "a"]
    assert [cell.get("value") for cell in inner] == ["", "layer1", "64"]
    assert found["a"].get("value") == ""
    assert found["b"].get("value") == "+"
    assert [(c.get("source"), c.get("target")) for c in found.values() if c.get("edge")] == [("a", "b")]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(name):
    found = cells(drawio.render(labeled(name, "conv1")))
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    values = [cell.get("value") for cell in found.values() if cell.get("vertex")]
    assert values == [shown, "conv1"]


def test_the_same_bytes_twice():
    assert drawio.render(sample()) == drawio.render(sample())


@given(scenes)
def test_any_picture_can_be_written(scene):
    cells(drawio.render(scene))


_READ = """text => {
    const document_ = mxUtils.parseXml(text), model = new mxGraph(document.getElementById('graph')).getModel();
    new mxCodec(document_).decode(document_.getElementsByTagName('mxGraphModel')[0], model);
    return Object.values(model.cells).map(cell => [
        cell.id, cell.value ?? null, cell.parent?.id ?? null, cell.source?.id ?? null, cell.target?.id ?? null]);
}"""


def test_mxgraph_reads_every_cell():
    page = browser().new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_content("<div id=graph></div>")
    page.evaluate("window.mxLoadResources = window.mxLoadStylesheets = false; window.mxBasePath = ''")
    page.add_script_tag(path=node_package("mxgraph") / "javascript" / "mxClient.min.js")
    for scene in (sample(), sample("print"), labeled(*HOSTILE, "conv1")):
        text = drawio.render(scene)
        ours = [[c.get(key) for key in ("id", "value", "parent", "source", "target")] for c in cells(text).values()]
        read = {row[0]: [value or None for value in row] for row in page.evaluate(_READ, text)}
        assert read == {row[0]: [value or None for value in row] for row in ours}
    page.close()
    assert faults == []
