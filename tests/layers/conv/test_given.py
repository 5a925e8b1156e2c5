"""Convolutions whose filters come in, against those that own them."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Spec
from tests.layers.computing import computed, numbers, same
from tests.layers.measured import fault_of, shape_of, work_of


def test_the_same_as_the_layer_that_owns_them():
    draw, source = random.Random(1), np.random.default_rng(1)
    for _ in range(40):
        rank, groups = draw.randint(1, 3), draw.choice([1, 2])
        kernel = tuple(draw.randint(1, 3) for _ in range(rank))
        x = numbers(source, (2, 2 * groups, *(draw.randint(6, 8) for _ in range(rank))), "float64")
        filters, biases = (numbers(source, shape, "float64") for shape in ((4 * groups, 2, *kernel), (4 * groups,)))
        slide = {
            "stride": draw.choice([1, 2]),
            "padding": draw.choice([0, 1, "same_upper"]),
            "dilation": draw.choice([1, 2]),
        }
        layer = L.ConvWithFilters(**slide, groups=groups)
        owning = L.Conv(4 * groups, kernel_size=kernel, **slide, groups=groups)
        same(computed(layer, x, filters, biases), computed(owning, x, weight=filters, bias=biases))
        bare = L.Conv(4 * groups, kernel_size=kernel, **slide, groups=groups, bias=False)
        same(computed(layer, x, filters), computed(bare, x, weight=filters))
        assert work_of(layer, x.shape, filters.shape, biases.shape) == work_of(owning, x.shape)


def test_free_sizes():
    assert shape_of(L.ConvWithFilters(padding=1), ("N", 3, "H", "W"), (8, 3, 3, 3)) == ("N", 8, "H", "W")


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        (((1, 3, 8, 8), (4, 2, 3, 3)), "CS202"),
        (((1, 3, 8, 8), (4, 3, 3, 3), (5,)), "CS202"),
        (((1, 3, 8, 8), (4, 3)), "CS206"),
        (((1, 3, 8, 8), (4, 3, 3, 3), (4, 1)), "CS206"),
        (((1, 3, 2, 8), (4, 3, 3, 3)), "CS203"),
    ],
)
def test_what_does_not_fit(shapes, code):
    assert fault_of(L.ConvWithFilters(), *(Spec(shape) for shape in shapes)).startswith(code)
