"""`--figure` of `explain` and of the calculators."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

ALEXNET = "examples/alexnet.yaml"
NOTES = ("--data", "examples/notes/image.csv", "-k", "examples/notes/cross.csv")


def words(svg):
    return list(ET.fromstring(svg).itertext())


def test_svg_to_standard_output(run):
    ended = run("explain", ALEXNET, "conv1", "--figure", "window")
    assert ended.code == 0
    assert "⌊(224 − 11 + 2×2)/4⌋ + 1 = 55" in "\n".join(words(ended.out))
    assert ended.err.startswith("input (N, 3, H, W)")


@pytest.mark.parametrize("name", ["window", "values", "connections", "shift", "receptive-field", "curve"])
def test_all_six(run, name):
    assert run("explain", ALEXNET, "conv1", "--figure", name).out.startswith("<svg")


def test_the_suffix_says_what_is_written(run, tmp_path):
    path = tmp_path / "window.tex"
    assert run("explain", ALEXNET, "conv1", "--figure", "window", "-o", str(path)).code == 0
    assert "tikzpicture" in path.read_text(encoding="utf-8")
    ended = run("explain", ALEXNET, "conv1", "--figure", "window", "-o", "window.jpg")
    assert ended.code == 2
    assert "a picture is not written as .jpg" in ended.err


def test_other_sizes(run):
    out = run("explain", ALEXNET, "conv1", "--figure", "window", "--input", "227").out
    assert "⌊(227 − 11 + 2×2)/4⌋ + 1 = 56" in "\n".join(words(out))


def test_numbers_of_ones_own(run, tmp_path):
    rng = np.random.default_rng(0)
    x, w = rng.integers(0, 9, (1, 32, 32)), rng.integers(-4, 5, (6, 1, 5, 5))
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "w.npy", w)
    files = ("--data", str(tmp_path / "x.npy"), "-k", str(tmp_path / "w.npy"))
    ended = run("explain", "examples/lenet5.yaml", "c1", "--figure", "values", "--at", "4,2,3", "-b", "7", *files)
    assert ended.code == 0
    total = (x[0, 2:7, 3:8] * w[4, 0]).sum()
    found = words(ended.out)
    assert {str(total).replace("-", "−"), str(total + 7).replace("-", "−")} <= set(found)
    assert "after tanh" in found
    short = run("explain", "examples/lenet5.yaml", "c1", "--figure", "values", "--data", "examples/notes/image.csv")
    assert short.code == 2
    assert "--data examples/notes/image.csv is 5x5, c1 takes 1x32x32" in short.err


@pytest.mark.parametrize(
    ("more", "fault", "fix"),
    [
        (("--figure", "windwo"), "there is no figure 'windwo'", "did you mean window?"),
        (("--at", "0,0"), "--at 0,0 is about a figure, and none is asked for", "--figure window"),
        (("--data", "x.npy"), "--data x.npy is about a figure, and none is asked for", "--figure values"),
        (
            ("--figure", "window", "--of", "size"),
            "--of size and --figure window contradict each other",
            "leave --of out",
        ),
        (("--figure", "window", "--format", "latex"), "--format latex and --figure window", "leave --format out"),
        (("--figure", "window", "--data", "x.npy"), "--figure window calculates with no numbers", "--figure values"),
        (("--figure", "values", "--at", "a"), "--at a is no place", "--at 0,0"),
        (("--figure", "window", "--width", "1in"), "a figure 1in wide", "252pt, or 397pt"),
    ],
    ids=str,
)
def test_what_makes_no_sense(run, more, fault, fix):
    ended = run("explain", ALEXNET, "conv1", *more)
    assert (ended.code, ended.out) == (2, "")
    assert fault in ended.err
    assert f"  fix: {fix}\n" in ended.err


def test_a_layer_without_a_window_says_what_it_has(run):
    ended = run("explain", ALEXNET, "relu1", "--figure", "window")
    assert ended.code == 2
    assert "relu1 has no figure window: it has no window that slides\n" in ended.err
    assert "  rule: figures of relu1: receptive-field, curve\n" in ended.err


def test_the_calculators_draw(run, tmp_path):
    assert "output 2×2" in words(run("conv", "5x5", "-k", "3", "-s", "2", "--figure", "window").out)
    assert "output 3" in words(run("conv", "5", "-k", "3", "--figure", "window").out)
    assert "output 111×111" in words(
        run("conv", "3x224x224", "--out", "64", "-k", "3", "-s", "2", "--figure", "window").out
    )
    assert "output 14×14, uncut 16×16" in words(
        run("conv-transpose", "7x7", "-k", "4", "-s", "2", "-p", "1", "--figure", "window").out
    )
    found = words(run("pool", "64x9x9", "-k", "2", "--figure", "shift").out)
    assert "another map: not the first one, moved" in found
    path = tmp_path / "five.svg"
    assert run("conv", "5", "-k", "3", "--figure", "window", "-o", str(path)).out == ""
    assert path.read_text(encoding="utf-8").startswith("<svg")
    assert run("conv", "5", "-k", "3", "-o", str(path)).out == ""
    assert path.read_text(encoding="utf-8").startswith("5 -> 3\n")


def test_a_calculator_draws_the_value_that_it_works_out(run):
    at = ("-b", "-1", "--at", "1,2", "--activation", "relu")
    assert "bias        3 - 1 = 2" in run("conv", *NOTES, *at).out
    found = words(run("conv", *NOTES, *at, "--figure", "values").out)
    assert {"output (1, 2) of filter 0", "3", "2", "− 1", "relu: max(0, x) at x = 2 is 2"} <= set(found)
    pooled = words(run("pool", "-k", "2", "--data", NOTES[1], "--at", "0,1", "--figure", "values").out)
    assert "largest:  max(1, 0, 1, 1) = 1" in pooled


def test_a_calculator_refuses_what_does_not_fit(run):
    ended = run("conv", "3", "-k", "5", "--figure", "window")
    assert ended.code == 1
    assert "CS203" in ended.err
    assert run("conv", "5", "-k", "3", "--figure", "window", "--format", "latex").code == 2
    assert run("conv", "5", "-k", "3", "--palette", "print").code == 2
