"""What paints PDF and PNG: letters of several fonts, from left to right, in the room they have; what may be missing."""

import re

import pytest

from cnnshape.errors import ExtraMissing
from cnnshape.render import painter, pdf, png
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Label, Scene
from tests.render.programs import cairo, pdf_text, program, run
from tests.render.scenes import sample


@pytest.fixture
def page():
    return cairo().ImageSurface(cairo().FORMAT_A8, 1, 1)


def test_brackets_that_no_font_has_become_words(tmp_path, monkeypatch, page):
    monkeypatch.setattr(painter, "_FAMILIES", ("Liberation Sans",))
    if painter._Painter(Scene(9, 9, ()), page)._has("⌈", "Liberation Sans", bold=False):
        pytest.skip("this Liberation Sans has the brackets of rounding")
    (tmp_path / "a.pdf").write_bytes(pdf.render(Scene(200, 20, (Label(100, 12, "⌈H/4⌉×⌊W/4⌋"),))))
    assert "ceil(H/4)×floor(W/4)" in pdf_text(tmp_path / "a.pdf")


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_a_text_stands_where_its_anchor_says_in_the_room_it_was_given(tmp_path, anchor):
    """Also where letters come from a second font, and where all of them are wider than Helvetica's."""
    cairo()
    for words in ("conv", "64×⌈H/4⌉×⌊W/4⌋", "⌈" * 30):
        (tmp_path / "a.pdf").write_bytes(pdf.render(Scene(400, 20, (Label(200, 12, words, 8, anchor),))))
        told = run(program("pdftotext"), "-bbox", str(tmp_path / "a.pdf"), "-")
        spans = re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)"', told)
        left, right = min(float(a) for a, _ in spans), max(float(b) for _, b in spans)
        width = text_width(words, 8)
        assert right - left <= width * 1.01 + 0.1
        at = {"start": left, "middle": (left + right) / 2, "end": right}[anchor]
        assert at == pytest.approx(200, abs=0.6)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("conv1", "conv1"),
        ("שלום", "םולש"),
        ("a שלום עולם b", "a םלוע םולש b"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
        ("", ""),
    ],
)
def test_letters_that_run_to_the_left_are_turned(text, shown):
    assert painter._from_the_left(text) == shown


@pytest.mark.parametrize(
    ("fault", "words", "fix"),
    [
        (ImportError, "needs the package cairocffi", "pip install 'cnnshape[figures]'"),
        (OSError, "needs the library libcairo", "apt install libcairo2"),
    ],
)
def test_what_is_missing_is_said_with_the_line_to_type(monkeypatch, fault, words, fix):
    def missing(name: str):
        raise fault(f"no {name}")

    monkeypatch.setattr("cnnshape.runtime.extras.import_module", missing)
    for writer in (pdf, png):
        with pytest.raises(ExtraMissing) as raised:
            writer.render(sample())
        told = str(raised.value)
        assert told.startswith("CS010: a picture as PDF or PNG needs")
        assert words in told
        assert fix in told
        assert "SVG, which needs no package" in told
