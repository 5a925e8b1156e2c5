"""The ends of a network on arrays: what is given is handed on."""

import random

import numpy as np

from cnnshape import layers as L
from cnnshape.layers import catalog
from tests.layers.computing import computed, numbers, same

DTYPES = ("float64", "float32", "float16", "int64", "bool")


def test_a_parameter_is_its_weight_and_the_output_is_what_enters_it():
    draw, source = random.Random(1), np.random.default_rng(1)
    for _ in range(60):
        x = numbers(source, tuple(draw.randint(1, 4) for _ in range(draw.randint(0, 4))), draw.choice(DTYPES))
        same(computed(L.Parameter(x.shape, dtype=x.dtype.name), weight=x), x)
        same(computed(L.Output(), x), x)


def test_what_is_fed_has_no_kernel():
    assert [catalog.kernel_of(kind) for kind in (L.Input, L.Constant)] == [None, None]
