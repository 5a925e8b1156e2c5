"""Styles and forms of pictures."""

from __future__ import annotations

from functools import cache

import pytest

from cnnshape.analysis.report import Facts, facts
from cnnshape.errors import UsageError
from cnnshape.render.drawing import FORMS, STYLES, SUFFIXES, Drawing, form_of
from cnnshape.render.figures.options import DrawOptions
from cnnshape.zoo import build

BEGINNINGS = {
    "svg": b"<svg ",
    "pdf": b"%PDF-",
    "png": b"\x89PNG\r\n",
    "tex": b"\\documentclass",
    "dot": b"digraph ",
    "mmd": b"flowchart ",
    "drawio": b"<mxfile ",
}


@cache
def lenet() -> Facts:
    return facts(build("lenet5")).at(H=32, W=32)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("form", FORMS)
def test_every_style_in_every_form(style: str, form: str) -> None:
    if form in ("pdf", "png"):
        pytest.importorskip("cairocffi")
    drawing = Drawing(lenet(), style)
    if FORMS[form].graph and style != "graph":
        with pytest.raises(UsageError, match=f"{form} holds boxes and arrows, no figure of style {style}"):
            drawing.data(form)
        return
    data = drawing.data(form)
    assert data.lstrip().startswith(BEGINNINGS[form]) or BEGINNINGS[form] in data[:400]
    assert data == Drawing(lenet(), style).data(form)
    assert isinstance(drawing.notes(form), tuple)


def test_suffixes() -> None:
    assert {form_of(f"a/b.{suffix[1:].upper()}") for suffix in SUFFIXES} == set(FORMS)
    assert form_of("net.gv") == "dot"


@pytest.mark.parametrize(
    ("file", "fix"), [("net.gif", "net.svg"), ("net", "net.svg"), (".", "net.svg"), ("a/b.jpeg", "a/b.svg")]
)
def test_files_that_are_no_pictures(file: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        form_of(file)
    assert caught.value.fault.fix == fix
    assert ".drawio" in caught.value.fault.rule


def test_styles_and_forms_that_there_are_not() -> None:
    with pytest.raises(UsageError, match="there is no style 'plot'"):
        Drawing(lenet(), "plot")
    with pytest.raises(UsageError, match="there is no form 'gif'"):
        Drawing(lenet()).data("gif")


def test_what_a_writer_is_told() -> None:
    drawing = Drawing(lenet(), "graph", DrawOptions(standalone=False, direction="right"))
    assert b"documentclass" not in drawing.data("tex")
    assert b"rankdir=LR" in drawing.data("dot")
