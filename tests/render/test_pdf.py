"""PDF: its text is found by searching, brackets among it; the same bytes twice; sizes as asked."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings

from cnnshape.render import pdf
from cnnshape.render.palette import ROLES
from cnnshape.render.scene import Scene
from tests.render import programs
from tests.render.scenes import BRACKETS, HOSTILE, labeled, sample, scenes


@pytest.fixture(autouse=True, scope="module")
def library():
    return programs.cairo()


def text_of(scene: Scene, folder) -> str:
    (folder / "picture.pdf").write_bytes(pdf.render(scene))
    return programs.pdf_text(folder / "picture.pdf")


def test_names_and_brackets_are_found(tmp_path):
    found = text_of(sample("print"), tmp_path)
    assert found.count(BRACKETS) == len(ROLES)
    for words in (*ROLES, "faint text ≤ 224 × 224 − 1 … · –", r"a_b % # & \x {y} $z$ ^~ größe", "up"):
        assert words in found


def test_the_page_has_the_size_and_the_title_of_the_picture(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf.render(sample()))
    told = programs.run(programs.program("pdfinfo"), str(tmp_path / "a.pdf"))
    assert re.search(r"Page size: +300 x 200 pts", told)
    assert re.search(r"Title: +A sample", told)
    assert re.search(r"Pages: +1\n", told)


def test_lines_and_hatches_stay_lines(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf.render(sample("print")))
    told = programs.run(programs.program("pdfimages"), "-list", str(tmp_path / "a.pdf"))
    assert len(told.splitlines()) == 2  # the head of a table of images


def test_fonts_are_embedded(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf.render(sample()))
    rows = programs.run(programs.program("pdffonts"), str(tmp_path / "a.pdf")).splitlines()[2:]
    assert rows
    assert all(re.search(r" yes +yes +yes +\d+ +\d+$", row) for row in rows)


@pytest.mark.parametrize("name", ["שלום עולם", "größe", "a_b % # & \\x {y}", "<b>&amp;</b>", "</script>"])
def test_names_are_found_as_they_are(name, tmp_path):
    found = re.sub("[\u200e\u200f\u202a-\u202e]", "", text_of(labeled(name, "conv1"), tmp_path))
    assert name in found


def test_hostile_names_do_not_break_the_page(tmp_path):
    found = text_of(labeled(*HOSTILE, "conv1"), tmp_path)
    assert "conv1" in found
    assert "</script><img src=x onerror=alert(1)>" in found


def test_the_same_bytes_in_another_process():
    code = (
        "import sys; from cnnshape.render import pdf; from tests.render.scenes import sample; "
        "sys.stdout.buffer.write(pdf.render(sample()))"
    )
    first = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert first == pdf.render(sample())


@settings(max_examples=25)
@given(scenes)
def test_any_picture_can_be_written(scene):
    assert pdf.render(scene).startswith(b"%PDF-")
