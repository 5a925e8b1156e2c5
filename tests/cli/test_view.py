"""`cnnshape view`, and the same page from `report` and from Python."""

import re
import webbrowser
from html import unescape
from pathlib import Path

import pytest

import cnnshape as cs
from cnnshape.cli import view

LENET, UNET = "examples/lenet5.yaml", "examples/unet.yaml"


@pytest.fixture
def opened(monkeypatch):
    """Addresses that a browser was asked to open; there is a screen."""
    asked = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


def test_a_page_is_written_and_opened(run, tmp_path, opened):
    target = tmp_path / "lenet.html"
    ended = run("view", LENET, "-o", str(target))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert opened == [target.as_uri()]
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_without_a_file_the_page_is_a_temporary_one_named_after_the_network(run, opened):
    ended = run("view", LENET)
    path = Path(ended.out.strip())
    assert opened == [path.as_uri()]
    assert path.name == "LeNet-5.html"
    path.unlink()
    path.parent.rmdir()


def test_no_open_writes_and_says_where(run, tmp_path, opened):
    target = tmp_path / "lenet.html"
    ended = run("view", LENET, "-o", str(target), "--no-open")
    assert (ended.code, ended.out, ended.err, opened) == (0, f"{target}\n", "", [])


@pytest.mark.parametrize("answer", [False, webbrowser.Error("none"), OSError("no")])
def test_without_a_browser_it_says_where_the_page_is(run, tmp_path, monkeypatch, opened, answer):
    def refuse(_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(webbrowser, "open", refuse)
    target = tmp_path / "lenet.html"
    ended = run("view", LENET, "-o", str(target))
    assert (ended.code, ended.out) == (0, f"{target}\n")
    assert ended.err == "no browser was found: open the file in one\n"


def test_without_a_screen_no_browser_takes_the_terminal(run, tmp_path, monkeypatch, opened):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(view.sys, "platform", "linux")
    run("view", LENET, "-o", str(tmp_path / "a.html"))
    assert opened == []
    monkeypatch.setenv("BROWSER", "lynx")
    run("view", LENET, "-o", str(tmp_path / "a.html"))
    assert len(opened) == 1


def test_it_is_the_page_of_report_and_of_python(run, tmp_path):
    shown = run("view", UNET, "--set", "H=250,W=250", "-o", "-")
    assert shown.code == 1  # it does not fit, and is written all the same
    assert shown.out == run("report", UNET, "--set", "H=250,W=250", "--format", "html").out
    for name in ("a.html", "b.htm"):
        run("report", UNET, "--set", "H=250,W=250", "-o", str(tmp_path / name))
        assert (tmp_path / name).read_text(encoding="utf-8") == shown.out
    page = cs.report(UNET, H=250, W=250).interactive()
    assert str(page) == shown.out
    page.save(tmp_path / "c.html")
    assert (tmp_path / "c.html").read_bytes() == shown.out.encode()


def test_a_notebook_shows_the_page_in_a_frame(run):
    page = cs.report(LENET).interactive()
    frame = page._repr_html_()
    assert unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == str(page)
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert re.fullmatch(r"<live page of 'LeNet-5', \d+\.\d KB>", repr(page))


def test_the_same_bytes_twice(run):
    assert run("view", UNET, "-o", "-").out == run("view", UNET, "-o", "-").out


def test_a_place_that_writes_ascii_alone_gets_ascii(process):
    done = process("report", UNET, "--format", "html", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "&#215;" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("missing.yaml",), "error: missing.yaml: CS101: "),
        ((LENET, "-o", LENET), "error: CS006: examples/lenet5.yaml is the design itself\n"),
        ((LENET, "-o", "nowhere/page.html"), "error: CS006"),
        ((LENET, "--set", "Q=1"), "error: CS004"),
        ((LENET, "--dtype", "float7"), "error: CS001"),
        ((LENET, "--convention", "mine"), "error: CS001"),
        ((), "error: CS001: "),
    ],
)
def test_what_cannot_be_shown_is_an_error_with_a_fix(run, opened, args, said):
    before = Path(LENET).read_bytes()
    ended = run("view", *args)
    assert (ended.code, ended.out, opened) == (2, "", [])
    assert ended.err.startswith(said)
    assert "\n  fix: " in ended.err
    assert Path(LENET).read_bytes() == before


def test_other_words_for_it_are_understood(run):
    assert "did you mean: cnnshape view examples/unet.yaml?" in run("open", UNET).err
