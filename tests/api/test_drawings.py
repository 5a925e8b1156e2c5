"""`draw`: a picture that a notebook shows and that is written to files."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape as cs
from cnnshape.errors import UsageError


def net() -> cs.Network:
    x = cs.Input("image", (3, "H", "W"))
    return cs.Network("tiny", inputs=x, outputs=cs.layers.Conv(8, kernel_size=3)(x), defaults={"H": 32, "W": 32})


def test_a_picture_and_its_file(tmp_path: Path) -> None:
    picture = cs.draw(net(), tmp_path / "net.svg", width="252pt", detail="op")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == picture.svg
    assert picture.size[0] == 252
    assert "8×30×30" in picture.svg
    picture.save(tmp_path / "net.tex")
    assert "tikzpicture" in (tmp_path / "net.tex").read_text(encoding="utf-8")
    assert picture.to("dot").startswith(b"digraph")
    assert picture.notes == ()


def test_sizes() -> None:
    assert "8×62×30" in cs.draw(net(), H=64, W=32).svg
    assert "8×62×30" in cs.draw(net(), sizes={"H": 64, "W": 32}).svg
    assert "8×(H − 2)×(W − 2)" in cs.draw(net(), symbolic=True).svg
    assert "8×(H − 2)×(W − 2)" in cs.draw(cs.report(net())).svg
    assert "8×14×14" in cs.draw(cs.report(net(), H=16, W=16)).svg
    assert "8×14×14" in cs.draw(cs.report(net(), H=16, W=16), style="architecture").svg


def test_a_notebook_shows_an_image() -> None:
    picture = cs.draw(net())
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert bundle["text/html"].startswith('<img alt="&lt;graph of &#x27;tiny&#x27;, ')
    assert "<script" not in bundle["text/html"]
    assert picture._repr_svg_() == picture.svg
    assert repr(picture).startswith("<graph of 'tiny', ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"style": "plot"}, "there is no style 'plot'"),
        ({"palette": "gray"}, "there is no palette 'gray'"),
        ({"colour": 3}, "colour"),
        ({"file": "net.bmp"}, "a picture is not written as .bmp"),
    ],
)
def test_what_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        cs.draw(net(), **options)


def test_a_file_is_replaced_as_a_whole_or_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "net.svg"
    file.write_text("before", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    page = cs.report(net()).interactive()
    figure = cs.explain(net(), "conv1").figure("window")
    for shown in (cs.draw(net()), figure, page):
        with pytest.raises(UsageError, match="No space left"):
            shown.save(file)
    monkeypatch.undo()
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["before"]
