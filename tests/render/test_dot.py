"""DOT: Graphviz reads it without a warning, and shows every name as it is."""

import re
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from cnnshape.render import dot
from cnnshape.render.boxes import lines
from cnnshape.render.diagram import Diagram
from tests.render.diagrams import chain, diagrams, of_zoo
from tests.render.programs import program
from tests.render.scenes import HOSTILE

_SVG = "{http://www.w3.org/2000/svg}"


def laid_out(text: str) -> ET.Element:
    """What `dot` makes of a text, as SVG; it has nothing to say about it."""
    command = [program("dot"), "-Tsvg"]
    ended = subprocess.run(command, input=text.encode("utf-8"), capture_output=True, timeout=60)
    assert ended.stderr.decode() == ""
    assert ended.returncode == 0
    return ET.fromstring(ended.stdout)


def of_kind(root: ET.Element, kind: str) -> list[ET.Element]:
    return [group for group in root.iter(f"{_SVG}g") if group.get("class") == kind]


def words(group: ET.Element) -> list[str]:
    return [(text.text or "").replace("\u00a0", " ") for text in group.iter(f"{_SVG}text")]


def shown(shown_: Diagram) -> list[list[str]]:
    out = []
    for card in shown_.cards:
        kept = ["".join(c if c.isprintable() else " " for c in line) for line in lines(card)]
        out.append(kept)
    return out


@pytest.mark.parametrize(
    ("name", "detail"), [("resnet50", None), ("resnet18", "op"), ("googlenet", "layer"), ("densenet121", "block")]
)
def test_networks_are_read_as_they_are(name, detail):
    diagram = of_zoo(name, detail)
    root = laid_out(dot.render(diagram))
    assert len(of_kind(root, "node")) == len(diagram.cards)
    assert len(of_kind(root, "edge")) == len(diagram.links)
    ids = [card.id for card in diagram.cards]
    drawn = sorted(group.find(f"{_SVG}title").text for group in of_kind(root, "edge"))
    assert drawn == sorted(f"{ids[link.source]}->{ids[link.target]}" for link in diagram.links)


def test_blocks_become_clusters_and_names_are_short_inside():
    root = laid_out(dot.render(of_zoo("resnet18", "layer")))
    names = {words(group)[0] for group in of_kind(root, "cluster")}
    assert {"layer1", "layer1.0", "layer4.1"} <= names
    first = next(group for group in of_kind(root, "node") if words(group)[0] == "conv1")
    assert words(first)[1].startswith("Conv 7×7 /2")


def test_every_hostile_name_is_shown_as_it_is():
    diagram = chain(*HOSTILE)
    root = laid_out(dot.render(diagram))
    found = sorted(
        (int(group.find(f"{_SVG}title").text[1:]), [w.strip() for w in words(group) if w.strip()])
        for group in of_kind(root, "node")
    )
    # what a font lacks is not compared: the letters are kept, blanks around them are not
    expected = [[line.strip() for line in row if line.strip()] for row in shown(diagram)]
    assert [row for _, row in found] == expected


def test_faults_repeats_and_layers_not_executed_can_be_told_apart():
    text = dot.render(chain("a", "b", fault="CS203 no", times=3, held=True))
    assert '"a ×3\\na\\na\\nCS203"' in text
    assert 'color="#B00020"' in text
    assert "dashed" in text
    assert "peripheries=2" in text
    laid_out(text)


def test_the_direction_is_followed():
    assert re.search(r"rankdir=LR", dot.render(chain("a", "b"), direction="right"))
    assert re.search(r"rankdir=TB", dot.render(chain("a", "b")))


def test_the_palette_for_print_is_gray():
    text = dot.render(of_zoo("resnet50"), palette="print")
    fills = re.findall(r'fillcolor="#(..)(..)(..)"', text)
    assert fills
    assert all(red == green == blue for red, green, blue in fills)


def test_the_same_bytes_twice():
    assert dot.render(of_zoo("googlenet")) == dot.render(of_zoo("googlenet"))


@given(diagrams())
def test_any_diagram_can_be_written(diagram):
    text = dot.render(diagram)
    text.encode("utf-8")
    # every quoted text ends where it should: outside of them only names, numbers and signs are left
    assert re.fullmatch(r"[\w\s{}\[\]=,.>\-]*", re.sub(r'"(?:[^"\\]|\\.)*"', "", text))
    assert text.count("{") - sum(quoted.count("{") for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', text)) >= 1


def test_hundreds_of_hostile_diagrams_are_read():
    """One call of the program for all of them: every letter of ASCII beside every other kind of letter."""
    names = [f"{a}{b}" for a in '\\"<>&;{}|#%' for b in '\\"<>&;{}|#%nlrNGELT '] + [f"cluster.{c}.x" for c in '<"\\&']
    diagram = chain(*names)
    root = laid_out(dot.render(diagram))
    found = {group.find(f"{_SVG}title").text: words(group)[0].strip() for group in of_kind(root, "node")}
    expected = {card.id: lines(card)[0].strip() for card in diagram.cards}
    assert {
        key: value for key, value in found.items() if value != expected[key] and "cluster" not in expected[key]
    } == {}
