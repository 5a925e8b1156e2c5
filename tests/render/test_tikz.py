"""TikZ: pdflatex compiles it without an error, also hostile names; its text can be found; its page is the picture's."""

import random
import re

import pytest
from hypothesis import given

from cnnshape.errors import UsageError
from cnnshape.render import tikz
from cnnshape.render.palette import ROLES
from cnnshape.render.scene import Label, Line, Rect, Scene, Style
from tests.render.programs import pdf_text, program, run
from tests.render.scenes import BRACKETS, HOSTILE, labeled, sample, scenes

PAPER = r"""\documentclass[twocolumn]{article}
\usepackage{tikz}
\usetikzlibrary{patterns}
\begin{document}
before
\input{picture}
\noindent\resizebox{\columnwidth}{!}{\input{picture}}
after
\end{document}
"""


@pytest.fixture
def compiled(tmp_path):
    """Compile LaTeX; returns what was printed, the text of the page and its size in points."""
    latex, info = program("pdflatex"), program("pdfinfo")

    def compile_(**files: str) -> tuple[str, str, tuple[float, float]]:
        for name, text in files.items():
            (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
        log = run(latex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main.tex", folder=tmp_path)
        told = run(info, str(tmp_path / "main.pdf"))
        assert re.search(r"Pages: +1\n", told)
        width, height = re.search(r"Page size: +([\d.]+) x ([\d.]+)", told).groups()
        return log, pdf_text(tmp_path / "main.pdf"), (float(width), float(height))

    return compile_


@pytest.mark.parametrize("palette", ["color", "print"])
def test_a_document_of_its_own(compiled, palette):
    log, found, size = compiled(main=tikz.render(sample(palette)))
    assert size == pytest.approx((300, 200), abs=0.01)
    assert not re.search(r"^!|Overfull|Underfull|Missing character", log, re.MULTILINE)
    assert found.count(BRACKETS) == len(ROLES)
    for words in (*ROLES, "faint text ≤ 224 × 224 − 1", r"a_b % # & \x {y} $z$", "größe", "up"):
        assert words in found


def test_a_machine_without_the_usual_fonts(compiled):
    text = tikz.render(sample("print")).replace("lmodern.sty", "nosuchfont.sty")
    _, found, size = compiled(main=text)
    assert size == pytest.approx((300, 200), abs=0.01)
    assert found.count("⌈H/4⌉×⌊W/4⌋") == len(ROLES)


def test_a_picture_in_a_paper(compiled):
    log, found, _ = compiled(main=PAPER, picture=tikz.render(sample("print"), standalone=False))
    assert found.count("⌈H/4⌉×⌊W/4⌋") == 2 * len(ROLES)
    assert "before" in found
    assert "after" in found
    assert not re.search(r"^!|Missing character", log, re.MULTILINE)


def test_hostile_names_are_text(compiled):
    rng = random.Random(20)
    pieces = [*"\\{}$&#%_^~<>|\"`'[]()!?*=+-@:;,./ aA0", "\\end", "\\par", "^^M", "%\n", "é", "層", "\u0300", "⌈"]
    mixed = ["".join(rng.choices(pieces, k=12)) for _ in range(300)]
    letters = "".join(map(chr, range(0x20, 0x250)))
    rows = [letters[i : i + 24] for i in range(0, len(letters), 24)]
    log, found, _ = compiled(main=tikz.render(labeled(*HOSTILE, *mixed, *rows, "conv1")))
    assert not re.search(r"^!|Missing character", log, re.MULTILINE)
    assert "conv1" in found
    assert "</script><img src=x onerror=alert(1)>" in found
    assert re.search(r"\\input\{/etc/passwd\} *\\end\{document\} *\\\\ *\\", found)
    assert "root:" not in found
    assert "100% #1 $x$ & ~ ^ _ {} [x] | < >" in found.replace("\u02dc", "~").replace("\u02c6", "^")


def test_a_label_wider_than_its_room_is_drawn_narrower(compiled, tmp_path):
    """The room is that of Helvetica: what a paper's wide letters would put into a neighbor stays beside it."""
    wide = "\u2264" * 20 + "==++<<>>"
    scene = Scene(
        400, 20, (Label(10, 12, wide, 8, "start"), Label(10 + tikz.text_width(wide, 8), 12, "|end", 8, "start"))
    )
    compiled(main=tikz.render(scene))
    boxes = run(program("pdftotext"), "-bbox", str(tmp_path / "main.pdf"), "-")
    spans = [tuple(map(float, pair)) for pair in re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)"', boxes)]
    assert min(left for left, _ in spans) == pytest.approx(10, abs=1.5)
    assert max(right for _, right in spans) == pytest.approx(10 + tikz.text_width(wide, 8) + 14, abs=6)


@given(scenes)
def test_any_picture_can_be_written(scene):
    for standalone in (True, False):
        text = tikz.render(scene, standalone)
        text.encode("ascii")  # whatever the encoding of the paper
        assert text == tikz.render(scene, standalone)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(100, 20_000, ()),
        Scene(10, 10, (Line(((0, 0), (0, 17_000))),)),
        Scene(10, 10, (Label(0, 99_999, "x"),)),
        Scene(10, 10, (Label(0, 0, "x", size=2100),)),
        Scene(10, 10, (Rect(0, 0, 1, 1, Style(width=1e6)),)),
    ],
)
def test_what_tex_cannot_measure_is_refused(scene):
    with pytest.raises(UsageError) as raised:
        tikz.render(scene)
    assert raised.value.code == "CS014"
    assert raised.value.fault.fix == "show less detail, or write SVG or PDF"


def test_the_largest_picture_that_is_written_compiles(compiled):
    most = tikz.LONGEST
    marks = (Rect(0, 0, most, most, Style("#FFFFFF", hatch="")), Label(most, most, "corner", anchor="end"))
    _, found, size = compiled(main=tikz.render(Scene(most, most, marks)))
    assert size == pytest.approx((most, most), abs=0.5)
    assert "corner" in found
