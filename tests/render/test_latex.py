r"""LaTeX compiles: every report and explanation as a part of one document."""

import shutil
import subprocess

import pytest

import cnnshape
from cnnshape import Input, Network
from cnnshape import layers as L
from tests.render.conftest import NAMES, made, sized

HOSTILE = (
    r"\input{/etc/passwd}",
    r"\end{tabular}",
    "50% & more",
    "a_b^c~d",
    "$x$ #1 {",
    "}",
    "[1ex]",
    "*",
    "^^4d",
    "größe",
    "層",
    "line\nbreak\r\n\\",
    "tab\there",
    "-- ' \" `` <>|",
    "\u202e\u0301é",
)


def hostile():
    x = y = Input("image", (3, "H", "W"))
    for name in HOSTILE:
        y = L.Conv(8, kernel_size=3, padding=1)(y, name=name)
    return Network("\\end{document} % \n\\x", inputs=x, outputs=y)


def parts():
    for name in NAMES:
        for report in (made(name), sized(name)):
            yield report.to("latex")
            yield report.to("latex", detail="op")
            yield cnnshape.explain(report, of="all").to("latex")
    for report in (cnnshape.report(hostile()), cnnshape.report(hostile(), H=32, W=32)):
        yield report.to("latex", columns="layer,op,kind,block,input,output,params,buffers,flops,weights,field")
        yield cnnshape.explain(report, of="all").to("latex")
        for name in HOSTILE[:4]:
            yield cnnshape.explain(report, name, of="all").to("latex")
    yield made("unet").at(H=250, W=256).to("latex")
    yield cnnshape.explain(made("lenet5").at(H=3, W=32), "c1").to("latex")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_everything_compiles(tmp_path):
    packages = "".join(rf"\usepackage{{{package}}}" for package in ("booktabs", "amsmath", "longtable"))
    body = "\n\n".join(parts())
    lines = [r"\documentclass{article}", packages, r"\begin{document}", body, r"\end{document}"]
    document = "\n".join(lines)
    (tmp_path / "all.tex").write_text(document, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, [line for line in log.splitlines() if line.startswith(("!", "l."))]


def rows_of(text):
    return [line for line in text.splitlines() if line.endswith(r" \\")]


def test_a_report_is_a_table_with_rules():
    text = sized("lenet5").to("latex")
    assert text.startswith("% LeNet-5\n")
    assert r"% needs \usepackage{booktabs} \usepackage{amsmath}" in text
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert text.count(rule) == 1
    assert len({line.count(" & ") for line in rows_of(text)}) == 1
    assert r"c5 & $120$ & $48{,}120$" in text
    assert r"\caption" not in text
    assert r"\label" not in text


def test_formulas_are_math():
    text = made("resnet50").to("latex", detail="overview")
    assert r"\left\lceil \frac{H}{4} \right\rceil" in text
    assert r"h_{4}" in text


def test_long_tables_go_over_pages():
    text = sized("resnet50").to("latex", detail="op")
    assert r"\begin{longtable}" in text
    assert r"\usepackage{longtable}" in text.splitlines()[2]
    assert "tabular" not in text
    assert r"\begin{tabular}" in sized("resnet50").to("latex", detail="op", rows=45)


def test_comments_are_one_line_each():
    text = cnnshape.report(hostile()).to("latex")
    before, *_ = text.partition(r"\begin")
    assert all(line.startswith("% ") for line in before.splitlines())


def test_an_explanation_has_the_rule_and_the_numbers():
    text = cnnshape.explain(sized("alexnet"), "conv1").to("latex")
    assert r"\left\lfloor \frac{d - N + 2 \cdot p}{s} \right\rfloor + 1" in text
    assert r"\left\lfloor \frac{224 - 11 + 2 \cdot 2}{4} \right\rfloor + 1 = 55" in text
    assert r"363 \cdot 193{,}600 = 70{,}276{,}800" in text
