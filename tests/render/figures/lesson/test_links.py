"""Counted connections, against loops over positions and against gradients of the computed layer."""

from itertools import product
from math import prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.render.figures.lesson.links import count_of_layer, count_of_row, links_of, small_row
from cnnshape.render.figures.lesson.slide import slide
from cnnshape.render.figures.lesson.subject import subject
from cnnshape.runtime.drawn import computed
from cnnshape.symbolic import Window
from tests.render.figures.lesson.conftest import drawn, one_layer, texts


def dependencies(layer, shape, weights=None):
    """The pairs (input, output) where a changed input changes the output."""
    rng = np.random.default_rng(0)
    base = rng.uniform(1, 2, shape)
    before = np.array(computed(layer, base.tolist(), weights))
    pairs = 0
    for place in product(*map(range, shape)):
        moved = base.copy()
        moved[place] += 100.0  # larger than all others: also a largest value follows
        pairs += int((np.array(computed(layer, moved.tolist(), weights)) != before).sum())
    return pairs


CASES = {
    "plain": (L.Conv(2, kernel_size=3), (3, 5, 6)),
    "padded": (L.Conv(2, kernel_size=3, padding=1), (3, 5, 5)),
    "strided": (L.Conv(3, kernel_size=3, stride=2, padding=1), (2, 6, 5)),
    "dilated": (L.Conv(1, kernel_size=2, dilation=3, padding=2), (2, 5, 6)),
    "grouped": (L.Conv(4, kernel_size=3, padding=1, groups=2), (4, 4, 4)),
    "depthwise": (L.Conv(4, kernel_size=3, padding=1, groups=4), (4, 4, 4)),
    "transposed": (L.ConvTranspose(2, kernel_size=3, stride=2, padding=1), (3, 4, 4)),
    "grouped up": (L.ConvTranspose(4, kernel_size=2, stride=2, groups=2), (4, 3, 3)),
    "max pool": (L.MaxPool(3, stride=2, padding=1), (2, 6, 6)),
    "mean": (L.AvgPool(2), (3, 5, 6)),
    "line": (L.Conv(2, kernel_size=5, stride=3), (2, 17)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_layer_has_the_connections_that_its_kernel_has(case):
    layer, shape = CASES[case]
    count = count_of_layer(subject(*one_layer(layer, *shape)))
    assert count.links == dependencies(layer, shape)
    output = np.array(computed(layer, np.zeros(shape).tolist())).size
    assert count.full == prod(shape) * output
    weights = layer.weights(subject(*one_layer(layer, *shape)).inputs)
    assert count.weights == (prod(weights["weight"].shape) if weights else 0)


def test_the_table_of_a_known_layer():
    # VGG-16's first layer: 3x3, 3 to 64 channels, 224x224, padding 1. Along an axis 222 windows of 3 and two of 2.
    found = texts(drawn("connections", L.Conv(64, kernel_size=3, padding=1), 3, 224, 224))
    links = (222 * 3 + 2 * 2) ** 2 * 3 * 64
    full = (3 * 224 * 224) * (64 * 224 * 224)
    assert {f"{links:,}", "1,728", f"{full:,}"} <= set(found)
    # The row that is drawn: five inputs, three of them seen by each output, two at the ends.
    assert {"13", "3", "25", "row of 5 inputs"} <= set(found)
    assert "one output depends on 3" in found
    assert "one input feeds 3" in found
    assert "one weight is used 5 times" in found
    assert "one output depends on 5" in found
    assert "one weight is used once" in found


def test_sparsity_of_the_notes():
    # An output of a 3x3 convolution depends on 9 numbers per channel.
    x, y = 5 * 5, 3 * 3
    count = count_of_layer(subject(*one_layer(L.Conv(1, kernel_size=3), 1, 5, 5)))
    assert (count.links, count.weights, count.full) == (9 * y, 9, x * y)


def test_a_pool_learns_nothing():
    found = texts(drawn("connections", L.MaxPool(2), 8, 10, 10))
    assert found.count("none") == 2
    assert "one weight is used 5 times" not in found


@pytest.mark.parametrize("window", [Window(3, 1, 1, 1), Window(3, 2, 1, 1), Window(7, 2, 3, 3), Window(11, 4, 2, 2)])
def test_a_short_row_has_the_same_window(window):
    row = small_row(224, window)
    assert row.size < 20
    assert row.count >= 3
    whole = slide(row.size, window)
    assert (row.count, row.window(1)) == (whole.count, whole.window(1))
    links = links_of(row)
    assert len(links) == len(set(links)) == count_of_row(row, learned=True).links
    middle = row.count // 2
    assert sum(link.output == middle for link in links) <= len(row.taps)
