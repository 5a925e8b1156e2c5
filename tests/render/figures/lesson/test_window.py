"""The numbers in the figure of a window, against counts made on arrays."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.render.scene import Line, leaves
from tests.render.figures.lesson.conftest import drawn, texts

CROSSED = "#B00020"


def crosses(scene):
    """How many cells are crossed out; the legend's cross stands on the page, in the page's color."""
    lines = [mark for mark in leaves(scene.marks) if isinstance(mark, Line) and mark.style.stroke == CROSSED]
    return len(lines) // 2


def unread(d, kernel, stride, padding):
    """Cells of a padded square that no window covers, counted on an array."""
    size = d + 2 * padding
    seen = np.zeros((size, size), bool)
    for i in range(0, size - kernel + 1, stride):
        for j in range(0, size - kernel + 1, stride):
            seen[i : i + kernel, j : j + kernel] = True
    return int((~seen).sum())


@pytest.mark.parametrize("d", range(4, 12))
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 0), (3, 2, 0), (3, 2, 1), (2, 3, 0), (1, 2, 0)])
def test_what_no_window_reads_is_crossed_out(d, kernel, stride, padding):
    scene = drawn("window", L.Conv(1, kernel_size=kernel, stride=stride, padding=padding), 1, d, d)
    assert crosses(scene) == unread(d, kernel, stride, padding)


NOTES = [  # id, what the notes print, the layer and the input of their figure
    ("conv-1", 3, L.Conv(1, kernel_size=3), 5),
    ("conv-2", 5, L.Conv(1, kernel_size=3, padding=1), 5),
    ("conv-3", 2, L.Conv(1, kernel_size=3, stride=2), 5),
    ("pool-1", 3, L.MaxPool(3, stride=1), 5),
    ("pool-2", 5, L.MaxPool(3, stride=1, padding=1), 5),
    ("pool-3", 2, L.MaxPool(3, stride=2), 5),
]


@pytest.mark.parametrize(("case", "size", "layer", "d"), NOTES)
def test_the_figures_of_the_lecture_notes(case, size, layer, d):
    found = texts(drawn("window", layer, 1, d, d))
    assert f"output {size}×{size}" in found
    assert any(text.startswith(f"input {d}×{d}") for text in found)
    filled = next(text for text in found if text.startswith("H, W:"))
    assert filled.endswith(f"= {size}")
    # The number that the filled rule ends in is what it works out to.
    worked = re.fullmatch(r"H, W:  ⌊\((\d+) − (\d+) \+ 2×(\d+)\)/(\d+)⌋ \+ 1 = (\d+)", filled)
    d_, kernel, padding, stride, out = map(int, worked.groups())
    assert (d_ - kernel + 2 * padding) // stride + 1 == out == size
    assert f"N = {kernel}" in found
    assert f"s = {stride}" in found


def test_the_notes_agree():
    path = Path(__file__).parents[3] / "data" / "notes.json"
    printed = {case["id"]: case["printed"] for case in json.loads(path.read_text())["cases"]}
    assert {case: size for case, size, _, _ in NOTES} == {case: printed[case] for case, _, _, _ in NOTES}


def test_a_large_map_shows_its_ends():
    found = texts(drawn("window", L.Conv(64, kernel_size=11, stride=4, padding=2), 3, 224, 224))
    # 55 windows: the last starts at 4*54 - 2 = 214 and ends at 224, one cell of the padding before the end.
    assert "last window, output (54, 54)" in found
    assert "input 224×224, padded 228×228" in found
    assert {"0", "223", "54"} <= set(found)
    assert "cut off: 1 pixel at the end of the padded input, none of the input" in found


def test_dilation_and_the_taps():
    found = texts(drawn("window", L.Conv(1, kernel_size=3, dilation=2), 1, 9, 9))
    assert "N = 3, extent 5" in found
    assert "output 5×5" in found


def test_a_transposed_convolution_is_drawn_on_its_output():
    found = texts(drawn("window", L.ConvTranspose(1, kernel_size=3, stride=2, padding=1), 1, 4, 4))
    assert "input 4×4" in found
    assert "output 7×7, uncut 9×9" in found
    assert "cut from the output" in found


def test_a_volume_says_that_it_is_a_slice():
    found = texts(drawn("window", L.Conv(4, kernel_size=(3, 5, 5), padding=(1, 2, 2)), "N", 3, 16, 20, 20))
    assert "Drawn is one slice of the volume; along D the first window reads −1 to 1." in found
    assert "D:  ⌊(16 − 3 + 2×1)/1⌋ + 1 = 16" in found
    assert "H, W:  ⌊(20 − 5 + 2×2)/1⌋ + 1 = 20" in found


def test_a_line():
    found = texts(drawn("window", L.Conv(32, kernel_size=80, stride=16), 1, 8000))
    assert "N = 80" in found
    assert "last window, output 495" in found  # (8000 - 80)/16 = 495 steps
