"""Figures of layers as they are made from Python."""

import xml.etree.ElementTree as ET

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L


@pytest.fixture
def net():
    x = Input("image", (3, "H", "W"))
    y = L.ReLU()(L.Conv(64, kernel_size=7, stride=2, padding=3)(x))
    return Network("tiny", inputs=x, outputs=y, defaults={"H": 224, "W": 224})


def words(figure):
    return "".join(f"{text}\n" for text in ET.fromstring(figure.svg).itertext())


def test_a_notebook_shows_it(net):
    figure = cs.explain(net, "conv1").figure("window")
    assert figure._repr_svg_() == figure.svg
    assert "⌊(224 − 7 + 2×3)/2⌋ + 1 = 112" in words(figure)
    bundle = figure._repr_mimebundle_()
    assert bundle["text/html"].startswith('<img alt="The sliding window of conv1" src="data:image/svg+xml;base64,')
    assert bundle["text/plain"] == repr(figure)
    assert repr(figure).startswith("<The sliding window of conv1, ")


def test_the_sizes_are_those_of_the_explanation(net):
    assert "⌊(32 − 7 + 2×3)/2⌋ + 1 = 16" in words(cs.explain(net, "conv1", H=32, W=32).figure("window"))
    free = cs.explain(cs.report(net), "conv1").figure("window")
    assert "⌊(224 − 7 + 2×3)/2⌋ + 1 = 112" in words(free)


def test_it_is_saved(net, tmp_path):
    figure = cs.explain(net, "conv1").figure("receptive-field", at=(0, 0))
    figure.save(tmp_path / "field.svg")
    assert (tmp_path / "field.svg").read_text(encoding="utf-8") == figure.svg
    figure.save(str(tmp_path / "field.tex"))
    assert "tikzpicture" in (tmp_path / "field.tex").read_text(encoding="utf-8")
    with pytest.raises(cs.UsageError, match=r"not written as \.jpg") as caught:
        figure.save(tmp_path / "field.jpg")
    assert ".drawio" in str(caught.value)
    assert not any(suffix in str(caught.value) for suffix in (".dot", ".gv", ".mmd", ".mermaid"))
    with pytest.raises(cs.UsageError, match="not written as dot"):
        figure.save(tmp_path / "field.dot")


def test_options(net):
    found = cs.explain(net, "conv1")
    assert found.figure("connections", width="col").size[0] == 252
    assert found.figure("shift", width=300.0).size[0] == 300
    assert found.figure("window", palette="print").svg != found.figure("window").svg
    assert "output (3, 4) of filter 2" in words(found.figure("values", at=(2, 3, 4)))
    for options, wrong in (
        ({"width": "full"}, "full wide"),
        ({"palette": "gold"}, "no palette"),
        ({"width": "x"}, "no width"),
    ):
        with pytest.raises(cs.UsageError, match=wrong):
            found.figure("window", **options)


def test_a_network_has_the_curves_of_its_activations(net):
    assert "y = max(0, x)" in words(cs.explain(net).figure("curve"))
    with pytest.raises(cs.UsageError, match="which layer"):
        cs.explain(net).figure("window")
