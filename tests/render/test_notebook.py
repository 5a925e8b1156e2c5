import base64
import json
import re
import subprocess
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import cnnshape as cs
from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.api.reports import Report
from cnnshape.render import notebook
from cnnshape.symbolic import ceildiv, dim

NAMES = [entry.name for entry in cs.zoo()]
LARGE = ("efficientnet_b7", "densenet201", "convnext_large", "resnet152", "inception_v3", "vit_l_16", "googlenet")
HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "<b onclick='a'>",
    "a\"b'c&d",
    "line\nbreak",
    "مرحبا",
    "層",
    "x" * 10_000,
)
TAGS = {"div", "p", "b", "br", "img", "details", "summary", "pre", "small", "table", "thead", "tbody", "tr", "th", "td"}
HARMLESS = {"alt", "src", "style", "class", "align", "cellpadding", "open"}


class _Seen(HTMLParser):
    """Collects the elements, their attributes and the text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def bundle(report: Report) -> dict[str, str]:
    return report._repr_mimebundle_()


@cache
def shown(name: str, free: bool = False) -> dict[str, str]:
    report = cs.report(name)
    return bundle(report if free else report.at())


def hostile() -> Network:
    x = y = Input("image", (3, "H", "W"))
    for name in HOSTILE:
        with block(name):
            y = L.Conv(3, kernel_size=3, padding=1)(L.ReLU()(L.Conv(8, kernel_size=1)(y)))
    return Network(HOSTILE[0], inputs=x, outputs=dict.fromkeys(HOSTILE, y))


def check_harmless(html: str) -> _Seen:
    """Check that a notebook that is not trusted may show it: no script, no handler, nothing from outside."""
    seen = _Seen(html)
    assert seen.open == []
    assert set(seen.tags) <= TAGS
    assert {name for name, _ in seen.attributes} <= HARMLESS
    assert all(value.startswith("data:image/svg+xml;base64,") for name, value in seen.attributes if name == "src")
    assert "url(" not in html
    return seen


@pytest.mark.parametrize("name", NAMES[::6] + list(LARGE))
def test_a_report_is_harmless_and_small(name):
    found = shown(name)
    assert set(found) == {"text/html", "text/markdown", "text/plain"}
    check_harmless(found["text/html"])
    assert sum(len(each.encode()) for each in found.values()) < 200_000
    assert "\n" not in found["text/plain"]


@pytest.mark.parametrize("name", LARGE)
def test_formulas_are_small_too(name):
    found = shown(name, free=True)
    check_harmless(found["text/html"])
    assert sum(len(each.encode()) for each in found.values()) < 200_000


def test_it_is_what_a_notebook_file_can_hold():
    # nbformat 4: the data of an output is a mapping from media types to text (or lines of it), stored as JSON.
    found = shown("resnet50")
    assert json.loads(json.dumps(found)) == found
    assert all(re.fullmatch(r"[a-z]+/[a-z+]+", kind) and isinstance(text, str) for kind, text in found.items())
    assert cs.report("resnet50")._repr_mimebundle_(include=["text/html"], exclude=None)


def test_all_numbers_of_the_table_are_there():
    seen = check_harmless(shown("resnet50")["text/html"])
    # Torchvision's own: 25 557 032 parameters; 4.09 GMACs.
    assert "25,557,032" in " ".join(seen.text)
    assert "4,089,184,256" in " ".join(seen.text)
    assert seen.tags.count("details") == 4  # layer1 to layer4
    assert {"conv1", "layer1", "layer4.2.conv3", "fc"} < set(seen.text)
    assert "| layer4 |" in shown("resnet50")["text/markdown"]


def test_the_figure_is_an_image_with_words_for_who_does_not_see_it():
    seen = check_harmless(shown("unet")["text/html"])
    assert ("alt", "unet: architecture") in seen.attributes
    (source,) = (value for name, value in seen.attributes if name == "src")
    root = ElementTree.fromstring(base64.b64decode(source.partition(",")[2]))
    assert root.tag.endswith("svg")
    assert "prefers-color-scheme" not in base64.b64decode(source.partition(",")[2]).decode()  # it stands on white
    assert any(name == "style" and "background:#ffffff" in value for name, value in seen.attributes)


def test_a_large_network_has_no_figure_and_says_how_to_see_it():
    html = shown("efficientnet_b7")["text/html"]
    assert "<img" not in html
    assert "draw(report, style=&#x27;architecture&#x27;)" in html


def test_hostile_names_stay_text():
    report = cs.report(hostile())
    found = bundle(report)
    seen = check_harmless(found["text/html"])
    assert any(HOSTILE[0] in text for text in seen.text)
    assert "\n" not in repr(report)
    for picture in (cs.draw(hostile(), style="architecture"), cs.draw(hostile())):
        drawn = picture._repr_mimebundle_()
        check_harmless(drawn["text/html"])
        assert "\n" not in drawn["text/plain"]


def test_a_fault_is_told_in_full():
    report = cs.report("unet").at(H=250, W=250)
    seen = check_harmless(bundle(report)["text/html"])
    assert "pre" in seen.tags
    assert any("CS201 up4.concat" in text for text in seen.text)


def test_what_cannot_be_shown_is_left_out(monkeypatch):
    def fails(*_):
        raise RuntimeError

    report = cs.report("lenet5")
    monkeypatch.setattr(notebook, "report_html", fails)
    assert set(bundle(report)) == {"text/markdown", "text/plain"}
    monkeypatch.setattr(notebook, "report_markdown", fails)
    assert set(bundle(report)) == {"text/plain"}


def test_no_program_is_started(monkeypatch):
    def started(*args, **kwargs):
        raise AssertionError(args)

    monkeypatch.setattr(subprocess, "Popen", started)
    picture = cs.draw("lenet5", layout="dot")
    assert set(picture._repr_mimebundle_()) == {"text/html", "image/svg+xml", "text/plain"}
    assert repr(picture) == "<graph of 'lenet5'>"
    assert bundle(cs.report("lenet5"))


def test_the_room_ends_with_a_word_about_the_rest(monkeypatch):
    monkeypatch.setattr(notebook, "MOST_LETTERS", 45_000)
    html = bundle(cs.report("resnet50").at())["text/html"]
    check_harmless(html)
    assert len(html) < 47_000
    assert re.search(r"\d more stages: print\(report.to\('table', detail='layer'\)\)", html)


def test_a_formula_is_latex_and_text():
    size = ceildiv(dim("H"), 4) * 64
    assert size._repr_latex_() == r"$64 \lceil H/4 \rceil$" or size._repr_latex_().count("lceil") == 1
    assert repr(size) == "64*ceil(H/4)"


def test_one_line_is_all_that_plain_text_says():
    assert repr(cs.report("resnet50").at()) == ("<Report of 'resnet50': 25557032 parameters, 4089184256 MACs>")
