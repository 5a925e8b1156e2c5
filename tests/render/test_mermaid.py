"""Mermaid: its own parser reads it; what GitHub would not show is refused with a way out."""

import re
from functools import cache

import pytest
from hypothesis import given

from cnnshape.errors import UsageError
from cnnshape.render import mermaid
from cnnshape.render.boxes import lines
from cnnshape.render.diagram import Diagram
from tests.render.diagrams import chain, diagrams, of_zoo
from tests.render.programs import browser, node_package
from tests.render.scenes import HOSTILE

_PARSE = """async text => {
    try {
        await mermaid.parse(text);
        const {db} = await mermaid.mermaidAPI.getDiagramFromText(text);
        return {
            vertices: Array.from(db.getVertices().values()).map(v => [v.id, v.text, v.classes]),
            edges: db.getEdges().map(e => [e.start, e.end]),
            blocks: db.getSubGraphs().map(b => b.title),
        };
    } catch (fault) {
        return {fault: fault.message};
    }
}"""

_SIGNS = [chr(code) for code in range(32, 127) if not chr(code).isalnum()]


@cache
def to_read() -> dict[str, list[Diagram]]:
    names = (("resnet50", None), ("resnet18", "op"), ("googlenet", "layer"), ("densenet121", "block"))
    return {
        "networks": [of_zoo(*name) for name in names],
        "hostile": [*(chain(name, "conv1") for name in HOSTILE), chain(*HOSTILE)],
        "pairs": [chain(*(f"{a}{b}" for a in _SIGNS for b in ("x", a, "#", ";", '"', "`")))],
        "marked": [chain("a", "b", "c", fault="CS203 no", held=True)],
        "longest": [chain(*map(str, range(501)))],
    }


@pytest.fixture(scope="module")
def page():
    """A page of a browser that holds Mermaid."""
    script = node_package("mermaid") / "dist" / "mermaid.min.js"
    opened = browser().new_page()
    opened.add_script_tag(path=script)
    opened.evaluate("mermaid.initialize({startOnLoad: false})")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def parsed(page):
    """All these diagrams as Mermaid's own parser understands them: vertices, edges, blocks, or its fault."""
    return {
        name: [page.evaluate(_PARSE, mermaid.render(diagram)) for diagram in sort] for name, sort in to_read().items()
    }


def decoded(text: str) -> list[str]:
    """The lines of a text in which numbers stand for letters, by Mermaid's rule or by the marks it puts in place."""
    return [
        re.sub(r"(?:\ufb02\u00b0\u00b0|#)(\d+)(?:\u00b6\u00df|;)", lambda m: chr(int(m[1])), part)
        for part in text.split("<br>")
    ]


def test_networks_are_read_as_they_are(parsed):
    for diagram, found in zip(to_read()["networks"], parsed["networks"], strict=True):
        ids = [card.id for card in diagram.cards]
        assert "fault" not in found
        drawn = {vertex[0]: vertex[1:] for vertex in found["vertices"] if vertex[0] != "legend"}
        assert set(drawn) == set(ids)
        assert found["edges"] == [[ids[link.source], ids[link.target]] for link in diagram.links]
        for card in diagram.cards:
            text, classes = drawn[card.id]
            assert decoded(text)[1:] == lines(card)[1:]
            assert classes == [card.role]


def test_blocks_become_subgraphs(parsed):
    assert {"layer1", "layer1.0", "layer4.1"} <= set(parsed["networks"][1]["blocks"])


@pytest.mark.parametrize("sort", ["hostile", "pairs"])
def test_every_name_is_shown_as_it_is(parsed, sort):
    for diagram, found in zip(to_read()[sort], parsed[sort], strict=True):
        assert "fault" not in found, found
        texts = dict(vertex[:2] for vertex in found["vertices"])
        assert len(texts) == len(diagram.cards) + 1  # the legend
        for card in diagram.cards:
            expected = ["".join(c if c.isprintable() else " " for c in line).strip() for line in lines(card)]
            assert [line.strip() for line in decoded(texts[card.id])] == (expected or [""])


def test_as_many_edges_as_are_allowed_are_read(parsed):
    (found,) = parsed["longest"]
    assert len(found["edges"]) == mermaid.MOST_EDGES


def test_hostile_names_run_nothing_and_load_nothing(page):
    """Mermaid draws them all, and what it draws holds their letters."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    drawn = page.evaluate(
        "async text => { document.body.innerHTML = (await mermaid.render('drawn', text)).svg; "
        "return document.body.innerText }",
        mermaid.render(chain(*HOSTILE)),
    )
    assert asked == []
    assert "Unsupported markdown" not in drawn
    for words in ("</script><img src=x onerror=alert(1)>", "1. one", "**five**", "`four`", "style x fill:#fff;"):
        assert words.replace(" ", "") in "".join(drawn.split())


def test_faults_and_layers_not_executed_have_classes(parsed):
    (found,) = parsed["marked"]
    assert [set(vertex[2]) for vertex in found["vertices"][:3]] == [{"conv", "fault", "held"}] * 3


@given(diagrams())
def test_only_known_lines_are_written(diagram):
    text = mermaid.render(diagram)
    text.encode("utf-8")
    quoted = r'"(?:[^"`\\<>&{}\[\]]|<br>)*"'
    node = rf"v\d+(?:\[|\(\[|\(\(|\[/){quoted}(?:\]|\]\)|\)\)|\\\]):::\w+"
    block = rf"subgraph\ b[\d_]+\[{quoted}\]"
    known = rf"""flowchart\ TB|\ \ accTitle:\ [\w .,]+|\s+(?:{node}|{block}|end|v\d+\ (?:-->|-\.-x)\ v\d+
        |legend\[{quoted}\]:::legend|classDef\ \w+\ [\w:,#\- ]+|class\ [\w,]+\ \w+
        |linkStyle\ [\d,]+\ stroke:\#B00020)"""
    for line in text.splitlines():
        assert re.fullmatch(known, line, re.VERBOSE), line


def test_more_edges_than_github_shows_are_refused():
    mermaid.render(chain(*map(str, range(501))))
    with pytest.raises(UsageError) as raised:
        mermaid.render(chain(*map(str, range(502))))
    assert str(raised.value) == (
        "CS014: a Mermaid diagram of 501 edges\n"
        "  rule: GitHub shows at most 500 edges of Mermaid\n"
        "  fix: --detail block"
    )


def test_more_letters_than_github_shows_are_refused():
    with pytest.raises(UsageError, match=r"CS014: a Mermaid diagram of [\d,]+ letters"):
        mermaid.render(chain(*(f"{i}{'#' * 60}" for i in range(200))))


def test_the_way_out_works():
    with pytest.raises(UsageError) as raised:
        mermaid.render(of_zoo("densenet201", "op"))
    assert "--detail block" in raised.value.fault.fix
    assert len(mermaid.render(of_zoo("densenet201", "block"))) < mermaid.MOST_LETTERS


def test_the_same_bytes_twice():
    assert mermaid.render(of_zoo("googlenet")) == mermaid.render(of_zoo("googlenet"))
