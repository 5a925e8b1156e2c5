"""`cnnshape draw`: what it writes, where, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

LENET, UNET = "examples/lenet5.yaml", "examples/unet.yaml"


@pytest.mark.parametrize("style", ["graph", "architecture", "blocks"])
def test_a_picture_in_a_file(run, tmp_path: Path, style: str) -> None:
    target = tmp_path / "unet.svg"
    ended = run("draw", UNET, "-o", str(target), "--style", style)
    assert (ended.code, ended.out) == (0, "")
    root = ElementTree.fromstring(target.read_text(encoding="utf-8"))
    assert root.tag.endswith("}svg")
    assert ended.err.startswith("input (N, 3, H, W)")


def test_a_pipe_gets_svg_or_what_is_asked_for(process) -> None:
    assert process("draw", LENET).stdout.startswith("<svg ")
    assert process("draw", LENET, "--format", "mmd").stdout.startswith("flowchart TB")
    assert process("draw", LENET, "-o", "-", "--format", "dot").stdout.startswith("digraph ")


def test_options_reach_the_picture(run, tmp_path: Path) -> None:
    target = tmp_path / "net.svg"
    run("draw", UNET, "-o", str(target), "--width", "col", "--detail", "overview", "--palette", "print")
    text = target.read_text(encoding="utf-8")
    assert 'width="252pt"' in text
    assert "#9BD0F2" not in text  # the color of convolutions
    run("draw", UNET, "-o", str(target), "--symbolic", "--detail", "block")
    assert "⌊H/2⌋" in target.read_text(encoding="utf-8")
    run("draw", UNET, "-o", str(tmp_path / "net.tex"), "--fragment")
    assert "documentclass" not in (tmp_path / "net.tex").read_text(encoding="utf-8")


def test_a_fragment_of_something_else_than_tex_is_refused(run, tmp_path: Path) -> None:
    target = tmp_path / "net.svg"
    ended = run("draw", UNET, "-o", str(target), "--fragment")
    assert ended.code == 2
    assert "--fragment is for TeX, the picture is svg" in ended.err
    assert not target.exists()


def test_sizes_that_do_not_fit_are_drawn_and_end_with_one(run, tmp_path: Path) -> None:
    target = tmp_path / "unet.svg"
    ended = run("draw", UNET, "--input", "250", "-o", str(target))
    assert ended.code == 1
    assert "CS201" in ended.err
    assert "240" in ended.err.partition("fix: ")[2]
    assert "CS201" in target.read_text(encoding="utf-8")


def test_what_had_to_be_folded_is_said(run, tmp_path: Path) -> None:
    ended = run("draw", "inception_v3", "--detail", "layer", "--width", "col", "-o", str(tmp_path / "net.svg"))
    assert ended.code == 0
    assert "drawn at detail block: detail layer is wider than 252 pt\n" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draw", LENET, "-o", "net.gif"), "fix: net.svg"),
        (("draw", LENET, "-o", "net.svg", "--width", "5em"), "CS001: '5em' is no width of a picture"),
        (
            ("draw", LENET, "-o", "net.mmd", "--style", "blocks"),
            "mmd holds boxes and arrows, no figure of style blocks",
        ),
        (("draw", LENET, "--style", "plot"), "'plot' is not one of"),
        (("draw", LENET, "-o", LENET), "CS006"),
        (("draw", "resnet5", "-o", "net.svg"), "resnet50"),
        (("plot", LENET), f"did you mean: cnnshape draw {LENET}?"),
    ],
)
def test_what_is_refused(run, words: tuple[str, ...], said: str) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not Path("net.svg").exists()


def test_the_old_file_stays_where_the_new_one_fails(run, tmp_path: Path) -> None:
    target = tmp_path / "net.mmd"
    target.write_text("old")
    ended = run("draw", "densenet201", "--detail", "op", "-o", str(target))
    assert ended.code == 2
    assert "CS014" in ended.err
    assert target.read_text() == "old"


def test_a_terminal_gets_a_new_file(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path.cwd() / LENET
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnnshape.cli.draw.sys", _Terminal())
    first = run("draw", str(place))
    assert (first.code, first.out) == (0, "LeNet-5.svg\n")
    assert (tmp_path / "LeNet-5.svg").read_text(encoding="utf-8").startswith("<svg ")
    second = run("draw", str(place))
    assert second.code == 2
    assert "fix: -o LeNet-5.svg to replace it" in second.err
    pytest.importorskip("cairocffi", exc_type=(ImportError, OSError))
    third = run("draw", str(place), "-o", "-", "--format", "png")
    assert third.code == 2
    assert "fix: -o LeNet-5.png" in third.err


class _Terminal:
    """`sys` whose output is a terminal."""

    class stdout:  # noqa: N801  # as in sys
        @staticmethod
        def isatty() -> bool:
            return True


def test_the_same_bytes_twice(process) -> None:
    made = [process("draw", UNET, env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")]
    assert made[0] == made[1] != ""


def test_drawing_loads_no_library_that_it_does_not_need(process, tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys\nfrom cnnshape.cli.main import main\n"
        f"try:\n    main(['draw', {UNET!r}, '-o', {str(tmp_path / 'x.svg')!r}])\n"
        "except SystemExit:\n    print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "click" in loaded
    assert loaded.isdisjoint({"sympy", "numpy", "networkx", "rich", "graphviz", "cairocffi", "PIL"})
