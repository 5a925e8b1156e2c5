"""The numbers of a value that is drawn, against NumPy."""

import numpy as np
import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError
from cnnshape.render.figures.lesson import figure
from cnnshape.render.figures.lesson.options import Numbers, Options
from cnnshape.render.figures.lesson.worked import example_input, example_weight
from tests.render.figures.lesson.conftest import drawn, texts


def numbers(x, w=None, bias=None):
    return Numbers(
        lambda place: x[place].item(),
        None if w is None else lambda place: w[place].item(),
        None if bias is None else lambda filter_: bias[filter_],
    )


def correlated(x, w, stride, padding):
    """All values of a convolution, one window at a time."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    k = w.shape[2]
    out = (x.shape[1] - k) // stride + 1
    y = np.zeros((w.shape[0], out, out), x.dtype)
    for f in range(w.shape[0]):
        for i in range(out):
            for j in range(out):
                y[f, i, j] = (x[:, i * stride : i * stride + k, j * stride : j * stride + k] * w[f]).sum()
    return y


def boxed(scene):
    """The numbers in the boxes below the grids, from the sum to the result."""
    bold = [mark for mark in scene.marks if getattr(mark, "bold", False)]
    return [mark.text for mark in bold if mark.text.replace("−", "-").lstrip("-").replace(".", "").isdigit()]


@pytest.mark.parametrize("at", [(0, 0, 0), (1, 2, 3), (1, 3, 0)])
def test_a_convolution(at):
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 10, (2, 8, 8)), rng.integers(-5, 6, (2, 2, 3, 3))
    scene = drawn(
        "values", L.Conv(2, kernel_size=3, stride=2, padding=1), 2, 8, 8, at=at, numbers=numbers(x, w, (7, -4))
    )
    total = correlated(x, w, 2, 1)[at]
    assert boxed(scene) == [str(total).replace("-", "−"), str(total + (7, -4)[at[0]]).replace("-", "−")]
    found = texts(scene)
    f, i, j = at
    assert f"output ({i}, {j}) of filter {f}" in found
    # Every product of the two channels stands in a cell.
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    patch = padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
    for value in [*patch.ravel(), *w[f].ravel(), *(patch * w[f]).ravel()]:
        assert str(value).replace("-", "−") in found
    assert not any("made up" in text for text in found)


def test_the_notes_cross_on_their_image():
    image = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])[None]
    cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])[None, None]
    # The map of this well-known example: 4 3 4 / 2 4 3 / 2 3 4.
    known = {(0, 0): 4, (0, 1): 3, (0, 2): 4, (1, 0): 2, (1, 1): 4, (1, 2): 3, (2, 0): 2, (2, 1): 3, (2, 2): 4}
    for at, value in known.items():
        scene = drawn("values", L.Conv(1, kernel_size=3, bias=False), 1, 5, 5, at=at, numbers=numbers(image, cross))
        assert boxed(scene) == [str(value)]


def test_a_transposed_convolution():
    rng = np.random.default_rng(1)
    x, w = rng.integers(-9, 10, (1, 4, 4)), rng.integers(-5, 6, (1, 1, 3, 3))
    y = np.zeros((9, 9), int)
    for i in range(4):
        for j in range(4):
            y[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += x[0, i, j] * w[0, 0]
    layer = L.ConvTranspose(1, kernel_size=3, stride=2, padding=1, bias=False)
    for at in ((0, 0), (3, 3), (6, 5)):
        scene = drawn("values", layer, 1, 4, 4, at=at, numbers=numbers(x, w))
        assert boxed(scene) == [str(y[1:-1, 1:-1][at]).replace("-", "−")]


def test_pools():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 50, (3, 8, 8))
    at = (2, 1, 3)
    patch = x[2, 2:4, 6:8]
    assert boxed(drawn("values", L.MaxPool(2), 3, 8, 8, at=at, numbers=numbers(x))) == [str(patch.max())]
    found = boxed(drawn("values", L.AvgPool(2), 3, 8, 8, at=at, numbers=numbers(x)))
    assert found == [str(patch.sum()), f"{patch.mean():g}"]


def test_the_activation_behind_it_is_applied():
    x = Input("image", (1, 5, 5))
    y = L.ReLU()(L.Conv(1, kernel_size=3, bias=False)(x))
    found = facts(Network("net", inputs=x, outputs=y))
    ones, minus = np.ones((1, 5, 5), int), -np.ones((1, 1, 3, 3), int)
    scene = figure(found, "conv1", "values", Options(numbers=numbers(ones, minus)))
    assert boxed(scene) == ["−9", "0"]
    assert "relu: max(0, x) at x = −9 is 0" in texts(scene)


def test_a_rounded_value_is_said_to_be_one():
    x = Input("image", (1, 3, 3))
    found = facts(Network("net", inputs=x, outputs=L.Tanh()(L.Conv(1, kernel_size=3, bias=False)(x))))
    ones = np.ones((1, 3, 3), int)
    scene = figure(found, "conv1", "values", Options(numbers=numbers(ones, np.ones((1, 1, 3, 3), int))))
    assert "tanh: tanh(x) at x = 9 is about 1" in texts(scene)


def test_made_up_numbers_are_said_to_be_examples():
    found = texts(drawn("values", L.Conv(1, kernel_size=3), 1, 5, 5))
    assert "The numbers are examples, made up for the figure." in found
    x = np.ones((1, 5, 5), int)
    found = texts(drawn("values", L.Conv(1, kernel_size=3), 1, 5, 5, numbers=numbers(x)))
    assert "The kernel is an example, made up for the figure." in found
    # They are worked out like others.
    grid = np.array([[[example_input((0, i, j)) for j in range(5)] for i in range(5)]])
    kernel = np.array([[[[example_weight((0, 0, i, j)) for j in range(3)] for i in range(3)]]])
    total = correlated(grid, kernel, 1, 0)[0, 1, 1]
    scene = drawn("values", L.Conv(1, kernel_size=3, bias=False), 1, 5, 5, at=(1, 1))
    assert boxed(scene) == [str(total).replace("-", "−")]


@pytest.mark.parametrize("width", [252.0, 397.0])
def test_no_number_in_a_cell_is_cut(width):
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(3, 32, 32)), rng.normal(size=(1, 3, 11, 11))
    scene = drawn("values", L.Conv(1, kernel_size=11), 3, 32, 32, width=width, numbers=numbers(x, w))
    grids = [mark for mark in scene.marks if getattr(mark, "text", "") and mark.color == "#000000" and not mark.bold]
    assert len(grids) >= 2 * 3 * 4  # two channels, three grids
    assert not [mark.text for mark in grids if "…" in mark.text]


def test_too_many_numbers():
    with pytest.raises(UsageError, match="102,400 numbers") as caught:
        drawn("values", L.Conv(1, kernel_size=10), 1024, 32, 32)
    assert caught.value.code == "CS013"
